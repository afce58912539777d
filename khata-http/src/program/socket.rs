//! A client's socket, which fails when the client takes nothing of what it is sent.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::places::State;

/// The socket of a connection.
#[derive(Debug)]
pub(super) struct Socket<S> {
    stream: S,
    state: Arc<State>,
    take_time_max: Duration,
    /// Ends when the client has taken nothing for too long. It runs while the system has no room for more.
    patience: Option<Pin<Box<Sleep>>>,
}

impl<S> Socket<S> {
    /// Wraps a connection whose client must take some of what it is sent within `take_time_max`.
    pub(super) fn new(stream: S, state: Arc<State>, take_time_max: Duration) -> Self {
        Self { stream, state, take_time_max, patience: None }
    }

    /// Returns the connection itself.
    pub(super) fn into_stream(self) -> S {
        self.stream
    }

    fn bounded<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            if self.patience.take().is_some() {
                self.state.set_stalled(false);
            }
            return written;
        }
        let patience = self.patience.get_or_insert_with(|| {
            self.state.set_stalled(true);
            Box::pin(sleep(self.take_time_max))
        });
        ready!(patience.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing of its response")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Socket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.bounded(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.bounded(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::super::places::{Places, Shares};
    use super::*;

    const TAKE_TIME_MAX: Duration = Duration::from_secs(30);

    fn state() -> Arc<State> {
        let shares = Shares { connections_max: 1, connections_per_address_max: 1, exempt: Vec::new() };
        let place = Places::new(shares).take(Ipv4Addr::LOCALHOST.into()).expect("there is a place");
        place.state().clone()
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_a_little_now_and_then_gets_everything() {
        let (server, mut client) = duplex(16);
        let mut socket = Socket::new(server, state(), TAKE_TIME_MAX);
        let writing = tokio::spawn(async move { socket.write_all(&[b'x'; 1000]).await });
        let mut taken = Vec::new();
        while taken.len() < 1000 {
            sleep(Duration::from_secs(29)).await;
            taken.push(client.read_u8().await.expect("the server is still there"));
        }
        writing.await.expect("it doesn't panic").expect("everything was taken");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_given_up_and_keeps_its_place_until_then() {
        let (server, mut client) = duplex(16);
        let state = state();
        let mut socket = Socket::new(server, state.clone(), TAKE_TIME_MAX);
        let writing = tokio::spawn(async move { socket.write_all(&[b'x'; 1000]).await });
        sleep(Duration::from_secs(20)).await;
        client.read_u8().await.expect("the server is still there");
        sleep(Duration::from_secs(29)).await;
        assert!(state.is_stalled() && !writing.is_finished());
        let given_up = writing.await.expect("it doesn't panic");
        assert_eq!(given_up.map_err(|error| error.kind()), Err(io::ErrorKind::TimedOut));
    }
}
