//! CSV (RFC 4180), for spreadsheets too: a text that one would take for a formula is made plain text, and numbers stay
//! numbers.

use std::convert::Infallible;

use crate::documents::DocumentView;
use crate::ledger::ChainHash;
use crate::money::{Currency, Money};
use crate::record::{Description, Field, Record, Type, Value, Visibility, Visitor};

/// Rows in the making. UTF-8 without a byte order mark, lines end with CR LF.
#[derive(Debug)]
pub struct Csv {
    writer: csv::Writer<Vec<u8>>,
}

impl Default for Csv {
    fn default() -> Self {
        Self::new()
    }
}

impl Csv {
    /// No row yet.
    #[must_use]
    pub fn new() -> Self {
        let writer = csv::WriterBuilder::new()
            .has_headers(false)
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        Self { writer }
    }

    /// Rows beneath a head of plain words.
    #[must_use]
    pub fn headed(names: &[&str]) -> Self {
        let mut csv = Self::new();
        csv.row(names.iter().copied().map(Cell::plain));
        csv
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If it has not as many cells as the others.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let cells = cells.into_iter().map(|Cell(text)| text);
        self.writer.write_record(cells).expect("rows of equal length can be written to memory");
    }

    /// Rows beneath the names of a record's columns.
    #[must_use]
    pub fn of(description: &Description) -> Self {
        Self::headed(&Self::columns(description))
    }

    /// Names of a record's columns: those of its public fields, without lists.
    #[must_use]
    pub fn columns(description: &Description) -> Vec<&'static str> {
        let fields = description.all_fields().into_iter();
        fields.filter(|field| is_column(field)).map(|field| field.name).collect()
    }

    /// Adds the row of a record.
    ///
    /// # Panics
    /// If it has not as many columns as the others.
    pub fn record(&mut self, record: &impl Record, currency: Currency) {
        self.row(Self::cells(record, currency));
    }

    /// The cells of a record, in the order of its columns.
    #[must_use]
    pub fn cells(record: &impl Record, currency: Currency) -> Vec<Cell> {
        let mut row = Row { cells: Vec::new(), currency };
        let Ok(()) = record.visit(&mut row);
        row.cells
    }

    /// The same of a document of whatever kind.
    #[must_use]
    pub fn cells_of_document(document: &DocumentView, currency: Currency) -> Vec<Cell> {
        let mut row = Row { cells: Vec::new(), currency };
        let Ok(()) = document.visit(&mut row);
        row.cells
    }

    /// The bytes.
    ///
    /// # Panics
    /// Never: memory takes what is written to it.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.writer.into_inner().expect("memory takes what is written to it")
    }
}

/// Whether a field is a column of a table: what is public, and neither a list nor a record. The shop is the same in all
/// rows.
fn is_column(field: &Field) -> bool {
    let single = !matches!(field.ty, Type::List(..) | Type::Record(_) | Type::Texts);
    single && field.visibility == Visibility::Public && field.name != "shopOwnerId"
}

/// The cells of a record in the making.
struct Row {
    cells: Vec<Cell>,
    currency: Currency,
}

impl Visitor for Row {
    type Error = Infallible;

    fn value(&mut self, field: &'static Field, value: Value<'_>) -> Result<(), Infallible> {
        if is_column(field) {
            self.cells.push(match value {
                Value::Null | Value::Texts(_) => Cell::empty(),
                Value::Id(id) => Cell::plain(id),
                Value::Integer(number) => Cell::plain(number),
                Value::Money(money) => Cell::amount(money, self.currency),
                Value::Flag(flag) => Cell::plain(flag),
                Value::Text(text) => Cell::text(text),
                Value::Date(date) => Cell::plain(date),
                Value::Time(time) => Cell::plain(time),
                Value::Hash(hash) => Cell::plain(ChainHash(*hash)),
            });
        }
        Ok(())
    }

    fn record<R: Record>(&mut self, _: &'static Field, _: Option<&R>) -> Result<(), Infallible> {
        Ok(())
    }

    fn list<R: Record>(&mut self, _: &'static Field, _: &[R]) -> Result<(), Infallible> {
        Ok(())
    }
}

/// A cell, ready to be written.
#[derive(Debug)]
pub struct Cell(String);

impl Cell {
    /// Nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self(String::new())
    }

    /// What this program made by itself: a kind, a date, an id, a count.
    pub fn plain(text: impl ToString) -> Self {
        Self(text.to_string())
    }

    /// An amount, with all the digits of its currency.
    pub fn amount(amount: Money, currency: Currency) -> Self {
        Self(currency.format(amount))
    }

    /// What people wrote.
    pub fn text(text: &str) -> Self {
        Self(if looks_like_formula(text) { format!("'{text}") } else { text.to_owned() })
    }

    /// What people wrote, if they did.
    pub fn optional(text: Option<impl ToString>) -> Self {
        text.map_or_else(Self::empty, |text| Self::text(&text.to_string()))
    }
}

/// Whether a spreadsheet might compute a text that begins like this, or send it away
/// (<https://owasp.org/www-community/attacks/CSV_Injection>); the wide forms are taken for the narrow ones by some.
pub(crate) fn looks_like_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(cell: Cell) -> String {
        let mut csv = Csv::new();
        csv.row([cell, Cell::plain(1)]);
        String::from_utf8(csv.finish()).unwrap().strip_suffix(",1\r\n").unwrap().to_owned()
    }

    #[test]
    fn what_looks_like_a_formula_is_made_plain_text() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x"] {
            let cell = written(Cell::text(text));
            assert!(cell.trim_start_matches('"').starts_with('\''), "{text:?}: {cell}");
        }
        for text in ["Asha", "a=1", "INV/2026-27/0001", "'", "रवि", ""] {
            assert_eq!(written(Cell::text(text)), text);
        }
    }

    #[test]
    fn amounts_stay_numbers() {
        let amount = |minor| written(Cell::amount(Money::from_minor(minor), Currency::INR));
        assert_eq!(amount(-118_050), "-1180.50");
        assert_eq!(amount(0), "0.00");
    }

    #[test]
    fn quotes_commas_and_line_breaks_stay_in_their_cell() {
        assert_eq!(written(Cell::text("a, \"b\"\nc")), "\"a, \"\"b\"\"\nc\"");
        assert_eq!(written(Cell::optional(None::<&str>)), "\"\"".trim_matches('"'));
    }
}
