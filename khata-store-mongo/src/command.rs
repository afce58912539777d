//! Commands that the driver has no methods for: many different updates at once, and what a transaction begins with.

use bson::raw::cstr;
use bson::{Document, RawArrayBuf, RawDocumentBuf, rawdoc};
use khata_core::id::OwnerId;
use khata_core::record::{FieldType, Value};

use crate::error::Refused;
use crate::row::append;
use crate::schema::Collection;

/// Maximum number of statements in a command: the server takes 100,000, but no more than 16 MiB of them.
pub(crate) const STATEMENTS_MAX: usize = 10_000;

/// More documents than any answer has: it comes in one piece, as far as the server's 16 MiB for one allow it.
pub(crate) const ROWS_IN_ONE_PIECE: u32 = i32::MAX as u32;

/// The filter of what a shop has under this id.
pub(crate) fn one<T: FieldType>(owner: OwnerId, id: T) -> RawDocumentBuf {
    let mut key = RawDocumentBuf::new();
    append(&mut key, "owner_id", owner.value());
    append(&mut key, "id", id.value());
    rawdoc! { "_id": key }
}

/// The filter of a shop.
pub(crate) fn shop(owner: OwnerId) -> RawDocumentBuf {
    let mut filter = RawDocumentBuf::new();
    append(&mut filter, "_id", owner.value());
    filter
}

/// The filter of the head of a shop, as long as its lock has this count.
pub(crate) fn unlocked(owner: OwnerId, lock: u64) -> RawDocumentBuf {
    let mut filter = shop(owner);
    append(&mut filter, "lock", Value::Integer(lock));
    filter
}

/// The statement that updates a document which is there.
pub(crate) fn change(filter: RawDocumentBuf, update: RawDocumentBuf) -> RawDocumentBuf {
    rawdoc! { "q": filter, "u": update, "upsert": false }
}

/// The statement that sets some fields of a document which is there.
pub(crate) fn set(filter: RawDocumentBuf, fields: RawDocumentBuf) -> RawDocumentBuf {
    change(filter, rawdoc! { "$set": fields })
}

/// The statement that puts a whole document, in the place of the one that has its `_id` if there is one.
pub(crate) fn put(filter: RawDocumentBuf, document: RawDocumentBuf) -> RawDocumentBuf {
    rawdoc! { "q": filter, "u": document, "upsert": true }
}

/// The command of these statements, carried out in this order.
pub(crate) fn update(collection: &Collection, statements: &[RawDocumentBuf]) -> RawDocumentBuf {
    let mut updates = RawArrayBuf::new();
    statements.iter().for_each(|statement| updates.push(statement));
    let mut command = rawdoc! { "update": collection.name };
    command.append(cstr!("updates"), updates);
    command
}

/// The command that adds a document.
pub(crate) fn insert(collection: &Collection, document: RawDocumentBuf) -> RawDocumentBuf {
    rawdoc! { "insert": collection.name, "documents": [document] }
}

/// The number of documents that were matched or added, from the reply to one of these commands.
pub(crate) fn written(collection: &Collection, reply: &Document) -> Result<usize, Refused> {
    let errors = reply.get_array("writeErrors").ok();
    if let Some(error) = errors.and_then(|errors| errors.first()?.as_document()) {
        let (code, message) = (error.get_i32("code"), error.get_str("errmsg"));
        return Err(Refused::new(collection.name, code.unwrap_or_default(), message.unwrap_or_default()));
    }
    Ok(reply.get_i32("n").ok().and_then(|n| usize::try_from(n).ok()).unwrap_or_default())
}
