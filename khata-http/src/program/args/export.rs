//! `khata export`'s part of the command line.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use khata_core::export::Table;

use super::BooksArg;
use crate::program::shops::Choice;

pub(super) const AFTER_HELP: &str = "\
Formats:
  json       the whole book as JSON Lines, for khata import and other programs;
             without passwords and sessions
  csv        one table, or all tables as files in a folder; spreadsheets take no
             text in them for a formula
  hledger, beancount
             a journal for these programs that asserts every customer's balance

The export ends with the last entry at its start; the book may be in use. A file
is renamed into place when it is complete. Only its owner can read it. An existing
file is replaced only with --force, one of the database itself never.

Examples:
  khata export --output book.jsonl
      a backup that khata import reads
  khata export --format csv --output tables
      tables/customers.csv, tables/invoices.csv and so on
  khata export --format hledger | hledger -f - balance";

/// What to export.
#[derive(Debug, Args)]
pub(in crate::program) struct ExportArgs {
    #[command(flatten)]
    pub(in crate::program) books: BooksArg,
    /// Shop, by its id or its owner's mobile number; optional if there is only one
    #[arg(long, value_name = "SHOP", default_value = "all", hide_default_value = true, value_parser = Choice::parse)]
    pub(in crate::program) shop: Choice,
    /// Format of the export
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub(in crate::program) format: ExportFormat,
    /// Table to export; only valid with --format csv: customers, entries, invoices, receipts, creditnotes or allocations
    #[arg(long, value_name = "TABLE", value_parser = table)]
    pub(in crate::program) table: Option<Table>,
    /// File to write, or folder for csv without --table. Defaults to standard output
    #[arg(long, short, value_name = "PATH")]
    pub(in crate::program) output: Option<PathBuf>,
    /// Replace existing files
    #[arg(long, requires = "output")]
    pub(in crate::program) force: bool,
    /// Print nothing but errors
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
