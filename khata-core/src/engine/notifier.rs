//! Waiting for entries, so that another system can follow a book without asking all the time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::{Instant, timeout_at};

use crate::id::OwnerId;

/// How often to look for what another process may have posted.
pub(crate) const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Shops share so many channels. Who is woken by another shop's entries looks in vain, and waits on.
const CHANNELS: usize = 64;

/// Wakes those who wait for the entries of a shop when this process has posted some.
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
    /// Something may have been posted to that shop.
    pub(crate) fn notify(&self, owner: OwnerId) {
        self.channel(owner).notify_waiters();
    }

    /// From now on nobody waits any more, and who does is woken.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.channels.iter().for_each(Notify::notify_waiters);
    }

    /// Listens from now on: begin before looking whether there is something, or what comes in between is missed.
    pub(crate) fn subscribe(&self, owner: OwnerId) -> Subscription<'_> {
        Subscription { notifier: self, notified: self.channel(owner).notified() }
    }

    fn channel(&self, owner: OwnerId) -> &Notify {
        // The last bits of an id are random.
        let at = usize::from(owner.uuid().as_bytes()[15]) % CHANNELS;
        &self.channels[at]
    }
}

/// Who listens for the entries of a shop.
#[derive(Debug)]
pub(crate) struct Subscription<'a> {
    notifier: &'a Notifier,
    notified: Notified<'a>,
}

impl Subscription<'_> {
    /// Waits until it is worth looking again; false if there is no more waiting.
    pub(crate) async fn wait(self, until: Instant) -> bool {
        let now = Instant::now();
        if self.notifier.closed.load(Ordering::SeqCst) || now >= until {
            return false;
        }
        // Whether it was woken or it is time to look by itself: it is to look.
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
