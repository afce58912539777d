//! Statements on the wire, as JSON and as CSV.

use khata_core::calendar::Date;
use khata_core::csv::{Cell, Csv};
use khata_core::id::ItemId;
use khata_core::ledger::{EntryKind, statement};
use khata_core::money::{Currency, Money};
use khata_core::number::DocumentNumber;
use khata_core::text::Note;
use serde::Serialize;
use utoipa::ToSchema;

use super::customer::Customer;
use super::money::Amount;
use super::{entry, schema};

/// Page of a customer's statement. The period includes both days; dates are document dates.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Statement {
    customer: Customer,
    /// First day of the period; null if the statement begins with the account.
    #[schema(value_type = Option<schema::Date>, required)]
    from: Option<Date>,
    /// Last day of the period.
    #[schema(value_type = schema::Date)]
    to: Date,
    /// Balance before the period.
    opening_balance: Amount,
    /// Entries of this page, by date, then `seq`.
    entries: Vec<StatementEntry>,
    /// Balance at the end of the whole period, on every page.
    closing_balance: Amount,
}

/// Entry of a statement.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StatementEntry {
    /// Sequence number of the entry.
    seq: u64,
    #[schema(value_type = schema::Date)]
    date: Date,
    #[schema(value_type = entry::Kind)]
    kind: EntryKind,
    /// Document number; for a void, that of the voided document. Null for an opening balance.
    #[schema(value_type = Option<schema::DocumentNumber>, required)]
    number: Option<DocumentNumber>,
    /// Document; for a void, the voided document.
    #[schema(value_type = Option<schema::Id>, required)]
    document_id: Option<ItemId>,
    /// Amount added to the balance.
    debit: Amount,
    /// Amount deducted from the balance.
    credit: Amount,
    /// Balance after the entry.
    balance: Amount,
    /// Note of the document; for a void, its reason.
    #[schema(value_type = Option<schema::Note>, required)]
    note: Option<Note>,
}

impl Statement {
    pub(crate) fn new(statement: statement::Statement, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        let entry = |line: statement::StatementLine| StatementEntry {
            seq: line.entry.seq,
            date: line.entry.date,
            kind: line.entry.kind,
            number: line.entry.number,
            document_id: line.entry.document,
            debit: amount(line.entry.debit),
            credit: amount(line.entry.credit),
            balance: amount(line.balance),
            note: line.entry.note,
        };
        Self {
            customer: Customer::new(statement.customer, currency),
            from: statement.from,
            to: statement.to,
            opening_balance: amount(statement.opening),
            entries: statement.lines.into_iter().map(entry).collect(),
            closing_balance: amount(statement.closing),
        }
    }
}

/// The columns, named as the fields of an entry.
pub(crate) const COLUMNS: [&str; 9] =
    ["seq", "date", "kind", "number", "documentId", "debit", "credit", "balance", "note"];

/// A row for the balance at one end of the period.
pub(crate) fn balance_row(csv: &mut Csv, kind: &str, date: Option<Date>, balance: Cell) {
    let date = date.map_or_else(Cell::empty, Cell::plain);
    let mut cells = [(); 9].map(|()| Cell::empty());
    (cells[1], cells[2], cells[7]) = (date, Cell::plain(kind), balance);
    csv.row(cells);
}

/// A row for each line.
pub(crate) fn rows(csv: &mut Csv, lines: &[statement::StatementLine], currency: Currency) {
    for statement::StatementLine { entry, balance } in lines {
        csv.row([
            Cell::plain(entry.seq),
            Cell::plain(entry.date),
            Cell::plain(entry.kind.as_str()),
            Cell::optional(entry.number.as_ref()),
            entry.document.map_or_else(Cell::empty, Cell::plain),
            Cell::amount(entry.debit, currency),
            Cell::amount(entry.credit, currency),
            Cell::amount(*balance, currency),
            Cell::optional(entry.note.as_ref()),
        ]);
    }
}
