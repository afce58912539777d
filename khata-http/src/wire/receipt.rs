//! Receipts on the wire.

use khata_core::calendar::{Date, Timestamp};
use khata_core::id::{CustomerId, InvoiceId, OwnerId, ReceiptId};
use khata_core::money::{Currency, Money};
use khata_core::number::DocumentNumber;
use khata_core::receipt::{self, CreditStatus};
use khata_core::text::{Note, Reference};
use serde::Serialize;
use utoipa::ToSchema;

use super::money::Amount;
use super::schema;

/// A receipt as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Receipt {
    #[schema(value_type = schema::Id)]
    id: ReceiptId,
    #[schema(value_type = schema::Id)]
    shop_owner_id: OwnerId,
    #[schema(value_type = schema::Id)]
    customer_id: CustomerId,
    #[schema(value_type = schema::DocumentNumber)]
    receipt_number: DocumentNumber,
    #[schema(value_type = schema::Date)]
    date: Date,
    /// The English name of the day of the week.
    #[schema(examples("Tuesday"))]
    day: &'static str,
    amount: Amount,
    #[schema(value_type = PaymentType)]
    payment_type: receipt::PaymentType,
    #[schema(value_type = Option<schema::Reference>, required)]
    reference: Option<Reference>,
    /// What it paid; together with `unappliedAmount` it is all of `amount`.
    allocations: Vec<Paid>,
    /// What is on account and will pay later invoices; 0 of a void one.
    unapplied_amount: Amount,
    #[schema(value_type = Status)]
    status: CreditStatus,
    #[schema(value_type = Option<schema::Note>, required)]
    note: Option<Note>,
    /// Its entry's place in the book.
    seq: u64,
    #[schema(value_type = schema::Timestamp)]
    created_at: Timestamp,
    /// When its unapplied amount or status last changed.
    #[schema(value_type = schema::Timestamp)]
    updated_at: Timestamp,
}

impl Receipt {
    pub(crate) fn new(receipt: receipt::Receipt, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        Self {
            id: receipt.id,
            shop_owner_id: receipt.owner,
            customer_id: receipt.customer,
            receipt_number: receipt.number,
            date: receipt.date,
            day: receipt.date.day_name(),
            amount: amount(receipt.amount),
            payment_type: receipt.payment_type,
            reference: receipt.reference,
            allocations: receipt.allocations.into_iter().map(|row| Paid::new(row, currency)).collect(),
            unapplied_amount: amount(receipt.unapplied),
            status: receipt.status,
            note: receipt.note,
            seq: receipt.seq,
            created_at: receipt.created_at,
            updated_at: receipt.updated_at,
        }
    }
}

/// What a receipt or a credit note paid, or a part of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Paid {
    /// Which invoice; null if it was the customer's opening balance.
    #[schema(value_type = Option<schema::Id>, required)]
    invoice_id: Option<InvoiceId>,
    amount: Amount,
}

impl Paid {
    pub(crate) fn new(paid: receipt::Paid, currency: Currency) -> Self {
        Self { invoice_id: paid.invoice, amount: Amount::new(paid.amount, currency) }
    }
}

/// How money came in.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "it describes the library's type of that name")]
pub(crate) enum PaymentType {
    Cash,
    Upi,
    Card,
    Bank,
    Cheque,
    Other,
}

/// Whether a receipt or a credit note counts.
#[derive(ToSchema)]
#[schema(as = CreditStatus, rename_all = "lowercase")]
#[expect(dead_code, reason = "it describes the library's type of that name")]
pub(crate) enum Status {
    Recorded,
    Void,
}

/// A receipt to be added. What `allocations` leave over pays what is oldest due, and stays on account after that.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct NewReceipt {
    /// Who paid.
    customer_id: schema::Id,
    date: schema::DateInput,
    amount: schema::PositiveAmountInput,
    /// Case doesn't count.
    payment_type: PaymentType,
    /// The next of the series if absent.
    receipt_number: Option<schema::DocumentNumber>,
    reference: Option<schema::Reference>,
    /// What it pays first, each invoice once; at most 500.
    #[schema(max_items = 500)]
    allocations: Option<Vec<NewAllocation>>,
    note: Option<schema::Note>,
}

/// A part of a receipt that is to pay a certain invoice.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct NewAllocation {
    /// An invoice of the same customer.
    invoice_id: schema::Id,
    amount: schema::PositiveAmountInput,
}
