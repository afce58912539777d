//! `idempotency`.

use khata_core::id::{ItemId, OwnerId};
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use sqlx::FromRow;
use uuid::Uuid;

use super::hash::Hash;
use super::read;
use crate::error::Unreadable;

row! {
    /// What a key was used for, and what was answered.
    #[derive(Debug, FromRow)]
    pub(crate) struct IdempotencyRow {
        owner_id: Uuid,
        key: String,
        fingerprint: Hash,
        subject: Uuid,
        answer: String,
    }
}

impl From<&(OwnerId, IdempotencyKey, IdempotencyRecord)> for IdempotencyRow {
    fn from((owner, key, record): &(OwnerId, IdempotencyKey, IdempotencyRecord)) -> Self {
        Self {
            owner_id: owner.uuid(),
            key: key.to_string(),
            fingerprint: record.fingerprint.into(),
            subject: record.subject.uuid(),
            answer: record.answer.clone(),
        }
    }
}

impl TryFrom<IdempotencyRow> for ((OwnerId, IdempotencyKey), IdempotencyRecord) {
    type Error = Unreadable;

    fn try_from(row: IdempotencyRow) -> Result<Self, Unreadable> {
        // In quotes, since one pair is taken off, and it must not be a pair that is part of the key.
        let key = read("idempotency.key", IdempotencyKey::parse(&format!("\"{}\"", row.key)))?;
        let record = IdempotencyRecord {
            fingerprint: row.fingerprint.bytes("idempotency.fingerprint")?,
            subject: ItemId::from_uuid(row.subject),
            answer: row.answer,
        };
        Ok(((OwnerId::from_uuid(row.owner_id), key), record))
    }
}
