//! What the databases do differently, next to each other: each has a file that says so.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::future::Future;
use std::num::NonZeroUsize;
use std::time::Duration;

use sqlx::error::BoxDynError;
use sqlx::{Database, SqlStr};

use crate::set::{Cell, Column};

/// How many dialects there are.
pub(crate) const DIALECTS: usize = 2;

/// A database that books are kept in.
pub trait Dialect: Database {
    /// Its place among the dialects.
    const INDEX: usize;

    /// How many transactions that write are worth having under way at once.
    const LANES: NonZeroUsize;

    /// Whether several statements that write can be sent as one.
    const WRITES_TOGETHER: bool;

    /// Begins a transaction all of whose statements see one moment.
    const SNAPSHOT: &'static str;

    /// Begins a transaction that writes. It is to be done within that time.
    fn begin(time: Duration) -> SqlStr;

    /// Whether these words of a statement, which not every database has, are to stay in it.
    fn has(words: &str) -> bool;

    /// The table `given` of these columns, whose rows are the parameters from that number on.
    fn given(columns: &[Column], number: usize) -> String;

    /// Adds a parameter.
    ///
    /// # Errors
    /// If the database has no such value.
    fn bind(arguments: &mut Self::Arguments, cell: Cell<'_>) -> Result<(), BoxDynError>;

    /// Adds the parameters of `given`: the cells of its rows, one row after the other.
    ///
    /// # Errors
    /// If the database has no such values.
    fn bind_given(
        arguments: &mut Self::Arguments,
        columns: &[Column],
        cells: &[Cell<'_>],
    ) -> Result<(), BoxDynError>;

    /// All rows that a statement yields.
    fn fetch<R: Row>(
        connection: &mut Self::Connection,
        sql: SqlStr,
        arguments: Self::Arguments,
    ) -> impl Future<Output = Result<Vec<R>, sqlx::Error>> + Send;

    /// How many rows a statement wrote.
    fn execute(
        connection: &mut Self::Connection,
        sql: SqlStr,
        arguments: Self::Arguments,
    ) -> impl Future<Output = Result<u64, sqlx::Error>> + Send;
}

/// A row that can be read from any of the databases.
pub trait Row: sqlite::Row + postgres::Row + Send + Unpin {}

impl<R: sqlite::Row + postgres::Row + Send + Unpin> Row for R {}

/// In place of a database that this is built without.
#[cfg(not(all(feature = "sqlite", feature = "postgres")))]
mod absent {
    pub trait Row {}

    impl<R> Row for R {}
}

#[cfg(not(feature = "postgres"))]
use absent as postgres;
#[cfg(not(feature = "sqlite"))]
use absent as sqlite;
