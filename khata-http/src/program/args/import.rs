//! `khata import`'s part of the command line.

use std::path::PathBuf;

use clap::Args;
use khata_core::import::Column;

use super::DatabaseArg;
use crate::program::import::mapped;
use crate::program::shops::Choice;

pub(super) const AFTER_HELP: &str = "\
A book:
  FILE is what khata export wrote as JSON lines. All of it is checked before
  anything is written: each line, the chain of hashes, each document, and that
  none is missing. What the database has of the book already is not written
  again, so the command may be repeated, and goes on where it was stopped.
  Nothing that was changed in the database is changed back: it is refused.

  A file holds no password. The owner of a shop that is new here gets one that
  is made up and printed once, to log in with and to change; or, with
  --password-stdin, one that you choose. An owner who is here keeps theirs.

Customers:
  --customers takes a table with a line of headers: name and mobileNumber, and
  if you like firmName, city, state, gstNumber, openingBalance, openingDate and
  creditLimit. Headers that other programs use (Party Name, Phone No., GSTIN,
  Closing Balance) are understood; others are named with --map. A customer is
  known by the mobile number: one who is there already is not added again. Every
  bad row is told with its line, and then nothing is written.

Examples:
  khata import book.jsonl --database sqlite://restored.db
  khata import book.jsonl --dry-run
      check it, and say what would be written
  khata import --customers parties.csv --map name='Ledger Name' --dry-run";

/// What to import.
#[derive(Debug, Args)]
pub(in crate::program) struct ImportArgs {
    /// The book, as khata export wrote it
    #[arg(value_name = "FILE", required_unless_present = "customers")]
    pub(in crate::program) file: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::program) database: DatabaseArg,
    /// Check, say what would be written, and write nothing
    #[arg(long)]
    pub(in crate::program) dry_run: bool,
    /// Customers, as a CSV file with headers, instead of a book
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    pub(in crate::program) customers: Option<PathBuf>,
    /// The shop of the customers, by its id or its owner's mobile number; need not be said of the only one
    #[arg(
        long,
        value_name = "SHOP",
        default_value = "all",
        hide_default_value = true,
        requires = "customers",
        value_parser = Choice::parse
    )]
    pub(in crate::program) shop: Choice,
    /// Which header is which column of the customers, as in name=Party; may be said several times
    #[arg(long, value_name = "COLUMN=HEADER", requires = "customers", value_parser = mapped)]
    pub(in crate::program) map: Vec<(Column, String)>,
    /// Import the good rows of the customers although there are bad ones
    #[arg(long, requires = "customers")]
    pub(in crate::program) skip_bad: bool,
    /// Take the password of an owner who is new from the first line of standard input
    #[arg(long, conflicts_with = "customers")]
    pub(in crate::program) password_stdin: bool,
    /// Say nothing but a password that was made up, unless something is wrong
    #[arg(long)]
    pub(in crate::program) quiet: bool,
}
