//! PostgreSQL: a set is an array for each of its columns.

use std::num::NonZeroUsize;
use std::time::Duration;

use khata_core::record::{Type, Value};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::{Arguments, AssertSqlSafe, Postgres, SqlSafeStr, SqlStr};

use super::Dialect;
use crate::row;
use crate::set::{Column, ColumnType, integer};

/// How much longer than its time a session may have a transaction and be idle.
const IDLE_GRACE: Duration = Duration::from_secs(2);

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
        let parameter = |(at, column): (usize, &Column)| match column.ty {
            ColumnType::Id => format!("${}::uuid[]", number + at),
            ColumnType::Integer => format!("${}::bigint[]", number + at),
            ColumnType::Flag => format!("${}::boolean[]", number + at),
            ColumnType::Text => format!("${}::text[]", number + at),
            ColumnType::Date => format!("${}::date[]", number + at),
            ColumnType::Hash => format!("${}::bytea[]", number + at),
        };
        let parameters: Vec<_> = columns.iter().enumerate().map(parameter).collect();
        let names: Vec<_> = columns.iter().map(|column| column.name).collect();
        format!("unnest({}) AS given ({})", parameters.join(", "), names.join(", "))
    }

    fn bind(arguments: &mut PgArguments, value: Value<'_>) -> Result<(), BoxDynError> {
        match value {
            Value::Null | Value::Texts(_) => Err("no single value".into()),
            Value::Id(id) => arguments.add(id),
            Value::Integer(_) | Value::Money(_) | Value::Time(_) => arguments.add(integer(value)),
            Value::Flag(flag) => arguments.add(flag),
            Value::Text(text) => arguments.add(text),
            Value::Date(date) => arguments.add(date.naive()),
            Value::Hash(hash) => arguments.add(hash.as_slice()),
        }
    }

    fn bind_given(
        arguments: &mut PgArguments,
        columns: &[Column],
        values: &[Value<'_>],
    ) -> Result<(), BoxDynError> {
        /// The values of a column, which are all of one type.
        macro_rules! array {
            ($values:expr, $pattern:pat => $value:expr) => {
                $values
                    .map(|value| if let $pattern = *value { Some($value) } else { None })
                    .collect::<Vec<_>>()
            };
        }
        for (at, column) in columns.iter().enumerate() {
            let values = values.iter().skip(at).step_by(columns.len());
            match column.ty {
                ColumnType::Id => arguments.add(array!(values, Value::Id(id) => id)),
                ColumnType::Integer => arguments.add(values.copied().map(integer).collect::<Vec<_>>()),
                ColumnType::Flag => arguments.add(array!(values, Value::Flag(flag) => flag)),
                ColumnType::Text => arguments.add(array!(values, Value::Text(text) => text)),
                ColumnType::Date => arguments.add(array!(values, Value::Date(date) => date.naive())),
                ColumnType::Hash => arguments.add(array!(values, Value::Hash(hash) => hash.as_slice())),
            }?;
        }
        Ok(())
    }

    fn value<'r>(row: &'r PgRow, column: &'static str, ty: Type) -> Result<Value<'r>, BoxDynError> {
        row::value(row, column, ty)
    }

    async fn fetch(
        connection: &mut PgConnection,
        sql: SqlStr,
        arguments: PgArguments,
    ) -> Result<Vec<PgRow>, sqlx::Error> {
        sqlx::query_with(sql, arguments).fetch_all(connection).await
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
