//! How records become documents, and are read back.
//!
//! Both are generic over the descriptions of the records: a field is kept under the name of its column. A collection says
//! which fields are in its `_id`, and which fields it has beside those of its record.

mod entry;
mod item;
mod owner;
mod reader;
mod writer;

use bson::RawDocumentBuf;
use bson::raw::cstr;
use khata_core::customer::Customer;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::owner::Owner;
use khata_core::record::{FieldType as _, Stored, Value};
use khata_core::store::{
    BalanceWrite, Credentials, CustomerWrite, LiveSession, Session, Throttle, ThrottleKey,
};

use crate::error::UnreadableField;
use crate::schema::{CUSTOMER_NAMES, CUSTOMERS, Collection, IDEMPOTENCY, OWNERS, SESSIONS, THROTTLES};
pub(crate) use entry::{EntryRow, Posting, Request, entry_document};
pub(crate) use item::{item_changes, item_document};
pub(crate) use owner::{
    HeadChange, HeadRow, head_document, owner_changes, owner_document, owner_mobile_document,
};
pub(crate) use reader::{Fields, Within};
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
    Owner: OWNERS;
    Credentials: OWNERS;
    LiveSession: SESSIONS;
    Session: SESSIONS;
}

/// The document of a customer, with what the server finds and sorts it by.
pub(crate) fn customer_document(write: &CustomerWrite) -> RawDocumentBuf {
    let mut document = document_of(&write.customer);
    append(&mut document, "archived", Value::Flag(write.customer.archived_at.is_some()));
    append(&mut document, "words", write.words.value());
    document
}

/// The document that a customer is found by.
pub(crate) fn customer_name_document(write: &CustomerWrite) -> RawDocumentBuf {
    let CustomerWrite { customer, words, name_key } = write;
    let mut id = RawDocumentBuf::new();
    append(&mut id, "owner_id", customer.owner.value());
    append(&mut id, "id", customer.id.value());
    let mut document = empty();
    document.append(cstr!("_id"), id);
    append(&mut document, "archived", Value::Flag(customer.archived_at.is_some()));
    append(&mut document, "mobile_number", customer.mobile.value());
    append(&mut document, "name_key", Value::Text(name_key));
    append(&mut document, "words", words.value());
    document
}

/// The id of a customer, from the document that it is found by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CustomerName(pub(crate) CustomerId);

impl Row for CustomerName {
    const COLLECTION: &'static Collection = &CUSTOMER_NAMES;

    fn read(fields: &mut Fields<'_>) -> Result<Self, UnreadableField> {
        fields.group("_id")?.get("id").map(Self)
    }
}

/// The fields of a customer that postings change.
pub(crate) fn balance_changes(write: &BalanceWrite) -> RawDocumentBuf {
    let mut changes = empty();
    append_record(&mut changes, &CUSTOMERS, write);
    changes
}

/// The document of an idempotency record that no entry has.
pub(crate) fn idempotency_document(
    owner: OwnerId,
    key: &IdempotencyKey,
    record: &IdempotencyRecord,
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
pub(crate) fn session_document(session: &Session, shop: &Owner) -> RawDocumentBuf {
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
