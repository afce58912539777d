//! Carrying out a statement, and reading its rows.

use std::borrow::Cow;
use std::str;

use khata_core::calendar::{Date, Timestamp};
use khata_core::money::Money;
use khata_core::record::{Type, Value};
use khata_core::store::StoreError;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, Row, ToSql};
use uuid::Uuid;

use super::super::{Call, DatabaseRow, EachRow, Given, ValueError};
use crate::error::sqlite::of_statement;
use crate::set::{integer, text_of};

/// Shows each row that the statement yields, for each row of the set.
pub(super) fn fetch(
    connection: &Connection,
    call: Call<'_>,
    each: &mut EachRow<'_>,
) -> Result<(), StoreError> {
    for_each_row(connection, call, |statement| {
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(of_statement)? {
            if each(row)?.is_break() {
                break;
            }
        }
        Ok(())
    })
}

/// Returns the number of rows written for all rows of the set.
pub(super) fn execute(connection: &Connection, call: Call<'_>) -> Result<u64, StoreError> {
    let mut written = 0;
    for_each_row(connection, call, |statement| {
        written += statement.raw_execute().map_err(of_statement)? as u64;
        Ok(())
    })?;
    Ok(written)
}

/// Runs the statement once for each row of the set; once if it takes none, or all of it at once.
fn for_each_row(
    connection: &Connection,
    call: Call<'_>,
    mut run: impl FnMut(&mut CachedStatement<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(call.sql).map_err(of_statement)?;
    bind(&mut statement, 1, call.parameters)?;
    let next = call.parameters.len() + 1;
    match call.given {
        [] => run(&mut statement),
        [set] if set.whole => {
            let json = json(set).map_err(StoreError::backend)?;
            bind(&mut statement, next, &[Value::Text(&json)])?;
            run(&mut statement)
        }
        [set] => set.values.chunks_exact(set.columns.len()).try_for_each(|row| {
            bind(&mut statement, next, row)?;
            run(&mut statement)
        }),
        _ => Err(StoreError::backend("statements that write can't be sent together")),
    }
}

fn bind(statement: &mut CachedStatement<'_>, first: usize, values: &[Value<'_>]) -> Result<(), StoreError> {
    let mut numbered = (first..).zip(values);
    numbered
        .try_for_each(|(number, value)| statement.raw_bind_parameter(number, Parameter(value)))
        .map_err(of_statement)
}

struct Parameter<'v>(&'v Value<'v>);

impl ToSql for Parameter<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self.0 {
            Value::Null => ValueRef::Null,
            Value::Id(id) => ValueRef::Blob(id.as_bytes()),
            Value::Hash(hash) => ValueRef::Blob(*hash),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Texts(_) => return Ok(ToSqlOutput::Owned(text_of(*self.0).map(Cow::into_owned).into())),
            Value::Flag(flag) => ValueRef::Integer((*flag).into()),
            Value::Integer(_) | Value::Money(_) | Value::Time(_) => {
                integer(*self.0).map_or(ValueRef::Null, ValueRef::Integer)
            }
            Value::Date(date) => return Ok(ToSqlOutput::Owned(date.to_string().into())),
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

/// The JSON array of a set of texts, an array for each row.
fn json(set: &Given<'_>) -> Result<String, ValueError> {
    let text = |value: &Value<'_>| match value {
        Value::Text(text) => Ok(serde_json::Value::from(*text)),
        _ => Err("a set that is taken as a whole has only texts"),
    };
    let row = |row: &[Value<'_>]| row.iter().map(text).collect::<Result<Vec<_>, _>>();
    let rows: Vec<_> = set.values.chunks_exact(set.columns.len()).map(row).collect::<Result<_, _>>()?;
    Ok(serde_json::to_string(&rows)?)
}

impl DatabaseRow for Row<'_> {
    fn position(&self, column: &str) -> Option<usize> {
        self.as_ref().column_index(column).ok()
    }

    fn value(&self, position: usize, ty: Type) -> Result<Value<'_>, ValueError> {
        let value = self.get_ref(position)?;
        if value == ValueRef::Null {
            return Ok(Value::Null);
        }
        Ok(match ty {
            Type::Id => Value::Id(Uuid::from_slice(value.as_blob()?)?),
            Type::Integer => Value::Integer(value.as_i64()?.try_into()?),
            Type::Money(_) => Value::Money(Money::from_minor(value.as_i64()?)),
            Type::Time => Value::Time(Timestamp::from_millis(value.as_i64()?).ok_or("a time out of range")?),
            Type::Flag => match value.as_i64()? {
                0 => Value::Flag(false),
                1 => Value::Flag(true),
                _ => return Err("neither true nor false".into()),
            },
            Type::Text(_) | Type::Choice(_) | Type::Texts => Value::Text(str::from_utf8(value.as_bytes()?)?),
            Type::Date => Value::Date(Date::parse(value.as_str()?)?),
            Type::Hash => Value::Hash(value.as_blob()?.try_into()?),
            Type::Record(_) | Type::List(..) | Type::Flatten(_) => {
                return Err("no single value".into());
            }
        })
    }
}
