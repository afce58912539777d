//! Reading papers: see [`DocumentRepository`].

use async_trait::async_trait;
use khata_core::calendar::Date;
use khata_core::id::{ItemId, OwnerId};
use khata_core::invoice::InvoiceStatus;
use khata_core::number::DocumentKind;
use khata_core::store::{DocumentRepository, DocumentSelection, Paper, StoreError};
use sqlx::SqliteConnection;

use crate::error::of_statement;
use crate::row::{PaperRow, bound};
use crate::{SqliteStore, load, queries};

#[async_trait]
impl DocumentRepository for SqliteStore {
    async fn document(&self, owner: OwnerId, kind: DocumentKind, id: ItemId) -> Result<Paper, StoreError> {
        let mut snapshot = self.readers.begin().await.map_err(of_statement)?;
        let row: Option<PaperRow> = sqlx::query_as(queries::PAPER)
            .bind(owner.uuid())
            .bind(kind.as_str())
            .bind(id.uuid())
            .fetch_optional(&mut *snapshot)
            .await
            .map_err(of_statement)?;
        papers(&mut snapshot, row.into_iter().collect()).await?.pop().ok_or(StoreError::NotFound)
    }

    async fn documents(
        &self,
        owner: OwnerId,
        kind: DocumentKind,
        selection: &DocumentSelection,
    ) -> Result<Vec<Paper>, StoreError> {
        let sql = match (selection.customer, selection.status) {
            (Some(_), _) => queries::PAPERS_OF_CUSTOMER,
            (None, Some(_)) => queries::PAPERS_OF_SHOP_BY_STATUS,
            (None, None) => queries::PAPERS_OF_SHOP,
        };
        let status = selection.status.map(InvoiceStatus::as_str);
        let query = sqlx::query_as(sql)
            .bind(owner.uuid())
            .bind(kind.as_str())
            .bind(selection.before.map_or(i64::MAX, bound))
            .bind(selection.from.unwrap_or(Date::MIN).to_string())
            .bind(selection.to.unwrap_or(Date::MAX).to_string())
            .bind(selection.limit);
        let query = match selection.customer {
            Some(customer) => query.bind(customer.uuid()).bind(status),
            None => query.bind(status),
        };
        let mut snapshot = self.readers.begin().await.map_err(of_statement)?;
        let rows: Vec<PaperRow> = query.fetch_all(&mut *snapshot).await.map_err(of_statement)?;
        papers(&mut snapshot, rows).await
    }
}

/// The papers of these rows, with their allocations.
async fn papers(snapshot: &mut SqliteConnection, rows: Vec<PaperRow>) -> Result<Vec<Paper>, StoreError> {
    let keys = rows.iter().map(PaperRow::key);
    let mut by_item = load::allocations_by_item(snapshot, keys).await?;
    let papers = rows.into_iter().map(|row| {
        let (owner, id) = row.key();
        let key = (OwnerId::from_uuid(owner), ItemId::from_uuid(id));
        let allocations = by_item.remove(&key).unwrap_or_default();
        row.paper(allocations)
    });
    Ok(papers.collect::<Result<_, _>>()?)
}
