//! Shops: the profile, the password, and the head of the ledger, in one document; and the mobile numbers of owners.

use bson::raw::cstr;
use bson::{RawDocumentBuf, rawdoc, serialize_to_raw_document_buf};
use khata_core::counters::Counters;
use khata_core::owner::Owner;
use khata_core::record::{FieldType as _, Stored as _, Value};
use khata_core::store::{Head, OwnerWrite};

use super::{Fields, Row, append, append_record, empty};
use crate::error::UnreadableField;
use crate::schema::{Collection, OWNERS};

impl Row for Head {
    const COLLECTION: &'static Collection = &OWNERS;

    fn read(fields: &mut Fields<'_>) -> Result<Self, UnreadableField> {
        Ok(Self {
            owner: Owner::build(fields)?,
            password_version: fields.get("password_version")?,
            seq: fields.get("seq")?,
            hash: fields.get("hash")?,
            recorded_at: fields.get("recorded_at")?,
            counters: fields.deserialize::<Counters>("counters")?,
        })
    }
}

/// The document of a new owner.
pub(crate) fn owner_document(head: &Head, password_hash: &str) -> RawDocumentBuf {
    let mut document = empty();
    append(&mut document, "_id", head.owner.id.value());
    append_record(&mut document, &OWNERS, &head.owner);
    append(&mut document, "password_version", Value::Integer(head.password_version));
    append_head(&mut document, head);
    append(&mut document, "password_hash", Value::Text(password_hash));
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

/// What a transaction changes of a shop, in one statement.
pub(crate) struct OwnerChange {
    set: RawDocumentBuf,
    takes_lock: bool,
}

impl Default for OwnerChange {
    fn default() -> Self {
        Self { set: empty(), takes_lock: false }
    }
}

impl OwnerChange {
    /// The change that takes the lock of the shop: a transaction that writes to the same document before this one ends, or
    /// has done so since it began, conflicts with it.
    pub(crate) fn locking() -> Self {
        Self { takes_lock: true, ..Self::default() }
    }

    /// Moves the head on as well.
    pub(crate) fn move_on(&mut self, head: &Head) {
        append_head(&mut self.set, head);
    }

    /// Changes the profile as well, and the password if it is a new one.
    pub(crate) fn put(&mut self, write: &OwnerWrite) {
        append_record(&mut self.set, &OWNERS, &write.owner);
        if let Some(password) = &write.password {
            append(&mut self.set, "password_version", Value::Integer(password.version));
            append(&mut self.set, "password_hash", Value::Text(&password.hash));
        }
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
