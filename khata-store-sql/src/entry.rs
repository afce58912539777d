//! Reading the ledger: see [`EntryRepository`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use khata_core::calendar::Date;
use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::ledger::Entry;
use khata_core::store::{EntryRepository, Posted, Standing, StoreError, Trace};

use crate::dialect::Dialect;
use crate::row::Row;
use crate::statement::Statement;
use crate::{SqlStore, load, queries};

#[async_trait]
impl<D: Dialect> EntryRepository for SqlStore<D> {
    async fn entries(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let mut snapshot = self.snapshot().await?;
        let mut entries = entries_after::<D>(&mut snapshot, owner, after, limit).await?;
        let query = queries::ALLOCATIONS_BETWEEN
            .query::<D>()
            .bind(&owner)
            .bind(&after)
            .bind(&entries.last().map_or(after, |entry| entry.seq));
        let mut allocations = query.fetch(&mut snapshot).await?.into_iter().peekable();
        for entry in &mut entries {
            while let Some(row) = allocations.next_if(|row| row.allocation.seq == entry.seq) {
                entry.allocations.push(row.of(entry)?);
            }
        }
        match allocations.next() {
            None => Ok(entries),
            Some(_) => Err(StoreError::corrupt("an allocation without its entry")),
        }
    }

    async fn postings(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Posted>, StoreError> {
        let mut snapshot = self.snapshot().await?;
        let entries = entries_after::<D>(&mut snapshot, owner, after, limit).await?;
        load::posted::<D>(&mut snapshot, entries).await
    }

    async fn idempotency_records(
        &self,
        owner: OwnerId,
        after: Option<&IdempotencyKey>,
        limit: u32,
    ) -> Result<Vec<(IdempotencyKey, IdempotencyRecord)>, StoreError> {
        let query = queries::IDEMPOTENCY_AFTER
            .query::<D>()
            .bind(&owner)
            .bind_text(after.map_or("", IdempotencyKey::as_str))
            .bind(&limit);
        let rows = query.fetch(&mut *self.reader().await?).await?;
        Ok(rows.into_iter().map(|(_, key, record)| (key, record)).collect())
    }

    async fn standing(
        &self,
        owner: OwnerId,
        customer: CustomerId,
        as_of: Date,
    ) -> Result<Standing, StoreError> {
        let mut snapshot = self.snapshot().await?;
        let query = queries::CUSTOMER.query::<D>().bind(&owner).bind(&customer);
        let customer_now = query.fetch_optional(&mut snapshot).await?.ok_or(StoreError::NotFound)?;
        let key = (owner, customer, as_of);
        Ok(Standing {
            customer: customer_now,
            items: later::<D, _>(&mut snapshot, &queries::ITEMS_STANDING, key).await?,
            later_entries: later::<D, _>(&mut snapshot, &queries::LATER_ENTRIES, key).await?,
            later_allocations: later::<D, _>(&mut snapshot, &queries::LATER_ALLOCATIONS, key).await?,
        })
    }

    async fn traces(&self, owner: OwnerId, asked: &[ItemId]) -> Result<Vec<Trace>, StoreError> {
        let keys: BTreeSet<_> = asked.iter().map(|id| (owner, *id)).collect();
        let keys: Vec<_> = keys.into_iter().collect();
        let mut snapshot = self.snapshot().await?;
        let mut items = queries::ITEMS_BY_ID.fetch::<D>(&mut snapshot, &keys).await?;
        items.sort_by_key(|item| item.seq);
        let mut documents = load::documents_by_id::<D>(&mut snapshot, &keys).await?;
        let mut allocations = load::allocations_by_item::<D>(&mut snapshot, &keys).await?;
        let traces = items.into_iter().map(|item| {
            let key = (item.owner, item.id);
            let allocations = allocations.remove(&key).unwrap_or_default();
            Trace { item, document: documents.remove(&key), allocations }
        });
        Ok(traces.collect())
    }
}

/// Without their allocations.
async fn entries_after<D: Dialect>(
    snapshot: &mut D::Connection,
    owner: OwnerId,
    after: u64,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    queries::ENTRIES_AFTER.query::<D>().bind(&owner).bind(&after).bind(&limit).fetch(snapshot).await
}

/// The rows of a customer that have to do with what takes effect after a day.
async fn later<D: Dialect, R: Row>(
    snapshot: &mut D::Connection,
    statement: &Statement<(), R>,
    (owner, customer, as_of): (OwnerId, CustomerId, Date),
) -> Result<Vec<R>, StoreError> {
    statement.query::<D>().bind(&owner).bind(&customer).bind(&as_of).fetch(snapshot).await
}
