//! Reading papers: see [`DocumentRepository`].

use async_trait::async_trait;
use khata_core::calendar::Date;
use khata_core::id::{ItemId, OwnerId};
use khata_core::number::DocumentKind;
use khata_core::store::{DocumentRepository, DocumentSelection, StoreError, StoredDocument};

use crate::dialect::Dialect;
use crate::row::{StoredDocumentRow, bound};
use crate::{SqlStore, load, queries};

#[async_trait]
impl<D: Dialect> DocumentRepository for SqlStore<D> {
    async fn document(
        &self,
        owner: OwnerId,
        kind: DocumentKind,
        id: ItemId,
    ) -> Result<StoredDocument, StoreError> {
        let query = queries::PAPER.query::<D>().bind(owner.uuid()).bind(kind.as_str()).bind(id.uuid());
        let mut snapshot = self.snapshot().await?;
        let rows = query.fetch(&mut snapshot).await?;
        papers::<D>(&mut snapshot, rows).await?.pop().ok_or(StoreError::NotFound)
    }

    async fn documents(
        &self,
        owner: OwnerId,
        kind: DocumentKind,
        selection: &DocumentSelection,
    ) -> Result<Vec<StoredDocument>, StoreError> {
        let statement = match (selection.customer, selection.status) {
            (Some(_), Some(_)) => &queries::PAPERS_OF_CUSTOMER_BY_STATUS,
            (Some(_), None) => &queries::PAPERS_OF_CUSTOMER,
            (None, Some(_)) => &queries::PAPERS_OF_SHOP_BY_STATUS,
            (None, None) => &queries::PAPERS_OF_SHOP,
        };
        let mut query = statement
            .query::<D>()
            .bind(owner.uuid())
            .bind(kind.as_str())
            .bind(selection.before.map_or(i64::MAX, bound))
            .bind(selection.from.unwrap_or(Date::MIN).naive())
            .bind(selection.to.unwrap_or(Date::MAX).naive())
            .bind(i64::from(selection.limit));
        if let Some(customer) = selection.customer {
            query = query.bind(customer.uuid());
        }
        if let Some(status) = selection.status {
            query = query.bind(status.as_str());
        }
        let mut snapshot = self.snapshot().await?;
        let rows = query.fetch(&mut snapshot).await?;
        papers::<D>(&mut snapshot, rows).await
    }
}

/// The papers of these rows, with their allocations.
async fn papers<D: Dialect>(
    snapshot: &mut D::Connection,
    rows: Vec<StoredDocumentRow>,
) -> Result<Vec<StoredDocument>, StoreError> {
    let keys = rows.iter().map(StoredDocumentRow::key);
    let mut by_item = load::allocations_by_item::<D>(snapshot, keys).await?;
    let papers = rows.into_iter().map(|row| row.paper(Vec::new()));
    let mut papers = papers.collect::<Result<Vec<_>, _>>()?;
    for StoredDocument { item, allocations, .. } in &mut papers {
        *allocations = by_item.remove(&(item.owner, item.id)).unwrap_or_default();
    }
    Ok(papers)
}
