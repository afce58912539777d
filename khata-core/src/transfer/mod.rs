//! Moving whole books from one store to another: [`copy`].
//!
//! # How a book travels
//! A shop's entries are read in order and put into the target in batches. Each must link to the chain that is there,
//! and each batch writes what its entries make of the items, the balances, the number series and the head, computed
//! from the entries themselves. So the target's book is at every moment the source's as it once was: sound, only
//! shorter. Customers go before the entries, since those refer to them; idempotency records after, since they refer to
//! what the entries made.
//!
//! A copy that was interrupted goes on where it stopped, and one that is repeated copies what has been added since. It
//! only ever goes forward: where the target's chain is not the beginning of the source's, or a customer or the profile
//! was changed there later than in the source, it stops before it changes anything of that shop.
//!
//! Nobody can log in to a shop of the target before its copy is complete: until then the owner has a password hash that
//! no password has.
//!
//! At the end all is read again, from both stores: the chain is recomputed from its first entry, and every row must be
//! the same in both.
//!
//! # What stays behind
//! Sessions and the counts of failed logins: everybody logs in again. Keys that tokens are signed with are no part of a
//! store.

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
