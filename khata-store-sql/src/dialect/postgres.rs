//! PostgreSQL: a set is an array for each of its columns.

use std::num::NonZeroUsize;
use std::time::Duration;

use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::{Arguments, AssertSqlSafe, FromRow, Postgres, SqlSafeStr, SqlStr};

use super::Dialect;
use crate::set::{Cell, Column, Sort};

/// How much longer than its time a session may have a transaction and be idle.
const IDLE_GRACE: Duration = Duration::from_secs(2);

pub trait Row: for<'r> FromRow<'r, PgRow> {}

impl<R: for<'r> FromRow<'r, PgRow>> Row for R {}

impl Dialect for Postgres {
    const INDEX: usize = 1;

    /// So that the server has work while a batch is thought about. With more, the batches get small, and cost more for each
    /// posting.
    const LANES: NonZeroUsize = NonZeroUsize::new(2).unwrap();

    const WRITES_TOGETHER: bool = true;

    const SNAPSHOT: &'static str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

    /// When the time is up, the server gives up too, whoever is gone by then: a statement that still waits for a lock,
    /// and a little later a session that holds one while nobody asks anything of it. Whoever is still there has undone
    /// the transaction by then, and keeps the session.
    /// Each statement sees what is committed when it begins, so those after the one that locked the heads see all that
    /// was done under an earlier lock.
    fn begin(time: Duration) -> SqlStr {
        let millis = |time: Duration| time.as_millis().clamp(1, i32::MAX.unsigned_abs().into());
        AssertSqlSafe(format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = {}; \
             SET LOCAL idle_in_transaction_session_timeout = {}",
            millis(time),
            millis(time.saturating_add(IDLE_GRACE))
        ))
        .into_sql_str()
    }

    /// Rows are locked; every join is left in its order (see how a session is set up).
    fn has(words: &str) -> bool {
        words.starts_with("FOR ")
    }

    fn given(columns: &[Column], number: usize) -> String {
        let parameter = |(at, column): (usize, &Column)| match column.sort {
            Sort::Id => format!("${}::uuid[]", number + at),
            Sort::Integer => format!("${}::bigint[]", number + at),
            Sort::Flag => format!("${}::boolean[]", number + at),
            Sort::Text => format!("${}::text[]", number + at),
            Sort::Day => format!("${}::date[]", number + at),
            Sort::Hash => format!("${}::bytea[]", number + at),
        };
        let parameters: Vec<_> = columns.iter().enumerate().map(parameter).collect();
        let names: Vec<_> = columns.iter().map(|column| column.name).collect();
        format!("unnest({}) AS given ({})", parameters.join(", "), names.join(", "))
    }

    fn bind(arguments: &mut PgArguments, cell: Cell<'_>) -> Result<(), BoxDynError> {
        match cell {
            Cell::Id(id) => arguments.add(id),
            Cell::Integer(integer) => arguments.add(integer),
            Cell::Flag(flag) => arguments.add(flag),
            Cell::Text(text) => arguments.add(text),
            Cell::Day(day) => arguments.add(day),
            Cell::Hash(hash) => arguments.add(hash),
        }
    }

    fn bind_given(
        arguments: &mut PgArguments,
        columns: &[Column],
        cells: &[Cell<'_>],
    ) -> Result<(), BoxDynError> {
        /// The cells of a column, which are all of its sort.
        macro_rules! array {
            ($sort:ident, $cells:expr) => {
                $cells
                    .map(|cell| if let Cell::$sort(value) = cell { *value } else { None })
                    .collect::<Vec<_>>()
            };
        }
        for (at, column) in columns.iter().enumerate() {
            let cells = cells.iter().skip(at).step_by(columns.len());
            match column.sort {
                Sort::Id => arguments.add(array!(Id, cells)),
                Sort::Integer => arguments.add(array!(Integer, cells)),
                Sort::Flag => arguments.add(array!(Flag, cells)),
                Sort::Text => arguments.add(array!(Text, cells)),
                Sort::Day => arguments.add(array!(Day, cells)),
                Sort::Hash => arguments.add(array!(Hash, cells)),
            }?;
        }
        Ok(())
    }

    async fn fetch<R: super::Row>(
        connection: &mut PgConnection,
        sql: SqlStr,
        arguments: PgArguments,
    ) -> Result<Vec<R>, sqlx::Error> {
        sqlx::query_as_with(sql, arguments).fetch_all(connection).await
    }

    async fn execute(
        connection: &mut PgConnection,
        sql: SqlStr,
        arguments: PgArguments,
    ) -> Result<u64, sqlx::Error> {
        Ok(sqlx::query_with(sql, arguments).execute(connection).await?.rows_affected())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_outlives_the_time_in_which_its_transaction_is_undone() {
        let begin = Postgres::begin(Duration::from_secs(10));
        assert!(begin.as_str().contains("statement_timeout = 10000;"), "{}", begin.as_str());
        assert!(
            begin.as_str().ends_with("idle_in_transaction_session_timeout = 12000"),
            "{}",
            begin.as_str()
        );
    }
}
