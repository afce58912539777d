//! Notification of new entries, so that another system can follow a book without polling.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::{Instant, timeout_at};

use crate::id::OwnerId;

/// Interval of checks for entries of other processes.
pub(crate) const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Number of channels, which shops share. A waiter that is woken by another shop's entries checks and waits again.
const CHANNELS: usize = 64;

/// Wakes the waiters for entries of a shop when this process posts entries.
#[derive(Debug)]
pub(crate) struct Notifier {
    channels: [Notify; CHANNELS],
    closed: AtomicBool,
}

impl Default for Notifier {
    fn default() -> Self {
        Self { channels: std::array::from_fn(|_| Notify::new()), closed: AtomicBool::new(false) }
    }
}

impl Notifier {
    /// Wakes the waiters of a shop, to which entries may have been posted.
    pub(crate) fn notify(&self, owner: OwnerId) {
        self.channel(owner).notify_waiters();
    }

    /// Wakes all waiters, and prevents new waits.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.channels.iter().for_each(Notify::notify_waiters);
    }

    /// Subscribes to the entries of a shop. Subscribe before checking for entries, so that none is missed in between.
    pub(crate) fn subscribe(&self, owner: OwnerId) -> Subscription<'_> {
        Subscription { notifier: self, notified: self.channel(owner).notified() }
    }

    fn channel(&self, owner: OwnerId) -> &Notify {
        // The last bits of an id are random.
        let at = usize::from(owner.uuid().as_bytes()[15]) % CHANNELS;
        &self.channels[at]
    }
}

/// A subscription to the entries of a shop.
#[derive(Debug)]
pub(crate) struct Subscription<'a> {
    notifier: &'a Notifier,
    notified: Notified<'a>,
}

impl Subscription<'_> {
    /// Waits until it is time to check again. Returns false if there is no more waiting.
    pub(crate) async fn wait(self, until: Instant) -> bool {
        let now = Instant::now();
        if self.notifier.closed.load(Ordering::SeqCst) || now >= until {
            return false;
        }
        // Woken or timed out, the caller checks again.
        let _ = timeout_at(until.min(now + LOOK_INTERVAL), self.notified).await;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(100)
    }

    #[tokio::test(start_paused = true)]
    async fn who_listens_hears_what_was_posted_before_the_waiting_began() {
        let (notifier, owner, start) = (Notifier::default(), OwnerId::generate(), Instant::now());
        let subscription = notifier.subscribe(owner);
        notifier.notify(owner);
        assert!(subscription.wait(soon()).await);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_woken() {
        let (notifier, owner, start) = (Notifier::default(), OwnerId::generate(), Instant::now());
        let subscription = notifier.subscribe(owner);
        let (woken, ()) = tokio::join!(subscription.wait(soon()), async { notifier.notify(owner) });
        assert!(woken);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn who_hears_nothing_looks_now_and_then_until_the_end() {
        let (notifier, owner, start) = (Notifier::default(), OwnerId::generate(), Instant::now());
        let until = start + LOOK_INTERVAL * 5 / 2;
        let mut looks = 0;
        while notifier.subscribe(owner).wait(until).await {
            looks += 1;
        }
        assert_eq!((looks, start.elapsed()), (3, LOOK_INTERVAL * 5 / 2));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_once_it_is_closed() {
        let (notifier, owner, start) = (Notifier::default(), OwnerId::generate(), Instant::now());
        let subscription = notifier.subscribe(owner);
        let (_, ()) = tokio::join!(subscription.wait(soon()), async { notifier.close() });
        assert!(!notifier.subscribe(owner).wait(soon()).await);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
