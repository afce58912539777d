//! The rows: one [`Book`] per shop, so that a query of one shop can't reach the rows of another.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;

use crate::customer::Customer;
use crate::documents::Document;
use crate::id::{CustomerId, EntryId, ItemId, OwnerId, SessionId};
use crate::idempotency::{IdempotencyKey, IdempotencyRecord};
use crate::ledger::{Allocation, Entry, Item};
use crate::number::NumberKey;
use crate::phone::MobileNumber;
use crate::store::{Credentials, CustomerWrite, Head, Posted, Session, StoreError, Throttle, ThrottleKey};

#[derive(Default)]
pub(super) struct State {
    pub(super) books: BTreeMap<OwnerId, Book>,
    pub(super) throttles: BTreeMap<ThrottleKey, Throttle>,
}

/// Returns the rows with a key above the given one, in order of the keys.
pub(super) fn above<'a, K: Ord, V>(
    rows: &'a BTreeMap<K, V>,
    after: Option<&K>,
) -> impl Iterator<Item = (&'a K, &'a V)> {
    rows.range((after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded))
}

impl State {
    pub(super) fn book(&self, owner: OwnerId) -> Result<&Book, StoreError> {
        self.books.get(&owner).ok_or(StoreError::NotFound)
    }

    pub(super) fn owner_by_mobile(&self, mobile: &MobileNumber) -> Option<&Book> {
        self.books.values().find(|book| book.head.owner.mobile == *mobile)
    }
}

/// All rows of one shop.
pub struct Book {
    /// Head of the ledger, with the owner's profile.
    pub head: Head,
    pub(super) password_hash: String,
    pub(super) sessions: BTreeMap<SessionId, Session>,
    /// Customers, including archived ones.
    pub customers: BTreeMap<CustomerId, CustomerWrite>,
    pub(super) mobiles: BTreeMap<MobileNumber, CustomerId>,
    /// Entries by `seq`, with their allocations.
    pub entries: BTreeMap<u64, Entry>,
    pub(super) entry_seqs: BTreeMap<EntryId, u64>,
    /// Items that the entries opened.
    pub items: BTreeMap<ItemId, Item>,
    /// Documents of the items. Opening balances have none.
    pub documents: BTreeMap<ItemId, Document>,
    pub(super) numbers: BTreeMap<NumberKey, ItemId>,
    /// Idempotency records.
    pub idempotency: BTreeMap<IdempotencyKey, IdempotencyRecord>,
}

// By hand, since not even the hash of a password belongs in a log.
impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book").field("head", &self.head).finish_non_exhaustive()
    }
}

impl Book {
    pub(super) fn new(head: Head, password_hash: &str) -> Self {
        Self {
            head,
            password_hash: password_hash.to_owned(),
            sessions: BTreeMap::new(),
            customers: BTreeMap::new(),
            mobiles: BTreeMap::new(),
            entries: BTreeMap::new(),
            entry_seqs: BTreeMap::new(),
            items: BTreeMap::new(),
            documents: BTreeMap::new(),
            numbers: BTreeMap::new(),
            idempotency: BTreeMap::new(),
        }
    }

    pub(super) fn credentials(&self) -> Credentials {
        Credentials {
            owner: self.head.owner.id,
            password_hash: self.password_hash.clone(),
            password_version: self.head.password_version,
        }
    }

    pub(super) fn customer(&self, id: CustomerId) -> Option<&Customer> {
        self.customers.get(&id).map(|row| &row.customer)
    }

    /// Returns an entry with its item and document.
    pub(super) fn posted(&self, entry: &Entry) -> Result<Posted, StoreError> {
        let item = self.items.get(&entry.item);
        let item = item.cloned().ok_or_else(|| StoreError::corrupt("the item of an entry is missing"))?;
        let document = self.documents.get(&entry.item).cloned();
        Ok(Posted { entry: entry.clone(), item, document })
    }

    /// Returns every allocation, by (`seq`, `ordinal`).
    pub(super) fn allocations(&self) -> impl Iterator<Item = &Allocation> {
        self.entries.values().flat_map(|entry| &entry.allocations)
    }
}
