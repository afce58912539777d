//! Reading the ledger: see [`EntryRepository`].

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use async_trait::async_trait;
use bson::{Document, Uuid, doc};
use khata_core::calendar::Date;
use khata_core::customer::Customer;
use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::ledger::{Allocation, Entry, Item, Side};
use khata_core::store::{EntryRepository, Posted, Standing, StoreError, Trace};
use mongodb::options::FindOptions;

use crate::filter::{account, bound, by_id, key, of_owner, one, owner as id_of};
use crate::row::Request;
use crate::schema::ENTRIES;
use crate::transaction::{Transaction, by_key};
use crate::{MongoStore, call, load};

#[async_trait]
impl EntryRepository for MongoStore {
    async fn entries(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let read = async {
            let mut transaction = Transaction::snapshot(&self.database).await?;
            transaction.find(after_seq(owner, after), in_order(limit)).await
        };
        call::read(read).await
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
        let after = after.map_or("", IdempotencyKey::as_str);
        let of_entries = doc! { "_id.owner_id": id_of(owner), "request.key": { "$gt": after } };
        let first = FindOptions::builder()
            .sort(doc! { "request.key": 1 })
            .projection(doc! { "request": 1 })
            .limit(i64::from(limit))
            .build();
        let read = async {
            let mut transaction = Transaction::snapshot(&self.database).await?;
            let mut requests: Vec<Request> = transaction.find(beyond, by_key(limit)).await?;
            requests.extend(transaction.find_as(&ENTRIES, of_entries, first, Request::of_entry).await?);
            Ok(requests)
        };
        let requests = call::read(read).await?;
        let mut records: Vec<_> = requests.into_iter().map(|request| (request.key, request.record)).collect();
        records.sort_by(|(one, _), (other, _)| one.cmp(other));
        records.truncate(limit.try_into().unwrap_or(usize::MAX));
        Ok(records)
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
            let later = |day: &str| of_customer(owner, customer, doc! { day: { "$gt": as_of.to_string() } });
            // Allocations take effect with their entry, or later.
            let either = [later("date"), later("last_effective_date")];
            let mut later: BTreeMap<u64, Entry> = BTreeMap::new();
            for filter in either {
                let found: Vec<Entry> = transaction.find_all(Some(filter)).await?;
                later.extend(found.into_iter().map(|entry| (entry.seq, entry)));
            }
            let allocations = later.values_mut().flat_map(|entry| mem::take(&mut entry.allocations));
            let later_allocations: Vec<Allocation> =
                allocations.filter(|row| row.effective > as_of).collect();
            let later_entries: Vec<Entry> = later.into_values().filter(|entry| entry.date > as_of).collect();
            let paired = later_allocations.iter().flat_map(|row| [row.debit, row.credit]);
            let touched = paired.chain(later_entries.iter().map(|entry| entry.item));
            let mut items: Vec<Item> = transaction.find_all(Some(standing(owner, customer, touched))).await?;
            items.sort_by_key(|item| item.seq);
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
            let (mut documents, mut allocations) = load::traced(&mut transaction, &keys).await?;
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
    let both: Vec<_> = Side::ALL.iter().map(|side| account(owner, customer, *side)).collect();
    let open = doc! { "account": { "$in": both } };
    match by_id(touched.map(|item| key((owner, item)))) {
        Some(touched) => doc! { "$or": [open, touched] },
        None => open,
    }
}
