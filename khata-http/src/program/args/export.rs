//! `khata export`'s part of the command line.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use khata_core::export::Table;

use super::BooksArg;
use crate::program::shops::Choice;

pub(super) const AFTER_HELP: &str = "\
Formats:
  json       all of the book, a JSON object a line, for khata import and other
             programs; without passwords and logins
  csv        a table; to a folder, each table as a file of its own. No text in it
             is taken for a formula by a spreadsheet
  hledger, beancount
             a journal for these programs, with every customer's balance asserted

What is written is the book up to the entry that was its last when it began; it
may be in use meanwhile. A file gets its name only when it is whole, and takes
the place of one that has the name. It is for its owner's eyes only.

Examples:
  khata export --output book.jsonl
      a backup, that khata import reads
  khata export --format csv --output tables
      tables/customers.csv, tables/invoices.csv and so on
  khata export --format hledger | hledger -f - balance";

/// What to export.
#[derive(Debug, Args)]
pub(in crate::program) struct ExportArgs {
    #[command(flatten)]
    pub(in crate::program) books: BooksArg,
    /// The shop, by its id or its owner's mobile number; need not be said of the only one
    #[arg(long, value_name = "SHOP", default_value = "all", hide_default_value = true, value_parser = Choice::parse)]
    pub(in crate::program) shop: Choice,
    /// How to write it
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub(in crate::program) format: ExportFormat,
    /// Of csv, only this table: customers, entries, invoices, receipts, creditnotes or allocations
    #[arg(long, value_name = "TABLE", value_parser = table)]
    pub(in crate::program) table: Option<Table>,
    /// The file to write, or of csv without --table the folder; standard output if absent
    #[arg(long, short, value_name = "PATH")]
    pub(in crate::program) output: Option<PathBuf>,
    /// Say nothing unless something is wrong
    #[arg(long)]
    pub(in crate::program) quiet: bool,
}

/// The word for a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::program) enum ExportFormat {
    // No doc comments, which clap would print: the text after the options explains them.
    Json,
    Csv,
    Hledger,
    Beancount,
}

fn table(name: &str) -> Result<Table, String> {
    Table::parse(name).map_err(|fault| fault.message)
}
