//! Stores: the object-safe traits that a database implements, and their error.
//!
//! # Writing a store
//! A store holds no rules. It keeps rows and passes them to the pure code of [`ledger`](crate::ledger), which decides
//! the writes. Implement
//!
//! - [`BookRepository`]: all changes of books,
//! - [`OwnerRepository`], [`SessionRepository`], [`ThrottleRepository`]: authentication,
//! - [`CustomerRepository`], [`DocumentRepository`], [`EntryRepository`], [`ReportRepository`]: queries.
//!
//! [`Store`] is then implemented automatically. Each sentence of the contracts has a test in the crate
//! `khata-conformance`; [`MemoryStore`] is the reference.
//!
//! Every method about a shop takes the owner first, so that a query can't read the rows of another shop by accident.

mod book;
mod customer;
mod document;
mod entry;
pub(crate) mod memory;
mod owner;
mod report;
mod session;
mod throttle;

use std::fmt;
use std::sync::Arc;

pub use crate::customer::{CustomerCursor, CustomerOrder};
pub use crate::documents::StoredDocument;
pub use crate::ledger::statement::StatementCursor;
pub use book::{
    BalanceWrite, BookRepository, CustomerWrite, Job, Keys, OpenItemsKey, OwnerWrite, PasswordWrite, Posted,
    Rows, Step, Writes,
};
pub use customer::{CustomerRepository, CustomerSelection};
pub use document::{DocumentRepository, DocumentSelection};
pub use entry::{EntryRepository, Standing, Trace};
pub use memory::MemoryStore;
pub use owner::{Credentials, Head, OwnerRepository};
pub use report::{
    Account, DayLine, DaySum, Extract, ExtractSelection, Line, OpenSum, Outstanding, Overview,
    ReportRepository,
};
pub use session::{LiveSession, Session, SessionRepository};
pub use throttle::{Throttle, ThrottleKey, ThrottleRepository};

use crate::error::Refusal;

/// A database for Khata. It is implemented for every type that implements its parts.
pub trait Store:
    BookRepository
    + OwnerRepository
    + SessionRepository
    + ThrottleRepository
    + CustomerRepository
    + DocumentRepository
    + EntryRepository
    + ReportRepository
{
}

impl<T> Store for T where
    T: BookRepository
        + OwnerRepository
        + SessionRepository
        + ThrottleRepository
        + CustomerRepository
        + DocumentRepository
        + EntryRepository
        + ReportRepository
{
}

/// The cause of a [`StoreError`]. It is shared, since a whole batch may fail for the same cause.
pub type Source = Arc<dyn std::error::Error + Send + Sync>;

/// A unique rule across shops, which the lock of a shop doesn't cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UniqueRule {
    /// A mobile number belongs to at most one owner.
    OwnerMobile,
}

impl UniqueRule {
    /// Returns the refusal that callers get.
    #[must_use]
    pub fn refusal(self) -> Refusal {
        match self {
            Self::OwnerMobile => Refusal::MobileTaken(None),
        }
    }
}

impl fmt::Display for UniqueRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.refusal().fmt(f)
    }
}

/// Error of a store.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The row doesn't exist, or belongs to another owner.
    #[error("not found")]
    NotFound,
    /// A unique rule was broken; nothing was written.
    #[error("{0}")]
    Conflict(UniqueRule),
    /// The row is not at the version that the caller named; nothing was written.
    #[error("the record has changed since it was read")]
    Stale,
    /// The database can't be reached, or is too busy; nothing was written, and the same call may succeed later.
    #[error("the store is unavailable")]
    Unavailable {
        /// The cause.
        source: Source,
    },
    /// A commit was sent and its outcome is unknown. The same job may be sent again, unchanged.
    #[error("the outcome is unknown")]
    InDoubt {
        /// The cause.
        source: Source,
    },
    /// The rows contradict each other or can't be parsed, because of a defect or tampering.
    #[error("the store is corrupt")]
    Corrupt {
        /// The cause.
        source: Source,
    },
    /// Any other failure of the database.
    #[error("the store failed")]
    Backend {
        /// The cause.
        source: Source,
    },
}

impl StoreError {
    /// Creates [`StoreError::Unavailable`] from a cause.
    pub fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unavailable { source: Arc::from(source.into()) }
    }

    /// Creates [`StoreError::InDoubt`] from a cause.
    pub fn in_doubt(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::InDoubt { source: Arc::from(source.into()) }
    }

    /// Creates [`StoreError::Corrupt`] from a cause.
    pub fn corrupt(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Corrupt { source: Arc::from(source.into()) }
    }

    /// Creates [`StoreError::Backend`] from a cause.
    pub fn backend(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Backend { source: Arc::from(source.into()) }
    }
}
