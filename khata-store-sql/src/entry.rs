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
        self.snapshot(move |connection| {
            Box::pin(async move { entries_with_allocations::<D>(connection, owner, after, limit).await })
        })
        .await
    }

    async fn postings(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Posted>, StoreError> {
        self.snapshot(move |connection| {
            Box::pin(async move {
                let entries = entries_after::<D>(connection, owner, after, limit).await?;
                load::posted::<D>(connection, entries).await
            })
        })
        .await
    }

    async fn idempotency_records(
        &self,
        owner: OwnerId,
        after: Option<&IdempotencyKey>,
        limit: u32,
    ) -> Result<Vec<(IdempotencyKey, IdempotencyRecord)>, StoreError> {
        let after = after.map_or_else(String::new, |key| key.as_str().to_owned());
        let rows = self.read(move |connection| {
            Box::pin(async move {
                let query = queries::IDEMPOTENCY_AFTER.query().bind(&owner).bind(&after).bind(&limit);
                query.fetch::<D>(connection).await
            })
        });
        Ok(rows.await?.into_iter().map(|(_, key, record)| (key, record)).collect())
    }

    async fn standing(
        &self,
        owner: OwnerId,
        customer: CustomerId,
        as_of: Date,
    ) -> Result<Standing, StoreError> {
        self.snapshot(move |connection| {
            Box::pin(async move {
                let query = queries::CUSTOMER.query().bind(&owner).bind(&customer);
                let customer_now =
                    query.fetch_optional::<D>(connection).await?.ok_or(StoreError::NotFound)?;
                let key = (owner, customer, as_of);
                let mut later_entries = later::<D, Entry>(connection, &queries::LATER_ENTRIES, key).await?;
                later_entries.sort_unstable_by_key(|entry| entry.seq);
                Ok(Standing {
                    customer: customer_now,
                    items: later::<D, _>(connection, &queries::ITEMS_STANDING, key).await?,
                    later_entries,
                    later_allocations: later::<D, _>(connection, &queries::LATER_ALLOCATIONS, key).await?,
                })
            })
        })
        .await
    }

    async fn traces(&self, owner: OwnerId, asked: &[ItemId]) -> Result<Vec<Trace>, StoreError> {
        let keys: BTreeSet<_> = asked.iter().map(|id| (owner, *id)).collect();
        let keys: Vec<_> = keys.into_iter().collect();
        self.snapshot(move |connection| {
            Box::pin(async move {
                let mut items = queries::ITEMS_BY_ID.fetch::<D>(connection, &keys).await?;
                items.sort_by_key(|item| item.seq);
                let mut documents = load::documents_by_id::<D>(connection, &keys).await?;
                let mut allocations = load::allocations_by_item::<D>(connection, &keys).await?;
                let traces = items.into_iter().map(|item| {
                    let key = (item.owner, item.id);
                    let allocations = allocations.remove(&key).unwrap_or_default();
                    Trace { item, document: documents.remove(&key), allocations }
                });
                Ok(traces.collect())
            })
        })
        .await
    }
}

async fn entries_with_allocations<D: Dialect>(
    connection: &mut D::Connection,
    owner: OwnerId,
    after: u64,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    let mut entries = entries_after::<D>(connection, owner, after, limit).await?;
    let last = entries.last().map_or(after, |entry| entry.seq);
    let query = queries::ALLOCATIONS_BETWEEN.query().bind(&owner).bind(&after).bind(&last);
    let mut allocations = query.fetch::<D>(connection).await?.into_iter().peekable();
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

/// Without their allocations.
async fn entries_after<D: Dialect>(
    connection: &mut D::Connection,
    owner: OwnerId,
    after: u64,
    limit: u32,
) -> Result<Vec<Entry>, StoreError> {
    queries::ENTRIES_AFTER.query().bind(&owner).bind(&after).bind(&limit).fetch::<D>(connection).await
}

/// The rows of a customer that have to do with what takes effect after a day.
async fn later<D: Dialect, R: Row>(
    connection: &mut D::Connection,
    statement: &Statement<(), R>,
    (owner, customer, as_of): (OwnerId, CustomerId, Date),
) -> Result<Vec<R>, StoreError> {
    statement.query().bind(&owner).bind(&customer).bind(&as_of).fetch::<D>(connection).await
}
