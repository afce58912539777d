//! Credit notes, for returned goods or a price reduced after the invoice.

use super::document::body;
use super::{CreditStatus, Paid, Tax, invoice};
use crate::error::FieldError;
use crate::id::{CreditNoteId, CustomerId, InvoiceId, OwnerId};
use crate::ledger::{Allocation, Item};
use crate::money::{Currency, Money};
use crate::number::DocumentNumber;
use crate::record::{Input, Record};
use crate::text::Note;
use crate::values::calendar::{Date, Timestamp, Weekday};

/// A credit note to add. The customer is the invoice's. If the tax is absent it follows from the invoice: each of the
/// invoice's taxes in the proportion of `grossAmount` to the invoice's, rounded half up. A tax that is given must be that
/// to within one minor unit.
#[derive(Debug, Clone, PartialEq, Eq, Input)]
#[input(rules = NewCreditNote::rules)]
#[non_exhaustive]
pub struct NewCreditNote {
    /// The credited invoice, which is not void.
    #[field(name = "invoiceId")]
    pub invoice: InvoiceId,
    /// Date on the credit note, not before the invoice's.
    #[field(name = "date")]
    pub date: Date,
    /// Amount credited before tax, at most the invoice's.
    #[field(name = "grossAmount", range = zero_or_more)]
    pub gross: Money,
    /// Tax on the gross amount; computed if absent.
    #[field(flatten)]
    pub tax: Option<Tax>,
    /// Freight, packing and the like that is credited too.
    #[field(name = "otherCharges", range = zero_or_more, default, setter)]
    pub other_charges: Money,
    /// Rounding, less than one unit of the currency.
    #[field(name = "roundOff", default, setter)]
    pub round_off: Money,
    /// Sum of gross amount, taxes, other charges and rounding; computed if absent. With the invoice's other credit notes
    /// that are not void it is at most the invoice's total.
    #[field(name = "totalAmount", range = positive, setter)]
    pub total: Option<Money>,
    /// Credit note number; the next of the series if absent.
    #[field(name = "creditNoteNumber", setter = parse)]
    pub number: Option<DocumentNumber>,
    /// Note.
    #[field(name = "note", setter = parse)]
    pub note: Option<Note>,
}

impl NewCreditNote {
    /// Creates a credit note for an amount before tax. The tax follows from the invoice.
    #[must_use]
    pub fn new(invoice: InvoiceId, date: Date, gross: Money) -> Self {
        Self {
            invoice,
            date,
            gross,
            tax: None,
            other_charges: Money::ZERO,
            round_off: Money::ZERO,
            total: None,
            number: None,
            note: None,
        }
    }

    fn rules(parts: &NewCreditNoteParts<'_>, currency: Currency) -> Vec<Option<FieldError>> {
        // If the tax is absent, only the invoice determines it.
        let sum = || {
            let tax = parts.tax.copied().flatten()?.total();
            let parts = [*parts.gross?, *parts.other_charges?, *parts.round_off?];
            Some(tax.and_then(|tax| Money::checked_sum(parts.into_iter().chain([tax]))))
        };
        vec![
            parts.round_off.and_then(|round_off| invoice::too_much_rounding(*round_off, currency)),
            sum().and_then(|sum| invoice::wrong_sum(sum, parts.total.copied().flatten()?, currency)),
        ]
    }

    /// Returns the total with a given tax, or `None` on overflow.
    pub(crate) fn sum(&self, tax: Tax) -> Option<Money> {
        Money::checked_sum([self.gross, tax.total()?, self.other_charges, self.round_off])
    }
}

/// A credit note in its current state.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct CreditNote {
    /// The credit note.
    #[field(name = "id")]
    pub id: CreditNoteId,
    /// The shop.
    #[field(name = "shopOwnerId")]
    pub owner: OwnerId,
    /// The customer of the invoice.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// The credited invoice.
    #[field(name = "invoiceId")]
    pub invoice: InvoiceId,
    /// Number of the invoice, which the law requires on the credit note (CGST Rules, 53(1A)).
    #[field(name = "invoiceNumber")]
    pub invoice_number: DocumentNumber,
    /// Date of the invoice, which the law requires too.
    #[field(name = "invoiceDate")]
    pub invoice_date: Date,
    /// Credit note number.
    #[field(name = "creditNoteNumber")]
    pub number: DocumentNumber,
    /// Date on the credit note.
    #[field(name = "date")]
    pub date: Date,
    /// Day of the week of the date.
    #[field(name = "day")]
    pub day: Weekday,
    /// Amount credited before tax.
    #[field(name = "grossAmount")]
    pub gross: Money,
    /// Tax.
    #[field(flatten)]
    pub tax: Tax,
    /// Freight, packing and the like that is credited too.
    #[field(name = "otherCharges")]
    pub other_charges: Money,
    /// Rounding, of either sign.
    #[field(name = "roundOff")]
    pub round_off: Money,
    /// Sum of gross amount, taxes, other charges and rounding.
    #[field(name = "totalAmount")]
    pub total: Money,
    /// Payments of debits. Together with `unappliedAmount` they add up to the total amount.
    #[field(name = "allocations", list)]
    pub allocations: Vec<Paid>,
    /// Amount on account, which will pay later invoices; 0 for a void credit note.
    #[field(name = "unappliedAmount")]
    pub unapplied: Money,
    /// Whether it is in effect or void.
    #[field(name = "status")]
    pub status: CreditStatus,
    /// Note.
    #[field(name = "note")]
    pub note: Option<Note>,
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
    /// The body of a credit note, which its hash covers. Its allocations are not part of it; they belong to the entry.
    pub struct CreditNoteBody {
        /// The credited invoice.
        pub invoice: InvoiceId,
        /// Number of the invoice, as it was written.
        pub invoice_number: DocumentNumber,
        /// Date of the invoice.
        pub invoice_date: Date,
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

impl CreditNoteBody {
    pub(super) fn view(self, item: &Item, allocations: &[Allocation], created_at: Timestamp) -> CreditNote {
        CreditNote {
            id: item.id.into(),
            owner: item.owner,
            customer: item.customer,
            invoice: self.invoice,
            invoice_number: self.invoice_number,
            invoice_date: self.invoice_date,
            number: self.heading.number,
            date: item.date,
            day: item.date.weekday(),
            gross: self.gross,
            tax: self.tax,
            other_charges: self.other_charges,
            round_off: self.round_off,
            total: self.total,
            allocations: Paid::by(allocations),
            unapplied: item.open,
            status: CreditStatus::of(item),
            note: self.note,
            seq: item.seq,
            created_at,
            updated_at: item.updated_at,
        }
    }
}
