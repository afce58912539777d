//! `documents`.

use khata_core::documents::Document;
use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::ledger::Allocation;
use khata_core::number::{DocumentNumber, NumberKey, Series};
use khata_core::store::StoredDocument;
use sqlx::FromRow;
use sqlx::types::chrono::NaiveDate;
use uuid::Uuid;

use super::item::ItemRow;
use super::key::IdKey;
use super::{date, read, signed, time, unsigned};
use crate::error::Unreadable;
use crate::set::{Column, Columns};

row! {
    /// A document.
    #[derive(Debug, FromRow)]
    pub(crate) struct DocumentRow {
        owner_id: Uuid,
        id: Uuid,
        customer_id: Uuid,
        kind: String,
        year: i64,
        number: String,
        date: NaiveDate,
        seq: i64,
        recorded_at: i64,
        body: String,
    }
}

impl From<&Document> for DocumentRow {
    fn from(document: &Document) -> Self {
        let series = document.key.series();
        Self {
            owner_id: document.owner.uuid(),
            id: document.id.uuid(),
            customer_id: document.customer.uuid(),
            kind: series.kind.to_string(),
            year: series.year.start_year().into(),
            number: document.key.number().to_owned(),
            date: document.date.naive(),
            seq: signed(document.seq),
            recorded_at: document.recorded_at.millis(),
            body: document.body.clone(),
        }
    }
}

impl TryFrom<DocumentRow> for Document {
    type Error = Unreadable;

    fn try_from(row: DocumentRow) -> Result<Self, Unreadable> {
        Ok(Self {
            owner: OwnerId::from_uuid(row.owner_id),
            id: ItemId::from_uuid(row.id),
            customer: CustomerId::from_uuid(row.customer_id),
            key: number_key(&row.kind, row.year, &row.number)?,
            date: date("documents.date", row.date)?,
            seq: unsigned("documents.seq", row.seq)?,
            recorded_at: time("documents.recorded_at", row.recorded_at)?,
            body: row.body,
        })
    }
}

row! {
    /// Whose number it is.
    #[derive(FromRow)]
    pub(crate) struct NumberRow {
        owner_id: Uuid,
        kind: String,
        year: i64,
        number: String,
        id: Uuid,
    }
}

impl TryFrom<NumberRow> for ((OwnerId, NumberKey), ItemId) {
    type Error = Unreadable;

    fn try_from(row: NumberRow) -> Result<Self, Unreadable> {
        let key = number_key(&row.kind, row.year, &row.number)?;
        Ok(((OwnerId::from_uuid(row.owner_id), key), ItemId::from_uuid(row.id)))
    }
}

/// What a document's number is unique by.
fn number_key(kind: &str, year: i64, number: &str) -> Result<NumberKey, Unreadable> {
    let series = read("documents.kind", Series::from_parts(kind, year))?;
    Ok(NumberKey::new(series, &read("documents.number", DocumentNumber::parse(number))?))
}

/// A document and its item. What is called the same in both is the same.
#[derive(Debug, FromRow)]
pub(crate) struct StoredDocumentRow {
    #[sqlx(flatten)]
    document: DocumentRow,
    #[sqlx(flatten)]
    item: ItemRow,
}

/// Those of the document. A statement names those that only its item has.
impl Columns for StoredDocumentRow {
    fn columns(name: &'static str) -> Vec<Column> {
        DocumentRow::columns(name)
    }
}

impl StoredDocumentRow {
    /// Whose it is and which, as a key.
    pub(crate) fn key(&self) -> IdKey {
        IdKey { owner_id: self.document.owner_id, id: self.document.id }
    }

    /// The paper, with these allocations.
    pub(crate) fn paper(self, allocations: Vec<Allocation>) -> Result<StoredDocument, Unreadable> {
        Ok(StoredDocument { document: self.document.try_into()?, item: self.item.try_into()?, allocations })
    }
}
