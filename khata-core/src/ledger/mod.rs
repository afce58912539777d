//! The ledger: entries, items, allocations, and what they add up to. Pure functions over rows; no input, no output.
//!
//! [`posting`] is the way in: a batch of [`Command`]s becomes the rows to write. [`views`] is the way out: rows
//! become the answer of how a customer stands. So are the reports: [`statement`], [`ageing`](mod@ageing), [`daybook`],
//! [`summary`].

pub mod ageing;
mod allocation;
mod book;
mod chain;
pub(crate) mod command;
mod customers;
pub mod daybook;
mod documents;
mod entry;
pub mod explain;
#[cfg(test)]
mod fingerprints;
mod item;
mod kept;
mod line;
pub(crate) mod posting;
pub(crate) mod profile;
mod required_keys;
pub mod statement;
pub mod summary;
pub mod views;
mod void;

pub use allocation::Allocation;
pub use chain::{ChainHash, entry_bytes, entry_hash, genesis_hash};
pub use command::{Answer, Done, Outcome};
pub(crate) use command::{Command, Posting};
pub use entry::{Entry, EntryKind, Totals};
pub use item::{Item, ItemKind, Side};
pub use views::Balance;
pub(crate) use views::net;
