//! The open item: what is to be paid, or can pay.

use serde::{Deserialize, Serialize};

use crate::calendar::{Date, Timestamp};
use crate::id::{CustomerId, InvoiceId, ItemId, OwnerId};
use crate::invoice::InvoiceStatus;
use crate::money::Money;
use crate::number::DocumentKind;

/// Which side of the account an item stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The customer owes it.
    Debit,
    /// It pays what the customer owes.
    Credit,
}

impl Side {
    /// Stable, `snake_case`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debit => "debit",
            Self::Credit => "credit",
        }
    }

    /// The side of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Debit, Self::Credit].into_iter().find(|side| side.as_str() == name)
    }

    /// The other side.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Debit => Self::Credit,
            Self::Credit => Self::Debit,
        }
    }
}

/// What an item came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// An invoice: a debit.
    Invoice,
    /// A receipt: a credit.
    Receipt,
    /// A credit note: a credit.
    CreditNote,
    /// An opening balance, on the side of its sign.
    OpeningBalance,
}

impl ItemKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Invoice, Self::Receipt, Self::CreditNote, Self::OpeningBalance];

    /// Stable, `snake_case`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::Receipt => "receipt",
            Self::CreditNote => "credit_note",
            Self::OpeningBalance => "opening_balance",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl From<DocumentKind> for ItemKind {
    fn from(kind: DocumentKind) -> Self {
        match kind {
            DocumentKind::Invoice => Self::Invoice,
            DocumentKind::Receipt => Self::Receipt,
            DocumentKind::CreditNote => Self::CreditNote,
        }
    }
}

/// An item, and how much of it is still open. `open`, `credited`, `free_from`, `void` and `updated_at` change, the rest
/// does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The shop.
    pub owner: OwnerId,
    /// The item; the same bits as the entry that opened it and the document on paper.
    pub id: ItemId,
    /// Whose.
    pub customer: CustomerId,
    /// What it came from.
    pub kind: ItemKind,
    /// Debit or credit.
    pub side: Side,
    /// How much it was opened with, above zero.
    pub amount: Money,
    /// How much is not allocated; from zero to `amount`. Zero of a void one.
    pub open: Money,
    /// The invoice that it is on, of a credit note.
    pub invoice: Option<InvoiceId>,
    /// The sum of the credit notes on it that are not void, of an invoice; from zero to `amount`. A cache: the credit
    /// notes are what counts.
    pub credited: Money,
    /// The effective date.
    pub date: Date,
    /// When it is due; its date where there is no due date.
    pub due: Date,
    /// From when it can be allocated: its date, or that of the latest reversal that touched it.
    pub free_from: Date,
    /// Its entry's place in the book.
    pub seq: u64,
    /// Whether it was voided.
    pub void: bool,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Item {
    /// An item that is due on its date. Its place in the book and the time are for the book to say.
    pub(crate) fn new(
        owner: OwnerId,
        id: ItemId,
        customer: CustomerId,
        kind: ItemKind,
        side: Side,
        amount: Money,
        date: Date,
    ) -> Self {
        Self {
            owner,
            id,
            customer,
            kind,
            side,
            amount,
            open: amount,
            invoice: None,
            credited: Money::ZERO,
            date,
            due: date,
            free_from: date,
            seq: 0,
            void: false,
            updated_at: Timestamp::MIN,
        }
    }

    /// How far it is used up.
    #[must_use]
    pub fn status(&self) -> InvoiceStatus {
        if self.void {
            InvoiceStatus::Void
        } else if self.open == self.amount {
            InvoiceStatus::Unpaid
        } else if self.open.is_zero() {
            InvoiceStatus::Paid
        } else {
            InvoiceStatus::Partial
        }
    }

    /// The order in which a customer's items of one side are paid, or pay.
    #[must_use]
    pub fn payment_order(&self) -> (Date, u64) {
        (self.due, self.seq)
    }
}
