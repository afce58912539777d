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
        let found = self.snapshot(move |connection| {
            Box::pin(async move {
                let query = queries::DOCUMENT.query().bind(&owner).bind(&kind).bind(&id);
                let rows = query.fetch::<D>(connection).await?;
                with_allocations::<D>(connection, rows).await
            })
        });
        found.await?.pop().ok_or(StoreError::NotFound)
    }

    async fn documents(
        &self,
        owner: OwnerId,
        kind: DocumentKind,
        selection: &DocumentSelection,
    ) -> Result<Vec<StoredDocument>, StoreError> {
        let selection = selection.clone();
        self.snapshot(move |connection| {
            Box::pin(async move { documents::<D>(connection, owner, kind, &selection).await })
        })
        .await
    }
}

async fn documents<D: Dialect>(
    connection: &mut D::Connection,
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
    let before = selection.before.unwrap_or(u64::MAX);
    let (from, to) = (selection.from.unwrap_or(Date::MIN), selection.to.unwrap_or(Date::MAX));
    let query = statement.query().bind(&owner).bind(&kind).bind(&before).bind(&from).bind(&to);
    let mut query = query.bind(&selection.limit);
    if let Some(customer) = &selection.customer {
        query = query.bind(customer);
    }
    // No item is pending until later than the last day.
    let pending_after = selection.pending_after.unwrap_or(Date::MAX);
    if let Some(status) = &selection.status {
        query = query.bind(status).bind(&pending_after);
    }
    let rows = query.fetch::<D>(connection).await?;
    with_allocations::<D>(connection, rows).await
}

/// The documents of these rows, with their allocations.
async fn with_allocations<D: Dialect>(
    connection: &mut D::Connection,
    rows: Vec<(Document, Item)>,
) -> Result<Vec<StoredDocument>, StoreError> {
    let keys: Vec<_> = rows.iter().map(|(_, item)| (item.owner, item.id)).collect();
    let mut by_item = load::allocations_by_item::<D>(connection, &keys).await?;
    let documents = rows.into_iter().map(|(document, item)| {
        let allocations = by_item.remove(&(item.owner, item.id)).unwrap_or_default();
        StoredDocument { document, item, allocations }
    });
    Ok(documents.collect())
}
