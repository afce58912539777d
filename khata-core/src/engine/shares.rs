//! Fair shares of the reads: how many of each shop run at once, so that none keeps the others waiting.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;
use crate::id::OwnerId;

/// How many reads of a kind run and wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Maximum number of reads of a shop that run at once.
    of_shop_max: usize,
    /// Maximum number of reads of all shops that run at once.
    of_all_max: usize,
    /// Maximum number of reads of a shop that run or wait.
    line_max: usize,
}

/// Of reads of a row, or of a page of them. A shop has fewer than a database of many shops reads at once.
pub(crate) const READS: Bounds =
    Bounds { of_shop_max: 4, of_all_max: Semaphore::MAX_PERMITS, line_max: 1024 };

/// Of what may read much of a book: reports, statements and the pages of exports. All of them are fewer than what a store
/// reads at once, so that logins, sessions and short reads always find a place.
pub(crate) const REPORTS: Bounds = Bounds { of_shop_max: 2, of_all_max: 3, line_max: 32 };

/// The reads of a kind that run and wait in this process.
///
/// Each shop has a line of its own. Only what is at the front of a shop's line stands in the line of all, so that a shop
/// waits for at most a few reads of each other one, however many those have asked for.
#[derive(Debug)]
pub(crate) struct Shares {
    bounds: Bounds,
    all: Arc<Semaphore>,
    /// The shops with a read that runs or waits.
    shops: Mutex<HashMap<OwnerId, Line>>,
}

#[derive(Debug)]
struct Line {
    places: Arc<Semaphore>,
    /// Number of reads that run or wait.
    length: usize,
}

impl Shares {
    /// Creates the places.
    pub(crate) fn new(bounds: Bounds) -> Arc<Self> {
        Arc::new(Self { bounds, all: Arc::new(Semaphore::new(bounds.of_all_max)), shops: Mutex::default() })
    }

    /// Waits for a place, which is free again when the result is dropped.
    ///
    /// # Errors
    /// [`Error::Overloaded`] if too many reads of the shop wait already.
    pub(crate) async fn place(self: &Arc<Self>, owner: OwnerId) -> Result<Place, Error> {
        let waiting = self.queue_up(owner, self.bounds.line_max).ok_or(Error::Overloaded)?;
        Ok(waiting.place().await)
    }

    /// Waits for a place for a part of something that is under way already, however many wait.
    #[cfg(any(feature = "export", test))]
    pub(crate) async fn place_to_go_on(self: &Arc<Self>, owner: OwnerId) -> Place {
        let waiting = self.queue_up(owner, usize::MAX).expect("a line has no room for so many");
        waiting.place().await
    }

    fn queue_up(self: &Arc<Self>, owner: OwnerId, length_max: usize) -> Option<Waiting> {
        let mut shops = self.lock();
        let new = || Line { places: Arc::new(Semaphore::new(self.bounds.of_shop_max)), length: 0 };
        let line = shops.entry(owner).or_insert_with(new);
        if line.length >= length_max {
            return None;
        }
        line.length += 1;
        Some(Waiting { shares: self.clone(), owner, places: line.places.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OwnerId, Line>> {
        self.shops.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A read that is in the line of its shop, until it is dropped.
#[derive(Debug)]
struct Waiting {
    shares: Arc<Shares>,
    owner: OwnerId,
    places: Arc<Semaphore>,
}

impl Waiting {
    async fn place(self) -> Place {
        let of_shop = permit(&self.places).await;
        let of_all = permit(&self.shares.all).await;
        Place { _permits: [of_shop, of_all], _waiting: self }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut shops = self.shares.lock();
        if let Some(line) = shops.get_mut(&self.owner) {
            line.length -= 1;
            if line.length == 0 {
                shops.remove(&self.owner);
            }
        }
    }
}

async fn permit(places: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    places.clone().acquire_owned().await.expect("the places are never closed")
}

/// The place of a read, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    // Before the line, which would be made anew with all its places.
    _permits: [OwnedSemaphorePermit; 2],
    _waiting: Waiting,
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn owners<const N: usize>() -> [OwnerId; N] {
        std::array::from_fn(|_| OwnerId::generate())
    }

    #[tokio::test]
    async fn a_shop_waits_for_itself_and_not_for_the_line_of_another() {
        let shares = Shares::new(REPORTS);
        let [greedy, modest] = owners();
        let running = [shares.place(greedy).await.unwrap(), shares.place(greedy).await.unwrap()];
        let mut waiting: Vec<_> = (0..8).map(|_| Box::pin(shares.place(greedy))).collect();
        for read in &mut waiting {
            assert!(read.now_or_never().is_none());
        }
        let other = shares.place(modest).now_or_never().expect("it has a place").unwrap();
        // With all places taken, the modest shop is behind one read of the greedy one, and not behind eight.
        let mut next = Box::pin(shares.place(modest));
        assert!((&mut next).now_or_never().is_none());
        drop(running);
        let placed: Vec<_> = waiting.iter_mut().filter_map(FutureExt::now_or_never).collect();
        assert_eq!(placed.len(), 1);
        drop(other);
        assert!(next.now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_line_has_an_end_and_leaves_nothing_behind() {
        let shares = Shares::new(REPORTS);
        let [owner] = owners();
        let mut reads: Vec<_> = (0..REPORTS.line_max).map(|_| Box::pin(shares.place(owner))).collect();
        let placed: Vec<_> = reads.iter_mut().filter_map(FutureExt::now_or_never).collect();
        assert_eq!(placed.len(), REPORTS.of_shop_max);
        assert!(matches!(shares.place(owner).await, Err(Error::Overloaded)));
        // What is under way goes on.
        let mut part = Box::pin(shares.place_to_go_on(owner));
        assert!((&mut part).now_or_never().is_none());
        drop((reads, placed));
        assert!(part.now_or_never().is_some());
        assert!(shares.lock().is_empty());
        assert_eq!(shares.all.available_permits(), REPORTS.of_all_max);
    }
}
