//! The heads that this process wrote or read last.
//!
//! A job is asked what it needs before anything is read, with the heads as they are known here; so all that it needs is
//! read at once. What is known here may be old, so it is never relied on: the heads are read with the rest, and the first
//! write demands that they are still the same.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use khata_core::id::OwnerId;
use khata_core::store::Head;

/// Maximum number of heads that are kept, at about a kilobyte each.
const HEADS_MAX: usize = 4_096;

/// A head, and the count of its lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownHead {
    pub(crate) head: Head,
    pub(crate) lock: u64,
}

/// Heads by shop.
#[derive(Debug, Default)]
pub(crate) struct KnownHeads(Mutex<HashMap<OwnerId, KnownHead>>);

impl KnownHeads {
    /// Returns the heads of these shops, if all of them are known.
    pub(crate) fn all(&self, shops: &[OwnerId]) -> Option<BTreeMap<OwnerId, KnownHead>> {
        let known = self.known();
        shops.iter().map(|shop| Some((*shop, known.get(shop)?.clone()))).collect()
    }

    /// Keeps heads, in the place of others if there are too many.
    pub(crate) fn put(&self, heads: BTreeMap<OwnerId, KnownHead>) {
        let mut known = self.known();
        if known.len() + heads.len() > HEADS_MAX {
            known.clear();
        }
        known.extend(heads);
    }

    /// Forgets the heads of these shops.
    pub(crate) fn forget(&self, shops: &[OwnerId]) {
        let mut known = self.known();
        shops.iter().for_each(|shop| drop(known.remove(shop)));
    }

    fn known(&self) -> MutexGuard<'_, HashMap<OwnerId, KnownHead>> {
        // A panic can't leave it half-changed in a way that matters: nothing in it is relied on.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
