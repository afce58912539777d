//! Parsing of a table of customers.

use std::collections::BTreeMap;
use std::io::Read;

use super::amount;
use super::columns::{Column, Columns};
use crate::customer::NewCustomer;
use crate::error::{Error, FieldError};
use crate::form::{Form, Raw};
use crate::money::Currency;
use crate::record::Input;

/// A table of customers, with the result of each row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerTable {
    /// Rows that are not blank.
    pub rows: Vec<Row>,
    /// Columns of the table.
    pub headers: Columns,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Line of the file on which the row begins, from 1.
    pub line: u64,
    /// The customer, or every violation, by the headers of the file.
    pub read: Result<NewCustomer, Vec<FieldError>>,
}

/// Error of a file that is not a table of customers.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The file can't be read, or is not CSV in UTF-8.
    #[error("it can't be read as CSV in UTF-8")]
    Unreadable(#[from] csv::Error),
    /// A required column is missing.
    #[error("no column is the {}; say which is", .column.as_str())]
    Missing {
        /// The column.
        column: Column,
    },
    /// A named header is missing.
    #[error("no column is called {header}")]
    NoSuchHeader {
        /// The header.
        header: String,
    },
    /// Two headers stand for the same column.
    #[error("{} and {} both seem to be the {}; say which is", .headers[0], .headers[1], .column.as_str())]
    Twice {
        /// The column.
        column: Column,
        /// The headers.
        headers: [String; 2],
    },
}

impl CustomerTable {
    /// Parses a CSV file whose first line has the headers. Its delimiter is a comma, a semicolon or a tab, whichever occurs
    /// most often in the first line. `named` maps columns to headers that don't have a usual name.
    ///
    /// # Errors
    /// [`TableError`] if the file is not a table of customers. Invalid rows are part of the table.
    pub fn read(
        mut file: impl Read,
        currency: Currency,
        named: &[(Column, String)],
    ) -> Result<Self, TableError> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(csv::Error::from)?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let mut reader =
            csv::ReaderBuilder::new().delimiter(delimiter(bytes)).flexible(true).from_reader(bytes);
        let headers = reader.headers()?.clone();
        let headers = Columns::find(&headers.iter().collect::<Vec<_>>(), named)?;
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record?;
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            let line = record.position().map_or(0, csv::Position::line);
            rows.push(Row { line, read: row(&record, &headers, currency) });
        }
        Ok(Self { rows, headers })
    }
}

/// Returns the delimiter of the cells.
fn delimiter(bytes: &[u8]) -> u8 {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| first.iter().filter(|byte| **byte == delimiter).count();
    [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

fn row(
    record: &csv::StringRecord,
    headers: &Columns,
    currency: Currency,
) -> Result<NewCustomer, Vec<FieldError>> {
    let mut fields = BTreeMap::new();
    for (column, place) in headers.places() {
        let text = undefused(record.get(place).unwrap_or_default().trim());
        let text = match column {
            Column::OpeningBalance | Column::CreditLimit => amount::plain(text),
            _ => text.to_owned(),
        };
        if !text.is_empty() {
            fields.insert(column.as_str().to_owned(), Raw::Text(text));
        }
    }
    <NewCustomer as Input>::from_form(Form::new(fields), currency).map_err(|error| match error {
        Error::Invalid(faults) => faults.into_iter().map(|fault| as_called(fault, headers)).collect(),
        other => vec![crate::error::Violation::new(other.code(), other.to_string()).at("")],
    })
}

/// Removes the escape by which [`csv`](crate::csv) prevents spreadsheets from evaluating a text as a formula.
fn undefused(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| crate::csv::looks_like_formula(rest)).unwrap_or(text)
}

fn as_called(fault: FieldError, headers: &Columns) -> FieldError {
    let field = Column::parse(&fault.field).map_or_else(|_| fault.field.clone(), |column| headers.of(column));
    FieldError { field, ..fault }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> CustomerTable {
        CustomerTable::read(text.as_bytes(), Currency::INR, &[]).unwrap()
    }

    #[test]
    fn a_row_is_a_customer() {
        let text = "\u{feff}Party;Phone;Balance;As of\n\"आशा; पाटील\";98765 43210;1,180.50 Dr;24/11/2026\n\n";
        let table = read(text);
        let [Row { line: 2, read: Ok(new) }] = &table.rows[..] else { panic!("{table:?}") };
        assert_eq!(
            (new.name.as_str(), new.mobile.as_ref().unwrap().as_str()),
            ("आशा; पाटील", "+919876543210")
        );
        assert_eq!(new.opening_balance.unwrap().minor(), 118_050);
        assert_eq!(new.opening_date.unwrap().to_string(), "2026-11-24");
    }

    #[test]
    fn a_bad_row_tells_every_fault_with_its_line_and_column() {
        let table = read("name,Phone,limit\nAsha,9876543210,\n,12,-5\nRavi\n");
        let faults = |row: &Row| match &row.read {
            Ok(_) => Vec::new(),
            Err(faults) => faults.iter().map(|fault| (fault.field.clone(), fault.code)).collect(),
        };
        let told: Vec<_> = table.rows.iter().map(|row| (row.line, faults(row))).collect();
        let fault = |field: &str, code| (field.to_owned(), code);
        let third =
            [fault("name", "missing"), fault("Phone", "invalid_mobile_number"), fault("limit", "negative")];
        let expected = [(2, vec![]), (3, third.to_vec()), (4, vec![])];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_was_exported_is_read_again() {
        let table = read("name,mobileNumber\r\n'=Asha,'+919876543210\r\n'Ravi,+919876543211\r\n");
        let names: Vec<_> = table.rows.iter().map(|row| row.read.as_ref().unwrap().name.as_str()).collect();
        assert_eq!(names, ["=Asha", "'Ravi"]);
    }

    #[test]
    fn what_is_no_table_is_refused() {
        for bytes in [&b""[..], b"\n", b"name,mobile\n\xff,1\n"] {
            assert!(CustomerTable::read(bytes, Currency::INR, &[]).is_err(), "{bytes:?}");
        }
    }
}
