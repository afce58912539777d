//! SQLite: a set is two parameters, so that a statement's text never changes, and stays prepared. What always has the
//! same length, ids and hashes, is one blob, row after row, of which each cell is a part; before one that may be absent
//! a byte says whether it is there. The rest is a JSON text, an array of arrays. SQLite reads it in its binary form
//! (`jsonb_each`), or it would write out and parse each row once for each column; a part of the blob costs it less
//! still, by far.

use std::time::Duration;

use serde::Serialize;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments, FromRow, SqlSafeStr, SqlStr, Sqlite};

use super::Dialect;
use crate::set::{Cell, Column, Sort};

/// How many bytes an id has, and a hash.
const ID: usize = 16;
const HASH: usize = 32;

pub trait Row: for<'r> FromRow<'r, SqliteRow> {}

impl<R: for<'r> FromRow<'r, SqliteRow>> Row for R {}

impl Dialect for Sqlite {
    const INDEX: usize = 0;

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
        let row: usize = columns.iter().filter_map(packed).sum();
        let (mut bytes, mut others) = (0, 0);
        let value = |column: &Column| {
            let value = match packed(column) {
                Some(length) => {
                    let part = format!("substr(${}, key * {row} + {}, {length})", number + 1, bytes + 1);
                    bytes += length;
                    if column.optional {
                        format!("substr(nullif({part}, zeroblob({length})), 2)")
                    } else {
                        part
                    }
                }
                None => {
                    others += 1;
                    format!("value ->> {}", others - 1)
                }
            };
            format!("{value} AS {}", column.name)
        };
        let values: Vec<_> = columns.iter().map(value).collect();
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
        let (text, blob) = pack(columns, cells)?;
        arguments.add(text)?;
        arguments.add(blob)
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

/// How many bytes of the blob a cell of the column takes, if it is there.
fn packed(column: &Column) -> Option<usize> {
    let length = match column.sort {
        Sort::Id => ID,
        Sort::Hash => HASH,
        Sort::Integer | Sort::Flag | Sort::Text | Sort::Day => return None,
    };
    Some(length + usize::from(column.optional))
}

/// The JSON text and the blob of rows of these columns.
fn pack(columns: &[Column], cells: &[Cell<'_>]) -> Result<(String, Vec<u8>), BoxDynError> {
    let (mut text, mut blob) = (b"[".to_vec(), Vec::new());
    for row in cells.chunks(columns.len()) {
        separate(&mut text);
        text.push(b'[');
        for (column, cell) in columns.iter().zip(row) {
            match cell {
                Cell::Id(id) => {
                    pack_bytes(&mut blob, column, id.as_ref().map(|id| id.as_bytes().as_slice()))?;
                }
                Cell::Hash(hash) => pack_bytes(&mut blob, column, *hash)?,
                Cell::Integer(integer) => write_json(&mut text, integer)?,
                Cell::Flag(flag) => write_json(&mut text, flag)?,
                Cell::Text(value) => write_json(&mut text, value)?,
                Cell::Day(day) => write_json(&mut text, &day.map(|day| day.to_string()))?,
            }
        }
        text.push(b']');
    }
    text.push(b']');
    Ok((String::from_utf8(text)?, blob))
}

fn pack_bytes(blob: &mut Vec<u8>, column: &Column, bytes: Option<&[u8]>) -> Result<(), BoxDynError> {
    let end = blob.len() + packed(column).unwrap_or_default();
    if column.optional {
        blob.push(bytes.is_some().into());
    }
    match bytes {
        Some(bytes) => blob.extend_from_slice(bytes),
        None => blob.resize(end, 0),
    }
    if blob.len() == end { Ok(()) } else { Err("a value of another length".into()) }
}

fn write_json(text: &mut Vec<u8>, value: &impl Serialize) -> serde_json::Result<()> {
    separate(text);
    serde_json::to_writer(text, value)
}

/// Puts a comma after what comes before in the same array.
fn separate(text: &mut Vec<u8>) {
    if !text.ends_with(b"[") {
        text.push(b',');
    }
}
