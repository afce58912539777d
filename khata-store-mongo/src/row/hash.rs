//! A SHA-256.

use bson::Binary;
use bson::spec::BinarySubtype;
use serde::{Deserialize, Serialize};

use super::read;
use crate::error::Unreadable;

/// The bytes of a hash.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Hash(Binary);

impl Hash {
    pub(crate) fn bytes(self, field: &'static str) -> Result<[u8; 32], Unreadable> {
        read(field, self.0.bytes.try_into().map_err(|_| "not the length of a hash"))
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Self {
        Self(Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() })
    }
}
