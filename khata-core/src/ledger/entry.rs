//! The entry: everything that moves a balance. Entries are never changed or deleted.

use serde::{Deserialize, Serialize};

use super::{Allocation, ChainHash, ItemKind};
use crate::calendar::{Date, Timestamp};
use crate::id::{ActorId, CustomerId, EntryId, ItemId, OwnerId};
use crate::money::Money;
use crate::text::Note;

/// What an entry records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Goods on credit: a debit.
    Invoice,
    /// Money received: a credit.
    Receipt,
    /// Goods returned or a price reduced: a credit.
    CreditNote,
    /// What was owed before the book began, of either sign.
    OpeningBalance,
    /// The reversal of one of these.
    Void,
}

impl From<ItemKind> for EntryKind {
    /// The kind of the entry that opens such an item.
    fn from(kind: ItemKind) -> Self {
        match kind {
            ItemKind::Invoice => Self::Invoice,
            ItemKind::Receipt => Self::Receipt,
            ItemKind::CreditNote => Self::CreditNote,
            ItemKind::OpeningBalance => Self::OpeningBalance,
        }
    }
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Invoice, Self::Receipt, Self::CreditNote, Self::OpeningBalance, Self::Void];

    /// Stable, `snake_case`; part of what an entry's hash covers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::Receipt => "receipt",
            Self::CreditNote => "credit_note",
            Self::OpeningBalance => "opening_balance",
            Self::Void => "void",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// One line of a shop's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The shop.
    pub owner: OwnerId,
    /// Its place: gapless from 1 in each shop.
    pub seq: u64,
    /// Its id, made before it was first sent.
    pub id: EntryId,
    /// Who caused it.
    pub actor: ActorId,
    /// What it records.
    pub kind: EntryKind,
    /// Whose balance it moves.
    pub customer: CustomerId,
    /// The item that it opened or, of a void, reversed.
    pub item: ItemId,
    /// The effective date: what the paper says.
    pub date: Date,
    /// When the book learnt of it; never earlier than the entry before.
    pub recorded_at: Timestamp,
    /// What it adds to the balance; negative for a credit.
    pub amount: Money,
    /// Why, of a void.
    pub reason: Option<Note>,
    /// SHA-256 of the document's body; none where there is no paper.
    pub body_hash: Option<[u8; 32]>,
    /// The allocations that it caused, by ordinal.
    pub allocations: Vec<Allocation>,
    /// SHA-256 over the hash before and the rest of the entry: see [`entry_bytes`](super::entry_bytes).
    pub hash: ChainHash,
}

/// Sums over a customer's entries, voided ones cancelling out. Caches: the entries are what counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Totals {
    /// All entries: what the customer owes.
    pub balance: Money,
    /// Invoices, less voided ones.
    pub invoiced: Money,
    /// Receipts, less voided ones, as a positive amount.
    pub received: Money,
}

impl Totals {
    /// The sums with one more entry of that kind; `None` if one would leave the range of `i64`. A void is counted as of
    /// the kind that it voids, so that it takes from the same sums.
    #[must_use]
    pub fn plus(self, kind: EntryKind, amount: Money) -> Option<Self> {
        let invoiced = if kind == EntryKind::Invoice { amount } else { Money::ZERO };
        let received = if kind == EntryKind::Receipt { amount.checked_neg()? } else { Money::ZERO };
        Some(Self {
            balance: self.balance.checked_add(amount)?,
            invoiced: self.invoiced.checked_add(invoiced)?,
            received: self.received.checked_add(received)?,
        })
    }
}
