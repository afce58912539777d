//! Verification: proving from a book's entries that all the rest of it is right, and that nobody changed them.
//!
//! [`Shop::verify`](crate::Shop::verify) reads a book once, by pages, and recomputes
//!
//! - the chain, from the shop's currency and time zone on: each entry's hash, its place, its time, and the head;
//! - each item, from its entry and the allocations: what is open, whether it is void, and that on no day it had less
//!   than nothing or more than its amount open;
//! - each customer's sums: balance, invoices, receipts, and what is open on either side, which is never both;
//! - each document: that its body is what the chain covers, that it is found by what it says, that its number is its
//!   own, and that automatic numbers go on from the last;
//! - that each request remembered under an idempotency key led to something that is there.
//!
//! It finds the first fault of each kind. What lies outside the chain is not covered, since nothing in the book says
//! what it should be: the particulars of customers and of the shop (but for its currency and time zone), sessions.
//!
//! The book may be written to meanwhile: what is checked is the book up to the entry that was its last when it began.
//! Of a book's rows it keeps some hundred bytes for each item, customer and allocation, and no document.
//!
//! The chain alone does not tell a book from one that was rewritten from some entry on, or that was cut short. A
//! [`SignedHead`] that was kept elsewhere does.

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

/// What came of verifying a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Whose book.
    pub shop: OwnerId,
    /// Up to which entry.
    pub seq: u64,
    /// The hash of that entry, or the genesis hash.
    pub hash: ChainHash,
    /// When it was recorded, or the shop registered.
    pub recorded_at: Timestamp,
    /// How many customers there are.
    pub customers: u64,
    /// How many documents there are.
    pub documents: u64,
    /// The first fault of each kind, in the order in which they were found.
    pub faults: Vec<Fault>,
}

impl Verified {
    /// Whether there is no fault.
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
