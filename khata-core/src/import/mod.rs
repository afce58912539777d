//! Into a book: what [`export`](crate::export) wrote as JSON lines, and customers out of a table
//! ([`CustomerTable`]).
//!
//! # A book
//!
//! [`BookFile::check`] reads the whole file, and [`Khata::import`](crate::Khata::import) writes it, into any store. So a
//! file that is wrong anywhere is refused before anything of it is written, with the line that is wrong. The chain is
//! recomputed from its first entry, every paper must be the one that its entry covers, and what the entries say must
//! make sense in their order; all else is held by the SHA-256 in the last line. That tells of accidents: who can write
//! the file can write that too. What tells of intent is a [`SignedHead`](crate::verify::SignedHead) that was kept.
//!
//! An import that was interrupted goes on where it stopped, and a later export of the same book adds what is new. It
//! only goes forward, as a [copy](crate::transfer) does, and nothing that was changed in the database is changed back.
//!
//! # Passwords
//! A file of a book holds no password, not even its hash: it may lie about or be sent to an accountant. The owner of a
//! shop that is new here gets the password that is given to the import, once all is written; until then nobody can log
//! in. The owner of one that is there keeps theirs.

mod book;
mod check;
mod customers;
mod error;
mod lines;

pub use book::{BookFile, Imported, Standing};
pub use customers::{BadRow, Column, Columns, CustomerPlan, CustomerTable, Row, TableError};
pub use error::{Error, LineFault};
