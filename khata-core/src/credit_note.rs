//! The credit note: goods returned, or a price reduced after the invoice was written.

use serde::{Deserialize, Serialize};

use crate::calendar::{Date, Timestamp};
use crate::error::{Error, FieldError};
use crate::form::{self, Form};
use crate::id::{CreditNoteId, CustomerId, InvoiceId, OwnerId};
use crate::invoice::{self, Tax};
use crate::money::{Currency, Money};
use crate::number::DocumentNumber;
use crate::receipt::{CreditStatus, Paid};
use crate::text::Note;

/// A credit note to be added. Whose it is, its invoice says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewCreditNote {
    /// The invoice that it is on.
    pub invoice: InvoiceId,
    /// What the paper says; not before the invoice's date.
    pub date: Date,
    /// What is credited before tax, from zero to what the invoice says.
    pub gross: Money,
    /// The tax on that. If absent it is worked out; if not, it must be that to within one minor unit: each tax of the
    /// invoice in the proportion of `gross` to the invoice's, rounded half up.
    pub tax: Option<Tax>,
    /// Freight, packing and the like that is credited too, zero or more.
    pub other_charges: Money,
    /// Rounding, of either sign, less than one currency unit.
    pub round_off: Money,
    /// The sum of all of them, above zero; worked out if absent. With the invoice's other credit notes that are not void
    /// it is no more than the invoice's total.
    pub total: Option<Money>,
    /// The number; the next of the series if absent.
    pub number: Option<DocumentNumber>,
    /// Anything else.
    pub note: Option<Note>,
}

impl NewCreditNote {
    /// A credit note over goods worth `gross`, with the tax that follows.
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

    /// Reads a credit note.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn from_form(mut form: Form, currency: Currency) -> Result<Self, Error> {
        let invoice = form.required("invoiceId", form::text(InvoiceId::parse));
        let date = form.required("date", form::date);
        let gross = form.required("grossAmount", form::amount_from_zero(currency));
        let tax = Tax::from_form(&mut form, currency);
        let other_charges = form.optional("otherCharges", form::amount_from_zero(currency));
        let round_off = form.optional("roundOff", form::amount(currency));
        let total = form.optional("totalAmount", form::amount_above_zero(currency));
        let number = form.optional("creditNoteNumber", form::text(DocumentNumber::parse));
        let note = form.optional("note", form::text(Note::parse));
        form.check(round_off.flatten().and_then(|round_off| invoice::too_much_rounding(round_off, currency)));
        let new = (|| {
            Some(Self {
                invoice: invoice?,
                date: date?,
                gross: gross?,
                tax: Some(tax?).filter(|tax| *tax != Tax::None),
                other_charges: other_charges?.unwrap_or(Money::ZERO),
                round_off: round_off?.unwrap_or(Money::ZERO),
                total: total?,
                number: number?,
                note: note?,
            })
        })();
        form.check(new.as_ref().and_then(|new| new.wrong_sum(currency)));
        form.finish(new)
    }

    /// The rules between and beyond the types, for callers that made it by hand.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn check(&self, currency: Currency) -> Result<(), Error> {
        let positive = |money| form::above_zero(money).or_else(|| form::too_large(money));
        let mut faults = vec![
            invoice::amount_fault("grossAmount", self.gross),
            invoice::amount_fault("otherCharges", self.other_charges),
            invoice::too_much_rounding(self.round_off, currency),
            self.total.and_then(positive).map(|fault| fault.at("totalAmount")),
        ];
        faults.extend(self.tax.map(Tax::faults).unwrap_or_default());
        faults.push(self.wrong_sum(currency));
        form::sound(faults)
    }

    /// What the tax is, if it isn't said, only the invoice can tell.
    fn wrong_sum(&self, currency: Currency) -> Option<FieldError> {
        let (tax, total) = self.tax.zip(self.total)?;
        invoice::wrong_sum(self.sum(tax), total, currency)
    }

    /// What it comes to with that tax; `None` if it overflows.
    pub(crate) fn sum(&self, tax: Tax) -> Option<Money> {
        Money::checked_sum([self.gross, tax.total()?, self.other_charges, self.round_off])
    }
}

/// A credit note as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditNote {
    /// The credit note.
    pub id: CreditNoteId,
    /// The shop.
    pub owner: OwnerId,
    /// Whose invoice it is on.
    pub customer: CustomerId,
    /// The invoice.
    pub invoice: InvoiceId,
    /// The invoice's number, which the law wants on the paper (CGST Rules, 53(1A)).
    pub invoice_number: DocumentNumber,
    /// The invoice's date, likewise.
    pub invoice_date: Date,
    /// Its number.
    pub number: DocumentNumber,
    /// What the paper says.
    pub date: Date,
    /// Before tax.
    pub gross: Money,
    /// The tax.
    pub tax: Tax,
    /// Freight, packing and the like.
    pub other_charges: Money,
    /// Rounding.
    pub round_off: Money,
    /// The sum of all of them.
    pub total: Money,
    /// What it paid; together with `unapplied` it is all of `total`.
    pub allocations: Vec<Paid>,
    /// What is on account and will pay later invoices; 0 of a void one.
    pub unapplied: Money,
    /// Whether it counts.
    pub status: CreditStatus,
    /// Anything else.
    pub note: Option<Note>,
    /// Its entry's place in the book.
    pub seq: u64,
    /// When the book learnt of it.
    pub created_at: Timestamp,
    /// When its unapplied amount or status last changed.
    pub updated_at: Timestamp,
}
