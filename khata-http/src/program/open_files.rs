//! How many files the system lets the program have open; each connection is one.

/// Number of files that are not connections: clients that are being refused, the database, and some to spare.
const OTHER_FILES_MAX: u64 = 160;

/// Raises the limit as far as the system allows, and returns for how many connections there is room.
pub(super) fn connections_max() -> usize {
    // Where the limit isn't known, there is none that matters before the memory does.
    let files_max = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(u64::MAX);
    usize::try_from(files_max.saturating_sub(OTHER_FILES_MAX)).unwrap_or(usize::MAX).max(1)
}
