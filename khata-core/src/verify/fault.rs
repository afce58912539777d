//! Faults of a book and their places.

use std::fmt;

use crate::id::{CustomerId, ItemId};
use crate::idempotency::IdempotencyKey;
use crate::number::{DocumentKind, Series};

/// A contradiction in a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Kind of the fault.
    pub kind: FaultKind,
    /// Place of the fault.
    pub place: Place,
    /// Stored and expected state: a clause for people, without a full stop.
    pub detail: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.detail)
    }
}

/// The place of a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// The entry with this `seq`, its allocations, the item that it opened, or its document.
    Entry(u64),
    /// The head of the ledger.
    Head,
    /// A customer.
    Customer(CustomerId),
    /// An item or a document without an entry.
    Item(ItemId),
    /// The list of customers.
    Customers,
    /// The list of documents of a kind.
    Documents(DocumentKind),
    /// The counter of a series of documents.
    Series(Series),
    /// An idempotency record.
    Key(IdempotencyKey),
    /// The list of idempotency records.
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
            Self::Documents(kind) => write!(f, "the list of documents of kind {kind}"),
            Self::Series(series) => write!(f, "the {} numbers of {}", series.kind, series.year),
            Self::Key(key) => write!(f, "idempotency key {key}"),
            Self::Keys => f.write_str("the list of idempotency keys"),
        }
    }
}

/// The kinds of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FaultKind {
    /// A row can't be parsed, or a row that it refers to is missing. The rows after it in its list were not checked.
    Unreadable,
    /// An entry is missing.
    MissingEntry,
    /// The hash of an entry doesn't match the entry and the hash before it.
    Chain,
    /// An entry was recorded before the one that precedes it.
    Time,
    /// Two entries have one id.
    RepeatedId,
    /// The head is not at the end of the chain.
    Head,
    /// An entry is invalid: its sign doesn't match its kind, or it voids or credits something that can't be.
    Entry,
    /// An allocation doesn't match its entry or its items, or exceeds their open amounts.
    Allocation,
    /// The immutable part of an item doesn't match its entry.
    Item,
    /// The open amount of an item doesn't match its allocations.
    Open,
    /// The credited amount of an invoice doesn't match its credit notes.
    Credited,
    /// An item is void without a void entry, not void despite one, or on another day.
    Void,
    /// The day until which changes of an item are pending doesn't match its allocations and its void.
    Pending,
    /// The day from which an item can be allocated doesn't match its reversals.
    FreeFrom,
    /// The time of the last change of an item doesn't match the last entry that changed it.
    Touched,
    /// On some day, the open amount of an item is below zero or above its amount.
    Day,
    /// A customer had an open debit and an open credit at the same time.
    BothOpen,
    /// A customer's entries don't add up to the open debits less the open credits.
    Balance,
    /// The body of a document doesn't match the hash in its entry.
    Body,
    /// The lookup fields of a document don't match its body, or the document is missing.
    Document,
    /// Two documents have one number.
    Number,
    /// The counter of a series doesn't match its last automatic number.
    Counter,
    /// The customer of an entry is missing.
    MissingCustomer,
    /// A customer's balance, or sum of invoices or receipts, doesn't match the entries.
    Totals,
    /// A customer's sums of post-dated entries don't match the entries.
    PostDated,
    /// The `seq` of a customer's last entry doesn't match.
    LastEntry,
    /// A customer's stored open items don't add up to the open amounts by the entries.
    Listed,
    /// An item, a document or an allocation has no entry.
    Unaccounted,
    /// The subject of an idempotency record is missing.
    Subject,
}

/// The first fault of each kind.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// Adds a fault, unless there is one of its kind.
    pub(super) fn note(&mut self, kind: FaultKind, place: Place, detail: impl Into<String>) {
        if !self.0.iter().any(|fault| fault.kind == kind) {
            self.0.push(Fault { kind, place, detail: detail.into() });
        }
    }

    /// Returns the faults in the order in which they were found.
    pub(super) fn into_vec(self) -> Vec<Fault> {
        self.0
    }
}
