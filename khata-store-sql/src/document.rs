//! Reading documents: see [`DocumentRepository`].

use async_trait::async_trait;
use khata_core::calendar::Date;
use khata_core::documents::Document;
use khata_core::id::{ItemId, OwnerId};
use khata_core::ledger::Item;
use khata_core::number::DocumentKind;
use khata_core::store::{DocumentRepository, DocumentSelection, StoreError, StoredDocument};

use crate::dialect::Dialect;
use crate::{SqlStore, load, queries};

#[async_trait]
impl<D: Dialect> DocumentRepository for SqlStore<D> {
    async fn document(
        &self,
        owner: OwnerId,
        kind: DocumentKind,
        id: ItemId,
    ) -> Result<StoredDocument, StoreError> {
        let query = queries::DOCUMENT.query::<D>().bind(&owner).bind(&kind).bind(&id);
        let mut snapshot = self.snapshot().await?;
        let rows = query.fetch(&mut snapshot).await?;
        with_allocations::<D>(&mut snapshot, rows).await?.pop().ok_or(StoreError::NotFound)
    }

    async fn documents(
        &self,
        owner: OwnerId,
        kind: DocumentKind,
        selection: &DocumentSelection,
    ) -> Result<Vec<StoredDocument>, StoreError> {
        let statement = match (selection.customer, selection.status) {
            (Some(_), Some(_)) => &queries::DOCUMENTS_OF_CUSTOMER_BY_STATUS,
            (Some(_), None) => &queries::DOCUMENTS_OF_CUSTOMER,
            (None, Some(_)) => &queries::DOCUMENTS_OF_SHOP_BY_STATUS,
            (None, None) => &queries::DOCUMENTS_OF_SHOP,
        };
        let mut query = statement
            .query::<D>()
            .bind(&owner)
            .bind(&kind)
            .bind(&selection.before.unwrap_or(u64::MAX))
            .bind(&selection.from.unwrap_or(Date::MIN))
            .bind(&selection.to.unwrap_or(Date::MAX))
            .bind(&selection.limit);
        if let Some(customer) = &selection.customer {
            query = query.bind(customer);
        }
        if let Some(status) = &selection.status {
            query = query.bind(status);
        }
        let mut snapshot = self.snapshot().await?;
        let rows = query.fetch(&mut snapshot).await?;
        with_allocations::<D>(&mut snapshot, rows).await
    }
}

/// The documents of these rows, with their allocations.
async fn with_allocations<D: Dialect>(
    snapshot: &mut D::Connection,
    rows: Vec<(Document, Item)>,
) -> Result<Vec<StoredDocument>, StoreError> {
    let keys: Vec<_> = rows.iter().map(|(_, item)| (item.owner, item.id)).collect();
    let mut by_item = load::allocations_by_item::<D>(snapshot, &keys).await?;
    let documents = rows.into_iter().map(|(document, item)| {
        let allocations = by_item.remove(&(item.owner, item.id)).unwrap_or_default();
        StoredDocument { document, item, allocations }
    });
    Ok(documents.collect())
}
