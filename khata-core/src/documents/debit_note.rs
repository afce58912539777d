//! Debit notes, for more that is owed than was billed: a price raised after the invoice, a late fee, the charge of a bounced
//! cheque.

use super::document::body;
use super::{Heading, InvoiceStatus, PaidBy, Tax, invoice};
use crate::error::FieldError;
use crate::id::{CustomerId, DebitNoteId, InvoiceId, OwnerId};
use crate::ledger::{Allocation, Item};
use crate::money::{Currency, Money};
use crate::number::DocumentNumber;
use crate::record::{Input, Record};
use crate::text::Note;
use crate::values::calendar::{Date, Timestamp, Weekday};

/// A debit note to add. It may take the customer over the credit limit, since no goods are given.
#[derive(Debug, Clone, PartialEq, Eq, Input)]
#[input(rules = NewDebitNote::rules)]
#[non_exhaustive]
pub struct NewDebitNote {
    /// The customer who owes. Archived customers are refused.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// Date on the debit note; it may lie in the past.
    #[field(name = "date")]
    pub date: Date,
    /// The invoice that it adds to, if there is one: the customer's, not void, and of the same date or before.
    #[field(name = "invoiceId", setter)]
    pub invoice: Option<InvoiceId>,
    /// Due date, not before `date`.
    #[field(name = "dueDate", setter)]
    pub due_date: Option<Date>,
    /// Amount before tax.
    #[field(name = "grossAmount", range = zero_or_more)]
    pub gross: Money,
    /// Tax: `cgst` with `sgst`, equal to within one minor unit, or `igst`. Fees may have none.
    #[field(flatten)]
    pub tax: Tax,
    /// Freight, packing and the like.
    #[field(name = "otherCharges", range = zero_or_more, default, setter)]
    pub other_charges: Money,
    /// Rounding, less than one unit of the currency.
    #[field(name = "roundOff", default, setter)]
    pub round_off: Money,
    /// Sum of gross amount, taxes, other charges and rounding.
    #[field(name = "totalAmount", range = positive)]
    pub total: Money,
    /// Debit note number; the next of the series if absent.
    #[field(name = "debitNoteNumber", setter = parse)]
    pub number: Option<DocumentNumber>,
    /// Note, such as the reason.
    #[field(name = "note", setter = parse)]
    pub note: Option<Note>,
}

impl NewDebitNote {
    /// Creates a debit note without tax and without an invoice.
    #[must_use]
    pub fn new(customer: CustomerId, date: Date, total: Money) -> Self {
        Self {
            customer,
            date,
            invoice: None,
            due_date: None,
            gross: total,
            tax: Tax::None,
            other_charges: Money::ZERO,
            round_off: Money::ZERO,
            total,
            number: None,
            note: None,
        }
    }

    /// Sets the tax on the gross amount, and adds it to the total.
    #[must_use]
    pub fn tax(mut self, tax: Tax) -> Self {
        self.total = tax.total().and_then(|tax| self.total.checked_add(tax)).unwrap_or(self.total);
        self.tax = tax;
        self
    }

    fn rules(parts: &NewDebitNoteParts<'_>, currency: Currency) -> Vec<Option<FieldError>> {
        let sum = || {
            let tax = parts.tax?.total();
            let parts = [*parts.gross?, *parts.other_charges?, *parts.round_off?];
            Some(tax.and_then(|tax| Money::checked_sum(parts.into_iter().chain([tax]))))
        };
        vec![
            parts.due_date.copied().flatten().and_then(|due| invoice::due_before(*parts.date?, due)),
            parts.round_off.and_then(|round_off| invoice::too_much_rounding(*round_off, currency)),
            sum().and_then(|sum| invoice::wrong_sum(sum, *parts.total?, currency)),
        ]
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
    /// The customer who owes.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// The invoice that it adds to.
    #[field(name = "invoiceId")]
    pub invoice: Option<InvoiceId>,
    /// Number of that invoice, which the law requires on the debit note (CGST Rules, 53(1A)).
    #[field(name = "invoiceNumber")]
    pub invoice_number: Option<DocumentNumber>,
    /// Date of that invoice, which the law requires too.
    #[field(name = "invoiceDate")]
    pub invoice_date: Option<Date>,
    /// Debit note number.
    #[field(name = "debitNoteNumber")]
    pub number: DocumentNumber,
    /// Date on the debit note.
    #[field(name = "date")]
    pub date: Date,
    /// Day of the week of the date.
    #[field(name = "day")]
    pub day: Weekday,
    /// Due date.
    #[field(name = "dueDate")]
    pub due_date: Option<Date>,
    /// Amount before tax.
    #[field(name = "grossAmount")]
    pub gross: Money,
    /// Tax.
    #[field(flatten)]
    pub tax: Tax,
    /// Freight, packing and the like.
    #[field(name = "otherCharges")]
    pub other_charges: Money,
    /// Rounding, of either sign.
    #[field(name = "roundOff")]
    pub round_off: Money,
    /// Sum of gross amount, taxes, other charges and rounding.
    #[field(name = "totalAmount")]
    pub total: Money,
    /// Amount still to be paid; 0 for a void debit note.
    #[field(name = "outstandingAmount")]
    pub outstanding: Money,
    /// Payment status.
    #[field(name = "status")]
    pub status: InvoiceStatus,
    /// Note.
    #[field(name = "note")]
    pub note: Option<Note>,
    /// Payments by receipts, credit notes and write-offs, oldest first.
    #[field(name = "allocations", list)]
    pub allocations: Vec<PaidBy>,
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

body! {
    /// The body of a debit note, which its hash covers.
    pub struct DebitNoteBody {
        /// The invoice that it adds to.
        pub invoice: Option<InvoiceId>,
        /// Number of the invoice, as it was written.
        pub invoice_number: Option<DocumentNumber>,
        /// Date of the invoice.
        pub invoice_date: Option<Date>,
        /// Due date.
        pub due_date: Option<Date>,
        /// Amount before tax.
        pub gross: Money,
        /// Tax.
        pub tax: Tax,
        /// Freight, packing and the like.
        pub other_charges: Money,
        /// Rounding.
        pub round_off: Money,
        /// The sum.
        pub total: Money,
        /// Note.
        pub note: Option<Note>,
    }
}

impl DebitNoteBody {
    /// Creates the body of a debit note, with the heading of the invoice that it adds to.
    pub(crate) fn new(heading: Heading, new: &NewDebitNote, on: Option<&Heading>) -> Self {
        Self {
            heading,
            invoice: new.invoice,
            invoice_number: on.map(|invoice| invoice.number.clone()),
            invoice_date: on.map(|invoice| invoice.date),
            due_date: new.due_date,
            gross: new.gross,
            tax: new.tax,
            other_charges: new.other_charges,
            round_off: new.round_off,
            total: new.total,
            note: new.note.clone(),
        }
    }

    pub(super) fn view(self, item: &Item, allocations: &[Allocation], created_at: Timestamp) -> DebitNote {
        DebitNote {
            id: item.id.into(),
            owner: item.owner,
            customer: item.customer,
            invoice: self.invoice,
            invoice_number: self.invoice_number,
            invoice_date: self.invoice_date,
            number: self.heading.number,
            date: item.date,
            day: item.date.weekday(),
            due_date: self.due_date,
            gross: self.gross,
            tax: self.tax,
            other_charges: self.other_charges,
            round_off: self.round_off,
            total: self.total,
            outstanding: item.open,
            status: item.status(),
            note: self.note,
            allocations: PaidBy::of(allocations),
            seq: item.seq,
            created_at,
            updated_at: item.updated_at,
        }
    }
}
