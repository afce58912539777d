//! Write-offs, for amounts that are given up: small change let go when an account is settled (*kasar*), and bad debts. A
//! write-off is no sale, no receipt and no credit note: it changes no tax.

use super::document::body;
use super::{CreditStatus, Heading, NewAllocation, Paid};
use crate::error::{Error, FieldError, Violation};
use crate::id::{CustomerId, OwnerId, WriteOffId};
use crate::ledger::{Allocation, Item};
use crate::money::{Currency, Money};
use crate::number::DocumentNumber;
use crate::record::{self, Input, Record};
use crate::text::Note;
use crate::values::calendar::{Date, Timestamp, Weekday};

/// A write-off to add.
#[derive(Debug, Clone, PartialEq, Eq, Input)]
#[input(rules = NewWriteOff::rules)]
#[non_exhaustive]
pub struct NewWriteOff {
    /// The customer who is let off. Archived customers are refused.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// Date of the write-off; it may lie in the past.
    #[field(name = "date")]
    pub date: Date,
    /// Amount that is given up, at most what the customer owes.
    #[field(name = "amount", range = positive)]
    pub amount: Money,
    /// Reason.
    #[field(name = "reason")]
    pub reason: Note,
    /// Write-off number; the next of the series if absent.
    #[field(name = "writeOffNumber", setter = parse)]
    pub number: Option<DocumentNumber>,
    /// Invoices and debit notes that it closes first, each at most once. The rest closes debits in order of their due dates.
    #[field(name = "allocations", list = 500, setter)]
    pub allocations: Vec<NewAllocation>,
}

impl NewWriteOff {
    /// Creates a write-off without explicit allocations. The reason is a note or a text to parse.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the reason can't be parsed.
    pub fn new<R: TryInto<Note, Error: Into<Violation>>>(
        customer: CustomerId,
        date: Date,
        amount: Money,
        reason: R,
    ) -> Result<Self, Error> {
        let reason = record::parse(reason, "reason")?;
        Ok(Self { customer, date, amount, reason, number: None, allocations: Vec::new() })
    }

    fn rules(parts: &NewWriteOffParts<'_>, _: Currency) -> Vec<Option<FieldError>> {
        NewAllocation::rules(parts.allocations, parts.amount)
    }
}

/// A write-off in its current state.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct WriteOff {
    /// The write-off.
    #[field(name = "id")]
    pub id: WriteOffId,
    /// The shop.
    #[field(name = "shopOwnerId")]
    pub owner: OwnerId,
    /// The customer who was let off.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// Write-off number.
    #[field(name = "writeOffNumber")]
    pub number: DocumentNumber,
    /// Date of the write-off.
    #[field(name = "date")]
    pub date: Date,
    /// Day of the week of the date.
    #[field(name = "day")]
    pub day: Weekday,
    /// Amount that was given up.
    #[field(name = "amount")]
    pub amount: Money,
    /// Reason.
    #[field(name = "reason")]
    pub reason: Note,
    /// Debits that it closed. Together with `unappliedAmount` they add up to the amount.
    #[field(name = "allocations", list)]
    pub allocations: Vec<Paid>,
    /// Amount that closes nothing, since what it closed is void; 0 for a void write-off.
    #[field(name = "unappliedAmount")]
    pub unapplied: Money,
    /// Whether it is in effect or void.
    #[field(name = "status")]
    pub status: CreditStatus,
    /// `seq` of its entry.
    #[field(name = "seq")]
    pub seq: u64,
    /// Time at which it was recorded.
    #[field(name = "createdAt")]
    pub created_at: Timestamp,
    /// Time of the last change of its unapplied amount or its status.
    #[field(name = "updatedAt")]
    pub updated_at: Timestamp,
}

body! {
    /// The body of a write-off, which its hash covers. Its allocations are not part of it; they belong to the entry.
    pub struct WriteOffBody {
        /// Amount that is given up.
        pub amount: Money,
        /// Reason.
        pub reason: Note,
    }
}

impl WriteOffBody {
    pub(crate) fn new(heading: Heading, new: &NewWriteOff) -> Self {
        Self { heading, amount: new.amount, reason: new.reason.clone() }
    }

    pub(super) fn view(self, item: &Item, allocations: &[Allocation], created_at: Timestamp) -> WriteOff {
        WriteOff {
            id: item.id.into(),
            owner: item.owner,
            customer: item.customer,
            number: self.heading.number,
            date: item.date,
            day: item.date.weekday(),
            amount: self.amount,
            reason: self.reason,
            allocations: Paid::by(allocations),
            unapplied: item.open,
            status: CreditStatus::of(item),
            seq: item.seq,
            created_at,
            updated_at: item.updated_at,
        }
    }
}
