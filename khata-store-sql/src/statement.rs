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
    let Some(keys) = json(keys)? else { return Ok(Vec::new()) };
    sqlx::query_as(sql).bind(keys).fetch_all(connection).await.map_err(error::of_statement)
}

/// Writes these rows. Does nothing if there is none.
pub(crate) async fn write<R>(
    connection: &mut SqliteConnection,
    sql: &'static str,
    rows: impl IntoIterator<Item = R>,
) -> Result<(), StoreError>
where
    R: Serialize,
{
    let Some(rows) = json(rows)? else { return Ok(()) };
    sqlx::query(sql).bind(rows).execute(connection).await.map(drop).map_err(error::of_statement)
}

/// The JSON array of these rows; `None` of none.
pub(crate) fn json<R: Serialize>(rows: impl IntoIterator<Item = R>) -> Result<Option<String>, StoreError> {
    let mut rows = rows.into_iter().peekable();
    if rows.peek().is_none() {
        return Ok(None);
    }
    let mut text = Vec::new();
    serde::Serializer::collect_seq(&mut serde_json::Serializer::new(&mut text), rows)
        .map_err(StoreError::backend)?;
    String::from_utf8(text).map(Some).map_err(StoreError::backend)
}
