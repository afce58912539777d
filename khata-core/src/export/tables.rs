//! A book as tables, each as CSV.

use super::document::ReadDocument;
use super::layout::{Layout, Part};
use super::table::Table;
use crate::csv::{Cell, Csv};
use crate::customer::Customer;
use crate::documents::Tax;
use crate::error::Error;
use crate::ledger::{EntryKind, Item};
use crate::money::{Currency, Money};
use crate::receipt::{CreditStatus, PaymentType};
use crate::store::{Posted, StoreError};

/// A table being written.
#[derive(Debug)]
pub(super) struct Sheet {
    table: Table,
    currency: Currency,
}

/// What all tables need of a book.
pub(super) const PARTS: &[Part] = &[Part::Customers, Part::Postings];

/// The columns of a table.
fn columns(table: Table) -> &'static [&'static str] {
    match table {
        Table::Customers => &[
            "id",
            "name",
            "firmName",
            "mobileNumber",
            "city",
            "state",
            "gstNumber",
            "creditLimit",
            "balance",
            "archivedAt",
            "createdAt",
        ],
        Table::Entries => &[
            "seq",
            "date",
            "recordedAt",
            "kind",
            "customerId",
            "documentId",
            "number",
            "debit",
            "credit",
            "note",
            "hash",
        ],
        Table::Invoices => &[
            "seq",
            "id",
            "number",
            "date",
            "dueDate",
            "customerId",
            "customerName",
            "customerGstNumber",
            "grossAmount",
            "cgst",
            "sgst",
            "igst",
            "otherCharges",
            "roundOff",
            "totalAmount",
            "outstandingAmount",
            "status",
            "note",
        ],
        Table::Receipts => &[
            "seq",
            "id",
            "number",
            "date",
            "customerId",
            "customerName",
            "amount",
            "paymentType",
            "reference",
            "unappliedAmount",
            "status",
            "note",
        ],
        Table::CreditNotes => &[
            "seq",
            "id",
            "number",
            "date",
            "invoiceId",
            "invoiceNumber",
            "customerId",
            "customerName",
            "grossAmount",
            "cgst",
            "sgst",
            "igst",
            "otherCharges",
            "roundOff",
            "totalAmount",
            "unappliedAmount",
            "status",
            "note",
        ],
        Table::Allocations => &[
            "seq",
            "effectiveDate",
            "customerId",
            "debitKind",
            "debitId",
            "creditKind",
            "creditId",
            "amount",
        ],
    }
}

impl Layout for Sheet {
    fn parts(&self) -> &'static [Part] {
        match self.table {
            Table::Customers => &[Part::Customers],
            _ => &[Part::Postings],
        }
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        out.extend(Csv::headed(columns(self.table)).finish());
    }

    fn customers(&mut self, page: &[Customer], out: &mut Vec<u8>) {
        let mut csv = Csv::new();
        page.iter().for_each(|customer| csv.row(self.customer(customer)));
        out.extend(csv.finish());
    }

    fn postings(&mut self, page: &[Posted], out: &mut Vec<u8>) -> Result<(), Error> {
        let mut csv = Csv::new();
        for posted in page {
            self.rows(posted, &mut csv)?;
        }
        out.extend(csv.finish());
        Ok(())
    }
}

impl Sheet {
    pub(super) fn new(table: Table, currency: Currency) -> Self {
        Self { table, currency }
    }

    pub(super) fn table(&self) -> Table {
        self.table
    }

    fn rows(&self, posted: &Posted, csv: &mut Csv) -> Result<(), StoreError> {
        match (self.table, posted.entry.kind) {
            (Table::Entries, _) => csv.row(self.entry(posted)?),
            (Table::Invoices, EntryKind::Invoice) => csv.row(self.invoice(posted, &paper(posted)?)),
            (Table::Receipts, EntryKind::Receipt) => csv.row(self.receipt(posted, &paper(posted)?)),
            (Table::CreditNotes, EntryKind::CreditNote) => {
                csv.row(self.credit_note(posted, &paper(posted)?));
            }
            (Table::Allocations, _) => self.allocations(posted, csv),
            _ => {}
        }
        Ok(())
    }

    fn amount(&self, amount: Money) -> Cell {
        Cell::amount(amount, self.currency)
    }

    fn optional(&self, amount: Option<Money>) -> Cell {
        amount.map_or_else(Cell::empty, |amount| self.amount(amount))
    }

    fn customer(&self, customer: &Customer) -> Vec<Cell> {
        vec![
            Cell::plain(customer.id),
            Cell::text(customer.name.as_str()),
            Cell::optional(customer.firm_name.as_ref()),
            Cell::text(customer.mobile.as_str()),
            Cell::optional(customer.city.as_ref()),
            Cell::optional(customer.state.as_ref()),
            Cell::optional(customer.gst_number.as_ref()),
            self.optional(customer.credit_limit),
            self.amount(customer.balance()),
            Cell::optional(customer.archived_at),
            Cell::plain(customer.created_at),
        ]
    }

    fn entry(&self, posted: &Posted) -> Result<Vec<Cell>, StoreError> {
        let entry = &posted.entry;
        let paper = ReadDocument::of(posted)?;
        let (number, note) = paper.map_or((None, None), |paper| (Some(paper.number), paper.note));
        let (debit, credit) = match entry.amount.checked_neg().filter(|_| entry.amount.is_negative()) {
            Some(credit) => (Money::ZERO, credit),
            None => (entry.amount, Money::ZERO),
        };
        Ok(vec![
            Cell::plain(entry.seq),
            Cell::plain(entry.date),
            Cell::plain(entry.recorded_at),
            Cell::plain(entry.kind.as_str()),
            Cell::plain(entry.customer),
            Cell::plain(entry.item),
            Cell::optional(number),
            self.amount(debit),
            self.amount(credit),
            Cell::optional(entry.reason.as_ref().map(ToString::to_string).or(note)),
            Cell::plain(entry.hash),
        ])
    }

    fn invoice(&self, posted: &Posted, paper: &ReadDocument) -> Vec<Cell> {
        let Posted { entry, item, .. } = posted;
        let mut cells = vec![
            Cell::plain(entry.seq),
            Cell::plain(item.id),
            Cell::text(&paper.number),
            Cell::plain(entry.date),
            Cell::optional(paper.due_date),
            Cell::plain(entry.customer),
            Cell::text(&paper.buyer.name),
            Cell::optional(paper.buyer.gst_number.as_ref()),
        ];
        cells.extend(self.amounts(paper));
        cells.extend([
            self.amount(item.open),
            Cell::plain(item.status().as_str()),
            Cell::optional(paper.note.as_ref()),
        ]);
        cells
    }

    fn receipt(&self, posted: &Posted, paper: &ReadDocument) -> Vec<Cell> {
        let Posted { entry, item, .. } = posted;
        vec![
            Cell::plain(entry.seq),
            Cell::plain(item.id),
            Cell::text(&paper.number),
            Cell::plain(entry.date),
            Cell::plain(entry.customer),
            Cell::text(&paper.buyer.name),
            self.optional(paper.amount),
            Cell::optional(paper.payment_type.map(PaymentType::as_str)),
            Cell::optional(paper.reference.as_ref()),
            self.amount(item.open),
            credit_status(item),
            Cell::optional(paper.note.as_ref()),
        ]
    }

    fn credit_note(&self, posted: &Posted, paper: &ReadDocument) -> Vec<Cell> {
        let Posted { entry, item, .. } = posted;
        let mut cells = vec![
            Cell::plain(entry.seq),
            Cell::plain(item.id),
            Cell::text(&paper.number),
            Cell::plain(entry.date),
            Cell::optional(item.invoice),
            Cell::optional(paper.invoice_number.as_ref()),
            Cell::plain(entry.customer),
            Cell::text(&paper.buyer.name),
        ];
        cells.extend(self.amounts(paper));
        cells.extend([self.amount(item.open), credit_status(item), Cell::optional(paper.note.as_ref())]);
        cells
    }

    /// From the gross to the total amount.
    fn amounts(&self, paper: &ReadDocument) -> [Cell; 7] {
        let tax = paper.tax;
        [
            paper.gross,
            tax.and_then(Tax::cgst),
            tax.and_then(Tax::sgst),
            tax.and_then(Tax::igst),
            paper.other_charges,
            paper.round_off,
            paper.total,
        ]
        .map(|amount| self.optional(amount))
    }

    fn allocations(&self, posted: &Posted, csv: &mut Csv) {
        for row in &posted.entry.allocations {
            csv.row([
                Cell::plain(row.seq),
                Cell::plain(row.effective),
                Cell::plain(row.customer),
                Cell::plain(row.debit_kind.as_str()),
                Cell::plain(row.debit),
                Cell::plain(row.credit_kind.as_str()),
                Cell::plain(row.credit),
                self.amount(row.amount),
            ]);
        }
    }
}

fn paper(posted: &Posted) -> Result<ReadDocument, StoreError> {
    let missing = || StoreError::corrupt(format!("entry {} has no document", posted.entry.seq));
    ReadDocument::of(posted)?.ok_or_else(missing)
}

/// Of a receipt or a credit note.
fn credit_status(item: &Item) -> Cell {
    let status = if item.void { CreditStatus::Void } else { CreditStatus::Recorded };
    Cell::plain(status.as_str())
}
