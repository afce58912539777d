//! A shop's whole book as text: [`Shop::export`](crate::Shop::export).
//!
//! | [`Format`] | for | what is in it |
//! | --- | --- | --- |
//! | `JsonLines` | [`import`](crate::import), other programs | all of the book, but for passwords and logins |
//! | `Csv` | spreadsheets | one [`Table`] |
//! | `Hledger` | [hledger](https://hledger.org) 1.25 or later | every entry as a balanced transaction, every balance as an assertion |
//! | `Beancount` | [Beancount](https://beancount.github.io) 2 or 3 | the same |
//!
//! It is the book up to the entry that was its last when the export began, whatever is posted meanwhile. It is made a
//! page of rows at a time, the next two of which are read meanwhile, so a long book takes no more memory than a short one; the plain-text accounts remember a
//! balance for each customer.
//!
//! # JSON lines
//! A line is a JSON object with one key, which says what it is. In this order there are: one `khata` (the format and its
//! version, 1), one `shop` (the profile), a `customer` for each, by id, an `entry` for each, by `seq`, a `request` for
//! each answer that is remembered under an idempotency key, by key, and one `end`. Without that last line the file was
//! cut short.
//!
//! Amounts are whole minor units of the shop's currency. An entry has what its hash covers, under the names that
//! [`entry_bytes`](crate::ledger::entry_bytes) lists, so that an auditor needs nothing but SHA-256; the
//! body's is that of `document`, which is the text to the byte once JSON's escapes are undone. No line says what follows
//! from others, such as a balance or an open amount.
//!
//! `end` has the hash of the last entry, how many lines of each kind there are, and the SHA-256 of all the lines before
//! it, so that a changed line is noticed even where the chain doesn't reach. The same book gives the same bytes.
//!
//! A request may lead to what is not in the file, if it was sent while the file was made; it lasts as long as what it
//! led to, so [`import`](crate::import) passes it over.
//!
//! # Plain-text accounts
//! `Assets:Receivable:C-<customer's id>` (the name beside it) against `Income:Sales`, `Income:Other-Charges`,
//! `Income:Round-Off` and `Liabilities:GST:CGST`, `SGST` and `IGST`; receipts from `Assets:Cash`, `Assets:UPI`,
//! `Assets:Card`, `Assets:Bank`, `Assets:Cheque` and `Assets:Other`; opening balances from `Equity:Opening-Balances`.
//! A void is its document turned round. At the end every customer's balance is asserted.

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
pub use table::Table;

use crate::error::{Error, Violation};
use crate::form::{self, Form};

/// What a book is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// All of it, a JSON object a line.
    JsonLines,
    /// One table, as CSV (RFC 4180) whose texts no spreadsheet takes for formulas: see [`csv`](crate::csv).
    Csv(Table),
    /// A journal of hledger.
    Hledger,
    /// A file of Beancount.
    Beancount,
}

impl Format {
    /// Reads `format` (`json`, `csv`, `hledger` or `beancount`) and, of CSV, `table`.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
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

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::JsonLines => "application/jsonl",
            Self::Csv(_) => "text/csv; charset=utf-8; header=present",
            Self::Hledger | Self::Beancount => "text/plain; charset=utf-8",
        }
    }

    /// What a file of it is usually called: `khata.jsonl`, `invoices.csv`, `khata.journal`, `khata.beancount`.
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

/// The word for a format.
#[derive(Clone, Copy)]
enum Name {
    Json,
    Csv,
    Hledger,
    Beancount,
}

impl Name {
    fn parse(text: &str) -> Result<Self, Violation> {
        match text {
            "json" => Ok(Self::Json),
            "csv" => Ok(Self::Csv),
            "hledger" => Ok(Self::Hledger),
            "beancount" => Ok(Self::Beancount),
            _ => Err(Violation::new("invalid_format", "must be json, csv, hledger or beancount")),
        }
    }
}
