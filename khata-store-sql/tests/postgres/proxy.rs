//! A line to the server that counts what goes over it, and can be cut.

use std::str::FromStr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use khata_conformance::servers;
use khata_store_sql::conformance::{FreshUrl, SERVER};
use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// What becomes of the line at the message that has a text in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is cut before the message arrives.
    CutBefore,
    /// It is cut when the message has arrived, before an answer comes back.
    CutAfter,
    /// Nothing goes over it any more, either way.
    Silent,
}

#[derive(Default)]
struct State {
    round_trips: AtomicUsize,
    fate: Mutex<Option<(&'static str, Fate)>>,
}

/// The line, as long as it is kept: with it, all that goes over it ends.
pub(crate) struct Proxy {
    state: Arc<State>,
    port: u16,
    listening: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::<State>::default();
        let listening = tokio::spawn({
            let state = state.clone();
            async move {
                let mut lines = JoinSet::new();
                while let Ok((client, _)) = listener.accept().await {
                    lines.spawn(connect(client, state.clone()));
                }
            }
        });
        Self { state, port, listening }
    }

    /// The URL, by way of this line.
    pub(crate) fn url(&self, fresh: &FreshUrl) -> String {
        format!("{}&host=127.0.0.1&port={}&sslmode=disable", fresh.as_str(), self.port)
    }

    /// How often somebody has waited for the answer to a statement so far.
    pub(crate) fn round_trips(&self) -> usize {
        self.state.round_trips.load(Ordering::SeqCst)
    }

    /// What is to become of the line at the next message that has this text in it.
    pub(crate) fn doom(&self, text: &'static str, fate: Fate) {
        *self.state.fate.lock().unwrap() = Some((text, fate));
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn connect(client: TcpStream, state: Arc<State>) {
    let options = PgConnectOptions::from_str(&servers::server(SERVER)).unwrap();
    let server = TcpStream::connect((options.get_host(), options.get_port())).await.unwrap();
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let (from_client, to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    let muted = AtomicBool::new(false);
    let back = pass_back(from_server, to_client, &muted);
    let on = pass_on(BufReader::new(from_client), &mut to_server, &muted, &state);
    tokio::pin!(back);
    let fate = tokio::select! {
        fate = on => fate,
        () = &mut back => None,
    };
    match fate {
        Some(Fate::CutAfter) => {
            // When the server hangs up too, it has done all that it was asked for.
            to_server.shutdown().await.unwrap();
            back.await;
        }
        Some(Fate::Silent) => std::future::pending().await,
        Some(Fate::CutBefore) | None => {}
    }
}

/// Passes on what the server answers, until it ends or is of no more interest.
async fn pass_back(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, muted: &AtomicBool) {
    let mut buffer = [0; 8192];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if !muted.load(Ordering::SeqCst) && to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

/// Passes on what the client asks, until it ends or the line does.
async fn pass_on(
    mut from: BufReader<OwnedReadHalf>,
    to: &mut OwnedWriteHalf,
    muted: &AtomicBool,
    state: &State,
) -> Option<Fate> {
    let mut message = Vec::new();
    // The first message has no type.
    let mut kind = None;
    loop {
        message.clear();
        message.extend(kind);
        let length = from.read_u32().await.ok()?;
        message.extend(length.to_be_bytes());
        let start = message.len();
        message.resize(start + length as usize - 4, 0);
        from.read_exact(&mut message[start..]).await.ok()?;
        let fate = state.fate_of(&message);
        muted.store(fate.is_some(), Ordering::SeqCst);
        if fate.is_none() || fate == Some(Fate::CutAfter) {
            to.write_all(&message).await.ok()?;
        }
        if fate.is_some() {
            return fate;
        }
        // A simple query, or that a prepared one be executed.
        if matches!(kind, Some(b'Q' | b'E')) {
            state.round_trips.fetch_add(1, Ordering::SeqCst);
        }
        kind = Some(from.read_u8().await.ok()?);
    }
}

impl State {
    /// What the line is doomed to at this message.
    fn fate_of(&self, message: &[u8]) -> Option<Fate> {
        let contains = |text: &str| message.windows(text.len()).any(|part| part == text.as_bytes());
        let doomed = self.fate.lock().unwrap().take_if(|(text, _)| contains(text));
        doomed.map(|(_, fate)| fate)
    }
}
