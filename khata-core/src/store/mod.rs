//! What Khata asks of a database: a handful of object-safe traits, and the one error they share.
//!
//! # Writing a store
//! A store holds no rules. It keeps rows, and lends them to the pure code of [`ledger`](crate::ledger), which says
//! what to write. Implement
//!
//! - [`BookRepository`]: the only way to change a book,
//! - [`OwnerRepository`], [`SessionRepository`], [`ThrottleRepository`]: who may open it,
//! - [`CustomerRepository`], [`DocumentRepository`], [`EntryRepository`], [`ReportRepository`]: the readers.
//!
//! [`Store`] then holds by itself. Each sentence of the contracts is a case of the suite in the crate
//! `khata-conformance`; [`MemoryStore`] is the reference.
//!
//! Every method of a tenant takes the owner first, so reading another shop's rows can't be written by accident.

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

/// Everything that a Khata needs of a database; implemented by what implements its parts.
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

/// The cause of a [`StoreError`], kept whole for the logs; shared, since a whole batch may fail of it.
pub type Source = Arc<dyn std::error::Error + Send + Sync>;

/// A rule that a unique index guards outside the lock of one shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UniqueRule {
    /// A mobile number belongs to one owner.
    OwnerMobile,
}

impl UniqueRule {
    /// What a caller is told.
    #[must_use]
    pub fn refusal(self) -> Refusal {
        match self {
            Self::OwnerMobile => Refusal::MobileTaken,
        }
    }
}

impl fmt::Display for UniqueRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.refusal().fmt(f)
    }
}

/// What a store fails with.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such row, or it is another owner's.
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
    /// A commit was sent and its fate is unknown. The same job may be sent again, unchanged.
    #[error("the outcome is unknown")]
    InDoubt {
        /// The cause.
        source: Source,
    },
    /// The rows contradict each other or can't be read: somebody changed them, or there is a defect.
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
    /// [`StoreError::Unavailable`] with that cause.
    pub fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unavailable { source: Arc::from(source.into()) }
    }

    /// [`StoreError::InDoubt`] with that cause.
    pub fn in_doubt(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::InDoubt { source: Arc::from(source.into()) }
    }

    /// [`StoreError::Corrupt`] with that cause.
    pub fn corrupt(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Corrupt { source: Arc::from(source.into()) }
    }

    /// [`StoreError::Backend`] with that cause.
    pub fn backend(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Backend { source: Arc::from(source.into()) }
    }
}
