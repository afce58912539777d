//! Rows and keys as statements take them: many at once, as one table. A record has the columns of its description; what
//! else there is has its columns in [`rows`](crate::rows).

use std::borrow::Cow;
use std::convert::Infallible;

use khata_core::record::{Field, FieldType, Record, Type, Typed as _, Value, Visitor};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// A UUID.
    Id,
    /// An amount, a time, a count.
    Integer,
    /// Yes or no.
    Flag,
    /// A text.
    Text,
    /// A day.
    Date,
    /// A SHA-256.
    Hash,
}

impl ColumnType {
    /// The type of the column of a field. Lists have none: they are rows of other tables.
    fn of(ty: Type) -> Option<Self> {
        match ty {
            Type::Id => Some(Self::Id),
            Type::Integer | Type::Money(_) | Type::Time => Some(Self::Integer),
            Type::Flag => Some(Self::Flag),
            // Texts are kept as the text of a JSON array.
            Type::Text(_) | Type::Choice(_) | Type::Texts => Some(Self::Text),
            Type::Date => Some(Self::Date),
            Type::Hash => Some(Self::Hash),
            Type::Record(_) | Type::List(..) | Type::Flatten(_) => None,
        }
    }
}

/// A column of a set.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub ty: ColumnType,
}

/// The text for a column of [`ColumnType::Text`].
pub(crate) fn text_of(value: Value<'_>) -> Option<Cow<'_, str>> {
    match value {
        Value::Text(text) => Some(text.into()),
        Value::Texts(texts) => Some(json_array(texts).into()),
        _ => None,
    }
}

fn json_array(texts: &[String]) -> String {
    serde_json::to_string(texts).expect("texts always have a JSON form")
}

/// The number for a column of [`ColumnType::Integer`]. One that is too large for a column is larger than any in it.
pub(crate) fn integer(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Integer(number) => Some(i64::try_from(number).unwrap_or(i64::MAX)),
        Value::Money(money) => Some(money.minor()),
        Value::Time(time) => Some(time.millis()),
        _ => None,
    }
}

/// What a statement takes many of at once.
pub(crate) trait Set {
    /// Shows each column with the value that the row has there; without a row, only the columns.
    fn show<'r>(row: Option<&'r Self>, cells: &mut Cells<'r, '_>);
}

/// The columns of a set, all of them or those that a statement uses.
#[derive(Debug)]
pub(crate) struct Columns {
    columns: Vec<Column>,
    /// Of each column of the set, whether it is among them.
    used: Vec<bool>,
}

impl Columns {
    /// The columns of a set of which that holds.
    pub(crate) fn of<S: Set>(is_used: impl Fn(&str) -> bool) -> Self {
        let mut cells = Cells { used: &[], at: 0, columns: Vec::new(), values: Vec::new() };
        S::show(None, &mut cells);
        let mut columns = cells.columns;
        let used = columns.iter().map(|column| is_used(column.name)).collect();
        columns.retain(|column| is_used(column.name));
        Self { columns, used }
    }

    pub(crate) fn as_slice(&self) -> &[Column] {
        &self.columns
    }

    /// The values of these rows, one row after the other.
    pub(crate) fn values<'r, S: Set + 'r>(
        &self,
        rows: impl ExactSizeIterator<Item = &'r S>,
    ) -> Vec<Value<'r>> {
        let values = Vec::with_capacity(rows.len() * self.columns.len());
        let mut cells = Cells { used: &self.used, at: 0, columns: Vec::new(), values };
        for row in rows {
            cells.at = 0;
            S::show(Some(row), &mut cells);
        }
        cells.values
    }
}

/// Collects the columns of a set, or the values of its rows.
pub(crate) struct Cells<'r, 'c> {
    used: &'c [bool],
    /// How many columns of the row were shown.
    at: usize,
    columns: Vec<Column>,
    values: Vec<Value<'r>>,
}

impl<'r> Cells<'r, '_> {
    /// A column with a single value.
    pub(crate) fn column<T: FieldType>(&mut self, name: &'static str, value: Option<&'r T>) {
        match value {
            Some(value) => self.push(value.value()),
            None => self.columns.extend(column(name, T::TYPE)),
        }
    }

    /// A column that may hold nothing.
    pub(crate) fn optional<T: FieldType>(&mut self, name: &'static str, value: Option<Option<&'r T>>) {
        match value {
            Some(value) => self.push(value.map_or(Value::Null, T::value)),
            None => self.columns.extend(column(name, T::TYPE)),
        }
    }

    /// A column that may hold a text.
    pub(crate) fn optional_text(&mut self, name: &'static str, text: Option<Option<&'r str>>) {
        match text {
            Some(text) => self.push(text.map_or(Value::Null, Value::Text)),
            None => self.columns.extend(column(name, String::TYPE)),
        }
    }

    /// A column with a text.
    pub(crate) fn text(&mut self, name: &'static str, text: Option<&'r str>) {
        match text {
            Some(text) => self.push(Value::Text(text)),
            None => self.columns.extend(column(name, String::TYPE)),
        }
    }

    /// The columns of a record.
    pub(crate) fn fields<R: Record>(&mut self, record: Option<&'r R>) {
        match record {
            Some(record) => {
                let Ok(()) = record.visit(self);
            }
            None => R::DESCRIPTION.for_each(&mut |field| {
                self.columns.extend(column(field.column, field.ty));
            }),
        }
    }

    fn push(&mut self, value: Value<'r>) {
        if self.used.get(self.at).copied().unwrap_or_default() {
            self.values.push(value);
        }
        self.at += 1;
    }
}

fn column(name: &'static str, ty: Type) -> Option<Column> {
    ColumnType::of(ty).map(|ty| Column { name, ty })
}

impl<'r> Visitor<'r> for Cells<'r, '_> {
    type Error = Infallible;

    fn value(&mut self, field: &'static Field, value: Value<'r>) -> Result<(), Infallible> {
        if ColumnType::of(field.ty).is_some() {
            self.push(value);
        }
        Ok(())
    }

    fn record<R: Record>(&mut self, _: &'static Field, _: Option<&'r R>) -> Result<(), Infallible> {
        Ok(())
    }

    fn list<R: Record>(&mut self, _: &'static Field, _: &'r [R]) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Where there is nothing.
impl Set for () {
    fn show<'r>(_: Option<&'r Self>, _: &mut Cells<'r, '_>) {}
}
