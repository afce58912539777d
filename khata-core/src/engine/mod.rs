//! The engine that serves concurrent callers: batches of postings and lookups, and waits for entries.

pub(crate) mod batching;
pub(crate) mod notifier;
pub(crate) mod poster;
