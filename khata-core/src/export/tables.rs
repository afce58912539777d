//! Export as CSV tables.

use std::collections::BTreeMap;

use super::layout::{Layout, Part};
use super::table::Table;
use crate::csv::{Cell, Csv};
use crate::customer::{Customer, CustomerView};
use crate::documents::{DocumentView, Face, StoredDocument};
use crate::error::Error;
use crate::id::{CustomerId, ItemId};
use crate::ledger::{Allocation, ChainHash, Entry, EntryKind, ItemKind};
use crate::money::{Currency, Money};
use crate::number::DocumentNumber;
use crate::record::{Description, Record};
use crate::store::{Posted, StoreError, Trace};
use crate::text::Note;
use crate::values::calendar::{Date, Timestamp};

/// A table in progress.
#[derive(Debug)]
pub(super) struct Sheet {
    table: Table,
    currency: Currency,
    /// The day as of which customers and documents are shown.
    today: Date,
    /// Traces of items of which a change is pending, as they were when the page of postings was read.
    pending: BTreeMap<ItemId, Trace>,
}

/// The parts of a book that tables need.
pub(super) const PARTS: &[Part] = &[Part::Customers, Part::Postings];

/// A row of the table of entries.
#[derive(Debug, Record)]
struct EntryRow {
    /// Sequence number in the book.
    #[field(name = "seq")]
    seq: u64,
    /// Effective date.
    #[field(name = "date")]
    date: Date,
    /// Time at which it was recorded.
    #[field(name = "recordedAt")]
    recorded_at: Timestamp,
    /// Kind of the entry.
    #[field(name = "kind")]
    kind: EntryKind,
    /// The customer.
    #[field(name = "customerId")]
    customer: CustomerId,
    /// The document, or the entry of an opening balance.
    #[field(name = "documentId")]
    document: ItemId,
    /// Number of the document.
    #[field(name = "number")]
    number: Option<DocumentNumber>,
    /// Amount that it adds to the balance.
    #[field(name = "debit")]
    debit: Money,
    /// Amount that it subtracts from the balance.
    #[field(name = "credit")]
    credit: Money,
    /// Note on the document; for a void, its reason.
    #[field(name = "note")]
    note: Option<Note>,
    /// Hash of the entry in the chain.
    #[field(name = "hash")]
    hash: ChainHash,
}

impl EntryRow {
    fn new(Posted { entry, document, .. }: &Posted) -> Result<Self, StoreError> {
        let Entry { seq, date, recorded_at, kind, customer, item, amount, reason, hash, .. } = entry;
        let face = document.as_ref().map(Face::of).transpose()?;
        let (number, note) = face.map_or((None, None), |face| (Some(face.number), face.note));
        let (debit, credit) = match amount.checked_neg().filter(|_| amount.is_negative()) {
            Some(credit) => (Money::ZERO, credit),
            None => (*amount, Money::ZERO),
        };
        Ok(Self {
            seq: *seq,
            date: *date,
            recorded_at: *recorded_at,
            kind: *kind,
            customer: *customer,
            document: *item,
            number,
            debit,
            credit,
            note: reason.clone().or(note),
            hash: *hash,
        })
    }
}

/// A row of the table of allocations.
#[derive(Debug, Record)]
struct AllocationRow {
    /// `seq` of the entry that caused it.
    #[field(name = "seq")]
    seq: u64,
    /// Day from which it is effective.
    #[field(name = "effectiveDate")]
    effective: Date,
    /// The customer.
    #[field(name = "customerId")]
    customer: CustomerId,
    /// Kind of the item that is paid.
    #[field(name = "debitKind")]
    debit_kind: ItemKind,
    /// The item that is paid.
    #[field(name = "debitId")]
    debit: ItemId,
    /// Kind of the item that pays.
    #[field(name = "creditKind")]
    credit_kind: ItemKind,
    /// The item that pays.
    #[field(name = "creditId")]
    credit: ItemId,
    /// Amount.
    #[field(name = "amount")]
    amount: Money,
}

impl From<&Allocation> for AllocationRow {
    fn from(row: &Allocation) -> Self {
        let Allocation { seq, effective, customer, debit_kind, debit, credit_kind, credit, amount, .. } =
            *row;
        Self { seq, effective, customer, debit_kind, debit, credit_kind, credit, amount }
    }
}

/// Columns of documents in addition to their own fields.
const BUYER: [&str; 2] = ["customerName", "customerGstNumber"];

/// Returns the description of a table's columns.
fn description(table: Table) -> &'static Description {
    match table {
        Table::Customers => CustomerView::DESCRIPTION,
        Table::Entries => EntryRow::DESCRIPTION,
        Table::Documents(kind) => DocumentView::description(kind),
        Table::Allocations => AllocationRow::DESCRIPTION,
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
        let mut columns = Csv::columns(description(self.table));
        if matches!(self.table, Table::Documents(_)) {
            columns.extend(BUYER);
        }
        out.extend(Csv::headed(&columns).finish());
    }

    fn customers(&mut self, page: &[Customer], out: &mut Vec<u8>) -> Result<(), Error> {
        let mut csv = Csv::new();
        for customer in page {
            csv.record(&customer.clone().on(self.today)?, self.currency);
        }
        out.extend(csv.finish());
        Ok(())
    }

    fn pending(&mut self, traces: &[Trace]) {
        self.pending = traces.iter().map(|trace| (trace.item.id, trace.clone())).collect();
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
    pub(super) fn new(table: Table, currency: Currency, today: Date) -> Self {
        Self { table, currency, today, pending: BTreeMap::new() }
    }

    pub(super) fn table(&self) -> Table {
        self.table
    }

    fn rows(&self, posted: &Posted, csv: &mut Csv) -> Result<(), StoreError> {
        match self.table {
            Table::Customers => {}
            Table::Entries => csv.record(&EntryRow::new(posted)?, self.currency),
            Table::Documents(kind) if posted.entry.kind == kind.into() => self.document(posted, csv)?,
            Table::Documents(_) => {}
            Table::Allocations => {
                let rows = posted.entry.allocations.iter().map(AllocationRow::from);
                rows.for_each(|row| csv.record(&row, self.currency));
            }
        }
        Ok(())
    }

    fn document(&self, posted: &Posted, csv: &mut Csv) -> Result<(), StoreError> {
        let missing = || StoreError::corrupt(format!("entry {} has no document", posted.entry.seq));
        let document = posted.document.clone().ok_or_else(missing)?;
        let buyer = Face::of(&document)?.buyer;
        // The allocations are a table of their own; only those that take effect later are needed.
        let (item, allocations) = match self.pending.get(&posted.item.id) {
            Some(trace) => (trace.item.clone(), trace.allocations.clone()),
            None => (posted.item.clone(), Vec::new()),
        };
        let stored = StoredDocument { document, item, allocations };
        let mut cells = Csv::cells_of_document(&stored.view(self.today)?, self.currency);
        cells.extend([Cell::text(&buyer.name), Cell::optional(buyer.gst_number)]);
        csv.row(cells);
        Ok(())
    }
}
