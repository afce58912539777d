//! Has PostgreSQL gather statistics, as its own worker does within minutes: what was filled a moment ago would be read by
//! plans for empty tables. Spoken to by its protocol, see <https://www.postgresql.org/docs/current/protocol.html>.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::error::Error;

/// The variable that has the URL of the database, `postgres://USER:PASSWORD@HOST:PORT/DATABASE`.
const VARIABLE: &str = "KHATA_BENCH_POSTGRES_URL";

const VERSION_3: i32 = 3 << 16;
const ASKS_FOR_PASSWORD: i32 = 3;

/// More than a message of the server to us has, by far.
const LONGEST: usize = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(60);

/// Has statistics gathered of every table.
///
/// # Errors
/// If the server can't be reached, or refuses.
pub(crate) fn analyze() -> Result<(), Error> {
    let url = std::env::var(VARIABLE).map_err(|error| Error::Unexpected(format!("{VARIABLE}: {error}")))?;
    let place = Place::parse(&url).ok_or_else(|| Error::Unexpected(format!("{VARIABLE} has no password")))?;
    place.run("ANALYZE").map_err(Error::io("gathering PostgreSQL's statistics"))
}

/// Where a database is, and who uses it.
#[derive(Debug, PartialEq, Eq)]
struct Place<'a> {
    user: &'a str,
    password: &'a str,
    host: &'a str,
    database: &'a str,
}

impl<'a> Place<'a> {
    fn parse(url: &'a str) -> Option<Self> {
        let (who, place) = url.strip_prefix("postgres://")?.split_once('@')?;
        let (user, password) = who.split_once(':')?;
        let (host, database) = place.split_once('/')?;
        Some(Self { user, password, host, database })
    }

    fn run(&self, statement: &str) -> io::Result<()> {
        let mut server = TcpStream::connect(self.host)?;
        server.set_read_timeout(Some(PATIENCE))?;
        let fields = ["user", self.user, "database", self.database, ""].map(terminated).concat();
        server.write_all(&message(None, &[&VERSION_3.to_be_bytes(), &fields[..]].concat()))?;
        // It asks for the password, and is ready; it carries the statement out, and is ready again.
        wait_until_ready(&mut server, self.password)?;
        server.write_all(&message(Some(b'Q'), &terminated(statement)))?;
        wait_until_ready(&mut server, self.password)
    }
}

fn wait_until_ready(server: &mut TcpStream, password: &str) -> io::Result<()> {
    loop {
        let (kind, body) = receive(server)?;
        match kind {
            b'R' if body == ASKS_FOR_PASSWORD.to_be_bytes() => {
                server.write_all(&message(Some(b'p'), &terminated(password)))?;
            }
            b'E' => return Err(io::Error::other(String::from_utf8_lossy(&body).replace('\0', " "))),
            b'Z' => return Ok(()),
            _ => {}
        }
    }
}

fn receive(server: &mut TcpStream) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    server.read_exact(&mut head)?;
    let [kind, length @ ..] = head;
    let length = usize::try_from(i32::from_be_bytes(length)).unwrap_or_default();
    if !(4..LONGEST).contains(&length) {
        return Err(io::Error::other(format!("a message of {length} bytes")));
    }
    let mut body = vec![0; length - 4];
    server.read_exact(&mut body)?;
    Ok((kind, body))
}

/// Only the first message of all has no kind.
fn message(kind: Option<u8>, body: &[u8]) -> Vec<u8> {
    let length = i32::try_from(body.len() + 4).expect("a message of ours is short");
    kind.into_iter().chain(length.to_be_bytes()).chain(body.iter().copied()).collect()
}

fn terminated(text: &str) -> Vec<u8> {
    [text.as_bytes(), b"\0"].concat()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// What the server gets before each of these answers.
    fn asked(answers: &'static [&'static [u8]]) -> (io::Result<()>, Vec<Vec<u8>>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let server = thread::spawn(move || {
            let mut client = listener.accept().unwrap().0;
            let answered = answers.iter().map(|answer| {
                let mut received = vec![0; 1024];
                let length = client.read(&mut received).unwrap();
                received.truncate(length);
                client.write_all(answer).unwrap();
                received
            });
            answered.collect()
        });
        let place = Place { user: "u", password: "secret", host: &host, database: "d" };
        (place.run("ANALYZE"), server.join().unwrap())
    }

    #[test]
    fn a_statement_is_run_after_the_password() {
        let (done, received) = asked(&[
            b"R\0\0\0\x08\0\0\0\x03",
            b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I",
            b"C\0\0\0\x0cANALYZE\0Z\0\0\0\x05I",
        ]);
        done.unwrap();
        assert_eq!(received[0], b"\0\0\0\x1b\0\x03\0\0user\0u\0database\0d\0\0");
        assert_eq!(received[1], b"p\0\0\0\x0bsecret\0");
        assert_eq!(received[2], b"Q\0\0\0\x0cANALYZE\0");
    }

    #[test]
    fn a_refusal_is_told() {
        let (refused, _) = asked(&[b"E\0\0\0\x0fMno such\0\0\0"]);
        assert!(refused.unwrap_err().to_string().contains("no such"));
    }

    #[test]
    fn a_place_has_a_password() {
        let place = Place { user: "u", password: "p", host: "127.0.0.1:1", database: "d" };
        assert_eq!(Place::parse("postgres://u:p@127.0.0.1:1/d"), Some(place));
        assert_eq!(Place::parse("postgres://u@127.0.0.1:1/d"), None);
    }
}
