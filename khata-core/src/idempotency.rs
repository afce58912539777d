//! Idempotency keys: a request that is sent twice is performed once.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::Violation;
use crate::id::ItemId;
use crate::record::{FieldType, Record, TextFormat, Type, Typed, Unreadable, Value};

/// A client's name for a request: 1 to 255 visible ASCII characters, unique in a shop.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Maximum number of characters.
    pub const LENGTH_MAX: usize = 255;

    /// Parses a key. Surrounding quotes, as in later versions of the `Idempotency-Key` draft, are not part of it.
    ///
    /// # Errors
    /// `invalid_idempotency_key`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        Self::unquoted(quoted.unwrap_or(text))
    }

    fn unquoted(key: &str) -> Result<Self, Violation> {
        let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
        if visible && (1..=Self::LENGTH_MAX).contains(&key.len()) {
            Ok(Self(key.to_owned()))
        } else {
            Err(Violation::new("invalid_idempotency_key", "must be 1 to 255 visible ASCII characters"))
        }
    }

    /// Returns the key as a string slice.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Typed for IdempotencyKey {
    const TYPE: Type = Type::Text(&TextFormat::new("IdempotencyKey", "Visible ASCII characters.", "a-1"));
}

impl FieldType for IdempotencyKey {
    fn value(&self) -> Value<'_> {
        Value::Text(&self.0)
    }

    fn from_value(value: Value<'_>) -> Result<Self, Unreadable> {
        match value {
            Value::Text(text) => Ok(Self::unquoted(text)?),
            _ => Err(Unreadable::wrong_type()),
        }
    }
}

/// The request that a key was used for, and its stored response. It is kept as long as its subject.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[record(internal, table = "idempotency")]
pub struct IdempotencyRecord {
    /// SHA-256 of the request, as [`RequestEncoder`] encodes it.
    pub fingerprint: [u8; 32],
    /// The document or customer that the request created or changed (customers by the bits of their id).
    pub subject: ItemId,
    /// Stored response: versioned JSON.
    pub answer: String,
}

/// A request whose fields can be fingerprinted.
pub trait Given {
    /// Encodes each field that is present.
    fn given(&self, request: &mut RequestEncoder);
}

/// Encodes a request, so that the same request has the same bytes in every version of Khata.
///
/// Version 1: the byte 1; the name of the operation; then each field that is present, in bytewise order of their
/// names: its name, a byte for the type of its value, and the value. A field that is absent, `null`, or has its default
/// value is left out, so that a field which a later version adds changes no older request. Names and texts are preceded
/// by their length in bytes as a 32-bit big-endian number. Values by type: 1, the 16 bytes of an id; 2, a whole number
/// as 64 bits, big-endian; 3, an amount in minor units, likewise; 4, one byte, 0 or 1; 5, a text; 6, a date as the text
/// `YYYY-MM-DD`; 7, a time in milliseconds since 1970, as an amount; 8, 32 bytes of a hash; 9, a list: the number of its
/// rows as 32 bits, and of each row its fields, preceded by their number; 10, texts, preceded by their number.
#[derive(Debug, Default)]
pub struct RequestEncoder {
    fields: BTreeMap<&'static str, Vec<u8>>,
}

impl RequestEncoder {
    /// Version of the encoding.
    const VERSION: u8 = 1;

    /// Computes the fingerprint of a request: the SHA-256 of its encoding.
    #[must_use]
    pub fn fingerprint(operation: &str, request: &(impl Given + ?Sized)) -> [u8; 32] {
        let mut encoder = Self::default();
        request.given(&mut encoder);
        let mut bytes = vec![Self::VERSION];
        put_text(&mut bytes, operation);
        encoder.put(&mut bytes);
        Sha256::digest(bytes).into()
    }

    /// Encodes a field with a single value. `Null` is the same as absent.
    pub fn value(&mut self, name: &'static str, value: Value<'_>) {
        let mut bytes = Vec::new();
        match value {
            Value::Null => return,
            Value::Id(id) => tagged(&mut bytes, 1, id.as_bytes()),
            Value::Integer(number) => tagged(&mut bytes, 2, &number.to_be_bytes()),
            Value::Money(money) => tagged(&mut bytes, 3, &money.minor().to_be_bytes()),
            Value::Flag(flag) => tagged(&mut bytes, 4, &[flag.into()]),
            Value::Text(text) => {
                bytes.push(5);
                put_text(&mut bytes, text);
            }
            Value::Date(date) => {
                bytes.push(6);
                put_text(&mut bytes, &date.to_string());
            }
            Value::Time(time) => tagged(&mut bytes, 7, &time.millis().to_be_bytes()),
            Value::Hash(hash) => tagged(&mut bytes, 8, hash),
            Value::Texts(texts) => {
                bytes.push(10);
                put_length(&mut bytes, texts.len());
                texts.iter().for_each(|text| put_text(&mut bytes, text));
            }
        }
        self.fields.insert(name, bytes);
    }

    /// Encodes a field with a list of rows. An empty list is the same as absent.
    pub fn list<T: Given>(&mut self, name: &'static str, rows: &[T]) {
        if rows.is_empty() {
            return;
        }
        let mut bytes = vec![9];
        put_length(&mut bytes, rows.len());
        for row in rows {
            let mut encoder = Self::default();
            row.given(&mut encoder);
            put_length(&mut bytes, encoder.fields.len());
            encoder.put(&mut bytes);
        }
        self.fields.insert(name, bytes);
    }

    fn put(self, bytes: &mut Vec<u8>) {
        for (name, value) in self.fields {
            put_text(bytes, name);
            bytes.extend(value);
        }
    }
}

fn tagged(bytes: &mut Vec<u8>, tag: u8, value: &[u8]) {
    bytes.push(tag);
    bytes.extend(value);
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put_length(bytes, text.len());
    bytes.extend(text.as_bytes());
}

fn put_length(bytes: &mut Vec<u8>, length: usize) {
    let length = u32::try_from(length).expect("a request is far shorter than 4 GiB");
    bytes.extend(length.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_not_part_of_a_key() {
        assert_eq!(IdempotencyKey::parse("\"a-1\"").unwrap(), IdempotencyKey::parse("a-1").unwrap());
    }

    #[test]
    fn empty_long_and_invisible_keys_are_refused() {
        for bad in ["", "\"\"", "a b", "ключ", "a\n", &"x".repeat(256)] {
            assert_eq!(IdempotencyKey::parse(bad).unwrap_err().code, "invalid_idempotency_key", "{bad:?}");
        }
        assert!(IdempotencyKey::parse(&"x".repeat(255)).is_ok());
    }
}
