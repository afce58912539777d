//! Debit notes, for a price raised after the invoice or another charge.

use serde::{Deserialize, Serialize};

use super::{Heading, InvoiceStatus};
use crate::id::{CustomerId, DebitNoteId, OwnerId};
use crate::ledger::{Allocation, Item};
use crate::money::Money;
use crate::number::DocumentNumber;
use crate::record::{Input, Record};
use crate::text::Note;
use crate::values::calendar::{Date, Timestamp, Weekday};

/// A debit note to add.
#[derive(Debug, Clone, PartialEq, Eq, Input)]
#[non_exhaustive]
pub struct NewDebitNote {
    /// The customer.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// Date on the debit note.
    #[field(name = "date")]
    pub date: Date,
    /// Amount charged.
    #[field(name = "amount", range = positive)]
    pub amount: Money,
    /// Debit note number; the next of the series if absent.
    #[field(name = "debitNoteNumber", setter = parse)]
    pub number: Option<DocumentNumber>,
    /// Note.
    #[field(name = "note", setter = parse)]
    pub note: Option<Note>,
}

impl NewDebitNote {
    /// Creates a debit note for an amount.
    #[must_use]
    pub fn new(customer: CustomerId, date: Date, amount: Money) -> Self {
        Self { customer, date, amount, number: None, note: None }
    }
}

/// A debit note in its current state.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct DebitNote {
    /// The debit note.
    #[field(name = "id")]
    pub id: DebitNoteId,
    /// The shop.
    #[field(name = "shopOwnerId")]
    pub owner: OwnerId,
    /// The customer.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// Debit note number.
    #[field(name = "debitNoteNumber")]
    pub number: DocumentNumber,
    /// Date on the debit note.
    #[field(name = "date")]
    pub date: Date,
    /// Day of the week of the date.
    #[field(name = "day")]
    pub day: Weekday,
    /// Amount charged.
    #[field(name = "amount")]
    pub amount: Money,
    /// Amount that is not paid; 0 for a void debit note.
    #[field(name = "outstandingAmount")]
    pub outstanding: Money,
    /// Payment status.
    #[field(name = "status")]
    pub status: InvoiceStatus,
    /// Note.
    #[field(name = "note")]
    pub note: Option<Note>,
    /// `seq` of its entry.
    #[field(name = "seq")]
    pub seq: u64,
    /// Time at which it was recorded.
    #[field(name = "createdAt")]
    pub created_at: Timestamp,
    /// Time of the last change of its outstanding amount or its status.
    #[field(name = "updatedAt")]
    pub updated_at: Timestamp,
}

/// The body of a debit note, which its hash covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DebitNoteBody {
    /// Heading common to all bodies.
    #[serde(flatten)]
    pub heading: Heading,
    /// Amount charged.
    pub amount: Money,
    /// Note.
    pub note: Option<Note>,
}

impl DebitNoteBody {
    pub(super) fn view(self, item: &Item, _: &[Allocation], created_at: Timestamp) -> DebitNote {
        DebitNote {
            id: item.id.into(),
            owner: item.owner,
            customer: item.customer,
            number: self.heading.number,
            date: item.date,
            day: item.date.weekday(),
            amount: self.amount,
            outstanding: item.open,
            status: item.status(),
            note: self.note,
            seq: item.seq,
            created_at,
            updated_at: item.updated_at,
        }
    }
}
