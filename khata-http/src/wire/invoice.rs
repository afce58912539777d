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

/// An invoice as it stands.
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
    /// The English name of the day of the week.
    #[schema(examples("Tuesday"))]
    day: &'static str,
    /// When it is to be paid.
    #[schema(value_type = Option<schema::Date>, required)]
    due_date: Option<Date>,
    /// Before tax.
    gross_amount: Amount,
    #[schema(required)]
    cgst: Option<Amount>,
    #[schema(required)]
    sgst: Option<Amount>,
    #[schema(required)]
    igst: Option<Amount>,
    /// Freight, packing and the like.
    other_charges: Amount,
    /// Rounding, of either sign.
    round_off: Amount,
    /// The sum of all of them.
    total_amount: Amount,
    /// What is still to be paid; 0 of a void one.
    outstanding_amount: Amount,
    #[schema(value_type = Status)]
    status: InvoiceStatus,
    #[schema(value_type = Option<schema::Note>, required)]
    note: Option<Note>,
    /// Its entry's place in the book.
    seq: u64,
    #[schema(value_type = schema::Timestamp)]
    created_at: Timestamp,
    /// When its outstanding amount, its status or what is credited on it last changed.
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

/// An invoice with what paid it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvoiceWithAllocations {
    #[serde(flatten)]
    invoice: Invoice,
    /// What paid it, the oldest first.
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

/// A part of an invoice that was paid.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PaidBy {
    /// By which receipt, if by one.
    #[schema(value_type = Option<schema::Id>, required)]
    receipt_id: Option<ReceiptId>,
    /// By which credit note, if by one. Both are null if by an opening balance in the customer's favour.
    #[schema(value_type = Option<schema::Id>, required)]
    credit_note_id: Option<CreditNoteId>,
    amount: Amount,
}

/// How far an invoice is paid.
#[derive(ToSchema)]
#[schema(as = InvoiceStatus, rename_all = "lowercase")]
#[expect(dead_code, reason = "it describes the library's type of that name")]
pub(crate) enum Status {
    Unpaid,
    Partial,
    Paid,
    Void,
}

/// An invoice to be added. Its tax is `cgst` and `sgst`, or `igst`, never both.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct NewInvoice {
    /// Who takes the goods.
    customer_id: schema::Id,
    date: schema::DateInput,
    /// When it is to be paid; not before `date`.
    due_date: Option<schema::DateInput>,
    /// Before tax.
    gross_amount: schema::AmountInput,
    /// Central tax.
    cgst: Option<schema::AmountInput>,
    /// State tax, equal to `cgst` to within one minor unit.
    sgst: Option<schema::AmountInput>,
    /// Integrated tax; 0 for exempt goods.
    igst: Option<schema::AmountInput>,
    /// Freight, packing and the like.
    other_charges: Option<schema::AmountInput>,
    /// Rounding, less than one unit of the currency.
    round_off: Option<schema::SignedAmountInput>,
    /// The sum of all of them.
    total_amount: schema::PositiveAmountInput,
    /// The next of the series if absent.
    invoice_number: Option<schema::DocumentNumber>,
    note: Option<schema::Note>,
}
