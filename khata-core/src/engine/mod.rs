//! What carries out the work of many callers together: batches of postings and of look-ups, and who waits for entries.

pub(crate) mod batching;
pub(crate) mod notifier;
pub(crate) mod poster;
