//! What the databases do differently, next to each other: each has a file that says so.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::future::Future;
use std::num::NonZeroUsize;
use std::time::Duration;

use khata_core::record::{Type, Value};
use sqlx::error::BoxDynError;
use sqlx::{Database, SqlStr};

use crate::set::Column;

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
    fn bind(arguments: &mut Self::Arguments, value: Value<'_>) -> Result<(), BoxDynError>;

    /// Adds the parameters of `given`: the values of its rows, one row after the other.
    ///
    /// # Errors
    /// If the database has no such values.
    fn bind_given(
        arguments: &mut Self::Arguments,
        columns: &[Column],
        values: &[Value<'_>],
    ) -> Result<(), BoxDynError>;

    /// The value of a column of a row.
    ///
    /// # Errors
    /// If the row has no such column, or its value is of another type.
    fn value<'r>(row: &'r Self::Row, column: &'static str, ty: Type) -> Result<Value<'r>, BoxDynError>;

    /// All rows that a statement yields.
    fn fetch(
        connection: &mut Self::Connection,
        sql: SqlStr,
        arguments: Self::Arguments,
    ) -> impl Future<Output = Result<Vec<Self::Row>, sqlx::Error>> + Send;

    /// How many rows a statement wrote.
    fn execute(
        connection: &mut Self::Connection,
        sql: SqlStr,
        arguments: Self::Arguments,
    ) -> impl Future<Output = Result<u64, sqlx::Error>> + Send;
}
