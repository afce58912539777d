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

use crate::filter::{accounts_of, allocations_of_entries, bound, by_id, key, of_owner, one, owner as id_of};
use crate::transaction::{Transaction, by_key};
use crate::{MongoStore, call, load};

#[async_trait]
impl EntryRepository for MongoStore {
    async fn entries(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let read = async {
            let mut transaction = Transaction::snapshot(&self.database).await?;
            let entries: Vec<Entry> = transaction.find(after_seq(owner, after), in_order(limit)).await?;
            let last = entries.last().map_or(after, |entry| entry.seq);
            let theirs = allocations_of_entries(owner, after.saturating_add(1), last);
            let allocations: Vec<Allocation> = transaction.find(theirs, by_key(u32::MAX)).await?;
            Ok((entries, allocations))
        };
        let (mut entries, allocations) = call::read(read).await?;
        let mut allocations = allocations.into_iter().peekable();
        for entry in &mut entries {
            while let Some(allocation) = allocations.next_if(|allocation| allocation.seq == entry.seq) {
                entry.allocations.push(allocation);
            }
        }
        match allocations.next() {
            None => Ok(entries),
            Some(_) => Err(StoreError::corrupt("an allocation without its entry")),
        }
    }

    async fn postings(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Posted>, StoreError> {
        let read = async {
            let mut transaction = Transaction::snapshot(&self.database).await?;
            let entries = transaction.find(after_seq(owner, after), in_order(limit)).await?;
            load::posted(&mut transaction, entries).await
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
            let mut transaction = Transaction::snapshot(&self.database).await?;
            transaction.find::<(OwnerId, _, _)>(beyond, by_key(limit)).await
        };
        let found = call::read(read).await?;
        Ok(found.into_iter().map(|(_, key, record)| (key, record)).collect())
    }

    async fn standing(
        &self,
        owner: OwnerId,
        customer: CustomerId,
        as_of: Date,
    ) -> Result<Standing, StoreError> {
        let read = async {
            let mut transaction = Transaction::snapshot(&self.database).await?;
            let found: Customer = transaction.find_one(one(owner, customer)).await?;
            let later =
                |day: &str| Some(of_customer(owner, customer, doc! { day: { "$gt": as_of.to_string() } }));
            let mut later_allocations: Vec<Allocation> =
                transaction.find_all(later("effective_date")).await?;
            let mut later_entries: Vec<Entry> = transaction.find_all(later("date")).await?;
            let paired = later_allocations.iter().flat_map(|row| [row.debit, row.credit]);
            let touched = paired.chain(later_entries.iter().map(|entry| entry.item));
            let mut items: Vec<Item> = transaction.find_all(Some(standing(owner, customer, touched))).await?;
            later_allocations.sort_by_key(|row| (row.seq, row.ordinal));
            items.sort_by_key(|item| item.seq);
            later_entries.sort_by_key(|entry| entry.seq);
            Ok(Standing { customer: found, items, later_entries, later_allocations })
        };
        call::read(read).await
    }

    async fn traces(&self, owner: OwnerId, asked: &[ItemId]) -> Result<Vec<Trace>, StoreError> {
        let keys: BTreeSet<_> = asked.iter().map(|id| (owner, *id)).collect();
        let keys: Vec<_> = keys.into_iter().collect();
        let read = async {
            let mut transaction = Transaction::snapshot(&self.database).await?;
            let mut items: Vec<Item> = transaction.find_all(by_id(keys.iter().copied().map(key))).await?;
            items.sort_by_key(|item| item.seq);
            let mut documents = load::documents_of(&mut transaction, keys.iter().copied()).await?;
            let mut allocations = load::allocations_of(&mut transaction, &keys).await?;
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
    doc! { "_id.owner_id": id_of(owner), "seq": { "$gt": bound(after) } }
}

fn in_order(limit: u32) -> FindOptions {
    FindOptions::builder().sort(doc! { "seq": 1 }).limit(i64::from(limit)).build()
}

/// The documents of a customer that match this filter.
fn of_customer(owner: OwnerId, customer: CustomerId, filter: Document) -> Document {
    let mut all = doc! { "_id.owner_id": id_of(owner), "customer_id": Uuid::from(customer.uuid()) };
    all.extend(filter);
    all
}

/// The items of a customer that are open, or among those touched.
fn standing(owner: OwnerId, customer: CustomerId, touched: impl Iterator<Item = ItemId>) -> Document {
    let open = doc! { "account": accounts_of(owner, customer), "open": { "$gt": 0_i64 } };
    match by_id(touched.map(|item| key((owner, item)))) {
        Some(touched) => doc! { "$or": [open, touched] },
        None => open,
    }
}
