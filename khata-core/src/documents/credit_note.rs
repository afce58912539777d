//! Credit notes, for returned goods, a price reduced after the invoice, or goodwill.

use super::document::body;
use super::{CreditStatus, Paid, Tax, invoice};
use crate::error::{FieldError, Violation};
use crate::form;
use crate::id::{CreditNoteId, CustomerId, InvoiceId, OwnerId};
use crate::ledger::{Allocation, CreditedAmounts, Item};
use crate::money::{Currency, Money};
use crate::number::DocumentNumber;
use crate::record::{Input, Record};
use crate::text::Note;
use crate::values::calendar::{Date, Timestamp, Weekday};

/// A credit note to add, on an invoice, on several invoices of a customer, or on none.
///
/// On an invoice, tax and rounding follow from it if they are absent: each of the invoice's in the proportion of what is
/// credited of its `grossAmount` by now, rounded half up, less what earlier credit notes took, so that the last part takes
/// exactly what is left. A tax that is given must be that to within one minor unit, and may not exceed what is left.
#[derive(Debug, Clone, PartialEq, Eq, Input)]
#[input(rules = NewCreditNote::rules)]
#[non_exhaustive]
pub struct NewCreditNote {
    /// The customer. Required if no invoice is named; otherwise, the customer of the invoices.
    #[field(name = "customerId", setter)]
    pub customer: Option<CustomerId>,
    /// The credited invoice, which is not void.
    #[field(name = "invoiceId", setter)]
    pub invoice: Option<InvoiceId>,
    /// Several credited invoices in place of one, each at most once, with the same kind of tax. Tax, other charges and
    /// rounding are then those of the invoices, and must be absent.
    #[field(name = "invoices", list = 500, setter)]
    pub invoices: Vec<NewInvoiceCredit>,
    /// Date on the credit note, not before the invoice's.
    #[field(name = "date")]
    pub date: Date,
    /// Amount credited before tax, at most what is left of the invoice's; the sum of several invoices'.
    #[field(name = "grossAmount", range = zero_or_more)]
    pub gross: Money,
    /// Tax on the gross amount; computed if absent, none without an invoice.
    #[field(flatten)]
    pub tax: Option<Tax>,
    /// Freight, packing and the like that is credited too.
    #[field(name = "otherCharges", range = zero_or_more, default, setter)]
    pub other_charges: Money,
    /// Rounding, less than one unit of the currency; computed if absent, zero without an invoice.
    #[field(name = "roundOff", setter)]
    pub round_off: Option<Money>,
    /// Sum of gross amount, taxes, other charges and rounding; computed if absent. With an invoice's other credit notes
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

/// A part of one of several invoices that a credit note credits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Input)]
#[non_exhaustive]
pub struct NewInvoiceCredit {
    /// The invoice, which is not void.
    #[field(name = "invoiceId")]
    pub invoice: InvoiceId,
    /// Amount credited before tax, at most what is left of the invoice's.
    #[field(name = "grossAmount", range = zero_or_more)]
    pub gross: Money,
    /// Freight, packing and the like that is credited too.
    #[field(name = "otherCharges", range = zero_or_more, default, setter)]
    pub other_charges: Money,
}

impl NewInvoiceCredit {
    /// Creates the credit of an amount before tax of an invoice.
    #[must_use]
    pub fn new(invoice: InvoiceId, gross: Money) -> Self {
        Self { invoice, gross, other_charges: Money::ZERO }
    }
}

impl NewCreditNote {
    /// Creates a credit note on an invoice, for an amount before tax. Tax and rounding follow from the invoice.
    #[must_use]
    pub fn new(invoice: InvoiceId, date: Date, gross: Money) -> Self {
        Self { invoice: Some(invoice), ..Self::empty(date, gross) }
    }

    /// Creates a credit note on several invoices. Tax and rounding follow from them.
    #[must_use]
    pub fn on_invoices(invoices: Vec<NewInvoiceCredit>, date: Date) -> Self {
        let gross = Money::checked_sum(invoices.iter().map(|row| row.gross));
        // A sum that is out of range is refused as that of the amounts.
        Self { invoices, ..Self::empty(date, gross.unwrap_or(Money::from_minor(i64::MAX))) }
    }

    /// Creates a credit note on no invoice, without tax.
    #[must_use]
    pub fn without_invoice(customer: CustomerId, date: Date, gross: Money) -> Self {
        Self { customer: Some(customer), ..Self::empty(date, gross) }
    }

    fn empty(date: Date, gross: Money) -> Self {
        Self {
            customer: None,
            invoice: None,
            invoices: Vec::new(),
            date,
            gross,
            tax: None,
            other_charges: Money::ZERO,
            round_off: None,
            total: None,
            number: None,
            note: None,
        }
    }

    fn rules(parts: &NewCreditNoteParts<'_>, currency: Currency) -> Vec<Option<FieldError>> {
        let invoice = parts.invoice.copied().flatten();
        let none_named = parts.customer == Some(&None) && parts.invoice == Some(&None);
        let mut rules = vec![
            parts.round_off.and_then(|round_off| invoice::too_much_rounding((*round_off)?, currency)),
            Self::wrong_sum(parts, currency),
        ];
        match parts.invoices {
            Some(rows) if !rows.is_empty() => {
                rules.push(invoice.map(|_| exclusive("invoiceId")));
                rules.extend(Self::rules_of_several(parts, rows, currency));
            }
            Some(_) if none_named => rules.push(Some(form::missing().at("invoiceId"))),
            _ => {}
        }
        rules
    }

    /// Checks the total. If tax or rounding is absent, only the invoice determines it.
    fn wrong_sum(parts: &NewCreditNoteParts<'_>, currency: Currency) -> Option<FieldError> {
        let without_invoice = parts.invoice == Some(&None) && parts.invoices.is_some_and(Vec::is_empty);
        let absent = without_invoice.then_some(Money::ZERO);
        let tax = parts.tax.copied()?.or(without_invoice.then_some(Tax::None))?.total();
        let parts_of_it = [*parts.gross?, *parts.other_charges?, parts.round_off.copied()?.or(absent)?];
        let sum = tax.and_then(|tax| Money::checked_sum(parts_of_it.into_iter().chain([tax])));
        invoice::wrong_sum(sum, parts.total.copied().flatten()?, currency)
    }

    fn rules_of_several(
        parts: &NewCreditNoteParts<'_>,
        rows: &[NewInvoiceCredit],
        currency: Currency,
    ) -> Vec<Option<FieldError>> {
        let mut seen = std::collections::HashSet::new();
        let again = rows.iter().enumerate().filter(|(_, row)| !seen.insert(row.invoice));
        let repeated = again.map(|(at, _)| {
            Some(Violation::new("repeated", "repeats an invoice").at(format!("invoices/{at}/invoiceId")))
        });
        let tax = parts.tax.copied().flatten();
        let taxes = tax.map(|tax| if tax.igst().is_some() { "igst" } else { "cgst" });
        let gross = Money::checked_sum(rows.iter().map(|row| row.gross));
        let wrong_gross = || {
            let says = gross.map_or_else(|| "a smaller amount".to_owned(), |sum| currency.format(sum));
            Violation::new("wrong_total", format!("must be the sum of the invoices' amounts, {says}"))
                .at("grossAmount")
        };
        let given = [
            taxes.map(exclusive),
            parts.other_charges.filter(|charges| !charges.is_zero()).map(|_| exclusive("otherCharges")),
            parts.round_off.copied().flatten().map(|_| exclusive("roundOff")),
            parts.gross.filter(|given| Some(**given) != gross).map(|_| wrong_gross()),
        ];
        repeated.chain(given).collect()
    }

    /// Returns the total with a given tax and rounding, or `None` on overflow.
    pub(crate) fn sum(&self, tax: Tax, round_off: Money) -> Option<Money> {
        Money::checked_sum([self.gross, tax.total()?, self.other_charges, round_off])
    }

    /// Returns the credited invoices with their amounts, each with the path of its fields.
    pub(crate) fn rows(&self) -> Vec<(String, NewInvoiceCredit)> {
        let Self { gross, other_charges, .. } = *self;
        let one =
            self.invoice.map(|invoice| (String::new(), NewInvoiceCredit { invoice, gross, other_charges }));
        let several = self.invoices.iter().enumerate();
        one.into_iter().chain(several.map(|(at, row)| (format!("invoices/{at}/"), *row))).collect()
    }
}

fn exclusive(field: &str) -> FieldError {
    Violation::new("exclusive", "must be absent if invoices are given").at(field)
}

/// A part of an invoice that a credit note credits.
#[derive(Debug, Clone, PartialEq, Eq, Record, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CreditedInvoice {
    /// The invoice.
    #[field(name = "invoiceId")]
    pub invoice: InvoiceId,
    /// Number of the invoice, which the law requires on the credit note (CGST Rules, 53(1A)).
    #[field(name = "invoiceNumber")]
    pub invoice_number: DocumentNumber,
    /// Date of the invoice, which the law requires too.
    #[field(name = "invoiceDate")]
    pub invoice_date: Date,
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
}

impl CreditedInvoice {
    /// Returns the amounts.
    pub(crate) fn amounts(&self) -> CreditedAmounts {
        CreditedAmounts::new(self.gross, self.tax, self.other_charges, self.round_off)
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
    /// The customer.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// The credited invoice, if it is one.
    #[field(name = "invoiceId")]
    pub invoice: Option<InvoiceId>,
    /// Number of that invoice, which the law requires on the credit note (CGST Rules, 53(1A)).
    #[field(name = "invoiceNumber")]
    pub invoice_number: Option<DocumentNumber>,
    /// Date of that invoice, which the law requires too.
    #[field(name = "invoiceDate")]
    pub invoice_date: Option<Date>,
    /// Each credited invoice with what is credited of it.
    #[field(name = "invoices", list)]
    pub invoices: Vec<CreditedInvoice>,
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
        /// The credited invoice, if it is one.
        pub invoice: Option<InvoiceId>,
        /// Number of that invoice, as it was written.
        pub invoice_number: Option<DocumentNumber>,
        /// Date of that invoice.
        pub invoice_date: Option<Date>,
        /// The credited invoices, if they are several. Credit notes of the first version have none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub invoices: Vec<CreditedInvoice>,
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
    /// Returns the credited invoices, however many they are.
    pub(crate) fn credited(&self) -> Vec<CreditedInvoice> {
        let Self { tax, gross, other_charges, round_off, total, .. } = *self;
        let named = self.invoice.zip(self.invoice_number.clone()).zip(self.invoice_date);
        let one = named.map(|((invoice, invoice_number), invoice_date)| CreditedInvoice {
            invoice,
            invoice_number,
            invoice_date,
            gross,
            tax,
            other_charges,
            round_off,
            total,
        });
        one.into_iter().chain(self.invoices.iter().cloned()).collect()
    }

    pub(super) fn view(self, item: &Item, allocations: &[Allocation], created_at: Timestamp) -> CreditNote {
        CreditNote {
            id: item.id.into(),
            owner: item.owner,
            customer: item.customer,
            invoices: self.credited(),
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
