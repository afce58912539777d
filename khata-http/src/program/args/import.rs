//! `khata import`'s part of the command line.

use std::path::PathBuf;

use clap::Args;
use khata_core::import::Column;

use super::DatabaseArg;
use crate::program::import::mapped;
use crate::program::shops::Choice;

pub(super) const AFTER_HELP: &str = "\
A book:
  FILE is an export of khata in JSON Lines. It is checked completely before
  anything is written: each line, the hash chain, each document, and that none
  is missing. What the database already has of the book is not written again, so
  the command can be repeated and continues where it was interrupted. A book
  that was changed in the database is never overwritten: it is rejected.

  The file holds no password. The owner of a new shop gets a generated password,
  printed once, to log in with and change; or the one of --password-stdin. An
  existing owner keeps theirs.

Customers:
  --customers reads a CSV file with the headers name and mobileNumber, and
  optionally firmName, city, state, gstNumber, openingBalance, openingDate and
  creditLimit. Common headers of other programs (Party Name, Phone No., GSTIN,
  Closing Balance) are recognised; map others with --map. Customers whose mobile
  number already exists are skipped. If rows are invalid, each is printed with
  its line and nothing is written.

Examples:
  khata import book.jsonl --database sqlite://restored.db
  khata import book.jsonl --dry-run
      check it, and print what would be written
  khata import --customers parties.csv --map name='Ledger Name' --dry-run";

/// What to import.
#[derive(Debug, Args)]
pub(in crate::program) struct ImportArgs {
    /// Book to import, as written by khata export
    #[arg(value_name = "FILE", required_unless_present = "customers")]
    pub(in crate::program) file: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::program) database: DatabaseArg,
    /// Check and print what would be written, without writing
    #[arg(long)]
    pub(in crate::program) dry_run: bool,
    /// CSV file of customers to import instead of a book
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    pub(in crate::program) customers: Option<PathBuf>,
    /// Shop to add the customers to, by its id or its owner's mobile number; optional if there is only one
    #[arg(
        long,
        value_name = "SHOP",
        default_value = "all",
        hide_default_value = true,
        requires = "customers",
        value_parser = Choice::parse
    )]
    pub(in crate::program) shop: Choice,
    /// Header of a column of the customers, as in name=Party; can be repeated
    #[arg(long, value_name = "COLUMN=HEADER", requires = "customers", value_parser = mapped)]
    pub(in crate::program) map: Vec<(Column, String)>,
    /// Import the valid customers although there are invalid rows
    #[arg(long, requires = "customers")]
    pub(in crate::program) skip_bad: bool,
    /// Read the password of a new owner from the first line of standard input
    #[arg(long, conflicts_with = "customers")]
    pub(in crate::program) password_stdin: bool,
    /// Print nothing but errors and a generated password
    #[arg(long)]
    pub(in crate::program) quiet: bool,
}
