//! What the databases' errors mean to core: the one place where they are told apart.

use std::error::Error as StdError;
use std::fmt;

use khata_core::store::{StoreError, UniqueRule};

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
    /// The error of a statement that failed; nothing of its transaction stays.
    fn error(self, cause: impl StdError + Send + Sync + 'static) -> StoreError {
        match self {
            Self::Rule(Some(rule)) => StoreError::Conflict(rule),
            Self::Rule(None) | Self::Corrupt => StoreError::corrupt(cause),
            Self::Conflict | Self::Unavailable => StoreError::unavailable(cause),
            Self::Other => StoreError::backend(cause),
        }
    }
}

/// SQLite's primary result codes: <https://www.sqlite.org/rescode.html>.
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite {
    use khata_core::store::StoreError;
    use rusqlite::Error;
    use rusqlite::ffi::ErrorCode;

    use super::{Complaint, RULES};

    /// A statement failed; nothing of its transaction stays.
    pub(crate) fn of_statement(error: Error) -> StoreError {
        complaint(&error).error(error)
    }

    /// A commit failed. Unless SQLite says that it has undone it, it may be on the disk, or be carried out by a recovery.
    ///
    /// A database too busy, too full or not to be written to has not committed. Of any other failure the log may hold
    /// all that a recovery needs.
    pub(crate) fn of_commit(error: Error) -> StoreError {
        use ErrorCode as Code;
        let undone = [Code::DatabaseBusy, Code::DatabaseLocked, Code::DiskFull, Code::ReadOnly];
        match error.sqlite_error_code() {
            Some(Code::ConstraintViolation) => of_statement(error),
            Some(code) if undone.contains(&code) => of_statement(error),
            _ => StoreError::in_doubt(error),
        }
    }

    /// Whether the transaction met another one, and may succeed if it is begun again.
    pub(crate) fn is_conflict(error: &StoreError) -> bool {
        let StoreError::Unavailable { source } = error else { return false };
        source.downcast_ref().is_some_and(is_busy)
    }

    /// Whether another transaction is in the way.
    pub(crate) fn is_busy(error: &Error) -> bool {
        complaint(error) == Complaint::Conflict
    }

    fn complaint(error: &Error) -> Complaint {
        let Error::SqliteFailure(failure, message) = error else {
            // Anything else is about a value of a row.
            return Complaint::Corrupt;
        };
        match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Complaint::Conflict,
            ErrorCode::ConstraintViolation => {
                let message = message.as_deref().unwrap_or_default();
                let columns = message.strip_prefix("UNIQUE constraint failed: ").unwrap_or_default();
                let rule = RULES.iter().find(|(names, ..)| *names == columns);
                Complaint::Rule(rule.map(|(.., rule)| *rule))
            }
            ErrorCode::SystemIoFailure
            | ErrorCode::DiskFull
            | ErrorCode::CannotOpen
            | ErrorCode::FileLockingProtocolFailed => Complaint::Unavailable,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Complaint::Corrupt,
            _ => Complaint::Other,
        }
    }
}

/// PostgreSQL's SQLSTATE, whose first two characters are the class:
/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
#[cfg(feature = "postgres")]
pub(crate) mod postgres {
    use khata_core::store::StoreError;
    use sqlx::Error;
    use sqlx::error::DatabaseError;
    use sqlx::postgres::{PgDatabaseError, PgSeverity};

    use super::{Complaint, RULES};

    /// A statement failed; nothing of its transaction stays.
    pub(crate) fn of_statement(error: Error) -> StoreError {
        complaint(&error).error(error)
    }

    /// A commit failed. Unless the server says that it has undone it, it may be on the disk. An error that ends the session,
    /// rather than only the transaction, may have come after the commit.
    pub(crate) fn of_commit(error: Error) -> StoreError {
        let cause = error.as_database_error().and_then(|cause| cause.try_downcast_ref::<PgDatabaseError>());
        if cause.is_some_and(|cause| cause.severity() == PgSeverity::Error) {
            of_statement(error)
        } else {
            StoreError::in_doubt(error)
        }
    }

    /// Whether the transaction met another one, and may succeed if it is begun again.
    pub(crate) fn is_conflict(error: &StoreError) -> bool {
        let StoreError::Unavailable { source } = error else { return false };
        source.downcast_ref().is_some_and(|error| complaint(error) == Complaint::Conflict)
    }

    fn complaint(error: &Error) -> Complaint {
        match error {
            Error::Database(cause) => of_server(cause.as_ref()),
            Error::Io(_) | Error::Tls(_) | Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed => {
                Complaint::Unavailable
            }
            Error::ColumnDecode { .. } | Error::Decode(_) => Complaint::Corrupt,
            _ => Complaint::Other,
        }
    }

    fn of_server(error: &dyn DatabaseError) -> Complaint {
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
