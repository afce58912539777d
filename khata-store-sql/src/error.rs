//! What the database's errors mean to core: the one place where they are told apart.

use std::error::Error as StdError;
use std::fmt;

use khata_core::store::{StoreError, UniqueRule};
use sqlx::error::DatabaseError;

/// The unique rules that may be broken in good faith, by the columns that SQLite names. Any other is broken by a
/// defect.
const RULES: [(&str, UniqueRule); 1] = [("owners.mobile", UniqueRule::OwnerMobile)];

/// SQLite's primary result codes: <https://www.sqlite.org/rescode.html>.
pub(crate) mod code {
    pub(crate) const BUSY: i32 = 5;
    pub(crate) const LOCKED: i32 = 6;
    pub(crate) const READONLY: i32 = 8;
    pub(crate) const IOERR: i32 = 10;
    pub(crate) const CORRUPT: i32 = 11;
    pub(crate) const FULL: i32 = 13;
    pub(crate) const CANTOPEN: i32 = 14;
    pub(crate) const PROTOCOL: i32 = 15;
    pub(crate) const CONSTRAINT: i32 = 19;
    pub(crate) const NOTADB: i32 = 26;
}

/// A statement failed; nothing of its transaction stays.
pub(crate) fn of_statement(error: sqlx::Error) -> StoreError {
    use sqlx::Error as E;
    match &error {
        E::Database(cause) => match result_code(cause.as_ref()) {
            Some(code::CONSTRAINT) => of_constraint(error),
            Some(code::CORRUPT | code::NOTADB) => StoreError::corrupt(error),
            Some(code::BUSY | code::LOCKED | code::IOERR | code::FULL | code::CANTOPEN | code::PROTOCOL) => {
                StoreError::unavailable(error)
            }
            _ => StoreError::backend(error),
        },
        E::Io(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => StoreError::unavailable(error),
        E::ColumnDecode { .. } | E::Decode(_) => StoreError::corrupt(error),
        _ => StoreError::backend(error),
    }
}

/// A commit failed. That of a database too busy or too full is known not to have happened; of any other, the log may
/// hold all that a recovery needs to carry it out.
pub(crate) fn of_commit(error: sqlx::Error) -> StoreError {
    match error.as_database_error().and_then(result_code) {
        Some(code::BUSY | code::LOCKED | code::FULL | code::CONSTRAINT) => of_statement(error),
        _ => StoreError::in_doubt(error),
    }
}

/// Whether the transaction met another one, and may succeed if it is begun again.
pub(crate) fn is_conflict(error: &StoreError) -> bool {
    let StoreError::Unavailable { source } = error else { return false };
    source.downcast_ref().is_some_and(is_busy)
}

/// Whether another connection holds a lock that is wanted.
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    matches!(error.as_database_error().and_then(result_code), Some(code::BUSY | code::LOCKED))
}

fn of_constraint(error: sqlx::Error) -> StoreError {
    let message = error.as_database_error().map_or("", DatabaseError::message);
    let columns = message.strip_prefix("UNIQUE constraint failed: ").unwrap_or_default();
    match RULES.iter().find(|(names, _)| *names == columns) {
        Some((_, rule)) => StoreError::Conflict(*rule),
        None => StoreError::corrupt(error),
    }
}

/// The primary result code: the extended one says more in its higher bits.
pub(crate) fn result_code(error: &(dyn DatabaseError + 'static)) -> Option<i32> {
    error.code()?.parse().ok().map(|extended: i32| extended & 0xff)
}

/// A row that can't be read: somebody changed it, or there is a defect.
#[derive(Debug)]
pub(crate) struct Unreadable {
    column: &'static str,
    source: Box<dyn StdError + Send + Sync>,
}

impl Unreadable {
    pub(crate) fn new(column: &'static str, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { column, source: source.into() }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` can't be read", self.column)
    }
}

impl StdError for Unreadable {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.source.as_ref())
    }
}

impl From<Unreadable> for StoreError {
    fn from(error: Unreadable) -> Self {
        Self::corrupt(error)
    }
}
