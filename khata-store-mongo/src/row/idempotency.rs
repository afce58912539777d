//! `idempotency`.

use khata_core::id::{ItemId, OwnerId};
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use serde::{Deserialize, Serialize};

use super::hash::Hash;
use super::{Id, NamedKey, Row, read};
use crate::error::Unreadable;
use crate::schema::{Collection, IDEMPOTENCY};

/// What a key was used for, and what was answered.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct IdempotencyRow {
    #[serde(rename = "_id")]
    key: NamedKey,
    fingerprint: Hash,
    subject: Id,
    answer: String,
}

impl Row for IdempotencyRow {
    const COLLECTION: &'static Collection = &IDEMPOTENCY;
}

impl From<&(OwnerId, IdempotencyKey, IdempotencyRecord)> for IdempotencyRow {
    fn from((owner, key, record): &(OwnerId, IdempotencyKey, IdempotencyRecord)) -> Self {
        Self {
            key: (*owner, key).into(),
            fingerprint: record.fingerprint.into(),
            subject: record.subject.uuid().into(),
            answer: record.answer.clone(),
        }
    }
}

impl TryFrom<IdempotencyRow> for ((OwnerId, IdempotencyKey), IdempotencyRecord) {
    type Error = Unreadable;

    fn try_from(row: IdempotencyRow) -> Result<Self, Unreadable> {
        // In quotes, since one pair is taken off, and it must not be a pair that is part of the key.
        let key = read("idempotency._id.key", IdempotencyKey::parse(&format!("\"{}\"", row.key.key)))?;
        let record = IdempotencyRecord {
            fingerprint: row.fingerprint.bytes("idempotency.fingerprint")?,
            subject: ItemId::from_uuid(row.subject.into()),
            answer: row.answer,
        };
        Ok(((OwnerId::from_uuid(row.key.owner_id.into()), key), record))
    }
}
