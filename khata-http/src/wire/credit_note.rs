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

/// A credit note as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreditNote {
    #[schema(value_type = schema::Id)]
    id: CreditNoteId,
    #[schema(value_type = schema::Id)]
    shop_owner_id: OwnerId,
    #[schema(value_type = schema::Id)]
    customer_id: CustomerId,
    /// The invoice that it is on.
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
    /// The English name of the day of the week.
    #[schema(examples("Tuesday"))]
    day: &'static str,
    /// What is credited before tax.
    gross_amount: Amount,
    #[schema(required)]
    cgst: Option<Amount>,
    #[schema(required)]
    sgst: Option<Amount>,
    #[schema(required)]
    igst: Option<Amount>,
    /// Freight, packing and the like that is credited too.
    other_charges: Amount,
    /// Rounding, of either sign.
    round_off: Amount,
    /// The sum of all of them.
    total_amount: Amount,
    /// What it paid; together with `unappliedAmount` it is all of `totalAmount`.
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

/// A credit note to be added. What its tax is follows from its invoice: each of the invoice's taxes in the proportion of
/// `grossAmount` to the invoice's, rounded half up. A tax that is given must be that to within one minor unit.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct NewCreditNote {
    /// An invoice that is not void.
    invoice_id: schema::Id,
    /// Not before the invoice's date.
    date: schema::DateInput,
    /// What is credited before tax, at most what the invoice says.
    gross_amount: schema::AmountInput,
    /// Central tax.
    cgst: Option<schema::AmountInput>,
    /// State tax.
    sgst: Option<schema::AmountInput>,
    /// Integrated tax.
    igst: Option<schema::AmountInput>,
    /// Freight, packing and the like that is credited too.
    other_charges: Option<schema::AmountInput>,
    /// Rounding, less than one unit of the currency.
    round_off: Option<schema::SignedAmountInput>,
    /// The sum of all of them; worked out if absent. With the invoice's other credit notes that are not void it is at most
    /// the invoice's total.
    total_amount: Option<schema::PositiveAmountInput>,
    /// The next of the series if absent.
    credit_note_number: Option<schema::DocumentNumber>,
    note: Option<schema::Note>,
}
