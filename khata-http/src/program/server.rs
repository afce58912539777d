//! Serving connections, and stopping. It is what `axum::serve` does, and also sets bounds: to the time a client may
//! take to say what it wants, to how many may be connected, and to how long stopping may take.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

use super::connection::{self, Patience};
use super::places::{Places, Shares};
use super::refusal::Refusals;

/// Size in bytes of what the system keeps of a response that its client hasn't taken. It tells that a client has taken
/// something only when about a third of that has room again: with more, a slow client would look like one that has stopped.
const SEND_BUFFER_BYTES: u32 = 128 * 1024;

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// The bounds of a server.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    /// How long clients may take.
    pub(super) patience: Patience,
    /// How many connections may be open; those beyond are answered with 503 and closed.
    pub(super) shares: Shares,
    /// How long to wait for what is under way when stopping.
    pub(super) stop_time_max: Duration,
}

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Everything that was accepted was answered.
    Finished,
    /// So many connections were still open when the time was up, or when it was asked a second time to stop.
    CutOff(usize),
}

/// Listens.
///
/// # Errors
/// If the address is taken, or is none of this machine's.
pub(super) fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A port whose last connections have just ended is free. Windows would let two programs listen.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // Connections have it from the socket that they come to.
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until the first message of `stop`, then accepts no more and finishes what it accepted; the second message, or
/// the time limit, cuts that short. What is cut off is so when the runtime ends. `stopping` is called when it begins to
/// stop.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: &mut mpsc::Receiver<()>,
    stopping: impl FnOnce(),
) -> End {
    let Limits { patience, shares, stop_time_max } = limits;
    let places = Places::new(shares);
    let mut refusals = Refusals::new(router.clone());
    // Each connection has a receiver, and drops it when it ends.
    let (connections, _) = watch::channel(());
    loop {
        tokio::select! {
            _ = stop.recv() => break,
            (stream, peer) = accept(&listener) => {
                let Some(place) = places.take(peer.ip()) else {
                    refusals.refuse(stream, peer);
                    continue;
                };
                let served =
                    connection::serve(stream, peer, router.clone(), patience, place, connections.subscribe());
                tokio::spawn(served);
            }
        }
    }
    drop(listener);
    stopping();
    tracing::info!(connections = places.occupied(), "stopping; signal again to stop immediately");
    connections.send_replace(());
    tokio::select! {
        finished = timeout(stop_time_max, connections.closed()) => match finished {
            Ok(()) => End::Finished,
            Err(_) => End::CutOff(places.occupied()),
        },
        _ = stop.recv() => End::CutOff(places.occupied()),
    }
}

/// The next connection.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            // The client has gone again.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                // Most likely out of file descriptors; to try again at once would only burn time.
                tracing::error!(%error, "a connection can't be accepted");
                sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

#[cfg(test)]
mod tests;
