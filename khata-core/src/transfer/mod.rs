//! Transfers of whole books from one store to another: [`copy`].
//!
//! # How a book is copied
//! A shop's entries are read in order and written to the target in batches. Each entry must link to the chain in the
//! target, and each batch also writes the items, balances, number series and the head, computed from the entries. So the
//! book in the target is always a sound earlier state of the book in the source. Customers are copied before the entries,
//! which refer to them, and idempotency records after the entries, to which they refer.
//!
//! A copy that was interrupted continues where it stopped, and a repeated copy adds the new part. It never overwrites: if
//! the target's chain is not the beginning of the source's, or a customer or the profile was changed there later than in
//! the source, it stops before it changes anything of that shop.
//!
//! Nobody can log in to a shop of the target before its copy is complete: until then the owner has a password hash that
//! no password has.
//!
//! At the end everything is read again from both stores: the chain is recomputed from its first entry, and every row must
//! be the same in both.
//!
//! # What is not copied
//! Sessions and the counts of failed attempts: owners have to log in again. Keys that sign tokens are not part of a store.

pub(crate) mod copy;
mod customers;
mod entries;
mod error;
mod part;
mod profile;
mod proof;
mod records;
pub(crate) mod replay;
pub(crate) mod writer;

pub use copy::{Copied, Progress, copy};
pub(crate) use error::Failure;
pub use error::{Error, Obstacle, Place};
