//! Records as JSON objects, for exports and for answers that are kept: amounts in minor units, fields without a value
//! left out. What is written so can be read by later versions, whose records may have more optional fields.

use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{Description, Field, FieldType, Record, Source, Stored, Type, Unreadable, Value, Visitor};
use crate::calendar::{Date, Timestamp};
use crate::ledger::ChainHash;
use crate::money::Money;

/// Which fields an object has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fields {
    /// All of them.
    All,
    /// Those that don't follow from the rest of the book.
    Recorded,
}

impl Fields {
    fn include(self, field: &Field) -> bool {
        self == Self::All || !field.derived
    }
}

/// A record that serializes as an object of some of its fields.
#[derive(Debug)]
pub struct AsJson<'a, R>(pub &'a R, pub Fields);

impl<R: Record> Serialize for AsJson<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        write_fields(self.0, self.1, &mut map)?;
        map.end()
    }
}

/// Writes some of a record's fields as entries of an object.
///
/// # Errors
/// Those of the object.
pub(crate) fn write_fields<R: Record, M: SerializeMap>(
    record: &R,
    fields: Fields,
    map: &mut M,
) -> Result<(), M::Error> {
    record.visit(&mut ToMap { map, fields })
}

struct ToMap<'a, M> {
    map: &'a mut M,
    fields: Fields,
}

impl<M: SerializeMap> Visitor<'_> for ToMap<'_, M> {
    type Error = M::Error;

    fn value(&mut self, field: &'static Field, value: Value<'_>) -> Result<(), M::Error> {
        if !self.fields.include(field) {
            return Ok(());
        }
        let map = &mut self.map;
        match value {
            Value::Null => Ok(()),
            Value::Id(id) => map.serialize_entry(field.name, &id),
            Value::Integer(number) => map.serialize_entry(field.name, &number),
            Value::Money(money) => map.serialize_entry(field.name, &money.minor()),
            Value::Flag(flag) => map.serialize_entry(field.name, &flag),
            Value::Text(text) => map.serialize_entry(field.name, text),
            Value::Date(date) => map.serialize_entry(field.name, &date),
            Value::Time(time) => map.serialize_entry(field.name, &time),
            Value::Hash(hash) => map.serialize_entry(field.name, &ChainHash(*hash)),
            Value::Texts(texts) => map.serialize_entry(field.name, texts),
        }
    }

    fn record<R: Record>(&mut self, field: &'static Field, record: Option<&R>) -> Result<(), M::Error> {
        match record.filter(|_| self.fields.include(field)) {
            Some(record) => self.map.serialize_entry(field.name, &AsJson(record, self.fields)),
            None => Ok(()),
        }
    }

    fn list<R: Record>(&mut self, field: &'static Field, rows: &[R]) -> Result<(), M::Error> {
        if !self.fields.include(field) || rows.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = rows.iter().map(|row| AsJson(row, self.fields)).collect();
        self.map.serialize_entry(field.name, &rows)
    }
}

/// Why an object is no such record.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// A field can't be read.
    #[error("`{field}` {source}")]
    Field {
        /// Its name.
        field: &'static str,
        /// Why.
        source: Unreadable,
    },
    /// There is a field that the record doesn't have.
    #[error("unknown field `{0}`")]
    Unknown(String),
}

/// Reads a record from an object of some of its fields. Those that follow from the rest of the book are zero, nil or
/// absent, for the caller to set.
///
/// # Errors
/// [`JsonError`].
pub fn from_json<R: Stored>(object: Map<String, Json>, fields: Fields) -> Result<R, JsonError> {
    let known = R::DESCRIPTION.all_fields();
    let is_known = |name: &str| known.iter().any(|field| field.name == name && fields.include(field));
    if let Some(unknown) = object.keys().find(|name| !is_known(name)) {
        return Err(JsonError::Unknown(unknown.clone()));
    }
    R::build(&mut FromMap { object, fields })
}

struct FromMap {
    object: Map<String, Json>,
    fields: Fields,
}

impl FromMap {
    fn take(&mut self, field: &'static Field) -> Option<Json> {
        if self.fields.include(field) { self.object.remove(field.name) } else { None }
    }
}

impl Source for FromMap {
    type Error = JsonError;

    fn value<T: FieldType>(&mut self, field: &'static Field) -> Result<T, JsonError> {
        let unreadable = |source| JsonError::Field { field: field.name, source };
        if !self.fields.include(field) {
            return T::from_value(nothing(field)).map_err(unreadable);
        }
        let json = self.take(field).unwrap_or(Json::Null);
        with_value(field, &json, T::from_value).map_err(unreadable)
    }

    fn list<R: Stored>(&mut self, field: &'static Field) -> Result<Vec<R>, JsonError> {
        let fields = self.fields;
        let unreadable = |source: Unreadable| JsonError::Field { field: field.name, source };
        match self.take(field) {
            None => Ok(Vec::new()),
            Some(Json::Array(rows)) => rows
                .into_iter()
                .map(|row| match row {
                    Json::Object(row) => from_json(row, fields),
                    _ => Err(unreadable(Unreadable::wrong_type())),
                })
                .collect(),
            Some(_) => Err(unreadable(Unreadable::wrong_type())),
        }
    }
}

/// What a field holds that is still to be set.
fn nothing(field: &Field) -> Value<'static> {
    match field.ty {
        _ if field.optional => Value::Null,
        Type::Id => Value::Id(Uuid::nil()),
        Type::Money(_) => Value::Money(Money::ZERO),
        Type::Integer => Value::Integer(0),
        Type::Flag => Value::Flag(false),
        _ => Value::Null,
    }
}

/// Reads the JSON of a value.
fn with_value<T>(
    field: &Field,
    json: &Json,
    read: impl FnOnce(Value<'_>) -> Result<T, Unreadable>,
) -> Result<T, Unreadable> {
    fn parse<'de, V: Deserialize<'de>>(json: &'de Json) -> Result<V, Unreadable> {
        V::deserialize(json).map_err(Unreadable::new)
    }
    if json.is_null() {
        return if field.optional { read(Value::Null) } else { Err(Unreadable::new("is missing")) };
    }
    match field.ty {
        Type::Id => read(Value::Id(parse(json)?)),
        Type::Integer => read(Value::Integer(parse(json)?)),
        Type::Money(_) => read(Value::Money(Money::from_minor(parse(json)?))),
        Type::Flag => read(Value::Flag(parse(json)?)),
        Type::Text(_) | Type::Choice(_) => read(Value::Text(parse(json)?)),
        Type::Date => read(Value::Date(parse::<Date>(json)?)),
        Type::Time => read(Value::Time(parse::<Timestamp>(json)?)),
        Type::Hash => read(Value::Hash(&parse::<ChainHash>(json)?.0)),
        Type::Texts => read(Value::Texts(&parse::<Vec<String>>(json)?)),
        Type::Record(Description { .. }) | Type::List(..) | Type::Flatten(_) => Err(Unreadable::wrong_type()),
    }
}
