//! Exports of a shop's whole book: [`Shop::export`](crate::Shop::export).
//!
//! | [`Format`] | for | contents |
//! | --- | --- | --- |
//! | `JsonLines` | [`import`](crate::import), other programs | the whole book, except passwords and sessions |
//! | `Csv` | spreadsheets | one [`Table`] |
//! | `Hledger` | [hledger](https://hledger.org) 1.25 or later | every entry as a balanced transaction, every balance as an assertion |
//! | `Beancount` | [Beancount](https://beancount.github.io) 2 or 3 | the same |
//!
//! An export contains the book up to its last entry at the start, whatever is posted meanwhile. It is written page by page,
//! reading two pages ahead, so that the memory doesn't grow with the book, except for a balance per customer in the
//! plain-text accounts.
//!
//! # JSON lines
//! A line is a JSON object with one key, which is the type of the line. The lines are, in this order: one `khata` (the
//! format and its version, 1), one `shop` (the profile), a `customer` for each customer, by id, an `entry` for each entry,
//! by `seq`, a `request` for each idempotency record, by key, and one `end`. A file without the last line was truncated.
//!
//! Amounts are whole minor units of the shop's currency. An entry has all values that its hash covers, under the names in
//! [`entry_bytes`](crate::ledger::entry_bytes), so that an auditor needs only SHA-256. The hash of the body is that of
//! `document`, whose text after JSON unescaping has the exact bytes. Derived values, such as balances and open amounts, are
//! left out.
//!
//! `end` has the hash of the last entry, the number of lines of each type, and the SHA-256 of all previous lines, so that a
//! change is also detected in lines that the chain doesn't cover. Exports of the same book are identical.
//!
//! If a request was sent during the export, its document or customer may be missing in the file. [`import`](crate::import)
//! skips such a request.
//!
//! # Plain-text accounts
//! `Assets:Receivable:C-<customer's id>` (the name beside it) against `Income:Sales`, `Income:Other-Charges`,
//! `Income:Round-Off` and `Liabilities:GST:CGST`, `SGST` and `IGST`; receipts from `Assets:Cash`, `Assets:UPI`,
//! `Assets:Card`, `Assets:Bank`, `Assets:Cheque` and `Assets:Other`; opening balances from `Equity:Opening-Balances`.
//! A void is its document with negated amounts. At the end every customer's balance is asserted.

mod beancount;
pub mod csv;
mod hledger;
mod journal;
mod json_lines;
mod layout;
pub(crate) mod line;
mod making;
mod reader;
mod table;
mod tables;

pub use making::{Export, TablesExport};
pub(crate) use reader::Source;
pub use table::Table;

use crate::error::{Error, Violation};
use crate::form::{self, Form};
use crate::record::choice;

/// Format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// The whole book, with a JSON object per line.
    JsonLines,
    /// A table as CSV (RFC 4180) that is safe for spreadsheets: see [`csv`].
    Csv(Table),
    /// An hledger journal.
    Hledger,
    /// A Beancount file.
    Beancount,
}

impl Format {
    /// Parses `format` (`json`, `csv`, `hledger` or `beancount`) and, for CSV, `table`.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every violation.
    pub fn from_form(mut form: Form) -> Result<Self, Error> {
        let name = form.required("format", form::text(Name::parse));
        let table = form.optional("table", form::text(Table::parse));
        let format = match (name, table) {
            (Some(Name::Csv), Some(Some(table))) => Some(Self::Csv(table)),
            (Some(Name::Csv), Some(None)) => {
                form.fault("table", form::missing());
                None
            }
            (Some(_), Some(Some(_))) => {
                form.fault("table", Violation::new("only_for_csv", "is only valid with `format=csv`"));
                None
            }
            (Some(Name::Json), Some(None)) => Some(Self::JsonLines),
            (Some(Name::Hledger), Some(None)) => Some(Self::Hledger),
            (Some(Name::Beancount), Some(None)) => Some(Self::Beancount),
            (None, _) | (_, None) => None,
        };
        form.finish(format)
    }

    /// Returns the media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::JsonLines => "application/jsonl",
            Self::Csv(_) => "text/csv; charset=utf-8; header=present",
            Self::Hledger | Self::Beancount => "text/plain; charset=utf-8",
        }
    }

    /// Returns the default file name: `khata.jsonl`, `invoices.csv`, `khata.journal`, `khata.beancount`.
    #[must_use]
    pub fn file_name(self) -> String {
        match self {
            Self::JsonLines => "khata.jsonl".into(),
            Self::Csv(table) => format!("{table}.csv"),
            Self::Hledger => "khata.journal".into(),
            Self::Beancount => "khata.beancount".into(),
        }
    }
}

choice! {
    /// Name of a format.
    enum Name: "invalid_format" {
        /// JSON lines.
        Json = "json",
        /// CSV.
        Csv = "csv",
        /// An hledger journal.
        Hledger = "hledger",
        /// A Beancount file.
        Beancount = "beancount",
    }
}
