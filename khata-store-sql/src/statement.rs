//! Statements over many keys or rows at once: all that the writer needs of a connection.

use khata_core::store::StoreError;
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, SqliteConnection};

use crate::error;

/// The rows that these keys name. Asks for nothing if there is no key.
pub(crate) async fn fetch<R, K>(
    connection: &mut SqliteConnection,
    sql: &'static str,
    keys: impl IntoIterator<Item = K>,
) -> Result<Vec<R>, StoreError>
where
    R: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
    K: Serialize,
{
    let keys: Vec<K> = keys.into_iter().collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let keys = json(&keys)?;
    let rows = sqlx::query(sql).bind(keys).fetch_all(connection).await.map_err(error::of_statement)?;
    // Only when all are there: to read and drop one frees what the connection's thread allocated, and would hinder that
    // in making the next.
    rows.iter().map(R::from_row).collect::<Result<_, _>>().map_err(error::of_statement)
}

/// Adds or changes these rows. None of them may be about something that isn't there.
pub(crate) async fn put<R: Serialize>(
    connection: &mut SqliteConnection,
    sql: &'static str,
    rows: impl IntoIterator<Item = R>,
) -> Result<(), StoreError> {
    let rows: Vec<R> = rows.into_iter().collect();
    let missing = || StoreError::corrupt("a row that is to be changed is not there");
    if execute(connection, sql, &rows).await? == rows.len() as u64 { Ok(()) } else { Err(missing()) }
}

/// Deletes what these keys name, if it is there.
pub(crate) async fn delete<K: Serialize>(
    connection: &mut SqliteConnection,
    sql: &'static str,
    keys: impl IntoIterator<Item = K>,
) -> Result<(), StoreError> {
    let keys: Vec<K> = keys.into_iter().collect();
    execute(connection, sql, &keys).await.map(drop)
}

/// Tells how many rows were written. Does nothing if there is none to write.
async fn execute<R: Serialize>(
    connection: &mut SqliteConnection,
    sql: &'static str,
    rows: &[R],
) -> Result<u64, StoreError> {
    if rows.is_empty() {
        return Ok(0);
    }
    let rows = json(rows)?;
    let done = sqlx::query(sql).bind(rows).execute(connection).await.map_err(error::of_statement)?;
    Ok(done.rows_affected())
}

/// Keys or rows as the one parameter of a statement.
pub(crate) fn json<R: Serialize>(rows: &[R]) -> Result<String, StoreError> {
    serde_json::to_string(rows).map_err(StoreError::backend)
}
