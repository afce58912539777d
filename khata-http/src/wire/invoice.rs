//! Invoices on the wire.

use khata_core::calendar::{Date, Timestamp};
use khata_core::id::{CreditNoteId, CustomerId, InvoiceId, OwnerId, ReceiptId};
use khata_core::invoice::{self, InvoiceStatus};
use khata_core::money::{Currency, Money};
use khata_core::number::DocumentNumber;
use khata_core::text::Note;
use serde::Serialize;
use utoipa::ToSchema;

use super::money::Amount;
use super::schema;

/// Invoice.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Invoice {
    #[schema(value_type = schema::Id)]
    id: InvoiceId,
    #[schema(value_type = schema::Id)]
    shop_owner_id: OwnerId,
    #[schema(value_type = schema::Id)]
    customer_id: CustomerId,
    #[schema(value_type = schema::DocumentNumber)]
    invoice_number: DocumentNumber,
    #[schema(value_type = schema::Date)]
    date: Date,
    /// English name of the weekday.
    #[schema(examples("Tuesday"))]
    day: &'static str,
    /// Due date.
    #[schema(value_type = Option<schema::Date>, required)]
    due_date: Option<Date>,
    /// Amount before tax.
    gross_amount: Amount,
    #[schema(required)]
    cgst: Option<Amount>,
    #[schema(required)]
    sgst: Option<Amount>,
    #[schema(required)]
    igst: Option<Amount>,
    /// Other charges, such as freight and packing.
    other_charges: Amount,
    /// Rounding adjustment, of either sign.
    round_off: Amount,
    /// Total of all amounts.
    total_amount: Amount,
    /// Amount still to be paid; 0 if the invoice is void.
    outstanding_amount: Amount,
    #[schema(value_type = Status)]
    status: InvoiceStatus,
    #[schema(value_type = Option<schema::Note>, required)]
    note: Option<Note>,
    /// Sequence number of its entry.
    seq: u64,
    #[schema(value_type = schema::Timestamp)]
    created_at: Timestamp,
    /// When its outstanding amount, status or credited amount last changed.
    #[schema(value_type = schema::Timestamp)]
    updated_at: Timestamp,
}

impl Invoice {
    pub(crate) fn new(invoice: invoice::Invoice, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        Self {
            id: invoice.id,
            shop_owner_id: invoice.owner,
            customer_id: invoice.customer,
            invoice_number: invoice.number,
            date: invoice.date,
            day: invoice.date.day_name(),
            due_date: invoice.due_date,
            gross_amount: amount(invoice.gross),
            cgst: invoice.tax.cgst().map(amount),
            sgst: invoice.tax.sgst().map(amount),
            igst: invoice.tax.igst().map(amount),
            other_charges: amount(invoice.other_charges),
            round_off: amount(invoice.round_off),
            total_amount: amount(invoice.total),
            outstanding_amount: amount(invoice.outstanding),
            status: invoice.status,
            note: invoice.note,
            seq: invoice.seq,
            created_at: invoice.created_at,
            updated_at: invoice.updated_at,
        }
    }
}

/// Invoice with the allocations that paid it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvoiceWithAllocations {
    #[serde(flatten)]
    invoice: Invoice,
    /// Allocations that paid it, oldest first.
    allocations: Vec<PaidBy>,
}

impl InvoiceWithAllocations {
    pub(crate) fn new(invoice: invoice::Invoice, currency: Currency) -> Self {
        let paid = |row: &invoice::PaidBy| PaidBy {
            receipt_id: row.receipt,
            credit_note_id: row.credit_note,
            amount: Amount::new(row.amount, currency),
        };
        let allocations = invoice.allocations.iter().map(paid).collect();
        Self { invoice: Invoice::new(invoice, currency), allocations }
    }
}

/// Allocation that paid a part of an invoice.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PaidBy {
    /// Receipt that paid it, if any.
    #[schema(value_type = Option<schema::Id>, required)]
    receipt_id: Option<ReceiptId>,
    /// Credit note that paid it, if any. Neither is set if an opening balance in the customer's favour paid it.
    #[schema(value_type = Option<schema::Id>, required)]
    credit_note_id: Option<CreditNoteId>,
    amount: Amount,
}

/// Payment status of an invoice.
#[derive(ToSchema)]
#[schema(as = InvoiceStatus, rename_all = "lowercase")]
#[expect(dead_code, reason = "it describes the library's type of that name")]
pub(crate) enum Status {
    Unpaid,
    Partial,
    Paid,
    Void,
}

/// Request to add an invoice. Its tax is either `cgst` and `sgst`, or `igst`.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct NewInvoice {
    /// Customer who is invoiced.
    customer_id: schema::Id,
    date: schema::DateInput,
    /// Due date; not before `date`.
    due_date: Option<schema::DateInput>,
    /// Amount before tax.
    gross_amount: schema::AmountInput,
    /// Central GST.
    cgst: Option<schema::AmountInput>,
    /// State GST; equal to `cgst` to within one minor unit.
    sgst: Option<schema::AmountInput>,
    /// Integrated GST; 0 for exempt goods.
    igst: Option<schema::AmountInput>,
    /// Other charges, such as freight and packing.
    other_charges: Option<schema::AmountInput>,
    /// Rounding adjustment of less than one unit of the currency.
    round_off: Option<schema::SignedAmountInput>,
    /// Total of all amounts.
    total_amount: schema::PositiveAmountInput,
    /// Document number. Defaults to the next of the series.
    invoice_number: Option<schema::DocumentNumber>,
    note: Option<schema::Note>,
}
