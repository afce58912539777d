//! Loading what a job asks for, one command for each kind of key.

use std::collections::BTreeMap;

use bson::{Document, Uuid, doc};
use khata_core::customer::Customer;
use khata_core::documents::Document as LedgerDocument;
use khata_core::id::{ItemId, OwnerId};
use khata_core::idempotency::IdempotencyKey;
use khata_core::ledger::{Allocation, Entry, Item};
use khata_core::money::Money;
use khata_core::number::NumberKey;
use khata_core::record::Stored as _;
use khata_core::store::{Head, Keys, OpenItemsKey, Posted, Rows, StoreError};
use mongodb::options::FindOptions;

use crate::filter::{account, allocations_of_entries, any_of, by_id, grouped, key, owner};
use crate::row::Row as _;
use crate::schema::{CUSTOMERS, DOCUMENTS, ITEMS};
use crate::transaction::Transaction;

/// These heads by shop; there must be one for each of the shops.
pub(crate) fn heads(found: Vec<Head>, shops: &[OwnerId]) -> Result<BTreeMap<OwnerId, Head>, StoreError> {
    let heads: BTreeMap<_, _> = found.into_iter().map(|head| (head.owner.id, head)).collect();
    if heads.len() == shops.len() { Ok(heads) } else { Err(StoreError::NotFound) }
}

/// Adds what these keys name.
pub(crate) async fn load(
    transaction: &mut Transaction,
    keys: &Keys,
    rows: &mut Rows,
) -> Result<(), StoreError> {
    for customer in transaction.find_all::<Customer>(by_id(keys.customers.iter().copied().map(key))).await? {
        rows.customers.insert((customer.owner, customer.id), customer);
    }
    let record = |(shop, key): &(_, IdempotencyKey)| doc! { "owner_id": owner(*shop), "key": key.as_str() };
    let records = keys.idempotency.iter().map(record);
    for (owner, key, record) in transaction.find_all(by_id(records)).await? {
        rows.idempotency.insert((owner, key), record);
    }
    mobiles(transaction, keys, rows).await?;
    numbers(transaction, keys, rows).await?;
    items(transaction, keys, rows).await?;
    for (key, touching) in allocations_of(transaction, &keys.allocations).await? {
        rows.allocations.insert(key, touching);
    }
    entries(transaction, keys, rows).await?;
    rows.loads += 1;
    Ok(())
}

async fn mobiles(transaction: &mut Transaction, keys: &Keys, rows: &mut Rows) -> Result<(), StoreError> {
    let mobiles = keys.mobiles.iter().map(|(owner, mobile)| (*owner, mobile.as_str()));
    let filter = grouped("mobile_number", mobiles, |shop| doc! { "_id.owner_id": owner(*shop) });
    let Some(filter) = filter else { return Ok(()) };
    let options = FindOptions::builder().projection(doc! { "mobile_number": 1 }).build();
    let found = transaction.find_as(&CUSTOMERS, filter, options, |fields| {
        let mut id = fields.group("_id")?;
        Ok(((id.get("owner_id")?, fields.get("mobile_number")?), id.get("id")?))
    });
    rows.mobiles.extend(found.await?);
    Ok(())
}

async fn numbers(transaction: &mut Transaction, keys: &Keys, rows: &mut Rows) -> Result<(), StoreError> {
    let numbers = keys.numbers.iter().map(|(owner, key)| ((*owner, key.series()), key.number()));
    let filter = grouped("number", numbers, |(shop, series)| {
        let year = i64::from(series.year.start_year());
        doc! { "_id.owner_id": owner(*shop), "kind": series.kind.as_str(), "year": year }
    });
    let Some(filter) = filter else { return Ok(()) };
    let options = FindOptions::builder().projection(doc! { "kind": 1, "year": 1, "number": 1 }).build();
    let found = transaction.find_as(&DOCUMENTS, filter, options, |fields| {
        let mut id = fields.group("_id")?;
        Ok(((id.get("owner_id")?, NumberKey::build(fields)?), id.get("id")?))
    });
    rows.numbers.extend(found.await?);
    Ok(())
}

async fn items(transaction: &mut Transaction, keys: &Keys, rows: &mut Rows) -> Result<(), StoreError> {
    for item in transaction.find_all::<Item>(by_id(keys.items.iter().copied().map(key))).await? {
        rows.items.insert((item.owner, item.id), item);
    }
    if let Some(pipeline) = open_items(&keys.open_items) {
        let found = transaction.aggregate(&ITEMS, pipeline, Item::read).await?;
        for item in up_to_their_sums(&keys.open_items, found) {
            rows.items.insert((item.owner, item.id), item);
        }
    }
    Ok(())
}

/// Open items of all these keys, in payment order, as far as the largest of their sums.
pub(crate) fn open_items(keys: &[(OwnerId, OpenItemsKey)]) -> Option<Vec<Document>> {
    let largest = keys.iter().map(|(_, key)| key.up_to.minor()).max()?;
    let accounts: Vec<_> = keys.iter().map(|(owner, key)| account(*owner, key.customer, key.side)).collect();
    Some(vec![
        doc! { "$match": { "account": { "$in": accounts }, "open": { "$gt": 0_i64 } } },
        doc! { "$setWindowFields": {
            "partitionBy": "$account",
            "sortBy": { "due": 1, "seq": 1 },
            "output": { "before": { "$sum": "$open", "window": { "documents": ["unbounded", -1] } } },
        } },
        // Before the first there is nothing, which adds up to null.
        doc! { "$match": { "before": { "$not": { "$gte": largest } } } },
        doc! { "$unset": "before" },
    ])
}

/// Of the items found, for each key those before which less than its own sum is open.
fn up_to_their_sums(keys: &[(OwnerId, OpenItemsKey)], mut found: Vec<Item>) -> impl Iterator<Item = Item> {
    let mut left: BTreeMap<_, i128> = keys
        .iter()
        .map(|(owner, key)| ((*owner, key.customer, key.side), i128::from(key.up_to.minor())))
        .collect();
    found.sort_by_key(Item::payment_order);
    found.into_iter().filter(move |item| {
        let Some(left) = left.get_mut(&(item.owner, item.customer, item.side)) else { return false };
        let is_needed = *left > 0;
        *left -= i128::from(Money::minor(item.open));
        is_needed
    })
}

/// Every allocation from or to each of these items, by (`seq`, `ordinal`). One between two of them is there for both.
pub(crate) async fn allocations_of(
    transaction: &mut Transaction,
    items: &[(OwnerId, ItemId)],
) -> Result<BTreeMap<(OwnerId, ItemId), Vec<Allocation>>, StoreError> {
    let mut touching: BTreeMap<_, _> = items.iter().map(|key| (*key, Vec::new())).collect();
    let ids = || items.iter().map(|(owner, item)| (*owner, Uuid::from(item.uuid())));
    let on = |side| grouped(side, ids(), |shop| doc! { "_id.owner_id": owner(*shop) });
    let either = ["debit_id", "credit_id"].into_iter().filter_map(on).collect();
    for allocation in transaction.find_all::<Allocation>(any_of(either)).await? {
        for item in [allocation.debit, allocation.credit] {
            if let Some(touching) = touching.get_mut(&(allocation.owner, item)) {
                touching.push(allocation.clone());
            }
        }
    }
    touching.retain(|_, allocations| !allocations.is_empty());
    touching.values_mut().for_each(|rows| rows.sort_by_key(|row| (row.seq, row.ordinal)));
    Ok(touching)
}

async fn entries(transaction: &mut Transaction, keys: &Keys, rows: &mut Rows) -> Result<(), StoreError> {
    let found = transaction.find_all(by_id(keys.entries.iter().copied().map(key))).await?;
    for posted in posted(transaction, found).await? {
        rows.entries.insert((posted.entry.owner, posted.entry.id), posted);
    }
    Ok(())
}

/// These entries, with all that they caused.
pub(crate) async fn posted(
    transaction: &mut Transaction,
    entries: Vec<Entry>,
) -> Result<Vec<Posted>, StoreError> {
    let mut allocations: BTreeMap<(OwnerId, u64), Vec<Allocation>> = BTreeMap::new();
    for allocation in transaction.find_all::<Allocation>(any_of(of_entries(&entries))).await? {
        allocations.entry((allocation.owner, allocation.seq)).or_default().push(allocation);
    }
    let ids = by_id(entries.iter().map(|entry| key((entry.owner, entry.item))));
    let items = transaction.find_all::<Item>(ids).await?.into_iter();
    let items: BTreeMap<_, _> = items.map(|item| ((item.owner, item.id), item)).collect();
    let documents = documents_of(transaction, entries.iter().map(|entry| (entry.owner, entry.item))).await?;
    let posted = entries.into_iter().map(|mut entry| {
        let key = (entry.owner, entry.item);
        let item = items.get(&key).cloned();
        let item = item.ok_or_else(|| StoreError::corrupt("an entry without its item"))?;
        entry.allocations = allocations.remove(&(entry.owner, entry.seq)).unwrap_or_default();
        entry.allocations.sort_by_key(|allocation| allocation.ordinal);
        Ok(Posted { item, document: documents.get(&key).cloned(), entry })
    });
    posted.collect()
}

/// Filters of the allocations that these entries caused. Entries in a row are one branch: each branch is planned by itself, which for a
/// page of entries would take longer than all the rest.
fn of_entries(entries: &[Entry]) -> Vec<Document> {
    let in_a_row = |one: &Entry, next: &Entry| (one.owner, one.seq + 1) == (next.owner, next.seq);
    let filter = |run: &[Entry]| {
        let (first, last) = (run.first()?, run.last()?);
        Some(allocations_of_entries(first.owner, first.seq, last.seq))
    };
    entries.chunk_by(in_a_row).filter_map(filter).collect()
}

/// The documents of these items, as far as they have any.
pub(crate) async fn documents_of(
    transaction: &mut Transaction,
    items: impl IntoIterator<Item = (OwnerId, ItemId)>,
) -> Result<BTreeMap<(OwnerId, ItemId), LedgerDocument>, StoreError> {
    let found = transaction.find_all::<LedgerDocument>(by_id(items.into_iter().map(key))).await?;
    Ok(found.into_iter().map(|document| ((document.owner, document.id), document)).collect())
}
