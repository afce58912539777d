//! The signals that ask the program to stop.

use std::io;

use tokio::sync::mpsc;

/// Listens to SIGTERM and SIGINT (elsewhere than on Unix, to Ctrl-C); each that comes is a message. From the call on,
/// they don't end the process by themselves.
///
/// # Errors
/// If the system has no room for a handler.
pub(super) fn listen() -> io::Result<mpsc::Receiver<()>> {
    let (sender, receiver) = mpsc::channel(2);
    let mut next = subscribe()?;
    tokio::spawn(async move {
        // Of three signals within a moment, the third says nothing that the second didn't.
        while next.recv().await {
            let _ = sender.try_send(());
        }
    });
    Ok(receiver)
}

#[cfg(unix)]
struct Subscription {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
fn subscribe() -> io::Result<Subscription> {
    use tokio::signal::unix::{SignalKind, signal};

    Ok(Subscription {
        terminate: signal(SignalKind::terminate())?,
        interrupt: signal(SignalKind::interrupt())?,
    })
}

#[cfg(unix)]
impl Subscription {
    async fn recv(&mut self) -> bool {
        tokio::select! {
            signal = self.terminate.recv() => signal.is_some(),
            signal = self.interrupt.recv() => signal.is_some(),
        }
    }
}

#[cfg(not(unix))]
struct Subscription;

#[cfg(not(unix))]
fn subscribe() -> io::Result<Subscription> {
    Ok(Subscription)
}

#[cfg(not(unix))]
impl Subscription {
    async fn recv(&mut self) -> bool {
        tokio::signal::ctrl_c().await.is_ok()
    }
}
