//! The chain: that each entry follows the one before, and that the head is at the end.

use std::collections::HashSet;

use super::fault::{FaultKind, Faults, Place};
use crate::calendar::Timestamp;
use crate::id::EntryId;
use crate::ledger::{ChainHash, Entry, entry_hash, genesis_hash};
use crate::store::Head;

/// How far the chain has been followed.
#[derive(Debug)]
pub(super) struct Chain {
    seq: u64,
    hash: ChainHash,
    recorded_at: Timestamp,
    ids: HashSet<EntryId>,
}

impl Chain {
    /// The beginning of a shop's chain.
    pub(super) fn new(head: &Head) -> Self {
        let owner = &head.owner;
        Self {
            seq: 0,
            hash: genesis_hash(owner.id, owner.currency, owner.time_zone),
            recorded_at: owner.created_at,
            ids: HashSet::new(),
        }
    }

    /// The place of the last entry that was followed.
    pub(super) fn seq(&self) -> u64 {
        self.seq
    }

    /// The hash of that entry.
    pub(super) fn hash(&self) -> ChainHash {
        self.hash
    }

    /// Goes on to the next entry. Each is judged by the hash that the one before bears, so that one changed entry is
    /// one fault, and not a fault of all that follow.
    pub(super) fn follow(&mut self, entry: &Entry, faults: &mut Faults) {
        let (seq, place) = (entry.seq, Place::Entry(entry.seq));
        if seq != self.seq + 1 {
            let missing = Place::Entry(self.seq + 1);
            faults.note(FaultKind::MissingEntry, missing, format!("it is missing; the next is {seq}"));
        } else if entry_hash(self.hash, entry) != entry.hash {
            let also = if seq == 1 { ", or the shop's currency or time zone was" } else { "" };
            let detail =
                format!("it was changed, or one before it was{also}: its hash covers something else");
            faults.note(FaultKind::Chain, place.clone(), detail);
        }
        if entry.recorded_at < self.recorded_at {
            let detail = format!(
                "it was recorded at {}, before what precedes it, at {}",
                entry.recorded_at, self.recorded_at
            );
            faults.note(FaultKind::Time, place.clone(), detail);
        }
        if !self.ids.insert(entry.id) {
            faults.note(
                FaultKind::RepeatedId,
                place,
                format!("an entry before it bears its id, {}", entry.id),
            );
        }
        (self.seq, self.hash) = (seq, entry.hash);
        self.recorded_at = self.recorded_at.max(entry.recorded_at);
    }

    /// The head is at the entry that was followed last.
    pub(super) fn check_end(&self, head: &Head, faults: &mut Faults) {
        let mut note = |detail: String| faults.note(FaultKind::Head, Place::Head, detail);
        if self.seq != head.seq {
            note(format!("it stands at entry {}, and the last one is {}", head.seq, self.seq));
        } else if self.hash != head.hash {
            note(format!("it bears the hash {}, and entry {} bears {}", head.hash, self.seq, self.hash));
        } else if self.recorded_at != head.recorded_at {
            note(format!(
                "it bears the time {}, and entry {} {}",
                head.recorded_at, self.seq, self.recorded_at
            ));
        }
    }
}
