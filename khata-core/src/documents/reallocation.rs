//! Reallocations: a credit pays other debits than it did.

use super::NewAllocation;
use crate::error::FieldError;
use crate::money::Currency;
use crate::record::Input;
use crate::values::calendar::Date;

/// The reallocation of a credit with an id of that type: [`ReceiptId`](crate::id::ReceiptId) or
/// [`CreditNoteId`](crate::id::CreditNoteId).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reallocation<Id> {
    /// The credit.
    pub credit: Id,
    /// What it pays, and from when on.
    pub terms: ReallocationTerms,
}

/// What a credit pays from a day on, in place of what it paid.
#[derive(Debug, Clone, PartialEq, Eq, Input)]
#[input(rules = ReallocationTerms::rules)]
#[non_exhaustive]
pub struct ReallocationTerms {
    /// Day from which it pays these: not before the date of the credit, nor before the day from which it was last free. By
    /// default, the later of that day and today.
    #[field(name = "date", setter)]
    pub date: Option<Date>,
    /// Invoices and debit notes that it pays first, each at most once. The rest pays debits in order of their due dates, as
    /// that of a new credit does.
    #[field(name = "allocations", list = 500, setter)]
    pub allocations: Vec<NewAllocation>,
}

impl<Id> Reallocation<Id> {
    /// Creates a reallocation that takes effect today or, if that is not possible, on the first possible day after.
    #[must_use]
    pub fn new(credit: Id, allocations: Vec<NewAllocation>) -> Self {
        Self { credit, terms: ReallocationTerms { date: None, allocations } }
    }

    /// Sets the date from which it takes effect.
    #[must_use]
    pub fn on(mut self, date: Date) -> Self {
        self.terms.date = Some(date);
        self
    }
}

impl ReallocationTerms {
    fn rules(parts: &ReallocationTermsParts<'_>, _: Currency) -> Vec<Option<FieldError>> {
        NewAllocation::rules(parts.allocations, None)
    }
}
