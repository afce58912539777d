//! `documents`.

use bson::doc;
use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::ledger::Document;
use khata_core::number::{DocumentNumber, NumberKey, Series};
use serde::{Deserialize, Serialize};

use super::{Id, Key, Moment, Row, date, moment, read, signed, time, unsigned};
use crate::error::Unreadable;
use crate::schema::{Collection, DOCUMENTS};

/// A document.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DocumentRow {
    #[serde(rename = "_id")]
    pub(crate) key: Key,
    customer_id: Id,
    kind: String,
    year: i64,
    number: String,
    date: String,
    seq: i64,
    recorded_at: Moment,
    body: String,
}

impl Row for DocumentRow {
    const COLLECTION: &'static Collection = &DOCUMENTS;
}

impl From<&Document> for DocumentRow {
    fn from(document: &Document) -> Self {
        let series = document.key.series();
        Self {
            key: (document.owner, document.id).into(),
            customer_id: document.customer.uuid().into(),
            kind: series.kind.to_string(),
            year: series.year.start_year().into(),
            number: document.key.number().to_owned(),
            date: document.date.to_string(),
            seq: signed(document.seq),
            recorded_at: moment(document.recorded_at),
            body: document.body.clone(),
        }
    }
}

impl TryFrom<DocumentRow> for Document {
    type Error = Unreadable;

    fn try_from(row: DocumentRow) -> Result<Self, Unreadable> {
        Ok(Self {
            owner: row.key.owner(),
            id: ItemId::from_uuid(row.key.bits()),
            customer: CustomerId::from_uuid(row.customer_id.into()),
            key: number_key(&row.kind, row.year, &row.number)?,
            date: date("documents.date", &row.date)?,
            seq: unsigned("documents.seq", row.seq)?,
            recorded_at: time("documents.recordedAt", row.recorded_at)?,
            body: row.body,
        })
    }
}

/// What a document's number is unique by.
fn number_key(kind: &str, year: i64, number: &str) -> Result<NumberKey, Unreadable> {
    let series = read("documents.kind", Series::from_parts(kind, year))?;
    Ok(NumberKey::new(series, &read("documents.number", DocumentNumber::parse(number))?))
}

/// A number, and whose it is.
#[derive(Debug, Deserialize)]
pub(crate) struct NumberRow {
    #[serde(rename = "_id")]
    key: Key,
    kind: String,
    year: i64,
    number: String,
}

impl Row for NumberRow {
    const COLLECTION: &'static Collection = &DOCUMENTS;
}

impl NumberRow {
    /// What there is of a document in such a row.
    pub(crate) fn projection() -> bson::Document {
        doc! { "kind": 1, "year": 1, "number": 1 }
    }
}

impl TryFrom<NumberRow> for ((OwnerId, NumberKey), ItemId) {
    type Error = Unreadable;

    fn try_from(row: NumberRow) -> Result<Self, Unreadable> {
        let key = number_key(&row.kind, row.year, &row.number)?;
        Ok(((row.key.owner(), key), ItemId::from_uuid(row.key.bits())))
    }
}
