//! The reference store: obviously correct rather than fast.

mod access;
mod books;
mod load;
mod read;
mod report;
mod state;
mod write;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use state::Book;
use state::State;

use crate::id::OwnerId;

/// A store that keeps everything in memory and forgets it when it is dropped: for tests, examples, and as the
/// reference for other stores.
///
/// There is one lock, so what is done at once is done one after the other.
#[derive(Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes the rows of a shop behind the store's back, for tests of what finds that out.
    ///
    /// # Panics
    /// If there is no such shop.
    #[doc(hidden)]
    pub fn tamper(&self, shop: OwnerId, change: impl FnOnce(&mut Book)) {
        change(self.lock().books.get_mut(&shop).expect("there is such a shop"));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic under the lock can only come from a job's `decide`, when nothing is changed yet.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// By hand, since not even the hash of a password belongs in a log.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}
