//! Commands to a MongoDB server, see <https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/>.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use crate::bson::Document;

const OP_MSG: i32 = 2013;
/// Length, request, request answered, operation.
const HEADER: usize = 16;
/// The flags, and the kind of the only section: one document.
const BEFORE_DOCUMENT: usize = 5;

/// More than an answer to one of our commands has, by far.
const LONGEST: usize = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends a command to the server on this port of this machine, and gives its answer, a document. A command that the
/// server refuses is an error.
pub(crate) fn command(port: u16, command: Document) -> io::Result<Vec<u8>> {
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    server.set_read_timeout(Some(PATIENCE))?;
    server.write_all(&request(&command.text("$db", "admin")))?;

    let mut length = [0; 4];
    server.read_exact(&mut length)?;
    let length = usize::try_from(i32::from_le_bytes(length)).unwrap_or_default();
    if !(HEADER + BEFORE_DOCUMENT..LONGEST).contains(&length) {
        return Err(io::Error::other(format!("an answer of {length} bytes")));
    }
    let mut answer = vec![0; length - 4];
    server.read_exact(&mut answer)?;
    let document = answer.split_off(HEADER - 4 + BEFORE_DOCUMENT);
    if Document::default().double("ok", 1.0).is_in(&document) {
        Ok(document)
    } else {
        Err(io::Error::other(String::from_utf8_lossy(&document)))
    }
}

fn request(command: &Document) -> Vec<u8> {
    let document = command.bytes();
    let length = HEADER + BEFORE_DOCUMENT + document.len();
    let length = i32::try_from(length).expect("a command of ours is short");
    let (request, answers, flags) = (1_i32, 0_i32, 0_i32);
    let mut bytes: Vec<u8> = [length, request, answers, OP_MSG, flags].map(i32::to_le_bytes).concat();
    bytes.push(0);
    bytes.extend(document);
    bytes
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn a_command_is_one_document_after_the_header() {
        let bytes = request(&Document::default().int("hello", 1));
        assert_eq!(bytes[..4], [37, 0, 0, 0]);
        assert_eq!(bytes.len(), 37);
        assert_eq!(bytes[12..16], [0xdd, 0x07, 0, 0]);
        assert_eq!(&bytes[16..], b"\0\0\0\0\0\x10\0\0\0\x10hello\0\x01\0\0\0\0");
    }

    /// What a server that answers with this says.
    fn answered(answer: Document) -> io::Result<Vec<u8>> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let server = thread::spawn(move || -> io::Result<Vec<u8>> {
            let mut client = listener.accept()?.0;
            let mut received =
                vec![0; request(&Document::default().int("hello", 1).text("$db", "admin")).len()];
            client.read_exact(&mut received)?;
            client.write_all(&request(&answer))?;
            Ok(received)
        });
        let answer = command(port, Document::default().int("hello", 1));
        let received = server.join().expect("the server doesn't panic")?;
        assert!(Document::default().int("hello", 1).text("$db", "admin").is_in(&received));
        answer
    }

    #[test]
    fn an_answer_is_a_document_that_says_ok() {
        let answer = || Document::default().boolean("isWritablePrimary", true);
        let given = answered(answer().double("ok", 1.0)).unwrap();
        assert_eq!(given, answer().double("ok", 1.0).bytes());

        let refused = answered(Document::default().double("ok", 0.0).text("errmsg", "no such command"));
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("no such command"), "{refused}");
    }
}
