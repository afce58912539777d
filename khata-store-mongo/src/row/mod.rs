//! How records become documents, and are read back.
//!
//! Both are generic over the descriptions of the records: a field is kept under its name on the wire. A collection says
//! which fields are in its `_id`, and which fields it has beside those of its record.

mod owner;
mod reader;
mod writer;

use bson::raw::cstr;
use bson::{RawArrayBuf, RawDocumentBuf};
use khata_core::customer::Customer;
use khata_core::documents::Document;
use khata_core::id::OwnerId;
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::invoice::InvoiceStatus;
use khata_core::ledger::{Allocation, Entry, Item};
use khata_core::record::{FieldType as _, Stored, Value};
use khata_core::store::{BalanceWrite, CustomerWrite, LiveSession, Session, Throttle, ThrottleKey};

use crate::error::UnreadableField;
use crate::schema::{
    ALLOCATIONS, CUSTOMERS, Collection, DOCUMENTS, ENTRIES, IDEMPOTENCY, ITEMS, SESSIONS, THROTTLES,
};
pub(crate) use owner::{OwnerChange, owner_document, owner_mobile_document};
pub(crate) use reader::Fields;
pub(crate) use writer::{append, append_record, document_of, empty, number, to_bson};

/// What the documents of a collection are read as.
pub(crate) trait Row: Sized + Send {
    /// The collection.
    const COLLECTION: &'static Collection;

    /// Reads a document.
    fn read(fields: &mut Fields<'_>) -> Result<Self, UnreadableField>;
}

/// Records that are all that the documents of a collection say.
macro_rules! rows {
    ($($record:ty: $collection:ident;)+) => {$(
        impl Row for $record {
            const COLLECTION: &'static Collection = &$collection;

            fn read(fields: &mut Fields<'_>) -> Result<Self, UnreadableField> {
                Self::build(fields)
            }
        }
    )+};
}

rows! {
    Customer: CUSTOMERS;
    Entry: ENTRIES;
    Allocation: ALLOCATIONS;
    Document: DOCUMENTS;
    Session: SESSIONS;
}

impl Row for Item {
    const COLLECTION: &'static Collection = &ITEMS;

    fn read(fields: &mut Fields<'_>) -> Result<Self, UnreadableField> {
        let item = Self::build(fields)?;
        let status: InvoiceStatus = fields.get("status")?;
        if status != item.status() {
            return Err(fields.unreadable("status", "not what its other fields amount to"));
        }
        let mut account = fields.group("account")?;
        if account.get::<OwnerId>("shopOwnerId")? != item.owner {
            return Err(account.unreadable("shopOwnerId", "not the shop that the item is of"));
        }
        Ok(item)
    }
}

/// The document of an item.
pub(crate) fn item_document(item: &Item) -> RawDocumentBuf {
    let mut document = document_of(item);
    append(&mut document, "status", item.status().value());
    document
}

/// The fields of an item that change.
pub(crate) fn item_changes(item: &Item) -> RawDocumentBuf {
    let mut changes = empty();
    for (name, value) in [
        ("open", item.open.value()),
        ("credited", item.credited.value()),
        ("freeFrom", item.free_from.value()),
        ("void", item.void.value()),
        ("updatedAt", item.updated_at.value()),
        ("status", item.status().value()),
    ] {
        append(&mut changes, name, value);
    }
    changes
}

/// The document of a customer, with what the server finds and sorts it by.
pub(crate) fn customer_document(write: &CustomerWrite) -> RawDocumentBuf {
    let mut document = document_of(&write.customer);
    append(&mut document, "archived", Value::Flag(write.customer.archived_at.is_some()));
    append(&mut document, "nameKey", Value::Text(&write.name_key));
    let words: RawArrayBuf = write.words.iter().map(String::as_str).collect();
    document.append(cstr!("words"), &words);
    document
}

/// The fields of a customer that postings change.
pub(crate) fn balance_changes(write: &BalanceWrite) -> RawDocumentBuf {
    let mut changes = empty();
    append_record(&mut changes, &CUSTOMERS, &write.totals);
    append(&mut changes, "lastSeq", Value::Integer(write.last_seq));
    append(&mut changes, "revision", Value::Integer(write.revision));
    changes
}

impl Row for (OwnerId, IdempotencyKey, IdempotencyRecord) {
    const COLLECTION: &'static Collection = &IDEMPOTENCY;

    fn read(fields: &mut Fields<'_>) -> Result<Self, UnreadableField> {
        let mut id = fields.group("_id")?;
        // In quotes, since one pair is taken off, and it must not be a pair that is part of the key.
        let key = IdempotencyKey::parse(&format!("\"{}\"", id.get::<String>("key")?));
        let key = key.map_err(|violation| id.unreadable("key", violation))?;
        Ok((id.get("shopOwnerId")?, key, IdempotencyRecord::build(fields)?))
    }
}

/// The document of an idempotency record.
pub(crate) fn idempotency_document(
    (owner, key, record): &(OwnerId, IdempotencyKey, IdempotencyRecord),
) -> RawDocumentBuf {
    let mut id = RawDocumentBuf::new();
    append(&mut id, "shopOwnerId", owner.value());
    append(&mut id, "key", Value::Text(key.as_str()));
    let mut document = empty();
    document.append(cstr!("_id"), id);
    append_record(&mut document, &IDEMPOTENCY, record);
    document
}

impl Row for LiveSession {
    const COLLECTION: &'static Collection = &SESSIONS;

    fn read(fields: &mut Fields<'_>) -> Result<Self, UnreadableField> {
        let mut id = fields.group("_id")?;
        Ok(Self {
            owner: id.get("shopOwnerId")?,
            id: id.get("id")?,
            currency: fields.get("currency")?,
            time_zone: fields.get("timeZone")?,
        })
    }
}

/// The document of a session, with what a shop never changes.
pub(crate) fn session_document(session: &Session, shop: &khata_core::owner::Owner) -> RawDocumentBuf {
    let mut document = document_of(session);
    append(&mut document, "currency", shop.currency.value());
    append(&mut document, "timeZone", shop.time_zone.value());
    document
}

/// The document of a throttle.
pub(crate) fn throttle_document(key: &ThrottleKey, throttle: &Throttle) -> RawDocumentBuf {
    let mut document = empty();
    append(&mut document, "_id", Value::Text(key.as_str()));
    append_record(&mut document, &THROTTLES, throttle);
    document
}
