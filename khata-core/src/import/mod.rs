//! Imports: books that [`export`](crate::export) wrote as JSON lines, and customers from CSV tables.
//!
//! # A book
//! [`BookFile::check`] reads the whole file, and [`Khata::import`](crate::Khata::import) writes it into any store. So an
//! invalid file is refused with the number of the invalid line before anything is written. The chain is recomputed from
//! its first entry, every document must match the hash in its entry, and the entries must be consistent in their order; all
//! else is covered by the SHA-256 in the last line. That detects accidents only, since whoever changes the file can update
//! it. Tampering is detected by a [`SignedHead`](crate::verify::SignedHead) that was kept elsewhere.
//!
//! An import that was interrupted continues where it stopped, and a later export of the same book adds its new part. Like a
//! [copy](crate::transfer), it never overwrites later changes in the database.
//!
//! # Passwords
//! An export contains no password, not even its hash, since files are stored and sent to others. The owner of a new shop
//! gets the password that is given to the import once everything is written; until then nobody can log in. The owner of an
//! existing shop keeps the current password.
//!
//! # Customers
//! [`CustomerTable::read`] parses a CSV file of another program,
//! [`Shop::plan_customers`](crate::Shop::plan_customers) compares it with the book, and
//! [`Shop::add_customers`](crate::Shop::add_customers) adds the new customers. Customers are identified by their mobile
//! number, which is unique in a shop, and those without one by their name: an existing customer with the same number and
//! name is not added again. So the same file may be imported again.

mod book;
mod check;
mod customers;
mod error;
mod lines;

pub use book::{BookFile, Imported, Standing};
pub use customers::{BadRow, Column, Columns, CustomerPlan, CustomerTable, Row, TableError};
pub use error::{Error, LineFault};
