//! The audit of one book: all that is checked, without reading anything.

use std::collections::BTreeMap;

use super::Verified;
use super::accounts::Accounts;
use super::chain::Chain;
use super::documents::Documents;
use super::fault::{FaultKind, Faults, Place};
use super::items::Items;
use crate::counters::Counters;
use crate::documents::Document;
use crate::id::{CustomerId, ItemId};
use crate::idempotency::IdempotencyKey;
use crate::ledger::{ChainHash, EntryKind};
use crate::money::Money;
use crate::store::{Head, Posted, Standing, StoreError, StoredDocument};

/// What was found so far.
#[derive(Debug)]
pub(super) struct Audit {
    head: Head,
    chain: Chain,
    end: Option<ChainHash>,
    items: Items,
    accounts: Accounts,
    documents: Documents,
    faults: Faults,
    /// Items and documents that were listed, and that no entry so far accounts for.
    strangers: BTreeMap<ItemId, &'static str>,
    /// The highest `seq` that an allocation was listed with.
    allocated: u64,
}

impl Audit {
    /// The audit of a book that stands at that head.
    pub(super) fn new(head: Head) -> Self {
        Self {
            chain: Chain::new(&head),
            head,
            end: None,
            items: Items::default(),
            accounts: Accounts::default(),
            documents: Documents::default(),
            faults: Faults::default(),
            strangers: BTreeMap::new(),
            allocated: 0,
        }
    }

    /// The head that it is the audit of.
    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    /// The place of the last entry that was taken.
    pub(super) fn seq(&self) -> u64 {
        self.chain.seq()
    }

    /// Takes the next entry. Beyond the head, what the store told of its item is not looked at: that may be older.
    pub(super) fn take(&mut self, posted: &Posted) {
        let Posted { entry, item, .. } = posted;
        self.chain.follow(entry, &mut self.faults);
        let terms = match entry.kind {
            EntryKind::Void => None,
            _ => self.documents.add(posted, &mut self.faults),
        };
        let told = (entry.seq <= self.head.seq).then_some(item);
        let moved = self.items.apply(entry, terms, told, &mut self.faults);
        let kind = self.items.kind(entry.item);
        self.accounts.apply(entry, kind, moved, &mut self.faults);
        self.strangers.remove(&entry.item);
    }

    /// All entries up to the head were taken; what is told from now on is as new as the head, or newer.
    pub(super) fn settle(&mut self) {
        self.chain.check_end(&self.head, &mut self.faults);
        self.end = Some(self.chain.hash());
        self.items.settle();
        self.items.check_days(&mut self.faults);
        self.accounts.settle();
    }

    /// How a customer stands, as the store says.
    pub(super) fn told(&mut self, standing: &Standing) {
        self.accounts.told(standing);
        for item in &standing.items {
            self.must_account_for(
                item.id,
                item.seq,
                "it is listed among the open items, and no entry opened it",
            );
        }
    }

    /// A document that the store lists.
    pub(super) fn listed(&mut self, paper: &StoredDocument) {
        let Document { id, seq, .. } = paper.document;
        self.must_account_for(id, seq, "it is listed among the documents, and no entry wrote it");
        let allocated = paper.allocations.iter().map(|row| row.seq).max().unwrap_or_default();
        self.allocated = self.allocated.max(allocated);
    }

    fn must_account_for(&mut self, id: ItemId, seq: u64, otherwise: &'static str) {
        if self.items.seq(id) != Some(seq) {
            self.strangers.insert(id, otherwise);
        }
    }

    /// The subject of a request that was remembered; whether it is one that is known.
    pub(super) fn knows(&self, subject: ItemId) -> bool {
        self.items.seq(subject).is_some() || self.accounts.contains(CustomerId::from_uuid(subject.uuid()))
    }

    /// A request that led to nothing.
    pub(super) fn led_to_nothing(&mut self, key: IdempotencyKey, subject: ItemId) {
        let detail = format!("it is remembered that it led to {subject}, which is not there");
        self.faults.note(FaultKind::Subject, Place::Key(key), detail);
    }

    /// The counters, with all entries up to that moment taken.
    pub(super) fn check_counters(&mut self, counters: &Counters) {
        self.documents.check_counters(counters, &mut self.faults);
    }

    /// There is an entry beyond the head.
    pub(super) fn beyond_the_head(&mut self, seq: u64) {
        let detail = format!("it stands before entry {seq}, which is there");
        self.faults.note(FaultKind::Head, Place::Head, detail);
    }

    /// Something can't be read, and what follows it in its list was passed over.
    pub(super) fn unreadable(&mut self, place: Place, cause: &StoreError) {
        let cause = std::error::Error::source(cause).map_or_else(|| cause.to_string(), ToString::to_string);
        self.faults.note(FaultKind::Unreadable, place, format!("it can't be read: {cause}"));
    }

    /// All was read, and the entries that came on the way were taken.
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
            self.faults.note(
                FaultKind::Unaccounted,
                place,
                "an allocation is listed as its, and it is not there",
            );
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
