//! The ledger: entries, items, allocations and reports. It consists of pure functions over rows, without any I/O.
//!
//! `posting` turns a batch of commands into the rows to write. [`views`] computes balances from rows, and so do the
//! reports: [`statement`], [`ageing`](mod@ageing), [`daybook`],
//! [`summary`].

pub mod ageing;
mod allocation;
mod book;
mod bounce;
mod chain;
pub(crate) mod command;
mod credited;
mod customers;
pub mod daybook;
mod documents;
mod entry;
pub mod explain;
#[cfg(test)]
mod fingerprints;
mod item;
mod kept;
mod kind;
mod line;
pub(crate) mod numbering;
mod post_dated;
pub(crate) mod posting;
pub(crate) mod profile;
mod reallocation;
mod required_keys;
pub mod statement;
pub mod summary;
pub mod views;
mod void;

pub use allocation::Allocation;
pub use chain::{ChainHash, entry_bytes, entry_hash, genesis_hash};
pub use command::{Answer, Done, Outcome};
pub(crate) use command::{Command, Posting};
pub use credited::{Credited, CreditedAmounts};
pub use entry::{Entry, Totals};
pub use item::{Item, Side};
pub use kind::{EntryKind, ItemKind};
pub(crate) use post_dated::OutOfRange;
pub use post_dated::{POST_DATED_DAYS_MAX, PostDated, PostDatedDays};
pub use views::Balance;
pub(crate) use views::net;
