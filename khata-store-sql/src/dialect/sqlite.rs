//! SQLite: a set is one JSON text, an array of arrays. So a statement's text never changes, and stays prepared. Ids are
//! hyphenated in it, hashes are hexadecimal. SQLite reads it in its binary form (`jsonb_each`), or it would write out
//! and parse each row once for each column.

use std::num::NonZeroUsize;
use std::time::Duration;

use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments, FromRow, SqlSafeStr, SqlStr, Sqlite};

use super::Dialect;
use crate::set::{Cell, Column, Sort};

pub trait Row: for<'r> FromRow<'r, SqliteRow> {}

impl<R: for<'r> FromRow<'r, SqliteRow>> Row for R {}

impl Dialect for Sqlite {
    const INDEX: usize = 0;

    /// There is one lock for all that write.
    const LANES: NonZeroUsize = NonZeroUsize::MIN;

    const WRITES_TOGETHER: bool = false;

    const SNAPSHOT: &'static str = "BEGIN";

    /// Takes the lock of the whole database, and with it that of every head. The wait for it is bounded already.
    fn begin(_: Duration) -> SqlStr {
        "BEGIN IMMEDIATE".into_sql_str()
    }

    /// A `CROSS JOIN` is left in its order, and a join may stand for a foreign key. Locks are those of the whole
    /// database.
    fn has(words: &str) -> bool {
        words == "CROSS" || words.starts_with("JOIN ")
    }

    fn given(columns: &[Column], number: usize) -> String {
        let value = |(at, column): (usize, &Column)| match column.sort {
            Sort::Id => format!("unhex(value ->> {at}, '-') AS {}", column.name),
            Sort::Hash => format!("unhex(value ->> {at}) AS {}", column.name),
            Sort::Integer | Sort::Flag | Sort::Text | Sort::Day => {
                format!("value ->> {at} AS {}", column.name)
            }
        };
        let values: Vec<_> = columns.iter().enumerate().map(value).collect();
        format!("(SELECT {} FROM jsonb_each(${number})) AS given", values.join(", "))
    }

    fn bind(arguments: &mut SqliteArguments, cell: Cell<'_>) -> Result<(), BoxDynError> {
        match cell {
            Cell::Id(id) => arguments.add(id),
            Cell::Integer(integer) => arguments.add(integer),
            Cell::Flag(flag) => arguments.add(flag),
            Cell::Text(text) => arguments.add(text.map(str::to_owned)),
            Cell::Day(day) => arguments.add(day),
            Cell::Hash(hash) => arguments.add(hash.map(<[u8]>::to_vec)),
        }
    }

    fn bind_given(
        arguments: &mut SqliteArguments,
        columns: &[Column],
        cells: &[Cell<'_>],
    ) -> Result<(), BoxDynError> {
        arguments.add(json(columns.len(), cells)?)
    }

    async fn fetch<R: super::Row>(
        connection: &mut SqliteConnection,
        sql: SqlStr,
        arguments: SqliteArguments,
    ) -> Result<Vec<R>, sqlx::Error> {
        let rows = sqlx::query_with(sql, arguments).fetch_all(connection).await?;
        // Only when all are there: to read and drop one frees what the connection's thread allocated, and would hinder
        // that in making the next.
        rows.iter().map(R::from_row).collect()
    }

    async fn execute(
        connection: &mut SqliteConnection,
        sql: SqlStr,
        arguments: SqliteArguments,
    ) -> Result<u64, sqlx::Error> {
        Ok(sqlx::query_with(sql, arguments).execute(connection).await?.rows_affected())
    }
}

/// Rows of so many cells as an array of arrays.
fn json(width: usize, cells: &[Cell<'_>]) -> Result<String, BoxDynError> {
    let mut text = b"[".to_vec();
    for (at, row) in cells.chunks(width).enumerate() {
        text.extend_from_slice(if at == 0 { b"[" } else { b",[" });
        for (at, cell) in row.iter().enumerate() {
            if at > 0 {
                text.push(b',');
            }
            write_json(&mut text, *cell)?;
        }
        text.push(b']');
    }
    text.push(b']');
    Ok(String::from_utf8(text)?)
}

fn write_json(text: &mut Vec<u8>, cell: Cell<'_>) -> serde_json::Result<()> {
    match cell {
        Cell::Id(id) => serde_json::to_writer(text, &id),
        Cell::Integer(integer) => serde_json::to_writer(text, &integer),
        Cell::Flag(flag) => serde_json::to_writer(text, &flag),
        Cell::Text(value) => serde_json::to_writer(text, &value),
        Cell::Day(day) => serde_json::to_writer(text, &day.map(|day| day.to_string())),
        Cell::Hash(hash) => serde_json::to_writer(text, &hash.map(hexadecimal)),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
