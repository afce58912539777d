//! The lines of a book as JSON lines, for writing and reading: see [`export`](super). Each is an object with one member,
//! which names the type of the line.

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::customer::Customer;
use crate::id::ItemId;
use crate::idempotency::{IdempotencyKey, IdempotencyRecord};
use crate::ledger::{ChainHash, Entry};
use crate::owner::Owner;
use crate::record::json::{AsJson, Fields, from_json, write_fields};
use crate::record::{Record, Stored};
use crate::store::Posted;
use crate::values::calendar::Timestamp;

/// Version of the format.
pub(crate) const VERSION: u32 = 1;

/// A line of a book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Line {
    Khata(Header),
    Shop(RecordLine<Owner>),
    Customer(RecordLine<Customer>),
    Entry(Box<EntryLine>),
    Request(RequestLine),
    End(End),
}

/// The first line, with the format and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    pub(crate) format: String,
    pub(crate) version: u32,
}

impl Header {
    /// Name of the format.
    pub(crate) const FORMAT: &'static str = "khata-book";
}

/// A record without its derived fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordLine<R>(pub(crate) Box<R>);

impl<R: Record> Serialize for RecordLine<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        AsJson(&*self.0, Fields::Recorded).serialize(serializer)
    }
}

impl<'de, R: Stored> Deserialize<'de> for RecordLine<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let object = Map::deserialize(deserializer)?;
        from_json(object, Fields::Recorded).map(|record| Self(Box::new(record))).map_err(D::Error::custom)
    }
}

/// An entry with its own document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryLine {
    pub(crate) entry: Entry,
    /// Exact bytes of the document's body.
    pub(crate) document: Option<String>,
}

impl Serialize for EntryLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        write_fields(&self.entry, Fields::Recorded, &mut map)?;
        if let Some(document) = &self.document {
            map.serialize_entry("document", document)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for EntryLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut object: Map<String, Value> = Map::deserialize(deserializer)?;
        let document = object.remove("document").unwrap_or_default();
        Ok(Self {
            document: Deserialize::deserialize(document).map_err(D::Error::custom)?,
            entry: from_json(object, Fields::Recorded).map_err(D::Error::custom)?,
        })
    }
}

impl From<&Posted> for EntryLine {
    fn from(Posted { entry, document, .. }: &Posted) -> Self {
        // A void, say, is posted with the voided document, which precedes it.
        let own = document.as_ref().filter(|_| entry.kind.opens().is_some());
        Self { entry: entry.clone(), document: own.map(|document| document.body.clone()) }
    }
}

/// An idempotency record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RequestLine {
    pub(crate) key: IdempotencyKey,
    /// Fingerprint of the request.
    fingerprint: ChainHash,
    /// The document or customer that the request created or changed.
    subject_id: ItemId,
    /// Exact bytes of the stored response.
    answer: String,
}

impl From<&(IdempotencyKey, IdempotencyRecord)> for RequestLine {
    fn from((key, record): &(IdempotencyKey, IdempotencyRecord)) -> Self {
        Self {
            key: key.clone(),
            fingerprint: ChainHash(record.fingerprint),
            subject_id: record.subject,
            answer: record.answer.clone(),
        }
    }
}

impl From<RequestLine> for (IdempotencyKey, IdempotencyRecord) {
    fn from(line: RequestLine) -> Self {
        let RequestLine { key, fingerprint: ChainHash(fingerprint), subject_id: subject, answer } = line;
        (key, IdempotencyRecord { fingerprint, subject, answer })
    }
}

/// The last line, with the totals of the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct End {
    pub(crate) seq: u64,
    pub(crate) hash: ChainHash,
    pub(crate) recorded_at: Timestamp,
    pub(crate) customers: u64,
    pub(crate) requests: u64,
    /// SHA-256 of all previous lines, with their line breaks.
    pub(crate) sha256: ChainHash,
}
