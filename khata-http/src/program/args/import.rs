//! `khata import`'s part of the command line.

use std::path::PathBuf;

use clap::Args;

use super::DatabaseArg;

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

Examples:
  khata import book.jsonl --database sqlite://restored.db
  khata import book.jsonl --dry-run
      check it, and say what would be written";

/// What to import.
#[derive(Debug, Args)]
pub(in crate::program) struct ImportArgs {
    /// The book, as khata export wrote it
    #[arg(value_name = "FILE")]
    pub(in crate::program) file: PathBuf,
    #[command(flatten)]
    pub(in crate::program) database: DatabaseArg,
    /// Check, say what would be written, and write nothing
    #[arg(long)]
    pub(in crate::program) dry_run: bool,
    /// Take the password of an owner who is new from the first line of standard input
    #[arg(long)]
    pub(in crate::program) password_stdin: bool,
    /// Say nothing but a password that was made up, unless something is wrong
    #[arg(long)]
    pub(in crate::program) quiet: bool,
}
