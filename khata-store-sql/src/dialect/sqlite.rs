//! SQLite: a set is two parameters, so that a statement's text never changes, and stays prepared. What always has the
//! same length, ids and hashes, is one blob, row after row, of which each cell is a part; before one that may be absent
//! a byte says whether it is there. The rest is a JSON text, an array of arrays. SQLite reads it in its binary form
//! (`jsonb_each`), or it would write out and parse each row once for each column; a part of the blob costs it less
//! still, by far.

use std::num::NonZeroUsize;
use std::time::Duration;

use khata_core::record::{Type, Value};
use serde::Serialize;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments, SqlSafeStr, SqlStr, Sqlite};

use super::Dialect;
use crate::row;
use crate::set::{Column, ColumnType, integer};

/// How many bytes an id has, and a hash.
const ID: usize = 16;
const HASH: usize = 32;

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

    fn bind(arguments: &mut SqliteArguments, value: Value<'_>) -> Result<(), BoxDynError> {
        match value {
            Value::Null | Value::Texts(_) => Err("no single value".into()),
            Value::Id(id) => arguments.add(id),
            Value::Integer(_) | Value::Money(_) | Value::Time(_) => arguments.add(integer(value)),
            Value::Flag(flag) => arguments.add(flag),
            Value::Text(text) => arguments.add(text.to_owned()),
            Value::Date(date) => arguments.add(date.naive()),
            Value::Hash(hash) => arguments.add(hash.to_vec()),
        }
    }

    fn bind_given(
        arguments: &mut SqliteArguments,
        columns: &[Column],
        values: &[Value<'_>],
    ) -> Result<(), BoxDynError> {
        let (text, blob) = pack(columns, values)?;
        arguments.add(text)?;
        arguments.add(blob)
    }

    fn value<'r>(row: &'r SqliteRow, column: &'static str, ty: Type) -> Result<Value<'r>, BoxDynError> {
        row::value(row, column, ty)
    }

    async fn fetch(
        connection: &mut SqliteConnection,
        sql: SqlStr,
        arguments: SqliteArguments,
    ) -> Result<Vec<SqliteRow>, sqlx::Error> {
        sqlx::query_with(sql, arguments).fetch_all(connection).await
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
    let length = match column.ty {
        ColumnType::Id => ID,
        ColumnType::Hash => HASH,
        ColumnType::Integer | ColumnType::Flag | ColumnType::Text | ColumnType::Date => return None,
    };
    Some(length + usize::from(column.optional))
}

/// The JSON text and the blob of rows of these columns.
fn pack(columns: &[Column], values: &[Value<'_>]) -> Result<(String, Vec<u8>), BoxDynError> {
    let (mut text, mut blob) = (b"[".to_vec(), Vec::new());
    for row in values.chunks(columns.len()) {
        separate(&mut text);
        text.push(b'[');
        for (column, value) in columns.iter().zip(row) {
            match value {
                Value::Null if packed(column).is_some() => pack_bytes(&mut blob, column, None)?,
                Value::Null | Value::Texts(_) => write_json(&mut text, &())?,
                Value::Id(id) => pack_bytes(&mut blob, column, Some(id.as_bytes()))?,
                Value::Hash(hash) => pack_bytes(&mut blob, column, Some(*hash))?,
                Value::Integer(_) | Value::Money(_) | Value::Time(_) => {
                    write_json(&mut text, &integer(*value))?;
                }
                Value::Flag(flag) => write_json(&mut text, flag)?,
                Value::Text(value) => write_json(&mut text, value)?,
                Value::Date(date) => write_json(&mut text, date)?,
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
