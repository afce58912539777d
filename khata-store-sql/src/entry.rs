//! Reading the ledger: see [`EntryRepository`].

use async_trait::async_trait;
use khata_core::calendar::Date;
use khata_core::customer::Customer;
use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::ledger::{Allocation, Entry, Item};
use khata_core::store::{EntryRepository, Posted, Standing, StoreError, Trace};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, SqliteConnection};

use crate::error::of_statement;
use crate::row::{AllocationRow, CustomerRow, EntryRow, IdempotencyRow, ItemRow, bound};
use crate::{SqliteStore, load, queries, statement};

#[async_trait]
impl EntryRepository for SqliteStore {
    async fn entries(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let mut snapshot = self.readers.begin().await.map_err(of_statement)?;
        let mut entries = entries(entries_after(&mut snapshot, owner, after, limit).await?)?;
        let allocations: Vec<AllocationRow> = sqlx::query_as(queries::ALLOCATIONS_BETWEEN)
            .bind(owner.uuid())
            .bind(bound(after))
            .bind(bound(entries.last().map_or(after, |entry| entry.seq)))
            .fetch_all(&mut *snapshot)
            .await
            .map_err(of_statement)?;
        let mut allocations = allocations.into_iter().map(Allocation::try_from).peekable();
        for entry in &mut entries {
            let of_entry = |next: &Result<Allocation, _>| next.as_ref().is_ok_and(|row| row.seq == entry.seq);
            while let Some(allocation) = allocations.next_if(of_entry) {
                entry.allocations.push(allocation?);
            }
        }
        match allocations.next() {
            None => Ok(entries),
            Some(Err(unreadable)) => Err(unreadable.into()),
            Some(Ok(_)) => Err(StoreError::corrupt("an allocation without its entry")),
        }
    }

    async fn postings(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Posted>, StoreError> {
        let mut snapshot = self.readers.begin().await.map_err(of_statement)?;
        let rows = entries_after(&mut snapshot, owner, after, limit).await?;
        load::posted(&mut snapshot, entries(rows)?).await
    }

    async fn idempotency_records(
        &self,
        owner: OwnerId,
        after: Option<&IdempotencyKey>,
        limit: u32,
    ) -> Result<Vec<(IdempotencyKey, IdempotencyRecord)>, StoreError> {
        let rows: Vec<IdempotencyRow> = sqlx::query_as(queries::IDEMPOTENCY_AFTER)
            .bind(owner.uuid())
            .bind(after.map_or("", IdempotencyKey::as_str))
            .bind(limit)
            .fetch_all(&self.readers)
            .await
            .map_err(of_statement)?;
        rows.into_iter().map(|row| Ok(row.try_into().map(|((_, key), record)| (key, record))?)).collect()
    }

    async fn standing(
        &self,
        owner: OwnerId,
        customer: CustomerId,
        as_of: Date,
    ) -> Result<Standing, StoreError> {
        let mut snapshot = self.readers.begin().await.map_err(of_statement)?;
        let row: Option<CustomerRow> = sqlx::query_as(queries::CUSTOMER)
            .bind(owner.uuid())
            .bind(customer.uuid())
            .fetch_optional(&mut *snapshot)
            .await
            .map_err(of_statement)?;
        let row = row.ok_or(StoreError::NotFound)?;
        let key = (owner, customer, as_of);
        let allocations: Vec<AllocationRow> = later(&mut snapshot, queries::LATER_ALLOCATIONS, key).await?;
        Ok(Standing {
            customer: Customer::try_from(row)?,
            items: items(later(&mut snapshot, queries::ITEMS_STANDING, key).await?)?,
            later_entries: entries(later(&mut snapshot, queries::LATER_ENTRIES, key).await?)?,
            later_allocations: allocations.into_iter().map(Allocation::try_from).collect::<Result<_, _>>()?,
        })
    }

    async fn traces(&self, owner: OwnerId, asked: &[ItemId]) -> Result<Vec<Trace>, StoreError> {
        let mut keys: Vec<_> = asked.iter().map(|id| (owner, *id)).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut snapshot = self.readers.begin().await.map_err(of_statement)?;
        let found = statement::fetch::<ItemRow, _>(&mut snapshot, queries::ITEMS_BY_ID, &keys).await?;
        let mut found = items(found)?;
        found.sort_by_key(|item| item.seq);
        let mut documents = load::documents_by_id(&mut snapshot, &keys).await?;
        let mut allocations = load::allocations_by_item(&mut snapshot, &keys).await?;
        let traces = found.into_iter().map(|item| Trace {
            document: documents.remove(&(owner, item.id)),
            allocations: allocations.remove(&(owner, item.id)).unwrap_or_default(),
            item,
        });
        Ok(traces.collect())
    }
}

async fn entries_after(
    snapshot: &mut SqliteConnection,
    owner: OwnerId,
    after: u64,
    limit: u32,
) -> Result<Vec<EntryRow>, StoreError> {
    let query = sqlx::query_as(queries::ENTRIES_AFTER).bind(owner.uuid()).bind(bound(after)).bind(limit);
    query.fetch_all(snapshot).await.map_err(of_statement)
}

/// The rows of a customer that have to do with what takes effect after a day.
async fn later<R>(
    snapshot: &mut SqliteConnection,
    sql: &'static str,
    (owner, customer, as_of): (OwnerId, CustomerId, Date),
) -> Result<Vec<R>, StoreError>
where
    R: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
{
    let query = sqlx::query_as(sql).bind(owner.uuid()).bind(customer.uuid()).bind(as_of.to_string());
    query.fetch_all(snapshot).await.map_err(of_statement)
}

/// Without their allocations.
fn entries(rows: Vec<EntryRow>) -> Result<Vec<Entry>, StoreError> {
    Ok(rows.into_iter().map(|row| row.entry(Vec::new())).collect::<Result<_, _>>()?)
}

fn items(rows: Vec<ItemRow>) -> Result<Vec<Item>, StoreError> {
    Ok(rows.into_iter().map(Item::try_from).collect::<Result<_, _>>()?)
}
