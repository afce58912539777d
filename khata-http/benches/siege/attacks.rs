//! What is done to the server. Each attack goes on until it is dropped.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::server::Server;

/// An attack.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Attack {
    /// None.
    Quiet,
    /// Connections that say nothing.
    Idle,
    /// Clients that ask for much and take nothing of it.
    SlowReaders,
    /// Requests without a token, whose bodies come after their answers.
    EarlyAnswers,
    /// Reports over a whole book.
    Reports,
    /// Followers of the feed on many devices.
    Followers,
    /// Logins with a wrong password.
    Logins,
}

impl Attack {
    pub(crate) const ALL: [Self; 7] = [
        Self::Quiet,
        Self::Idle,
        Self::SlowReaders,
        Self::EarlyAnswers,
        Self::Reports,
        Self::Followers,
        Self::Logins,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Quiet => "quiet",
            Self::Idle => "idle connections",
            Self::SlowReaders => "slow readers",
            Self::EarlyAnswers => "early answers",
            Self::Reports => "report flood",
            Self::Followers => "feed followers",
            Self::Logins => "login flood",
        }
    }

    fn attackers(self) -> usize {
        match self {
            Self::Quiet => 0,
            Self::Idle => 5000,
            Self::SlowReaders | Self::Reports | Self::Logins => 64,
            Self::EarlyAnswers => 32,
            Self::Followers => 512,
        }
    }

    /// Begins the attack, with the token of the greedy shop.
    pub(crate) fn begin(self, server: &Server, token: &str) -> JoinSet<()> {
        let mut attackers = JoinSet::new();
        for number in 0..self.attackers() {
            let (address, token) = (server.address(), token.to_owned());
            attackers.spawn(async move {
                loop {
                    // Who is turned away comes back, when told to at the soonest.
                    if self.once(address, &token, number).await.is_err() {
                        sleep(Duration::from_secs(1)).await;
                    }
                }
            });
        }
        attackers
    }

    async fn once(self, address: SocketAddr, token: &str, number: usize) -> io::Result<()> {
        let mut stream = TcpStream::connect(address).await?;
        let get = |path: &str| {
            format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\r\n")
        };
        match self {
            Self::Quiet => pending().await,
            // Whatever comes, it is the end of the connection.
            Self::Idle => stream.read(&mut [0]).await.and(Err(io::ErrorKind::ConnectionAborted.into())),
            Self::SlowReaders => {
                stream.write_all(get("/api/export?format=json").repeat(8).as_bytes()).await?;
                sleep(Duration::from_secs(60)).await;
                Ok(())
            }
            Self::EarlyAnswers => {
                let head = format!(
                    "POST /api/customers/add HTTP/1.1\r\nhost: {address}\r\ncontent-length: 100000\r\n\r\n"
                );
                stream.write_all(head.as_bytes()).await?;
                sleep(Duration::from_millis(1)).await;
                stream.write_all(&[b' '; 100_000]).await?;
                stream.read(&mut [0; 4096]).await.map(drop)
            }
            Self::Reports => exhaust(&mut stream, &get("/api/reports/ageing?asOf=2020-01-01")).await,
            Self::Followers => exhaust(&mut stream, &get("/api/entries?after=1000000000&wait=30")).await,
            Self::Logins => {
                let body =
                    json!({ "mobileNumber": format!("98{number:08}"), "password": "a guess" }).to_string();
                let head = format!(
                    "POST /api/shopowners/login HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
                     content-length: {}\r\n\r\n",
                    body.len()
                );
                exhaust(&mut stream, &(head + &body)).await
            }
        }
    }
}

/// Sends a request, and throws away its answer.
///
/// # Errors
/// Also if it is turned away.
async fn exhaust(stream: &mut TcpStream, request: &str) -> io::Result<()> {
    let request = request.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    stream.write_all(request.as_bytes()).await?;
    let mut start = [0; b"HTTP/1.1 200".len()];
    stream.read_exact(&mut start).await?;
    tokio::io::copy(stream, &mut tokio::io::sink()).await?;
    let turned_away = start.ends_with(b" 429") || start.ends_with(b" 503");
    if turned_away { Err(io::ErrorKind::ConnectionRefused.into()) } else { Ok(()) }
}
