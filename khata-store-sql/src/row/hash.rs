//! A SHA-256.

use serde::{Serialize, Serializer};

use super::read;
use crate::error::Unreadable;

/// The bytes of a hash; in JSON, hexadecimal.
#[derive(Debug, sqlx::Type)]
#[sqlx(transparent)]
pub(crate) struct Hash(Vec<u8>);

impl Hash {
    pub(crate) fn bytes(self, column: &'static str) -> Result<[u8; 32], Unreadable> {
        read(column, self.0.try_into().map_err(|_| "not the length of a hash"))
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes.to_vec())
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
        let text: String = self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
        serializer.serialize_str(&text)
    }
}
