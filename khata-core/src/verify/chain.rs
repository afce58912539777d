//! Verification of the chain: each entry follows the one before, and the head is at the end.

use std::collections::HashSet;

use super::fault::{FaultKind, Faults, Place};
use crate::calendar::Timestamp;
use crate::id::EntryId;
use crate::ledger::{ChainHash, Entry, entry_hash, genesis_hash};
use crate::store::Head;

/// The position in the chain.
#[derive(Debug)]
pub(super) struct Chain {
    seq: u64,
    hash: ChainHash,
    recorded_at: Timestamp,
    ids: HashSet<EntryId>,
}

impl Chain {
    /// Creates the position before the first entry of a shop.
    pub(super) fn new(head: &Head) -> Self {
        let owner = &head.owner;
        Self {
            seq: 0,
            hash: genesis_hash(owner.id, owner.currency, owner.time_zone),
            recorded_at: owner.created_at,
            ids: HashSet::new(),
        }
    }

    /// Returns the `seq` of the last entry.
    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    /// Returns the hash of the last entry.
    pub(super) fn hash(&self) -> ChainHash {
        self.hash
    }

    /// Advances to the next entry. It is checked against the stored hash of the one before, so that a changed entry is a
    /// single fault, and not a fault of all following entries.
    pub(super) fn follow(&mut self, entry: &Entry, faults: &mut Faults) {
        let (seq, place) = (entry.seq, Place::Entry(entry.seq));
        if seq != self.seq + 1 {
            let missing = Place::Entry(self.seq + 1);
            faults.note(FaultKind::MissingEntry, missing, format!("it is missing; the next is {seq}"));
        } else if entry_hash(self.hash, entry) != entry.hash {
            let also = if seq == 1 { ", or the shop's currency or time zone was" } else { "" };
            let detail = format!("it was changed, or an entry before it was{also}: its hash doesn't match");
            faults.note(FaultKind::Chain, place.clone(), detail);
        }
        if entry.recorded_at < self.recorded_at {
            let detail = format!(
                "it was recorded at {}, before the preceding entry, at {}",
                entry.recorded_at, self.recorded_at
            );
            faults.note(FaultKind::Time, place.clone(), detail);
        }
        if !self.ids.insert(entry.id) {
            faults.note(
                FaultKind::RepeatedId,
                place,
                format!("an entry before it has the same id, {}", entry.id),
            );
        }
        (self.seq, self.hash) = (seq, entry.hash);
        self.recorded_at = self.recorded_at.max(entry.recorded_at);
    }

    /// Checks that the head is at the last entry.
    pub(super) fn check_end(&self, head: &Head, faults: &mut Faults) {
        let mut note = |detail: String| faults.note(FaultKind::Head, Place::Head, detail);
        if self.seq != head.seq {
            note(format!("it is at entry {}, but the last entry is {}", head.seq, self.seq));
        } else if self.hash != head.hash {
            note(format!("its hash is {}, but that of entry {} is {}", head.hash, self.seq, self.hash));
        } else if self.recorded_at != head.recorded_at {
            note(format!(
                "its time is {}, but that of entry {} is {}",
                head.recorded_at, self.seq, self.recorded_at
            ));
        }
    }
}
