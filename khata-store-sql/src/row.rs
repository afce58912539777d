//! Rows as databases yield them. A record is read by what its description says; what else there is says in
//! [`rows`](crate::rows) how it is read.
//!
//! Values are read by the constructors that parse what comes in at a door, so what core gets is valid by construction.

use std::error::Error;

use khata_core::calendar::{Date, Timestamp};
use khata_core::money::Money;
use khata_core::record::{Field, FieldType, Source, Stored, Type, Value};
use sqlx::error::BoxDynError;
use sqlx::types::chrono::NaiveDate;
use sqlx::{ColumnIndex, Decode};
use uuid::Uuid;

use crate::dialect::Dialect;
use crate::error::Unreadable;
use crate::set::{Columns, Set};

/// What a statement yields.
pub(crate) trait Row: Sized {
    /// The names of its columns, table by table.
    fn columns() -> Vec<Vec<&'static str>>;

    /// Reads a row.
    fn read<D: Dialect>(row: &D::Row) -> Result<Self, Unreadable>;
}

/// Where there is nothing.
impl Row for () {
    fn columns() -> Vec<Vec<&'static str>> {
        Vec::new()
    }

    fn read<D: Dialect>(_: &D::Row) -> Result<Self, Unreadable> {
        Ok(())
    }
}

/// Rows of two tables, joined. A column that both have is read once: it is the same in both.
impl<A: Row, B: Row> Row for (A, B) {
    fn columns() -> Vec<Vec<&'static str>> {
        [A::columns(), B::columns()].concat()
    }

    fn read<D: Dialect>(row: &D::Row) -> Result<Self, Unreadable> {
        Ok((A::read::<D>(row)?, B::read::<D>(row)?))
    }
}

/// The names of the columns of a set, which are those of one table.
pub(crate) fn columns_of<S: Set>() -> Vec<Vec<&'static str>> {
    vec![Columns::of::<S>(|_| true).as_slice().iter().map(|column| column.name).collect()]
}

/// Reads columns of a row.
pub(crate) struct Reader<'r, D: Dialect> {
    row: &'r D::Row,
    table: &'static str,
}

impl<'r, D: Dialect> Reader<'r, D> {
    /// Reads a row of that table.
    pub(crate) fn new(row: &'r D::Row, table: &'static str) -> Self {
        Self { row, table }
    }

    /// Reads a record.
    pub(crate) fn record<R: Stored>(row: &'r D::Row) -> Result<R, Unreadable> {
        R::build(&mut Self::new(row, R::TABLE))
    }

    /// Reads the value of a column.
    pub(crate) fn get<T: FieldType>(&self, column: &'static str) -> Result<T, Unreadable> {
        let value = D::value(self.row, column, T::TYPE).map_err(|error| self.unreadable(column, error))?;
        T::from_value(value).map_err(|error| self.unreadable(column, error))
    }

    /// The error of a column.
    pub(crate) fn unreadable(
        &self,
        column: &'static str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Unreadable {
        Unreadable::new(self.table, column, source)
    }
}

impl<D: Dialect> Source for Reader<'_, D> {
    type Error = Unreadable;

    fn value<T: FieldType>(&mut self, field: &'static Field) -> Result<T, Unreadable> {
        self.get(field.column)
    }

    /// They are rows of another table.
    fn list<R: Stored>(&mut self, _: &'static Field) -> Result<Vec<R>, Unreadable> {
        Ok(Vec::new())
    }
}

/// The value of a column, of a row of whichever database.
pub(crate) fn value<'r, R>(row: &'r R, column: &'static str, ty: Type) -> Result<Value<'r>, BoxDynError>
where
    R: sqlx::Row,
    &'static str: ColumnIndex<R>,
    Uuid: sqlx::Type<R::Database> + Decode<'r, R::Database>,
    i64: sqlx::Type<R::Database> + Decode<'r, R::Database>,
    bool: sqlx::Type<R::Database> + Decode<'r, R::Database>,
    &'r str: sqlx::Type<R::Database> + Decode<'r, R::Database>,
    NaiveDate: sqlx::Type<R::Database> + Decode<'r, R::Database>,
    &'r [u8]: sqlx::Type<R::Database> + Decode<'r, R::Database>,
{
    let integer = || row.try_get::<Option<i64>, _>(column);
    let value = match ty {
        Type::Id => row.try_get::<Option<_>, _>(column)?.map(Value::Id),
        Type::Integer => integer()?.map(u64::try_from).transpose()?.map(Value::Integer),
        Type::Money(_) => integer()?.map(|minor| Value::Money(Money::from_minor(minor))),
        Type::Time => match integer()? {
            Some(millis) => Some(Value::Time(Timestamp::from_millis(millis).ok_or("a time out of range")?)),
            None => None,
        },
        Type::Flag => row.try_get::<Option<_>, _>(column)?.map(Value::Flag),
        Type::Text(_) | Type::Choice(_) => row.try_get::<Option<_>, _>(column)?.map(Value::Text),
        Type::Date => {
            let date = row.try_get::<Option<NaiveDate>, _>(column)?;
            date.map(Date::from_naive).transpose()?.map(Value::Date)
        }
        Type::Hash => {
            let bytes = row.try_get::<Option<&[u8]>, _>(column)?;
            bytes.map(TryInto::try_into).transpose()?.map(Value::Hash)
        }
        Type::Texts | Type::Record(_) | Type::List(..) | Type::Flatten(_) => {
            return Err("no single value".into());
        }
    };
    Ok(value.unwrap_or(Value::Null))
}
