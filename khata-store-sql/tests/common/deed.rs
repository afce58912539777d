//! Tampering with a book by SQL.

use khata_core::conformance::tampering::{Deed, Row, Value};
use khata_core::id::OwnerId;
use uuid::Uuid;

/// How a database writes what not all write alike.
pub(crate) struct Literals {
    pub(crate) id: fn(Uuid) -> String,
    pub(crate) bytes: fn(&[u8]) -> String,
}

impl Literals {
    /// The statement that does it.
    pub(crate) fn statement(&self, shop: OwnerId, row: &Row, deed: &Deed) -> String {
        let shop = (self.id)(shop.uuid());
        let (table, key) = match row {
            Row::Owner => return format!("{} WHERE id = {shop}", self.deed_on("owners", deed)),
            Row::Customer(customer) => ("customers", format!("id = {}", (self.id)(customer.uuid()))),
            Row::Entry(seq) => ("entries", format!("seq = {seq}")),
            Row::Allocation(seq, ordinal) => ("allocations", format!("seq = {seq} AND ordinal = {ordinal}")),
            Row::Item(seq) => ("items", format!("seq = {seq}")),
            Row::Document(seq) => ("documents", format!("seq = {seq}")),
            Row::Counter(series) => {
                ("counters", format!("kind = '{}' AND year = {}", series.kind, series.year.start_year()))
            }
            Row::Request(key) => ("idempotency", format!("key = '{key}'")),
        };
        format!("{} WHERE owner_id = {shop} AND {key}", self.deed_on(table, deed))
    }

    fn deed_on(&self, table: &str, deed: &Deed) -> String {
        match deed {
            Deed::Remove => format!("DELETE FROM {table}"),
            Deed::Set(field, value) => {
                format!("UPDATE {table} SET {} = {}", column(field), self.literal(value))
            }
        }
    }

    fn literal(&self, value: &Value) -> String {
        match value {
            Value::Id(uuid) => (self.id)(*uuid),
            Value::Money(amount) => amount.minor().to_string(),
            Value::Date(date) => format!("'{date}'"),
            Value::Time(time) => time.millis().to_string(),
            Value::Number(number) => number.to_string(),
            Value::Hash(hash) => (self.bytes)(hash),
            Value::Text(text) => format!("'{text}'"),
            Value::Flag(flag) => flag.to_string(),
        }
    }
}

/// The column that keeps a field.
fn column(field: &str) -> String {
    match field {
        "actor" | "customer" | "invoice" => format!("{field}_id"),
        _ => field.to_owned(),
    }
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
