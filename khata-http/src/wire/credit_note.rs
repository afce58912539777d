//! Credit notes on the wire.

use khata_core::calendar::{Date, Timestamp};
use khata_core::credit_note;
use khata_core::id::{CreditNoteId, CustomerId, InvoiceId, OwnerId};
use khata_core::money::{Currency, Money};
use khata_core::number::DocumentNumber;
use khata_core::receipt::CreditStatus;
use khata_core::text::Note;
use serde::Serialize;
use utoipa::ToSchema;

use super::money::Amount;
use super::receipt::{Paid, Status};
use super::schema;

/// Credit note.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreditNote {
    #[schema(value_type = schema::Id)]
    id: CreditNoteId,
    #[schema(value_type = schema::Id)]
    shop_owner_id: OwnerId,
    #[schema(value_type = schema::Id)]
    customer_id: CustomerId,
    /// Invoice that is credited.
    #[schema(value_type = schema::Id)]
    invoice_id: InvoiceId,
    #[schema(value_type = schema::DocumentNumber)]
    invoice_number: DocumentNumber,
    #[schema(value_type = schema::Date)]
    invoice_date: Date,
    #[schema(value_type = schema::DocumentNumber)]
    credit_note_number: DocumentNumber,
    #[schema(value_type = schema::Date)]
    date: Date,
    /// English name of the weekday.
    #[schema(examples("Tuesday"))]
    day: &'static str,
    /// Credited amount before tax.
    gross_amount: Amount,
    #[schema(required)]
    cgst: Option<Amount>,
    #[schema(required)]
    sgst: Option<Amount>,
    #[schema(required)]
    igst: Option<Amount>,
    /// Other charges that are credited, such as freight and packing.
    other_charges: Amount,
    /// Rounding adjustment, of either sign.
    round_off: Amount,
    /// Total of all amounts.
    total_amount: Amount,
    /// Allocations, which add up to `totalAmount` together with `unappliedAmount`.
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

impl CreditNote {
    pub(crate) fn new(note: credit_note::CreditNote, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        Self {
            id: note.id,
            shop_owner_id: note.owner,
            customer_id: note.customer,
            invoice_id: note.invoice,
            invoice_number: note.invoice_number,
            invoice_date: note.invoice_date,
            credit_note_number: note.number,
            date: note.date,
            day: note.date.day_name(),
            gross_amount: amount(note.gross),
            cgst: note.tax.cgst().map(amount),
            sgst: note.tax.sgst().map(amount),
            igst: note.tax.igst().map(amount),
            other_charges: amount(note.other_charges),
            round_off: amount(note.round_off),
            total_amount: amount(note.total),
            allocations: note.allocations.into_iter().map(|row| Paid::new(row, currency)).collect(),
            unapplied_amount: amount(note.unapplied),
            status: note.status,
            note: note.note,
            seq: note.seq,
            created_at: note.created_at,
            updated_at: note.updated_at,
        }
    }
}

/// Request to add a credit note. Its taxes are those of its invoice in proportion to `grossAmount`, rounded half up. A
/// given tax must be equal to that to within one minor unit.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct NewCreditNote {
    /// Invoice to credit; it must not be void.
    invoice_id: schema::Id,
    /// Date; not before the invoice's.
    date: schema::DateInput,
    /// Credited amount before tax; at most that of the invoice.
    gross_amount: schema::AmountInput,
    /// Central GST.
    cgst: Option<schema::AmountInput>,
    /// State GST.
    sgst: Option<schema::AmountInput>,
    /// Integrated GST.
    igst: Option<schema::AmountInput>,
    /// Other charges that are credited, such as freight and packing.
    other_charges: Option<schema::AmountInput>,
    /// Rounding adjustment of less than one unit of the currency.
    round_off: Option<schema::SignedAmountInput>,
    /// Total of all amounts. Calculated if absent. The invoice's credit notes that are not void add up to at most its
    /// total.
    total_amount: Option<schema::PositiveAmountInput>,
    /// Document number. Defaults to the next of the series.
    credit_note_number: Option<schema::DocumentNumber>,
    note: Option<schema::Note>,
}
