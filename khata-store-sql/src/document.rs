//! Reading papers: see [`DocumentRepository`].

use std::collections::HashMap;

use async_trait::async_trait;
use khata_core::calendar::Date;
use khata_core::id::{ItemId, OwnerId};
use khata_core::ledger::Allocation;
use khata_core::number::DocumentKind;
use khata_core::store::{DocumentRepository, DocumentSelection, Paper, StoreError};

use crate::dialect::Dialect;
use crate::row::{PaperRow, bound};
use crate::{SqlStore, queries};

#[async_trait]
impl<D: Dialect> DocumentRepository for SqlStore<D> {
    async fn document(&self, owner: OwnerId, kind: DocumentKind, id: ItemId) -> Result<Paper, StoreError> {
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
    ) -> Result<Vec<Paper>, StoreError> {
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
    rows: Vec<PaperRow>,
) -> Result<Vec<Paper>, StoreError> {
    let keys = rows.iter().map(PaperRow::key);
    let mut by_item: HashMap<ItemId, Vec<Allocation>> = HashMap::new();
    for row in queries::ALLOCATIONS_BY_ITEM.fetch::<D>(snapshot, keys).await? {
        let allocation = Allocation::try_from(row)?;
        by_item.entry(allocation.debit).or_default().push(allocation.clone());
        by_item.entry(allocation.credit).or_default().push(allocation);
    }
    let papers = rows.into_iter().map(|row| {
        let allocations = by_item.remove(&row.id()).unwrap_or_default();
        row.paper(allocations)
    });
    Ok(papers.collect::<Result<_, _>>()?)
}
