//! What the databases' errors mean to core: the one place where they are told apart.

use std::error::Error as StdError;
use std::fmt;

use khata_core::store::{StoreError, UniqueRule};
use sqlx::error::DatabaseError;
#[cfg(feature = "postgres")]
use sqlx::postgres::PgDatabaseError;
#[cfg(feature = "sqlite")]
use sqlx::sqlite::SqliteError;

/// The unique rules that may be broken in good faith: the columns that SQLite names, PostgreSQL's constraint, the rule.
/// Any other is broken by a defect.
const RULES: [(&str, &str, UniqueRule); 1] =
    [("owners.mobile_number", "owners_mobile_number_key", UniqueRule::OwnerMobile)];

/// What a database complains of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Complaint {
    /// Another transaction; it may succeed if it is begun again.
    Conflict,
    /// A rule of the tables; if it is one that may be broken in good faith, which.
    Rule(Option<UniqueRule>),
    /// The database is away, too busy or too full.
    Unavailable,
    /// What is on the disk.
    Corrupt,
    /// Anything else.
    Other,
}

impl Complaint {
    fn of(error: &(dyn DatabaseError + 'static)) -> Self {
        #[cfg(feature = "sqlite")]
        if error.try_downcast_ref::<SqliteError>().is_some() {
            return sqlite::complaint(error);
        }
        #[cfg(feature = "postgres")]
        if error.try_downcast_ref::<PgDatabaseError>().is_some() {
            return postgres::complaint(error);
        }
        Self::Other
    }
}

/// A statement failed; nothing of its transaction stays.
pub(crate) fn of_statement(error: sqlx::Error) -> StoreError {
    use sqlx::Error as E;
    match &error {
        E::Database(cause) => match Complaint::of(cause.as_ref()) {
            Complaint::Rule(Some(rule)) => StoreError::Conflict(rule),
            Complaint::Rule(None) | Complaint::Corrupt => StoreError::corrupt(error),
            Complaint::Conflict | Complaint::Unavailable => StoreError::unavailable(error),
            Complaint::Other => StoreError::backend(error),
        },
        E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => {
            StoreError::unavailable(error)
        }
        E::ColumnDecode { .. } | E::Decode(_) => StoreError::corrupt(error),
        _ => StoreError::backend(error),
    }
}

/// A commit failed, or a statement that is a transaction of its own. Unless the database says that it has undone it, it
/// may be on the disk, or be carried out by a recovery.
pub(crate) fn of_commit(error: sqlx::Error) -> StoreError {
    let undone = error.as_database_error().is_some_and(|cause| {
        #[cfg(feature = "sqlite")]
        if cause.try_downcast_ref::<SqliteError>().is_some() {
            return sqlite::is_undone(cause);
        }
        #[cfg(feature = "postgres")]
        if let Some(cause) = cause.try_downcast_ref::<PgDatabaseError>() {
            return postgres::is_undone(cause);
        }
        false
    });
    if undone { of_statement(error) } else { StoreError::in_doubt(error) }
}

/// Whether the transaction met another one, and may succeed if it is begun again.
pub(crate) fn is_conflict(error: &StoreError) -> bool {
    let StoreError::Unavailable { source } = error else { return false };
    source.downcast_ref().is_some_and(is_busy)
}

/// Whether another transaction is in the way.
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|cause| Complaint::of(cause) == Complaint::Conflict)
}

/// SQLite's primary result codes: <https://www.sqlite.org/rescode.html>.
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite {
    use sqlx::error::DatabaseError;

    use super::{Complaint, RULES};

    const BUSY: i32 = 5;
    const LOCKED: i32 = 6;
    pub(crate) const READONLY: i32 = 8;
    const IOERR: i32 = 10;
    const CORRUPT: i32 = 11;
    const FULL: i32 = 13;
    const CANTOPEN: i32 = 14;
    const PROTOCOL: i32 = 15;
    const CONSTRAINT: i32 = 19;
    pub(crate) const NOTADB: i32 = 26;

    pub(super) fn complaint(error: &(dyn DatabaseError + 'static)) -> Complaint {
        match result_code(error) {
            Some(BUSY | LOCKED) => Complaint::Conflict,
            Some(CONSTRAINT) => {
                let columns = error.message().strip_prefix("UNIQUE constraint failed: ").unwrap_or_default();
                let rule = RULES.iter().find(|(names, ..)| *names == columns);
                Complaint::Rule(rule.map(|(.., rule)| *rule))
            }
            Some(IOERR | FULL | CANTOPEN | PROTOCOL) => Complaint::Unavailable,
            Some(CORRUPT | NOTADB) => Complaint::Corrupt,
            _ => Complaint::Other,
        }
    }

    /// A database too busy, too full or not to be written to has not committed. Of any other failure the log may hold
    /// all that a recovery needs.
    pub(super) fn is_undone(error: &(dyn DatabaseError + 'static)) -> bool {
        matches!(result_code(error), Some(BUSY | LOCKED | FULL | READONLY | CONSTRAINT))
    }

    /// The primary result code: the extended one says more in its higher bits.
    pub(crate) fn result_code(error: &(dyn DatabaseError + 'static)) -> Option<i32> {
        error.code()?.parse().ok().map(|extended: i32| extended & 0xff)
    }
}

/// PostgreSQL's SQLSTATE, whose first two characters are the class:
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
#[cfg(feature = "postgres")]
pub(crate) mod postgres {
    use sqlx::error::DatabaseError;
    use sqlx::postgres::{PgDatabaseError, PgSeverity};

    use super::{Complaint, RULES};

    /// An error that is the end of the transaction only. One that ends the session may have come after the commit.
    pub(super) fn is_undone(error: &PgDatabaseError) -> bool {
        error.severity() == PgSeverity::Error
    }

    pub(super) fn complaint(error: &(dyn DatabaseError + 'static)) -> Complaint {
        let code = error.code().unwrap_or_default();
        match &*code {
            // Not serializable; a deadlock.
            "40001" | "40P01" => Complaint::Conflict,
            // A rule that a trigger guards; a table, or an index of one, that is damaged.
            "P0001" | "XX001" | "XX002" => Complaint::Corrupt,
            // A transaction that was idle for too long; a server that has become a standby; a lock waited for too long.
            "25P03" | "25006" | "55P03" => Complaint::Unavailable,
            _ => match code.get(..2).unwrap_or_default() {
                "23" => {
                    let rule = RULES.iter().find(|(_, name, _)| Some(*name) == error.constraint());
                    Complaint::Rule(rule.map(|(.., rule)| *rule))
                }
                // A lost connection; too few resources; an operator's intervention; trouble with the system.
                "08" | "53" | "57" | "58" => Complaint::Unavailable,
                _ => Complaint::Other,
            },
        }
    }
}

/// A row that can't be read: somebody changed it, or there is a defect.
#[derive(Debug)]
pub(crate) struct Unreadable {
    table: &'static str,
    column: &'static str,
    source: Box<dyn StdError + Send + Sync>,
}

impl Unreadable {
    pub(crate) fn new(
        table: &'static str,
        column: &'static str,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self { table, column, source: source.into() }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}.{}` can't be read", self.table, self.column)
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
