//! CSV (RFC 4180) that is safe for spreadsheets: texts that look like formulas are escaped, and numbers stay numbers.

use std::convert::Infallible;

use crate::documents::DocumentView;
use crate::ledger::ChainHash;
use crate::money::{Currency, Money};
use crate::record::{Description, Field, Record, Type, Value, Visibility, Visitor};

/// A writer of CSV, in UTF-8 without a byte order mark. Lines end with CR LF.
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
    /// Creates a writer without rows.
    #[must_use]
    pub fn new() -> Self {
        let writer = csv::WriterBuilder::new()
            .has_headers(false)
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        Self { writer }
    }

    /// Creates a writer with a header of plain words.
    #[must_use]
    pub fn headed(names: &[&str]) -> Self {
        let mut csv = Self::new();
        csv.row(names.iter().copied().map(Cell::plain));
        csv
    }

    /// Adds a row.
    ///
    /// # Panics
    /// Panics if the row has another number of cells than the previous ones.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let cells = cells.into_iter().map(|Cell(text)| text);
        self.writer.write_record(cells).expect("rows of equal length can be written to memory");
    }

    /// Creates a writer with the column names of a record as header.
    #[must_use]
    pub fn of(description: &Description) -> Self {
        Self::headed(&Self::columns(description))
    }

    /// Returns the column names of a record: its public fields, without lists.
    #[must_use]
    pub fn columns(description: &Description) -> Vec<&'static str> {
        let fields = description.all_fields().into_iter();
        fields.filter(|field| is_column(field)).map(|field| field.name).collect()
    }

    /// Adds the row of a record.
    ///
    /// # Panics
    /// Panics if the record has another number of columns than the previous rows.
    pub fn record(&mut self, record: &impl Record, currency: Currency) {
        self.row(Self::cells(record, currency));
    }

    /// Returns the cells of a record, in the order of its columns.
    #[must_use]
    pub fn cells(record: &impl Record, currency: Currency) -> Vec<Cell> {
        let mut row = Row { cells: Vec::new(), currency };
        let Ok(()) = record.visit(&mut row);
        row.cells
    }

    /// Returns the cells of a document of any kind.
    #[must_use]
    pub fn cells_of_document(document: &DocumentView, currency: Currency) -> Vec<Cell> {
        let mut row = Row { cells: Vec::new(), currency };
        let Ok(()) = document.visit(&mut row);
        row.cells
    }

    /// Returns the bytes.
    ///
    /// # Panics
    /// Never: writing to memory doesn't fail.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.writer.into_inner().expect("writing to memory doesn't fail")
    }
}

/// Returns whether a field is a column: public fields are, except lists of records and records, and the shop, which is the same in all
/// rows.
fn is_column(field: &Field) -> bool {
    let single = !matches!(field.ty, Type::List(..) | Type::Record(_));
    single && field.visibility == Visibility::Public && field.name != "shopOwnerId"
}

/// A visitor that collects the cells of a record.
struct Row {
    cells: Vec<Cell>,
    currency: Currency,
}

impl Visitor<'_> for Row {
    type Error = Infallible;

    fn value(&mut self, field: &'static Field, value: Value<'_>) -> Result<(), Infallible> {
        if is_column(field) {
            self.cells.push(match value {
                Value::Null => Cell::empty(),
                Value::Texts(texts) => Cell::text(&texts.join(", ")),
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

/// A cell of a row.
#[derive(Debug)]
pub struct Cell(String);

impl Cell {
    /// Creates an empty cell.
    #[must_use]
    pub fn empty() -> Self {
        Self(String::new())
    }

    /// Creates a cell of generated text, such as a kind, a date, an id or a count, which is not escaped.
    pub fn plain(text: impl ToString) -> Self {
        Self(text.to_string())
    }

    /// Creates a cell of an amount, with all digits of its currency.
    pub fn amount(amount: Money, currency: Currency) -> Self {
        Self(currency.format(amount))
    }

    /// Creates a cell of a text from users, which is escaped.
    pub fn text(text: &str) -> Self {
        Self(if looks_like_formula(text) { format!("'{text}") } else { text.to_owned() })
    }

    /// Creates a cell of an optional text from users.
    pub fn optional(text: Option<impl ToString>) -> Self {
        text.map_or_else(Self::empty, |text| Self::text(&text.to_string()))
    }
}

/// Returns whether a spreadsheet might evaluate a text as a formula
/// (<https://owasp.org/www-community/attacks/CSV_Injection>). Some also accept the full-width forms of the characters.
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
