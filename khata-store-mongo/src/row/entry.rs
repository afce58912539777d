//! Entries: each is one document, with its allocations, the document on paper and the request that it answered.

use std::collections::BTreeSet;

use bson::raw::cstr;
use bson::{RawArrayBuf, RawBson, RawDocumentBuf};
use khata_core::calendar::Date;
use khata_core::documents::Document;
use khata_core::id::OwnerId;
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::ledger::{Allocation, Entry};
use khata_core::record::{FieldType as _, Stored as _, Value};
use uuid::Uuid;

use super::reader::Within;
use super::writer::{c_str, within};
use super::{Fields, Row, append, document_of};
use crate::error::UnreadableField;
use crate::schema::{Collection, ENTRIES, IDEMPOTENCY};

/// What the document of an entry is written from.
pub(crate) struct EntryRow<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) document: Option<&'a Document>,
    pub(crate) request: Option<(&'a IdempotencyKey, &'a IdempotencyRecord)>,
}

/// The document of an entry.
pub(crate) fn entry_document(row: &EntryRow<'_>) -> RawDocumentBuf {
    let EntryRow { entry, document, request } = row;
    let mut written = document_of(*entry);
    append(&mut written, "allocates", Value::Flag(!entry.allocations.is_empty()));
    written.append(cstr!("touched"), ids(&touched(entry)));
    append(&mut written, "last_effective_date", last_effective(entry).value());
    let nested = |name| ENTRIES.nested(name);
    let allocations: RawArrayBuf =
        entry.allocations.iter().map(|allocation| within(nested("allocations"), allocation)).collect();
    written.append(cstr!("allocations"), allocations);
    let document = document.map(|document| within(nested("document"), document));
    written.append(cstr!("document"), document.map_or(RawBson::Null, RawBson::from));
    let request = request.map(|(key, record)| {
        let mut request = within(nested("request"), record);
        append(&mut request, "key", key.value());
        request
    });
    written.append(c_str("request"), request.map_or(RawBson::Null, RawBson::from));
    written
}

impl Row for Entry {
    const COLLECTION: &'static Collection = &ENTRIES;

    fn read(fields: &mut Fields<'_>) -> Result<Self, UnreadableField> {
        let mut entry = Self::build(fields)?;
        for (ordinal, fields) in (0..).zip(fields.list("allocations")?) {
            let given = [
                ("owner_id", entry.owner.value()),
                ("seq", Value::Integer(entry.seq)),
                ("ordinal", Value::Integer(ordinal)),
            ];
            entry.allocations.push(Allocation::build(&mut Within { fields, given: &given })?);
        }
        // What it is found by.
        if fields.get::<bool>("allocates")? == entry.allocations.is_empty() {
            return Err(fields.unreadable("allocates", "not whether it has allocations"));
        }
        if fields.ids("touched")? != touched(&entry) {
            return Err(fields.unreadable("touched", "not the items of its allocations"));
        }
        if fields.get::<Option<Date>>("last_effective_date")? != last_effective(&entry) {
            return Err(fields.unreadable("last_effective_date", "not the last day of its allocations"));
        }
        Ok(entry)
    }
}

/// An entry, with the document of the item that it opened.
#[derive(Debug, Clone)]
pub(crate) struct Posting {
    pub(crate) entry: Entry,
    pub(crate) document: Option<Document>,
}

impl Row for Posting {
    const COLLECTION: &'static Collection = &ENTRIES;

    fn read(fields: &mut Fields<'_>) -> Result<Self, UnreadableField> {
        let entry = Entry::read(fields)?;
        let document = document(fields, &entry)?;
        Ok(Self { entry, document })
    }
}

/// The document of the item that the entry opened.
fn document(fields: &Fields<'_>, entry: &Entry) -> Result<Option<Document>, UnreadableField> {
    let Some(fields) = fields.nested("document")? else { return Ok(None) };
    let given =
        [("owner_id", entry.owner.value()), ("id", entry.id.value()), ("seq", Value::Integer(entry.seq))];
    Document::build(&mut Within { fields, given: &given }).map(Some)
}

/// A request that was answered, wherever that is kept.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) owner: OwnerId,
    pub(crate) key: IdempotencyKey,
    pub(crate) record: IdempotencyRecord,
}

impl Row for Request {
    const COLLECTION: &'static Collection = &IDEMPOTENCY;

    fn read(fields: &mut Fields<'_>) -> Result<Self, UnreadableField> {
        let mut id = fields.group("_id")?;
        let (owner, key) = (id.get("owner_id")?, id.get("key")?);
        Ok(Self { owner, key, record: IdempotencyRecord::build(fields)? })
    }
}

impl Request {
    /// Reads the request of an entry.
    pub(crate) fn of_entry(fields: &mut Fields<'_>) -> Result<Self, UnreadableField> {
        let owner = fields.group("_id")?.get("owner_id")?;
        let request = fields.nested("request")?;
        let mut fields = request.ok_or_else(|| fields.unreadable("request", "is missing"))?;
        let key = fields.get("key")?;
        Ok(Self { owner, key, record: IdempotencyRecord::build(&mut Within { fields, given: &[] })? })
    }
}

/// The items that the allocations of an entry are from or to, but for the one that it opened, which has its id.
fn touched(entry: &Entry) -> Vec<Uuid> {
    let both =
        entry.allocations.iter().flat_map(|allocation| [allocation.debit.uuid(), allocation.credit.uuid()]);
    let distinct: BTreeSet<_> = both.filter(|item| *item != entry.id.uuid()).collect();
    distinct.into_iter().collect()
}

fn ids(ids: &[Uuid]) -> RawBson {
    if ids.is_empty() {
        return RawBson::Null;
    }
    ids.iter().map(|id| bson::Binary::from(bson::Uuid::from(*id))).collect::<RawArrayBuf>().into()
}

/// The last day from which one of the allocations of an entry is effective, if that is after its own.
fn last_effective(entry: &Entry) -> Option<Date> {
    entry.allocations.iter().map(|allocation| allocation.effective).max().filter(|last| *last > entry.date)
}
