//! Records as answers show them: a JSON object of the public fields, `null` where there is nothing.

use khata_core::money::Currency;
use khata_core::record::{Field, Record, Value, Visibility, Visitor};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::money::Amount;

/// A record that serializes as the object that answers show, with amounts in that currency.
#[derive(Debug)]
pub(crate) struct Wire<'a, R>(pub(crate) &'a R, pub(crate) Currency);

/// Several of them, which serialize as an array.
#[derive(Debug)]
pub(crate) struct WireList<'a, R>(pub(crate) &'a [R], pub(crate) Currency);

impl<R: Record> Serialize for Wire<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.0.visit(&mut ToMap { map: &mut map, currency: self.1 })?;
        map.end()
    }
}

impl<R: Record> Serialize for WireList<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|record| Wire(record, self.1)))
    }
}

struct ToMap<'a, M> {
    map: &'a mut M,
    currency: Currency,
}

impl<M: SerializeMap> ToMap<'_, M> {
    fn entry(&mut self, field: &'static Field, value: &(impl Serialize + ?Sized)) -> Result<(), M::Error> {
        match field.visibility {
            Visibility::Public => self.map.serialize_entry(field.name, value),
            Visibility::Programs | Visibility::Internal => Ok(()),
        }
    }
}

impl<M: SerializeMap> Visitor<'_> for ToMap<'_, M> {
    type Error = M::Error;

    fn value(&mut self, field: &'static Field, value: Value<'_>) -> Result<(), M::Error> {
        match value {
            Value::Null => self.entry(field, &()),
            Value::Id(id) => self.entry(field, &id),
            Value::Integer(number) => self.entry(field, &number),
            Value::Money(money) => self.entry(field, &Amount::new(money, self.currency)),
            Value::Flag(flag) => self.entry(field, &flag),
            Value::Text(text) => self.entry(field, text),
            Value::Date(date) => self.entry(field, &date),
            Value::Time(time) => self.entry(field, &time),
            Value::Hash(hash) => self.entry(field, &hex::encode(hash)),
            Value::Texts(texts) => self.entry(field, texts),
        }
    }

    fn record<R: Record>(&mut self, field: &'static Field, record: Option<&R>) -> Result<(), M::Error> {
        let currency = self.currency;
        self.entry(field, &record.map(|record| Wire(record, currency)))
    }

    fn list<R: Record>(&mut self, field: &'static Field, rows: &[R]) -> Result<(), M::Error> {
        self.entry(field, &WireList(rows, self.currency))
    }
}
