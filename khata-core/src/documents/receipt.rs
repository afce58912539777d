//! Receipts, for money received.

use super::document::body;
use super::{Heading, NewAllocation, Paid};
use crate::error::{FieldError, Violation};
use crate::form::{self, Raw};
use crate::id::{CustomerId, OwnerId, ReceiptId};
use crate::ledger::{Allocation, Item};
use crate::money::{Currency, Money};
use crate::number::DocumentNumber;
use crate::record::{FormType, Input, Record, choice};
use crate::text::{Name, Note, Reference};
use crate::values::calendar::{Date, Timestamp, Weekday};

choice! {
    /// Payment method of a receipt.
    pub enum PaymentType {
        /// Notes and coins.
        Cash = "cash",
        /// India's Unified Payments Interface.
        Upi = "upi",
        /// A debit or credit card.
        Card = "card",
        /// A bank transfer.
        Bank = "bank",
        /// A cheque.
        Cheque = "cheque",
        /// Any other way.
        Other = "other",
    }
}

impl PaymentType {
    /// Parses the name of a payment type, in any case.
    ///
    /// # Errors
    /// `invalid_payment_type`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        Self::from_name(&text.to_ascii_lowercase())
            .ok_or_else(|| form::no_choice("invalid_payment_type", Self::NAMES))
    }
}

impl FormType for PaymentType {
    fn from_raw(raw: &Raw, _: Currency) -> Result<Self, Violation> {
        form::text(Self::parse)(raw)
    }
}

/// A receipt to add.
#[derive(Debug, Clone, PartialEq, Eq, Input)]
#[input(rules = NewReceipt::rules)]
#[non_exhaustive]
pub struct NewReceipt {
    /// The customer who paid. Archived customers are refused.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// Date on the receipt; it may lie in the past.
    #[field(name = "date")]
    pub date: Date,
    /// Amount received.
    #[field(name = "amount", range = positive)]
    pub amount: Money,
    /// Payment method, in any case.
    #[field(name = "paymentType")]
    pub payment_type: PaymentType,
    /// Receipt number; the next of the series if absent.
    #[field(name = "receiptNumber", setter = parse)]
    pub number: Option<DocumentNumber>,
    /// Reference of the payer or the bank.
    #[field(name = "reference", setter = parse)]
    pub reference: Option<Reference>,
    /// Number of the cheque, of a payment by cheque.
    #[field(name = "chequeNumber", setter = parse)]
    pub cheque_number: Option<Reference>,
    /// Bank that the cheque is drawn on, of a payment by cheque.
    #[field(name = "chequeBank", setter = parse)]
    pub cheque_bank: Option<Name>,
    /// Date on the cheque, of a payment by cheque.
    #[field(name = "chequeDate", setter)]
    pub cheque_date: Option<Date>,
    /// Invoices and debit notes that it pays first, each at most once. The rest pays debits in order of their due dates.
    #[field(name = "allocations", list = 500, setter)]
    pub allocations: Vec<NewAllocation>,
    /// Note.
    #[field(name = "note", setter = parse)]
    pub note: Option<Note>,
}

impl NewReceipt {
    /// Creates a receipt without explicit allocations.
    #[must_use]
    pub fn new(customer: CustomerId, date: Date, amount: Money, payment_type: PaymentType) -> Self {
        Self {
            customer,
            date,
            amount,
            payment_type,
            number: None,
            reference: None,
            cheque_number: None,
            cheque_bank: None,
            cheque_date: None,
            allocations: Vec::new(),
            note: None,
        }
    }

    fn rules(parts: &NewReceiptParts<'_>, _: Currency) -> Vec<Option<FieldError>> {
        let is_cheque = parts.payment_type.is_none_or(|by| *by == PaymentType::Cheque);
        let given = [
            ("chequeNumber", parts.cheque_number.is_some_and(Option::is_some)),
            ("chequeBank", parts.cheque_bank.is_some_and(Option::is_some)),
            ("chequeDate", parts.cheque_date.is_some_and(Option::is_some)),
        ];
        let wrong =
            |field| Violation::new("not_a_cheque", "must be absent, unless paymentType is cheque").at(field);
        let cheque = given.into_iter().map(|(field, given)| (given && !is_cheque).then(|| wrong(field)));
        cheque.chain(NewAllocation::rules(parts.allocations, parts.amount)).collect()
    }
}

choice! {
    /// Whether a document that is no bill is in effect or void.
    pub enum CreditStatus {
        /// It is in effect.
        Recorded = "recorded",
        /// It was voided.
        Void = "void",
        /// It is a receipt for a cheque that bounced.
        Bounced = "bounced",
    }
}

impl CreditStatus {
    pub(super) fn of(item: &Item) -> Self {
        match (item.is_void(), item.bounced) {
            (true, true) => Self::Bounced,
            (true, false) => Self::Void,
            (false, _) => Self::Recorded,
        }
    }
}

/// A receipt in its current state.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct Receipt {
    /// The receipt.
    #[field(name = "id")]
    pub id: ReceiptId,
    /// The shop.
    #[field(name = "shopOwnerId")]
    pub owner: OwnerId,
    /// The customer who paid.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// Receipt number.
    #[field(name = "receiptNumber")]
    pub number: DocumentNumber,
    /// Date on the receipt.
    #[field(name = "date")]
    pub date: Date,
    /// Day of the week of the date.
    #[field(name = "day")]
    pub day: Weekday,
    /// Amount received.
    #[field(name = "amount")]
    pub amount: Money,
    /// Payment method.
    #[field(name = "paymentType")]
    pub payment_type: PaymentType,
    /// Reference of the payer or the bank.
    #[field(name = "reference")]
    pub reference: Option<Reference>,
    /// Number of the cheque, of a payment by cheque.
    #[field(name = "chequeNumber")]
    pub cheque_number: Option<Reference>,
    /// Bank that the cheque is drawn on, of a payment by cheque.
    #[field(name = "chequeBank")]
    pub cheque_bank: Option<Name>,
    /// Date on the cheque, of a payment by cheque.
    #[field(name = "chequeDate")]
    pub cheque_date: Option<Date>,
    /// Payments of debits. Together with `unappliedAmount` they add up to the amount.
    #[field(name = "allocations", list)]
    pub allocations: Vec<Paid>,
    /// Amount on account, which will pay later invoices; 0 for a void receipt.
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
    /// The body of a receipt, which its hash covers. Its allocations are not part of it; they belong to the entry.
    pub struct ReceiptBody {
        /// Amount received.
        pub amount: Money,
        /// Payment method.
        pub payment_type: PaymentType,
        /// Reference of the payer or the bank.
        pub reference: Option<Reference>,
        /// Number of the cheque.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cheque_number: Option<Reference>,
        /// Bank that the cheque is drawn on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cheque_bank: Option<Name>,
        /// Date on the cheque.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cheque_date: Option<Date>,
        /// Note.
        pub note: Option<Note>,
    }
}

impl ReceiptBody {
    pub(crate) fn new(heading: Heading, new: &NewReceipt) -> Self {
        Self {
            heading,
            amount: new.amount,
            payment_type: new.payment_type,
            reference: new.reference.clone(),
            cheque_number: new.cheque_number.clone(),
            cheque_bank: new.cheque_bank.clone(),
            cheque_date: new.cheque_date,
            note: new.note.clone(),
        }
    }

    pub(super) fn view(self, item: &Item, allocations: &[Allocation], created_at: Timestamp) -> Receipt {
        Receipt {
            id: item.id.into(),
            owner: item.owner,
            customer: item.customer,
            number: self.heading.number,
            date: item.date,
            day: item.date.weekday(),
            amount: self.amount,
            payment_type: self.payment_type,
            reference: self.reference,
            cheque_number: self.cheque_number,
            cheque_bank: self.cheque_bank,
            cheque_date: self.cheque_date,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::id::InvoiceId;

    fn receipt(amount: i64, rows: &[(InvoiceId, i64)]) -> NewReceipt {
        let date = Date::parse("2026-11-24").unwrap();
        let mut new =
            NewReceipt::new(CustomerId::generate(), date, Money::from_minor(amount), PaymentType::Cash);
        let row =
            |(invoice, amount): &(InvoiceId, i64)| NewAllocation::new(*invoice, Money::from_minor(*amount));
        new.allocations = rows.iter().map(row).collect();
        new
    }

    fn faults(new: &NewReceipt) -> Vec<String> {
        match new.check(Currency::INR) {
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
