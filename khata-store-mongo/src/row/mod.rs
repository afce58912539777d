//! How records become documents, and are read back.
//!
//! Both are generic over the descriptions of the records: a field is kept under the name of its column. A collection says
//! which fields are in its `_id`, and which fields it has beside those of its record.

mod owner;
mod reader;
mod writer;

use bson::RawDocumentBuf;
use bson::raw::cstr;
use khata_core::customer::Customer;
use khata_core::documents::Document;
use khata_core::id::OwnerId;
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::invoice::InvoiceStatus;
use khata_core::ledger::{Allocation, Entry, Item};
use khata_core::record::{FieldType as _, Stored, Value};
use khata_core::store::{
    BalanceWrite, Credentials, CustomerWrite, LiveSession, Session, Throttle, ThrottleKey,
};

use crate::error::UnreadableField;
use crate::schema::{
    ALLOCATIONS, CUSTOMERS, Collection, DOCUMENTS, ENTRIES, IDEMPOTENCY, ITEMS, OWNERS, SESSIONS, THROTTLES,
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
    Credentials: OWNERS;
    LiveSession: SESSIONS;
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
        if account.get::<OwnerId>("owner_id")? != item.owner {
            return Err(account.unreadable("owner_id", "not the shop that the item is of"));
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
        ("free_from", item.free_from.value()),
        ("void", item.void.value()),
        ("updated_at", item.updated_at.value()),
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
    append(&mut document, "name_key", Value::Text(&write.name_key));
    append(&mut document, "words", write.words.value());
    document
}

/// The fields of a customer that postings change.
pub(crate) fn balance_changes(write: &BalanceWrite) -> RawDocumentBuf {
    let mut changes = empty();
    append_record(&mut changes, &CUSTOMERS, write);
    changes
}

impl Row for (OwnerId, IdempotencyKey, IdempotencyRecord) {
    const COLLECTION: &'static Collection = &IDEMPOTENCY;

    fn read(fields: &mut Fields<'_>) -> Result<Self, UnreadableField> {
        let mut id = fields.group("_id")?;
        Ok((id.get("owner_id")?, id.get("key")?, IdempotencyRecord::build(fields)?))
    }
}

/// The document of an idempotency record.
pub(crate) fn idempotency_document(
    (owner, key, record): &(OwnerId, IdempotencyKey, IdempotencyRecord),
) -> RawDocumentBuf {
    let mut id = RawDocumentBuf::new();
    append(&mut id, "owner_id", owner.value());
    append(&mut id, "key", key.value());
    let mut document = empty();
    document.append(cstr!("_id"), id);
    append_record(&mut document, &IDEMPOTENCY, record);
    document
}

/// The document of a session, with what a shop never changes.
pub(crate) fn session_document(session: &Session, shop: &khata_core::owner::Owner) -> RawDocumentBuf {
    let mut document = document_of(session);
    append(&mut document, "currency", shop.currency.value());
    append(&mut document, "time_zone", shop.time_zone.value());
    document
}

/// The document of a throttle.
pub(crate) fn throttle_document(key: &ThrottleKey, throttle: &Throttle) -> RawDocumentBuf {
    let mut document = empty();
    append(&mut document, "_id", key.value());
    append_record(&mut document, &THROTTLES, throttle);
    document
}
