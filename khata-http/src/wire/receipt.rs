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

/// Receipt.
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
    /// English name of the weekday.
    #[schema(examples("Tuesday"))]
    day: &'static str,
    amount: Amount,
    #[schema(value_type = PaymentType)]
    payment_type: receipt::PaymentType,
    #[schema(value_type = Option<schema::Reference>, required)]
    reference: Option<Reference>,
    /// Allocations, which add up to `amount` together with `unappliedAmount`.
    allocations: Vec<Paid>,
    /// Amount on account that later invoices will use; 0 if the document is void.
    unapplied_amount: Amount,
    #[schema(value_type = Status)]
    status: CreditStatus,
    #[schema(value_type = Option<schema::Note>, required)]
    note: Option<Note>,
    /// Sequence number of its entry.
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

/// Allocation of a receipt or a credit note.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Paid {
    /// Invoice that is paid; null if it is the customer's opening balance.
    #[schema(value_type = Option<schema::Id>, required)]
    invoice_id: Option<InvoiceId>,
    amount: Amount,
}

impl Paid {
    pub(crate) fn new(paid: receipt::Paid, currency: Currency) -> Self {
        Self { invoice_id: paid.invoice, amount: Amount::new(paid.amount, currency) }
    }
}

/// Payment method.
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

/// Status of a receipt or a credit note.
#[derive(ToSchema)]
#[schema(as = CreditStatus, rename_all = "lowercase")]
#[expect(dead_code, reason = "it describes the library's type of that name")]
pub(crate) enum Status {
    Recorded,
    Void,
}

/// Request to add a receipt. The amount that `allocations` leave is applied to the oldest due invoices, then stays on account.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct NewReceipt {
    /// Customer who paid.
    customer_id: schema::Id,
    date: schema::DateInput,
    amount: schema::PositiveAmountInput,
    /// Payment method, ignoring case.
    payment_type: PaymentType,
    /// Document number. Defaults to the next of the series.
    receipt_number: Option<schema::DocumentNumber>,
    reference: Option<schema::Reference>,
    /// Allocations to apply first, at most one per invoice and 500 in total.
    #[schema(max_items = 500)]
    allocations: Option<Vec<NewAllocation>>,
    note: Option<schema::Note>,
}

/// Amount of a receipt to allocate to an invoice.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct NewAllocation {
    /// Invoice of the same customer.
    invoice_id: schema::Id,
    amount: schema::PositiveAmountInput,
}
