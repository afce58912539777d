//! The parts of an `_id`. Their order is that of the schema: documents are equal only if their fields are in one order.

use bson::{Bson, doc};
use khata_core::id::{CustomerId, EntryId, ItemId, OwnerId, SessionId};
use khata_core::idempotency::IdempotencyKey;
use serde::{Deserialize, Serialize};

use super::Id;

/// A thing of a shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Key {
    pub(crate) owner_id: Id,
    pub(crate) id: Id,
}

impl Key {
    fn new(owner: OwnerId, id: uuid::Uuid) -> Self {
        Self { owner_id: owner.uuid().into(), id: id.into() }
    }

    pub(crate) fn owner(self) -> OwnerId {
        OwnerId::from_uuid(self.owner_id.into())
    }

    /// Its bits, for one of core's types.
    pub(crate) fn bits(self) -> uuid::Uuid {
        self.id.into()
    }
}

macro_rules! keys_of {
    ($($id:ident),+) => {$(
        impl From<(OwnerId, $id)> for Key {
            fn from((owner, id): (OwnerId, $id)) -> Self {
                Self::new(owner, id.uuid())
            }
        }
    )+};
}

keys_of!(CustomerId, EntryId, ItemId, SessionId);

impl From<Key> for Bson {
    fn from(key: Key) -> Self {
        doc! { "ownerId": key.owner_id, "id": key.id }.into()
    }
}

/// An idempotency key of a shop.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NamedKey {
    pub(crate) owner_id: Id,
    pub(crate) key: String,
}

impl From<(OwnerId, &IdempotencyKey)> for NamedKey {
    fn from((owner, key): (OwnerId, &IdempotencyKey)) -> Self {
        Self { owner_id: owner.uuid().into(), key: key.to_string() }
    }
}

impl From<NamedKey> for Bson {
    fn from(key: NamedKey) -> Self {
        doc! { "ownerId": key.owner_id, "key": key.key }.into()
    }
}
