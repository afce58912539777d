//! The audit of a book: all checks, without I/O.

use std::collections::BTreeMap;

use super::Verified;
use super::accounts::Accounts;
use super::chain::Chain;
use super::documents::Documents;
use super::fault::{FaultKind, Faults, Place};
use super::items::Items;
use crate::documents::Document;
use crate::id::{CustomerId, ItemId};
use crate::idempotency::IdempotencyKey;
use crate::ledger::ChainHash;
use crate::money::Money;
use crate::store::{Head, Posted, Standing, StoreError, StoredDocument};

/// The state of an audit.
#[derive(Debug)]
pub(super) struct Audit {
    head: Head,
    chain: Chain,
    end: Option<ChainHash>,
    items: Items,
    accounts: Accounts,
    documents: Documents,
    faults: Faults,
    /// Stored items and documents without an entry so far.
    strangers: BTreeMap<ItemId, &'static str>,
    /// Highest `seq` of a stored allocation.
    allocated: u64,
}

impl Audit {
    /// Creates the audit of a book with a head.
    pub(super) fn new(head: Head) -> Self {
        Self {
            chain: Chain::new(&head),
            documents: Documents::of(&head.owner),
            head,
            end: None,
            items: Items::default(),
            accounts: Accounts::default(),
            faults: Faults::default(),
            strangers: BTreeMap::new(),
            allocated: 0,
        }
    }

    /// Returns the head of the audited book.
    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    /// Returns the `seq` of the last entry that was added.
    pub(super) fn seq(&self) -> u64 {
        self.chain.seq()
    }

    /// Adds the next entry. Beyond the head the stored item is ignored, since it may be older.
    pub(super) fn take(&mut self, posted: &Posted) {
        let Posted { entry, item, .. } = posted;
        self.chain.follow(entry, &mut self.faults);
        let opens = entry.kind.opens().is_some();
        let terms = opens.then(|| self.documents.add(posted, &mut self.faults)).flatten();
        let stored = (entry.seq <= self.head.seq).then_some(item);
        let today = self.head.owner.time_zone.date_of(entry.recorded_at);
        let moved = self.items.apply(entry, today, terms, stored, &mut self.faults);
        let kind = self.items.kind(entry.item);
        self.accounts.apply(entry, today, kind, moved, &mut self.faults);
        self.strangers.remove(&entry.item);
    }

    /// Marks that all entries up to the head were added: stored rows are as new as the head or newer from now on.
    pub(super) fn settle(&mut self) {
        self.chain.check_end(&self.head, &mut self.faults);
        self.end = Some(self.chain.hash());
        self.items.settle();
        self.items.check_days(&mut self.faults);
        self.accounts.settle();
    }

    /// Adds a stored customer.
    pub(super) fn add_stored(&mut self, standing: &Standing) {
        self.accounts.add_stored(standing);
        for item in &standing.items {
            self.must_account_for(item.id, item.seq, "it is an open item that no entry opened");
        }
    }

    /// Adds a stored document.
    pub(super) fn listed(&mut self, listed: &StoredDocument) {
        let Document { id, seq, .. } = listed.document;
        self.must_account_for(id, seq, "it is a document without an entry");
        let allocated = listed.allocations.iter().map(|row| row.seq).max().unwrap_or_default();
        self.allocated = self.allocated.max(allocated);
    }

    fn must_account_for(&mut self, id: ItemId, seq: u64, otherwise: &'static str) {
        if self.items.seq(id) != Some(seq) {
            self.strangers.insert(id, otherwise);
        }
    }

    /// Returns whether the subject of an idempotency record is known.
    pub(super) fn knows(&self, subject: ItemId) -> bool {
        self.items.seq(subject).is_some() || self.accounts.contains(CustomerId::from_uuid(subject.uuid()))
    }

    /// Notes an idempotency record whose subject is missing.
    pub(super) fn led_to_nothing(&mut self, key: IdempotencyKey, subject: ItemId) {
        let detail = format!("its subject {subject} is missing");
        self.faults.note(FaultKind::Subject, Place::Key(key), detail);
    }

    /// Checks the counters, after all entries up to their time were added.
    pub(super) fn check_counters(&mut self, head: &Head) {
        self.documents.check_counters(head, &mut self.faults);
    }

    /// Notes an entry beyond the head.
    pub(super) fn beyond_the_head(&mut self, seq: u64) {
        let detail = format!("it precedes entry {seq}, which exists");
        self.faults.note(FaultKind::Head, Place::Head, detail);
    }

    /// Notes a row that can't be parsed. The rows after it in its list are not checked.
    pub(super) fn unreadable(&mut self, place: Place, cause: &StoreError) {
        let cause = std::error::Error::source(cause).map_or_else(|| cause.to_string(), ToString::to_string);
        self.faults.note(FaultKind::Unreadable, place, format!("it can't be parsed: {cause}"));
    }

    /// Finishes the audit, after everything was read and the entries posted meanwhile were added.
    pub(super) fn finish(mut self) -> Verified {
        let currency = self.head.owner.currency;
        let money = |amount: Money| currency.format(amount);
        self.items.check(money, &mut self.faults);
        self.accounts.check(money, &mut self.faults);
        for (id, otherwise) in self.strangers {
            self.faults.note(FaultKind::Unaccounted, Place::Item(id), otherwise);
        }
        if self.allocated > self.chain.seq() {
            let place = Place::Entry(self.allocated);
            self.faults.note(FaultKind::Unaccounted, place, "an allocation belongs to it, but it is missing");
        }
        Verified {
            shop: self.head.owner.id,
            seq: self.head.seq,
            hash: self.end.unwrap_or(self.head.hash),
            recorded_at: self.head.recorded_at,
            customers: self.accounts.count(),
            documents: self.documents.count(),
            faults: self.faults.into_vec(),
        }
    }
}
