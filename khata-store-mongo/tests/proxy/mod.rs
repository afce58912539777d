//! A connection to the server that breaks when it is told to.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::{TcpListener, TcpStream};

/// What is done to commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// They reach the server, and the answer is lost.
    Answer,
    /// They do not reach the server.
    Commit,
}

/// Stands between a client and the server, and loses the next so many commits or their answers.
pub(crate) struct Proxy {
    pub(crate) address: String,
    left: Arc<AtomicU32>,
}

impl Proxy {
    pub(crate) async fn before(server: &str, loss: Loss) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (left, server) = (Arc::new(AtomicU32::new(0)), server.to_owned());
        let to_lose = left.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, server.clone(), loss, to_lose.clone()));
            }
        });
        Self { address, left }
    }

    /// Loses the next so many.
    pub(crate) fn lose(&self, commits: u32) {
        self.left.store(commits, Ordering::SeqCst);
    }

    /// How many are still to be lost.
    pub(crate) fn left(&self) -> u32 {
        self.left.load(Ordering::SeqCst)
    }
}

/// Passes messages on until one of the two goes away, or a commit is to be lost.
async fn serve(client: TcpStream, server: String, loss: Loss, left: Arc<AtomicU32>) -> io::Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = TcpStream::connect(server).await?.into_split();
    loop {
        let request = message(&mut from_client).await?;
        let commits = request.windows(COMMIT.len()).any(|bytes| bytes == COMMIT);
        let lost =
            commits && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
        if lost && loss == Loss::Commit {
            return Ok(());
        }
        to_server.write_all(&request).await?;
        let reply = message(&mut from_server).await?;
        if lost {
            return Ok(());
        }
        to_client.write_all(&reply).await?;
    }
}

/// The name of the command, as it stands in a message.
const COMMIT: &[u8] = b"commitTransaction\0";

/// A message of the wire protocol, whose first four bytes are its length.
async fn message(from: &mut OwnedReadHalf) -> io::Result<Vec<u8>> {
    let mut message = vec![0; 4];
    from.read_exact(&mut message).await?;
    let length = i32::from_le_bytes([message[0], message[1], message[2], message[3]]);
    message.resize(usize::try_from(length).map_err(io::Error::other)?, 0);
    from.read_exact(&mut message[4..]).await?;
    Ok(message)
}
