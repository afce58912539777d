//! Reading the ledger: see [`EntryRepository`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use bson::{Document, Uuid, doc};
use khata_core::calendar::Date;
use khata_core::customer::Customer;
use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::ledger::{Allocation, Entry, Item};
use khata_core::store::{EntryRepository, Posted, Standing, StoreError, Trace};
use mongodb::options::FindOptions;

use crate::filter::{by_id, of_owner, one, owner as id_of};
use crate::row::{
    AccountSide, AllocationRow, CustomerRow, EntryRow, IdempotencyRow, ItemRow, Key, Ordinal, bound,
};
use crate::unit::{Unit, by_key};
use crate::{MongoStore, call, load};

#[async_trait]
impl EntryRepository for MongoStore {
    async fn entries(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let read = async {
            let mut unit = Unit::snapshot(&self.database).await?;
            let rows: Vec<EntryRow> = unit.find(after_seq(owner, after), in_order(limit)).await?;
            let last = rows.last().map_or(bound(after), EntryRow::seq);
            let between =
                doc! { "$gt": Ordinal::last_of(owner, bound(after)), "$lt": Ordinal::last_of(owner, last) };
            let allocations: Vec<AllocationRow> =
                unit.find(doc! { "_id": between }, by_key(u32::MAX)).await?;
            Ok((rows, allocations))
        };
        let (rows, allocations) = call::read(read).await?;
        let mut entries = entries(rows)?;
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
        let read = async {
            let mut unit = Unit::snapshot(&self.database).await?;
            let rows = unit.find(after_seq(owner, after), in_order(limit)).await?;
            load::posted(&mut unit, rows).await
        };
        call::read(read).await
    }

    async fn idempotency_records(
        &self,
        owner: OwnerId,
        after: Option<&IdempotencyKey>,
        limit: u32,
    ) -> Result<Vec<(IdempotencyKey, IdempotencyRecord)>, StoreError> {
        let beyond = of_owner(owner, "key", after.map(|key| key.as_str().into()));
        let read = async {
            let mut unit = Unit::snapshot(&self.database).await?;
            unit.find::<IdempotencyRow>(beyond, by_key(limit)).await
        };
        let rows = call::read(read).await?;
        rows.into_iter().map(|row| Ok(row.try_into().map(|((_, key), record)| (key, record))?)).collect()
    }

    async fn standing(
        &self,
        owner: OwnerId,
        customer: CustomerId,
        as_of: Date,
    ) -> Result<Standing, StoreError> {
        let read = async {
            let mut unit = Unit::snapshot(&self.database).await?;
            let row: CustomerRow = unit.find_one(one((owner, customer))).await?;
            let later =
                |day: &str| Some(of_customer(owner, customer, doc! { day: { "$gt": as_of.to_string() } }));
            let mut later_allocations = allocations(unit.find_all(later("effective")).await?)?;
            let mut later_entries = entries(unit.find_all(later("date")).await?)?;
            let paired = later_allocations.iter().flat_map(|row| [row.debit, row.credit]);
            let touched = paired.chain(later_entries.iter().map(|entry| entry.item));
            let mut items = items(unit.find_all(Some(standing(owner, customer, touched))).await?)?;
            later_allocations.sort_by_key(|row| (row.seq, row.ordinal));
            items.sort_by_key(|item| item.seq);
            later_entries.sort_by_key(|entry| entry.seq);
            Ok(Standing { customer: Customer::try_from(row)?, items, later_entries, later_allocations })
        };
        call::read(read).await
    }

    async fn traces(&self, owner: OwnerId, asked: &[ItemId]) -> Result<Vec<Trace>, StoreError> {
        let keys: BTreeSet<_> = asked.iter().map(|id| (owner, *id)).collect();
        let keys: Vec<_> = keys.into_iter().collect();
        let read = async {
            let mut unit = Unit::snapshot(&self.database).await?;
            let mut items = items(unit.find_all(by_id(keys.iter().copied().map(Key::from))).await?)?;
            items.sort_by_key(|item| item.seq);
            let mut documents = load::documents_of(&mut unit, keys.iter().copied()).await?;
            let mut allocations = load::allocations_of(&mut unit, &keys).await?;
            let traces = items.into_iter().map(|item| {
                let key = (item.owner, item.id);
                let allocations = allocations.remove(&key).unwrap_or_default();
                Trace { item, document: documents.remove(&key), allocations }
            });
            Ok(traces.collect())
        };
        call::read(read).await
    }
}

fn after_seq(owner: OwnerId, after: u64) -> Document {
    doc! { "_id.ownerId": id_of(owner), "seq": { "$gt": bound(after) } }
}

fn in_order(limit: u32) -> FindOptions {
    FindOptions::builder().sort(doc! { "seq": 1 }).limit(i64::from(limit)).build()
}

/// Which rows of a customer this filter lets through.
fn of_customer(owner: OwnerId, customer: CustomerId, filter: Document) -> Document {
    let mut all = doc! { "_id.ownerId": id_of(owner), "customerId": Uuid::from(customer.uuid()) };
    all.extend(filter);
    all
}

/// Which items of a customer are open, or among those touched.
fn standing(owner: OwnerId, customer: CustomerId, touched: impl Iterator<Item = ItemId>) -> Document {
    let open = doc! { "account": AccountSide::of_customer(owner, customer), "open": { "$gt": 0_i64 } };
    match by_id(touched.map(|item| Key::from((owner, item)))) {
        Some(touched) => doc! { "$or": [open, touched] },
        None => open,
    }
}

/// Without their allocations.
fn entries(rows: Vec<EntryRow>) -> Result<Vec<Entry>, StoreError> {
    Ok(rows.into_iter().map(|row| row.entry(Vec::new())).collect::<Result<_, _>>()?)
}

fn items(rows: Vec<ItemRow>) -> Result<Vec<Item>, StoreError> {
    Ok(rows.into_iter().map(Item::try_from).collect::<Result<_, _>>()?)
}

fn allocations(rows: Vec<AllocationRow>) -> Result<Vec<Allocation>, StoreError> {
    Ok(rows.into_iter().map(Allocation::try_from).collect::<Result<_, _>>()?)
}
