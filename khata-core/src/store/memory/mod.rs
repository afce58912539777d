//! The reference store, which is simple rather than fast.

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

/// An in-memory store for tests, examples, and as the reference for other stores. Its data is lost when it is dropped.
///
/// All operations take one lock, so concurrent operations are serialized.
#[derive(Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

impl MemoryStore {
    /// Creates an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes the rows of a shop directly, to test that tampering is detected.
    ///
    /// # Panics
    /// Panics if the shop doesn't exist.
    #[doc(hidden)]
    pub fn tamper(&self, shop: OwnerId, change: impl FnOnce(&mut Book)) {
        change(self.lock().books.get_mut(&shop).expect("the shop exists"));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic under the lock can only come from `decide` of a job, before anything is changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// By hand, since not even the hash of a password belongs in a log.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}
