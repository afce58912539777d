//! The engine that serves concurrent callers: batches of postings and lookups, waits for entries, and shares of
//! the reads.

pub(crate) mod batching;
pub(crate) mod notifier;
pub(crate) mod poster;
pub(crate) mod shares;
