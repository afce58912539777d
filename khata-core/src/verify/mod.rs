//! Verification: proof that the entries of a book are unchanged, and that all other rows follow from them.
//!
//! [`Shop::verify`](crate::Shop::verify) reads a book once, by pages, and recomputes
//!
//! - the chain, from the shop's currency and time zone on: each entry's hash, its place, its time, and the head;
//! - each item, from its entry and the allocations: the open amount, whether it is void, and that on every day the open
//!   amount was between zero and its amount;
//! - each customer's sums: balance, invoices, receipts, and open debits or open credits, but never both;
//! - each document: that its body matches the chain, that its lookup fields match the body, that its number is unique, and
//!   that the counters of automatic numbers match;
//! - that the subject of each idempotency record exists.
//!
//! It reports the first fault of each kind. Data outside the chain can't be verified: the particulars of customers and of
//! the shop (except its currency and time zone), and sessions.
//!
//! The book may be written to meanwhile: it is verified up to the entry that was its last at the start. The verification
//! keeps some hundred bytes per item, customer and allocation in memory, and no documents.
//!
//! The chain alone doesn't reveal that a book was rewritten from some entry on or truncated. A [`SignedHead`] that was kept
//! elsewhere does.

mod accounts;
mod audit;
mod chain;
mod documents;
mod fault;
mod head;
mod items;
pub(crate) mod reading;

use std::fmt;

#[cfg(feature = "import")]
pub(crate) use documents::Documents;
pub use fault::{Fault, FaultKind, Place};
pub use head::SignedHead;
pub(crate) use reading::{PAGE, verify};

use crate::calendar::Timestamp;
use crate::id::OwnerId;
use crate::ledger::ChainHash;

/// The result of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The shop.
    pub shop: OwnerId,
    /// `seq` of the last verified entry.
    pub seq: u64,
    /// Hash of the last verified entry, or the genesis hash.
    pub hash: ChainHash,
    /// Recorded time of that entry, or time of the registration.
    pub recorded_at: Timestamp,
    /// Number of customers.
    pub customers: u64,
    /// Number of documents.
    pub documents: u64,
    /// The first fault of each kind, in the order in which they were found.
    pub faults: Vec<Fault>,
}

impl Verified {
    /// Returns whether there are no faults.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seq, hash, recorded_at, customers, documents, faults, .. } = self;
        if faults.is_empty() {
            writeln!(f, "sound: {seq} entries, {documents} documents and {customers} customers agree")?;
        } else {
            writeln!(f, "not sound; the first fault of each kind:")?;
            faults.iter().try_for_each(|fault| writeln!(f, "  {fault}"))?;
        }
        writeln!(f, "the chain ends at entry {seq} of {recorded_at} with the hash {hash}")?;
        f.write_str("particulars of customers and of the shop, and sessions, lie outside the chain")
    }
}
