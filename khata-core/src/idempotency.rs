//! Idempotency keys: sending a request twice, and having it done once.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Violation;
use crate::id::ItemId;

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

/// What a key was used for, and what was answered. It lasts as long as its subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// SHA-256 of the request, in the form that core gives it.
    pub fingerprint: [u8; 32],
    /// The document or customer that came of it (customers by the bits of their id).
    pub subject: ItemId,
    /// The answer: the JSON of a [`Done`](crate::ledger::Done).
    pub answer: String,
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
