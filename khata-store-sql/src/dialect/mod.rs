//! What the databases do differently, next to each other: each has a file that says so.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::error::Error;
use std::fmt;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use futures::future::BoxFuture;
use khata_core::ledger::Outcome;
use khata_core::record::{Type, Value};
use khata_core::store::{Job, StoreError};

#[cfg(feature = "postgres")]
pub(crate) use postgres::{Pools, Postgres};
#[cfg(feature = "sqlite")]
pub(crate) use sqlite::{Connections, Sqlite};

use crate::set::Column;

/// Number of dialects.
pub(crate) const DIALECTS: usize = 2;

/// An error of a value that a database has or is to have.
pub(crate) type ValueError = Box<dyn Error + Send + Sync>;

/// What is done with a connection. It owns what it needs, so that another thread can do it.
pub(crate) type Work<D, T> = Box<
    dyn for<'c> FnOnce(&'c mut <D as Dialect>::Connection) -> BoxFuture<'c, Result<T, StoreError>> + Send,
>;

/// Which commits a reader may tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Those that are on the disk.
    Durable,
    /// Also those that may not be on the disk yet, and so may be undone if the machine fails: for what is read again with
    /// every request.
    Committed,
}

/// A database that books are kept in.
pub trait Dialect: fmt::Debug + Sized + Send + Sync + 'static {
    /// Its place among the dialects.
    const INDEX: usize;

    /// Number of transactions that write that are worth having under way at once.
    const LANES: NonZeroUsize;

    /// Number of jobs of the same shops that are worth having under way at once.
    const DEPTH: NonZeroUsize;

    /// Whether several statements that write can be sent as one.
    const WRITES_TOGETHER: bool;

    /// Whether rows are read one by one as they are found, so that those that nobody wants cost nothing.
    const STREAMS: bool;

    /// Whether a glance takes no round trip.
    const IS_LOCAL: bool;

    /// Connections to a database.
    type Database: fmt::Debug + Send + Sync;

    /// A connection, in a transaction or outside of one.
    type Connection: Send;

    /// Returns the text of a parameter.
    fn parameter(number: usize) -> String;

    /// Returns whether these words of a statement, which not every database has, are to stay in it.
    fn has(words: &str) -> bool;

    /// Returns the table `given` of these columns, whose parameters are those from that number on; `None` if the statement
    /// is carried out once for each row of the set, whose values are then the parameters from that number on.
    fn given(columns: &[Column], number: usize) -> Option<String>;

    /// Returns the table `given` for a statement that can't be carried out for one row at a time.
    fn given_whole(columns: &[Column], number: usize) -> String;

    /// Shows each row that a statement yields to `each`.
    fn fetch(
        connection: &mut Self::Connection,
        call: Call<'_>,
        each: &mut EachRow<'_>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Returns the number of rows that a statement wrote.
    fn execute(
        connection: &mut Self::Connection,
        call: Call<'_>,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Reads one moment, by several statements if it is a `snapshot`.
    fn read<T: Send + 'static>(
        database: &Self::Database,
        snapshot: bool,
        work: Work<Self, T>,
    ) -> impl Future<Output = Result<T, StoreError>> + Send;

    /// Reads a few rows by their keys, in less time than it would take to wake up another thread.
    fn glance<T: Send + 'static>(
        database: &Self::Database,
        extent: Extent,
        work: Work<Self, T>,
    ) -> impl Future<Output = Result<T, StoreError>> + Send;

    /// Writes in a transaction of its own.
    fn change<T: Send + 'static>(
        database: &Self::Database,
        work: Work<Self, T>,
    ) -> impl Future<Output = Result<T, StoreError>> + Send;

    /// Carries out a job: see [`BookRepository::transact`](khata_core::store::BookRepository::transact).
    fn transact(
        database: &Self::Database,
        job: &dyn Job,
        deadline: Instant,
    ) -> impl Future<Output = Result<Vec<Outcome>, StoreError>> + Send;

    /// Waits for what is under way, and closes the connections.
    fn close(database: &Self::Database) -> impl Future<Output = ()> + Send;
}

/// What looks at the rows that a statement yields, and says whether it wants more. Those of the next row of the set come
/// nevertheless.
pub(crate) type EachRow<'a> = dyn FnMut(&dyn DatabaseRow) -> Result<ControlFlow<()>, StoreError> + Send + 'a;

/// A row as a database yields it.
pub trait DatabaseRow {
    /// Returns the position of a column.
    fn position(&self, column: &str) -> Option<usize>;

    /// Returns the value at a position.
    ///
    /// # Errors
    /// If it is of another type.
    fn value(&self, position: usize, ty: Type) -> Result<Value<'_>, ValueError>;
}

/// A statement with its parameters.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Its text.
    pub sql: &'a Arc<str>,
    /// The parameters before those of the set.
    pub parameters: &'a [Value<'a>],
    /// The set, if the statement takes one; several if it is one of several that are sent together.
    pub given: &'a [Given<'a>],
}

/// A set as a statement takes it.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// Its columns.
    pub columns: &'a [Column],
    /// The values of its rows, one row after the other.
    pub values: &'a [Value<'a>],
    /// Whether the statement takes all rows at once.
    pub whole: bool,
}
