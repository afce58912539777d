//! Records as BSON documents, written field by field.

use std::convert::Infallible;

use bson::raw::{CStr, RawBinaryRef, RawBsonRef};
use bson::spec::BinarySubtype;
use bson::{Bson, DateTime, RawArrayBuf, RawDocumentBuf};
use khata_core::record::{Field, FieldType, Record, Value, Visitor};

use super::Row;
use crate::schema::{Collection, Nested};

/// Bytes to begin a document with; most fit.
const CAPACITY: usize = 512;

/// A document without fields, with room for some.
pub(crate) fn empty() -> RawDocumentBuf {
    let mut bytes = Vec::with_capacity(CAPACITY);
    bytes.extend([5, 0, 0, 0, 0]);
    RawDocumentBuf::from_bytes(bytes).expect("these are the bytes of an empty document")
}

/// The document of a record: the groups of its collection, and then the fields that are in none.
pub(crate) fn document_of<R: Row + Record>(record: &R) -> RawDocumentBuf {
    let mut document = empty();
    for group in R::COLLECTION.groups {
        if let [field] = group.fields {
            pick(&mut document, group.name, field, record);
        } else {
            let mut within = RawDocumentBuf::new();
            group.fields.iter().for_each(|field| pick(&mut within, field, field, record));
            document.append(c_str(group.name), within);
        }
    }
    append_record(&mut document, R::COLLECTION, record);
    document
}

/// Appends the fields of a record that are in no group of the collection.
pub(crate) fn append_record<R: Record>(
    document: &mut RawDocumentBuf,
    collection: &'static Collection,
    record: &R,
) {
    append_fields(document, record, |field| collection.group_of(field).is_none());
}

/// Appends the fields of a record that are wanted.
fn append_fields<R: Record>(document: &mut RawDocumentBuf, record: &R, is_wanted: impl Fn(&str) -> bool) {
    let Ok(()) = record.visit(&mut Writer(|field: &'static Field, value: Value<'_>| {
        if is_wanted(field.column) {
            append(document, field.column, value);
        }
    }));
}

/// A record as a document within another one.
pub(crate) fn within<R: Record>(nested: &Nested, record: &R) -> RawDocumentBuf {
    let mut document = RawDocumentBuf::new();
    append_fields(&mut document, record, |field| !nested.without.contains(&field));
    document
}

/// Appends one field of a record, under this name.
fn pick<R: Record>(document: &mut RawDocumentBuf, name: &str, field: &str, record: &R) {
    let Ok(()) = record.visit(&mut Writer(|visited: &'static Field, value: Value<'_>| {
        if visited.column == field {
            append(document, name, value);
        }
    }));
}

/// Shows single values to a function. Lists are written by whoever knows what is in them.
struct Writer<F>(F);

impl<F: FnMut(&'static Field, Value<'_>)> Visitor<'_> for Writer<F> {
    type Error = Infallible;

    fn value(&mut self, field: &'static Field, value: Value<'_>) -> Result<(), Infallible> {
        self.0(field, value);
        Ok(())
    }

    fn record<R: Record>(&mut self, field: &'static Field, _: Option<&R>) -> Result<(), Infallible> {
        unreachable!("`{}`: no stored record has another one in it", field.column)
    }

    fn list<R: Record>(&mut self, _: &'static Field, _: &[R]) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Appends a value.
pub(crate) fn append(document: &mut RawDocumentBuf, name: &str, value: Value<'_>) {
    with_raw(value, |raw| document.append(c_str(name), raw));
}

/// A value, for a filter.
pub(crate) fn to_bson(value: &impl FieldType) -> Bson {
    with_raw(value.value(), |raw| raw.try_into().expect("each of these values has an owned form"))
}

fn with_raw<T>(value: Value<'_>, with: impl FnOnce(RawBsonRef<'_>) -> T) -> T {
    match value {
        Value::Null => with(RawBsonRef::Null),
        Value::Id(id) => with(binary(BinarySubtype::Uuid, id.as_bytes())),
        Value::Integer(value) => with(RawBsonRef::Int64(number(value))),
        Value::Money(money) => with(RawBsonRef::Int64(money.minor())),
        Value::Flag(flag) => with(RawBsonRef::Boolean(flag)),
        Value::Text(text) => with(RawBsonRef::String(text)),
        Value::Date(date) => with(RawBsonRef::String(&date.to_string())),
        Value::Time(time) => with(RawBsonRef::DateTime(DateTime::from_millis(time.millis()))),
        Value::Hash(hash) => with(binary(BinarySubtype::Generic, hash)),
        Value::Texts(texts) => {
            let texts: RawArrayBuf = texts.iter().map(String::as_str).collect();
            with(RawBsonRef::Array(&texts))
        }
    }
}

fn binary(subtype: BinarySubtype, bytes: &[u8]) -> RawBsonRef<'_> {
    RawBsonRef::Binary(RawBinaryRef { subtype, bytes })
}

/// A `seq`, a revision or a count.
pub(crate) fn number(value: u64) -> i64 {
    i64::try_from(value).expect("what counts rows stays far below 2^63")
}

pub(crate) fn c_str(name: &str) -> &CStr {
    name.try_into().expect("no name of a field has a zero byte in it")
}
