//! A SHA-256.

use super::read;
use crate::error::Unreadable;

/// The bytes of a hash.
#[derive(Debug, sqlx::Type)]
#[sqlx(transparent)]
pub(crate) struct Hash(Vec<u8>);

impl Hash {
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn bytes(self, column: &'static str) -> Result<[u8; 32], Unreadable> {
        read(column, self.0.try_into().map_err(|_| "not the length of a hash"))
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes.to_vec())
    }
}
