//! Invoices, receipts and credit notes.

use khata_core::calendar::{Date, Timestamp};
use khata_core::id::{CreditNoteId, InvoiceId, ReceiptId};
use khata_core::money::{Currency, Money};
use khata_core::{credit_note, invoice, receipt};
use uuid::Uuid;

use super::{Of, record};
use crate::field::{Amount, Rows, Word};

record! {
    /// An invoice as it stands.
    Invoice {
        /// The invoice.
        id: Uuid,
        /// The shop.
        shop_owner_id: Uuid,
        /// Who took the goods.
        customer_id: Uuid,
        /// Its number.
        invoice_number: String,
        /// What the paper says.
        date: Date,
        /// The English name of the day of the week.
        day: Word,
        /// When it is to be paid.
        due_date: Option<Date>,
        /// Before tax.
        gross_amount: Amount,
        /// Central tax, if it was said.
        cgst: Option<Amount>,
        /// State tax, if it was said.
        sgst: Option<Amount>,
        /// Integrated tax, if it was said.
        igst: Option<Amount>,
        /// Freight, packing and the like.
        other_charges: Amount,
        /// Rounding, of either sign.
        round_off: Amount,
        /// The sum of all of them.
        total_amount: Amount,
        /// What is still to be paid; 0 of a void one.
        outstanding_amount: Amount,
        /// How far it is paid.
        status: Word,
        /// What paid it, the oldest first.
        allocations: Rows<PaidBy>,
        /// Anything else.
        note: Option<String>,
        /// Its entry's place in the book.
        seq: u64,
        /// When the book learnt of it.
        created_at: Timestamp,
        /// When its outstanding amount, its status or what is credited on it last changed.
        updated_at: Timestamp,
    }
}

impl Of<invoice::Invoice> for Invoice {
    fn of(invoice: invoice::Invoice, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        let paid = |row: &invoice::PaidBy| PaidBy {
            receipt_id: row.receipt.map(ReceiptId::uuid),
            credit_note_id: row.credit_note.map(CreditNoteId::uuid),
            amount: amount(row.amount),
        };
        Self {
            id: invoice.id.uuid(),
            shop_owner_id: invoice.owner.uuid(),
            customer_id: invoice.customer.uuid(),
            invoice_number: invoice.number.to_string(),
            date: invoice.date,
            day: invoice.date.day_name().into(),
            due_date: invoice.due_date,
            gross_amount: amount(invoice.gross),
            cgst: invoice.tax.cgst().map(amount),
            sgst: invoice.tax.sgst().map(amount),
            igst: invoice.tax.igst().map(amount),
            other_charges: amount(invoice.other_charges),
            round_off: amount(invoice.round_off),
            total_amount: amount(invoice.total),
            outstanding_amount: amount(invoice.outstanding),
            status: invoice.status.as_str().into(),
            allocations: invoice.allocations.iter().map(paid).collect(),
            note: invoice.note.map(|note| note.to_string()),
            seq: invoice.seq,
            created_at: invoice.created_at,
            updated_at: invoice.updated_at,
        }
    }
}

record! {
    /// A part of an invoice that was paid. Neither id is there if an opening balance in the customer's favour paid it.
    PaidBy {
        /// The receipt, if it was one.
        receipt_id: Option<Uuid>,
        /// The credit note, if it was one.
        credit_note_id: Option<Uuid>,
        /// How much of it.
        amount: Amount,
    }
}

record! {
    /// A receipt as it stands.
    Receipt {
        /// The receipt.
        id: Uuid,
        /// The shop.
        shop_owner_id: Uuid,
        /// Who paid.
        customer_id: Uuid,
        /// Its number.
        receipt_number: String,
        /// What the paper says.
        date: Date,
        /// The English name of the day of the week.
        day: Word,
        /// How much.
        amount: Amount,
        /// How it came.
        payment_type: Word,
        /// The payer's or the bank's reference.
        reference: Option<String>,
        /// What it paid; together with `unapplied_amount` it is all of `amount`.
        allocations: Rows<Paid>,
        /// What is on account and will pay later invoices; 0 of a void one.
        unapplied_amount: Amount,
        /// Whether it counts.
        status: Word,
        /// Anything else.
        note: Option<String>,
        /// Its entry's place in the book.
        seq: u64,
        /// When the book learnt of it.
        created_at: Timestamp,
        /// When its unapplied amount or status last changed.
        updated_at: Timestamp,
    }
}

impl Of<receipt::Receipt> for Receipt {
    fn of(receipt: receipt::Receipt, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        Self {
            id: receipt.id.uuid(),
            shop_owner_id: receipt.owner.uuid(),
            customer_id: receipt.customer.uuid(),
            receipt_number: receipt.number.to_string(),
            date: receipt.date,
            day: receipt.date.day_name().into(),
            amount: amount(receipt.amount),
            payment_type: receipt.payment_type.as_str().into(),
            reference: receipt.reference.map(|reference| reference.to_string()),
            allocations: receipt.allocations.iter().map(|row| Paid::of(*row, currency)).collect(),
            unapplied_amount: amount(receipt.unapplied),
            status: receipt.status.as_str().into(),
            note: receipt.note.map(|note| note.to_string()),
            seq: receipt.seq,
            created_at: receipt.created_at,
            updated_at: receipt.updated_at,
        }
    }
}

record! {
    /// Something that a receipt or a credit note paid, or a part of it.
    Paid {
        /// The invoice; none if it was the customer's opening balance.
        invoice_id: Option<Uuid>,
        /// How much of it.
        amount: Amount,
    }
}

impl Of<receipt::Paid> for Paid {
    fn of(paid: receipt::Paid, currency: Currency) -> Self {
        Self { invoice_id: paid.invoice.map(InvoiceId::uuid), amount: Amount::new(paid.amount, currency) }
    }
}

record! {
    /// A credit note as it stands.
    CreditNote {
        /// The credit note.
        id: Uuid,
        /// The shop.
        shop_owner_id: Uuid,
        /// Whose invoice it is on.
        customer_id: Uuid,
        /// The invoice that it is on.
        invoice_id: Uuid,
        /// The invoice's number.
        invoice_number: String,
        /// The invoice's date.
        invoice_date: Date,
        /// Its number.
        credit_note_number: String,
        /// What the paper says.
        date: Date,
        /// The English name of the day of the week.
        day: Word,
        /// What is credited before tax.
        gross_amount: Amount,
        /// Central tax, if there is any.
        cgst: Option<Amount>,
        /// State tax, if there is any.
        sgst: Option<Amount>,
        /// Integrated tax, if there is any.
        igst: Option<Amount>,
        /// Freight, packing and the like that is credited too.
        other_charges: Amount,
        /// Rounding, of either sign.
        round_off: Amount,
        /// The sum of all of them.
        total_amount: Amount,
        /// What it paid; together with `unapplied_amount` it is all of `total_amount`.
        allocations: Rows<Paid>,
        /// What is on account and will pay later invoices; 0 of a void one.
        unapplied_amount: Amount,
        /// Whether it counts.
        status: Word,
        /// Anything else.
        note: Option<String>,
        /// Its entry's place in the book.
        seq: u64,
        /// When the book learnt of it.
        created_at: Timestamp,
        /// When its unapplied amount or status last changed.
        updated_at: Timestamp,
    }
}

impl Of<credit_note::CreditNote> for CreditNote {
    fn of(note: credit_note::CreditNote, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        Self {
            id: note.id.uuid(),
            shop_owner_id: note.owner.uuid(),
            customer_id: note.customer.uuid(),
            invoice_id: note.invoice.uuid(),
            invoice_number: note.invoice_number.to_string(),
            invoice_date: note.invoice_date,
            credit_note_number: note.number.to_string(),
            date: note.date,
            day: note.date.day_name().into(),
            gross_amount: amount(note.gross),
            cgst: note.tax.cgst().map(amount),
            sgst: note.tax.sgst().map(amount),
            igst: note.tax.igst().map(amount),
            other_charges: amount(note.other_charges),
            round_off: amount(note.round_off),
            total_amount: amount(note.total),
            allocations: note.allocations.iter().map(|row| Paid::of(*row, currency)).collect(),
            unapplied_amount: amount(note.unapplied),
            status: note.status.as_str().into(),
            note: note.note.map(|note| note.to_string()),
            seq: note.seq,
            created_at: note.created_at,
            updated_at: note.updated_at,
        }
    }
}
