//! The ledger: entries, items, allocations, and what they add up to. Pure functions over rows; no input, no output.
//!
//! [`posting`] is the way in: a batch of [`Command`]s becomes the rows to write. [`views`] is the way out: rows
//! become the answer of how a customer stands. So are the reports: [`statement`], [`ageing`](mod@ageing), [`daybook`],
//! [`summary`].

pub mod ageing;
mod allocation;
mod book;
mod chain;
mod command;
mod credit_notes;
mod customers;
pub mod daybook;
mod document;
mod entry;
pub mod explain;
mod item;
mod line;
mod papers;
pub mod posting;
pub mod profile;
mod required_keys;
pub mod statement;
pub mod summary;
pub mod views;
mod voids;

pub use allocation::Allocation;
pub use chain::{ChainHash, entry_bytes, entry_hash, genesis_hash};
pub use command::{Answer, Command, Done, Outcome};
pub use document::{CreditNoteBody, Document, Heading, InvoiceBody, Party, ReceiptBody};
pub use entry::{Entry, EntryKind, Totals};
pub use item::{Item, ItemKind, Side};
pub use line::LedgerLine;
pub use views::Balance;
