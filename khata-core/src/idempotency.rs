//! Idempotency keys: sending a request twice, and having it done once.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::Violation;
use crate::id::ItemId;
use crate::record::Value;

/// A name that a client gives to one request, 1 to 255 visible ASCII characters. It belongs to its shop.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The longest key, in characters.
    pub const LENGTH_MAX: usize = 255;

    /// Reads a key. Quotes around it, as in later forms of the `Idempotency-Key` draft, are not part of it.
    ///
    /// # Errors
    /// `invalid_idempotency_key`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let key = quoted.unwrap_or(text);
        let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
        if visible && (1..=Self::LENGTH_MAX).contains(&key.len()) {
            Ok(Self(key.to_owned()))
        } else {
            Err(Violation::new("invalid_idempotency_key", "must be 1 to 255 visible ASCII characters"))
        }
    }

    /// The key.
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

/// What a key was used for, and how to answer again. It lasts as long as its subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// SHA-256 of the request, as [`RequestEncoder`] encodes it.
    pub fingerprint: [u8; 32],
    /// The document or customer that came of it (customers by the bits of their id).
    pub subject: ItemId,
    /// How to answer again: the JSON of a kept answer, with its version.
    pub answer: String,
}

/// What a client asked for, told from other requests.
pub trait Given {
    /// Shows each field that was given.
    fn given(&self, request: &mut RequestEncoder);
}

/// Encodes what a client asked, so that the same request has the same bytes in every version of Khata.
///
/// Version 1: the byte 1; the operation's name; then each field that was given, in the order of the bytes of their
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

    /// SHA-256 of a request for that operation.
    #[must_use]
    pub fn fingerprint(operation: &str, request: &(impl Given + ?Sized)) -> [u8; 32] {
        let mut encoder = Self::default();
        request.given(&mut encoder);
        let mut bytes = vec![Self::VERSION];
        put_text(&mut bytes, operation);
        encoder.put(&mut bytes);
        Sha256::digest(bytes).into()
    }

    /// A field with a single value.
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

    /// A field with a list of rows; an empty one is as absent.
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
