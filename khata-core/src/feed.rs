//! Waiting for entries, so that another system can follow a book without asking all the time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::time::{Instant, timeout_at};

use crate::id::OwnerId;

/// How often to look for what another process may have posted.
pub(crate) const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Shops share so many bells. Who is woken by another shop's entries looks in vain, and waits on.
const BELLS: usize = 64;

/// Wakes those who wait for the entries of a shop when this process has posted some.
#[derive(Debug)]
pub(crate) struct Feed {
    bells: [Notify; BELLS],
    closed: AtomicBool,
}

impl Default for Feed {
    fn default() -> Self {
        Self { bells: std::array::from_fn(|_| Notify::new()), closed: AtomicBool::new(false) }
    }
}

impl Feed {
    /// Something may have been posted to that shop.
    pub(crate) fn ring(&self, owner: OwnerId) {
        self.bell(owner).notify_waiters();
    }

    /// From now on nobody waits any more, and who does is woken.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.bells.iter().for_each(Notify::notify_waiters);
    }

    /// Listens from now on: begin before looking whether there is something, or what comes in between is missed.
    pub(crate) fn listen(&self, owner: OwnerId) -> Ear<'_> {
        Ear { feed: self, rung: self.bell(owner).notified() }
    }

    fn bell(&self, owner: OwnerId) -> &Notify {
        // The last bits of an id are random.
        let at = usize::from(owner.uuid().as_bytes()[15]) % BELLS;
        &self.bells[at]
    }
}

/// Who listens for the entries of a shop.
#[derive(Debug)]
pub(crate) struct Ear<'a> {
    feed: &'a Feed,
    rung: Notified<'a>,
}

impl Ear<'_> {
    /// Waits until it is worth looking again; false if there is no more waiting.
    pub(crate) async fn wait(self, until: Instant) -> bool {
        let now = Instant::now();
        if self.feed.closed.load(Ordering::SeqCst) || now >= until {
            return false;
        }
        // Whether it was woken or it is time to look by itself: it is to look.
        let _ = timeout_at(until.min(now + LOOK_INTERVAL), self.rung).await;
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
        let (feed, owner, start) = (Feed::default(), OwnerId::generate(), Instant::now());
        let ear = feed.listen(owner);
        feed.ring(owner);
        assert!(ear.wait(soon()).await);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_woken() {
        let (feed, owner, start) = (Feed::default(), OwnerId::generate(), Instant::now());
        let ear = feed.listen(owner);
        let (woken, ()) = tokio::join!(ear.wait(soon()), async { feed.ring(owner) });
        assert!(woken);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn who_hears_nothing_looks_now_and_then_until_the_end() {
        let (feed, owner, start) = (Feed::default(), OwnerId::generate(), Instant::now());
        let until = start + LOOK_INTERVAL * 5 / 2;
        let mut looks = 0;
        while feed.listen(owner).wait(until).await {
            looks += 1;
        }
        assert_eq!((looks, start.elapsed()), (3, LOOK_INTERVAL * 5 / 2));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_once_it_is_closed() {
        let (feed, owner, start) = (Feed::default(), OwnerId::generate(), Instant::now());
        let ear = feed.listen(owner);
        let (_, ()) = tokio::join!(ear.wait(soon()), async { feed.close() });
        assert!(!feed.listen(owner).wait(soon()).await);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
