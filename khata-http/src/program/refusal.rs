//! Telling a client that the server has no place for its connection.
//!
//! A connection that is left in the kernel's queue looks to its client like a server that hangs. One that is just closed
//! looks like a defect, and its client can't know that it should try again later.

use std::io::{self, Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use uuid::Uuid;

/// Maximum number of refused connections that are open. Further ones get the answer too, but nobody waits for them to read
/// it.
pub(super) const REFUSALS_MAX: usize = 64;

/// Maximum time that a refused client has to send the beginning of its request, and then to read the answer.
const STEP_TIME_MAX: Duration = Duration::from_millis(500);

/// Refuses connections, each for a bounded time and a bounded number of them at once.
#[derive(Debug)]
pub(super) struct Refusals {
    places: Arc<Semaphore>,
}

impl Refusals {
    /// Creates the places for refusals under way.
    pub(super) fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(REFUSALS_MAX)) }
    }

    /// Answers a connection with 503 and closes it. It doesn't wait.
    pub(super) fn refuse(&self, stream: TcpStream) {
        let answer = answer();
        match self.places.clone().try_acquire_owned() {
            Ok(place) => {
                tokio::spawn(async move {
                    if let Err(error) = close_with(stream, &answer).await {
                        tracing::debug!(%error, "a refused connection ended badly");
                    }
                    drop(place);
                });
            }
            Err(_) => {
                if let Err(error) = close_at_once_with(stream, &answer) {
                    tracing::debug!(%error, "a refused connection ended badly");
                }
            }
        }
    }
}

/// Sends the answer without waiting: the buffer of a new connection has room for it. What came of the request is read, so
/// that the connection is not reset; what comes later may do that, and most systems let the client read the answer first.
fn close_at_once_with(stream: TcpStream, answer: &str) -> io::Result<()> {
    // The runtime would only call it writable after it waited for that once.
    let mut stream = stream.into_std()?;
    stream.write_all(answer.as_bytes())?;
    match stream.read(&mut [0; 4096]) {
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
        _ => Ok(()),
    }
}

/// Sends the answer and closes the connection so that the client can read it.
///
/// The answer waits for the beginning of the request, since some clients take an answer before it for a defect. The rest of
/// the request is read and thrown away: to close a connection with bytes unread resets it, and the client may lose what it
/// was sent.
async fn close_with(mut stream: TcpStream, answer: &str) -> io::Result<()> {
    // Who sends nothing in time is answered all the same.
    let _ = timeout(STEP_TIME_MAX, stream.readable()).await;
    let rest = async {
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await?;
        let mut thrown_away = [0; 4096];
        while stream.read(&mut thrown_away).await? > 0 {}
        Ok(())
    };
    timeout(STEP_TIME_MAX, rest).await.unwrap_or(Ok(()))
}

/// A whole answer with a problem (RFC 9457), as every other error has one.
fn answer() -> String {
    let id = Uuid::now_v7();
    let body = serde_json::json!({
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "The server has too many connections; nothing was written. Try again shortly.",
        "code": "overloaded",
        "requestId": id,
    })
    .to_string();
    format!(
        "HTTP/1.1 503 Service Unavailable\r\n\
         content-type: application/problem+json\r\n\
         content-length: {}\r\n\
         connection: close\r\n\
         retry-after: 1\r\n\
         x-request-id: {id}\r\n\
         \r\n\
         {body}",
        body.len(),
    )
}
