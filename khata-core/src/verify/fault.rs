//! What can be wrong with a book, and where.

use std::fmt;

use crate::id::{CustomerId, ItemId};
use crate::idempotency::IdempotencyKey;
use crate::number::{DocumentKind, Series};

/// Something in a book that contradicts the rest of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What sort of fault it is.
    pub kind: FaultKind,
    /// Where it lies.
    pub place: Place,
    /// What is there, and what should be: a clause for people, without a full stop.
    pub detail: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.detail)
    }
}

/// Where a fault lies.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// The entry of that `seq`, its allocations, the item that it opened, or its document.
    Entry(u64),
    /// The head of the ledger.
    Head,
    /// A customer.
    Customer(CustomerId),
    /// An item or a document that no entry leads to.
    Item(ItemId),
    /// The list of customers.
    Customers,
    /// The list of documents of a kind.
    Documents(DocumentKind),
    /// The counter of a series of documents.
    Series(Series),
    /// The record of a request that was sent with a key.
    Key(IdempotencyKey),
    /// The list of those records.
    Keys,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(seq) => write!(f, "entry {seq}"),
            Self::Head => f.write_str("the head"),
            Self::Customer(id) => write!(f, "customer {id}"),
            Self::Item(id) => write!(f, "document {id}"),
            Self::Customers => f.write_str("the list of customers"),
            Self::Documents(kind) => write!(f, "the list of documents of the kind {kind}"),
            Self::Series(series) => write!(f, "the {} numbers of {}", series.kind, series.year),
            Self::Key(key) => write!(f, "idempotency key {key}"),
            Self::Keys => f.write_str("the list of idempotency keys"),
        }
    }
}

/// The sorts of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FaultKind {
    /// A row can't be read, or another that it needs is missing. What comes after it in its list was not checked.
    Unreadable,
    /// There is no entry at a place where one should be.
    MissingEntry,
    /// An entry's hash is not that of the hash before and of what the entry says.
    Chain,
    /// An entry was recorded before the one that precedes it.
    Time,
    /// Two entries bear one id.
    RepeatedId,
    /// The head is not at the end of the chain.
    Head,
    /// An entry has no sense: its sign is not that of its kind, or it voids or credits what can't be.
    Entry,
    /// An allocation does not fit its entry or its items, or takes more than they have open.
    Allocation,
    /// What never changes of an item is not what its entry says.
    Item,
    /// An item has another amount open than its allocations leave.
    Open,
    /// On an invoice another sum is credited than its credit notes add up to.
    Credited,
    /// An item is void without an entry that voids it, or the other way round.
    Void,
    /// An item can be allocated from another day on than its reversals say.
    FreeFrom,
    /// An item was last changed at another time than by the last entry that touched it.
    Touched,
    /// On some day, an item has less than nothing or more than its amount open.
    Day,
    /// A customer had an open debit and an open credit at once.
    BothOpen,
    /// A customer's entries do not add up to the open debits less the open credits.
    Balance,
    /// A document's body is not the one that its entry's hash covers.
    Body,
    /// What a document is found by is not what it says, or it is missing.
    Document,
    /// Two documents bear one number.
    Number,
    /// A series of automatic numbers goes on from another number than its last.
    Counter,
    /// An entry's customer is not there.
    MissingCustomer,
    /// A customer's balance, or sum of invoices or receipts, is not that of the entries.
    Totals,
    /// A customer's last entry is another.
    LastEntry,
    /// A customer's open items, as they are listed, do not add up to those of the entries.
    Listed,
    /// There is an item, a document or an allocation that no entry accounts for.
    Unaccounted,
    /// A request that was remembered under a key led to nothing that is there.
    Subject,
}

/// The first fault of each kind.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// Notes a fault, unless one of its kind was found before.
    pub(super) fn note(&mut self, kind: FaultKind, place: Place, detail: impl Into<String>) {
        if !self.0.iter().any(|fault| fault.kind == kind) {
            self.0.push(Fault { kind, place, detail: detail.into() });
        }
    }

    /// In the order in which they were found.
    pub(super) fn into_vec(self) -> Vec<Fault> {
        self.0
    }
}
