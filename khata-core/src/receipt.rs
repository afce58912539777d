//! The receipt: money received.

use serde::{Deserialize, Serialize};

use crate::calendar::{Date, Timestamp};
use crate::error::{Error, FieldError, Violation};
use crate::form::{self, Form};
use crate::id::{CustomerId, InvoiceId, OwnerId, ReceiptId};
use crate::money::{Currency, Money};
use crate::number::DocumentNumber;
use crate::text::{Note, Reference};

/// How money came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentType {
    /// Notes and coins.
    Cash,
    /// India's Unified Payments Interface.
    Upi,
    /// A debit or credit card.
    Card,
    /// A bank transfer.
    Bank,
    /// A cheque.
    Cheque,
    /// Any other way.
    Other,
}

impl PaymentType {
    const ALL: [Self; 6] = [Self::Cash, Self::Upi, Self::Card, Self::Bank, Self::Cheque, Self::Other];

    /// Stable, lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Upi => "upi",
            Self::Card => "card",
            Self::Bank => "bank",
            Self::Cheque => "cheque",
            Self::Other => "other",
        }
    }

    /// The payment type of that name, in any case.
    ///
    /// # Errors
    /// `invalid_payment_type`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text)).ok_or_else(|| {
            Violation::new("invalid_payment_type", "must be cash, upi, card, bank, cheque or other")
        })
    }
}

/// A part of a receipt that is to pay a certain invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NewAllocation {
    /// The invoice, of the same customer.
    pub invoice: InvoiceId,
    /// How much, above zero.
    pub amount: Money,
}

/// The most explicit allocations of one receipt.
pub const ALLOCATIONS_MAX: usize = 500;

/// A receipt to be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewReceipt {
    /// Who paid.
    pub customer: CustomerId,
    /// What the paper says; it may lie in the past.
    pub date: Date,
    /// How much, above zero.
    pub amount: Money,
    /// How it came.
    pub payment_type: PaymentType,
    /// The number; the next of the series if absent.
    pub number: Option<DocumentNumber>,
    /// The payer's or the bank's reference.
    pub reference: Option<Reference>,
    /// What it pays first, each invoice once; the rest goes to what is oldest due.
    pub allocations: Vec<NewAllocation>,
    /// Anything else.
    pub note: Option<Note>,
}

impl NewReceipt {
    /// A receipt that pays what is oldest due.
    #[must_use]
    pub fn new(customer: CustomerId, date: Date, amount: Money, payment_type: PaymentType) -> Self {
        Self {
            customer,
            date,
            amount,
            payment_type,
            number: None,
            reference: None,
            allocations: Vec::new(),
            note: None,
        }
    }

    /// Reads a receipt.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn from_form(mut form: Form, currency: Currency) -> Result<Self, Error> {
        let customer = form.required("customerId", form::text(CustomerId::parse));
        let date = form.required("date", form::date);
        let amount = form.required("amount", form::amount_above_zero(currency));
        let payment_type = form.required("paymentType", form::text(PaymentType::parse));
        let number = form.optional("receiptNumber", form::text(DocumentNumber::parse));
        let reference = form.optional("reference", form::text(Reference::parse));
        let allocations = form.list("allocations", ALLOCATIONS_MAX, |row| {
            let invoice = row.required("invoiceId", form::text(InvoiceId::parse));
            let amount = row.required("amount", form::amount_above_zero(currency));
            Some(NewAllocation { invoice: invoice?, amount: amount? })
        });
        let note = form.optional("note", form::text(Note::parse));
        if let Some(rows) = &allocations {
            repeated(rows).into_iter().for_each(|fault| form.check(Some(fault)));
            form.check(amount.and_then(|amount| too_much_allocated(rows, amount)));
        }
        let new = (|| {
            Some(Self {
                customer: customer?,
                date: date?,
                amount: amount?,
                payment_type: payment_type?,
                number: number?,
                reference: reference?,
                allocations: allocations?,
                note: note?,
            })
        })();
        form.finish(new)
    }

    /// The rules between and beyond the types, for callers that made it by hand.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn check(&self) -> Result<(), Error> {
        let amount = |money| form::above_zero(money).or_else(|| form::too_large(money));
        let too_many = self.allocations.len() > ALLOCATIONS_MAX;
        let mut faults = vec![
            amount(self.amount).map(|fault| fault.at("amount")),
            too_many.then(|| form::too_many_rows(ALLOCATIONS_MAX).at("allocations")),
            too_much_allocated(&self.allocations, self.amount),
        ];
        let rows = self.allocations.iter().enumerate();
        faults.extend(
            rows.map(|(at, row)| amount(row.amount).map(|f| f.at(format!("allocations/{at}/amount")))),
        );
        faults.extend(repeated(&self.allocations).into_iter().map(Some));
        form::sound(faults)
    }
}

fn repeated(rows: &[NewAllocation]) -> Vec<FieldError> {
    let mut seen = std::collections::HashSet::new();
    let again = rows.iter().enumerate().filter(|(_, row)| !seen.insert(row.invoice));
    again
        .map(|(at, _)| {
            Violation::new("repeated", "names an invoice again").at(format!("allocations/{at}/invoiceId"))
        })
        .collect()
}

fn too_much_allocated(rows: &[NewAllocation], amount: Money) -> Option<FieldError> {
    let sum = Money::checked_sum(rows.iter().map(|row| row.amount));
    let within = rows.is_empty() || sum.is_some_and(|sum| sum <= amount);
    (!within).then(|| {
        Violation::new("over_allocated", "must not add up to more than the receipt's amount")
            .at("allocations")
    })
}

/// Whether a receipt or a credit note counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditStatus {
    /// It does.
    Recorded,
    /// It was voided.
    Void,
}

impl CreditStatus {
    /// Stable, `snake_case`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Void => "void",
        }
    }
}

/// A receipt as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The receipt.
    pub id: ReceiptId,
    /// The shop.
    pub owner: OwnerId,
    /// Who paid.
    pub customer: CustomerId,
    /// Its number.
    pub number: DocumentNumber,
    /// What the paper says.
    pub date: Date,
    /// How much.
    pub amount: Money,
    /// How it came.
    pub payment_type: PaymentType,
    /// The payer's or the bank's reference.
    pub reference: Option<Reference>,
    /// What it paid; together with `unapplied` it is all of `amount`.
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

/// A debit item that a receipt or a credit note paid, or a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// The invoice; none if what it paid was the customer's opening balance.
    pub invoice: Option<InvoiceId>,
    /// How much of it.
    pub amount: Money,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(amount: i64, rows: &[(InvoiceId, i64)]) -> NewReceipt {
        let date = Date::parse("2026-11-24").unwrap();
        let mut new =
            NewReceipt::new(CustomerId::generate(), date, Money::from_minor(amount), PaymentType::Cash);
        let rows = rows.iter().map(|(invoice, amount)| (*invoice, Money::from_minor(*amount)));
        new.allocations = rows.map(|(invoice, amount)| NewAllocation { invoice, amount }).collect();
        new
    }

    fn faults(new: &NewReceipt) -> Vec<String> {
        match new.check() {
            Ok(()) => Vec::new(),
            Err(Error::Invalid(faults)) => faults.iter().map(|f| format!("{} {}", f.field, f.code)).collect(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn allocations_add_up_to_at_most_the_amount() {
        let (a, b) = (InvoiceId::generate(), InvoiceId::generate());
        assert_eq!(faults(&receipt(10, &[(a, 6), (b, 4)])), [""; 0]);
        assert_eq!(faults(&receipt(10, &[(a, 6), (b, 5)])), ["allocations over_allocated"]);
        assert_eq!(faults(&receipt(10, &[(a, i64::MAX), (b, i64::MAX)])).len(), 3);
    }

    #[test]
    fn an_invoice_is_named_once_and_paid_more_than_nothing() {
        let a = InvoiceId::generate();
        assert_eq!(faults(&receipt(10, &[(a, 1), (a, 1)])), ["allocations/1/invoiceId repeated"]);
        assert_eq!(faults(&receipt(10, &[(a, 0)])), ["allocations/0/amount not_positive"]);
        assert_eq!(faults(&receipt(-1, &[])), ["amount not_positive"]);
    }

    #[test]
    fn there_are_at_most_500_rows() {
        let rows: Vec<_> = (0..501).map(|_| (InvoiceId::generate(), 1)).collect();
        assert_eq!(faults(&receipt(501, &rows[..500])), [""; 0]);
        assert_eq!(faults(&receipt(501, &rows)), ["allocations too_long"]);
    }

    #[test]
    fn a_payment_type_is_read_in_any_case() {
        assert_eq!(PaymentType::parse("UPI").unwrap(), PaymentType::Upi);
        assert_eq!(PaymentType::parse("gold").unwrap_err().code, "invalid_payment_type");
    }
}
