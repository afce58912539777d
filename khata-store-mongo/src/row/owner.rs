//! Shops: the profile with the password, the head of the ledger, and the mobile numbers of owners.

use bson::raw::cstr;
use bson::{RawDocumentBuf, rawdoc, serialize_to_raw_document_buf};
use khata_core::calendar::Timestamp;
use khata_core::counters::Counters;
use khata_core::id::OwnerId;
use khata_core::ledger::ChainHash;
use khata_core::owner::Owner;
use khata_core::record::{FieldType as _, Value};
use khata_core::store::{Head, OwnerWrite};

use super::{Fields, Row, append, append_record, empty};
use crate::error::UnreadableField;
use crate::schema::{Collection, HEADS, OWNERS};

/// The document of a head, which is all of it but the profile.
#[derive(Debug, Clone)]
pub(crate) struct HeadRow {
    pub(crate) owner: OwnerId,
    pub(crate) seq: u64,
    pub(crate) hash: ChainHash,
    pub(crate) recorded_at: Timestamp,
    pub(crate) counters: Counters,
    /// Number of transactions that held the lock.
    pub(crate) lock: u64,
}

impl Row for HeadRow {
    const COLLECTION: &'static Collection = &HEADS;

    fn read(fields: &mut Fields<'_>) -> Result<Self, UnreadableField> {
        Ok(Self {
            owner: fields.get("_id")?,
            seq: fields.get("seq")?,
            hash: fields.get("hash")?,
            recorded_at: fields.get("recorded_at")?,
            counters: fields.deserialize::<Counters>("counters")?,
            lock: fields.get("lock")?,
        })
    }
}

impl HeadRow {
    /// The head, with the profile and the version of the password.
    pub(crate) fn with(self, owner: Owner, password_version: u64) -> Head {
        let Self { seq, hash, recorded_at, counters, .. } = self;
        Head { owner, password_version, seq, hash, recorded_at, counters }
    }
}

/// The document of a new owner.
pub(crate) fn owner_document(head: &Head, password_hash: &str) -> RawDocumentBuf {
    let mut document = empty();
    append(&mut document, "_id", head.owner.id.value());
    append_record(&mut document, &OWNERS, &head.owner);
    append(&mut document, "password_version", Value::Integer(head.password_version));
    append(&mut document, "password_hash", Value::Text(password_hash));
    append(&mut document, "logins", Value::Integer(0));
    document
}

/// The document of a new head.
pub(crate) fn head_document(head: &Head) -> RawDocumentBuf {
    let mut document = empty();
    append(&mut document, "_id", head.owner.id.value());
    append_head(&mut document, head);
    append(&mut document, "lock", Value::Integer(0));
    document
}

fn append_head(document: &mut RawDocumentBuf, head: &Head) {
    append(document, "seq", Value::Integer(head.seq));
    append(document, "hash", head.hash.value());
    append(document, "recorded_at", head.recorded_at.value());
    let counters = serialize_to_raw_document_buf(&head.counters).expect("counters have a BSON form");
    document.append(cstr!("counters"), counters);
}

/// The document that says whose a mobile number is.
pub(crate) fn owner_mobile_document(owner: &Owner) -> RawDocumentBuf {
    let mut document = empty();
    append(&mut document, "_id", owner.mobile.value());
    append(&mut document, "owner_id", owner.id.value());
    document
}

/// The fields of a shop that a change of the profile changes, and of the password if it is a new one.
pub(crate) fn owner_changes(write: &OwnerWrite) -> RawDocumentBuf {
    let mut set = empty();
    append_record(&mut set, &OWNERS, &write.owner);
    if let Some(password) = &write.password {
        append(&mut set, "password_version", Value::Integer(password.version));
        append(&mut set, "password_hash", Value::Text(&password.hash));
    }
    set
}

/// What a transaction changes of a head, in one statement.
pub(crate) struct HeadChange {
    set: RawDocumentBuf,
    takes_lock: bool,
}

impl Default for HeadChange {
    fn default() -> Self {
        Self { set: empty(), takes_lock: false }
    }
}

impl HeadChange {
    /// The change that takes the lock of the book: a transaction that writes to the same document before this one ends, or
    /// has done so since it began, conflicts with it.
    pub(crate) fn locking() -> Self {
        Self { takes_lock: true, ..Self::default() }
    }

    /// Moves the head on as well.
    pub(crate) fn move_on(&mut self, head: &Head) {
        append_head(&mut self.set, head);
    }

    /// The update.
    pub(crate) fn update(self) -> RawDocumentBuf {
        let mut update = rawdoc! { "$set": self.set };
        if self.takes_lock {
            update.append(cstr!("$inc"), rawdoc! { "lock": 1_i64 });
        }
        update
    }
}
