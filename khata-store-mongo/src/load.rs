//! Loading what a job asks for, one command for each kind of key.

use std::collections::BTreeMap;

use bson::{Bson, Document, Uuid, doc};
use khata_core::customer::Customer;
use khata_core::documents::Document as LedgerDocument;
use khata_core::id::{ItemId, OwnerId};
use khata_core::ledger::{Allocation, Entry, Item};
use khata_core::money::Money;
use khata_core::store::{Head, Keys, OpenItemsKey, Posted, Rows, StoreError};
use mongodb::options::FindOptions;

use crate::filter::{any_of, by_id, grouped, owner};
use crate::row::{
    AccountSide, AllocationRow, CustomerRow, DocumentRow, EntryRow, IdempotencyRow, ItemRow, Key, MobileRow,
    NamedKey, NumberRow, Ordinal, OwnerRow, bound,
};
use crate::unit::Unit;

/// Which rows of `owners` are those of these shops.
pub(crate) fn of_shops(shops: &[OwnerId]) -> Document {
    doc! { "_id": { "$in": shops.iter().map(|shop| owner(*shop)).collect::<Vec<_>>() } }
}

/// The heads in these rows, of which there must be one for each of the shops.
pub(crate) fn heads(rows: Vec<OwnerRow>, shops: &[OwnerId]) -> Result<BTreeMap<OwnerId, Head>, StoreError> {
    let mut heads = BTreeMap::new();
    for row in rows {
        let head = Head::try_from(row)?;
        heads.insert(head.owner.id, head);
    }
    if heads.len() == shops.len() { Ok(heads) } else { Err(StoreError::NotFound) }
}

/// Adds what these keys name.
pub(crate) async fn load(unit: &mut Unit, keys: &Keys, rows: &mut Rows) -> Result<(), StoreError> {
    let customers = keys.customers.iter().copied().map(Key::from);
    for row in unit.find_all::<CustomerRow>(by_id(customers)).await? {
        let customer = Customer::try_from(row)?;
        rows.customers.insert((customer.owner, customer.id), customer);
    }
    let records = keys.idempotency.iter().map(|(owner, key)| NamedKey::from((*owner, key)));
    for row in unit.find_all::<IdempotencyRow>(by_id(records)).await? {
        let (key, record) = row.try_into()?;
        rows.idempotency.insert(key, record);
    }
    mobiles(unit, keys, rows).await?;
    numbers(unit, keys, rows).await?;
    items(unit, keys, rows).await?;
    for (key, touching) in allocations_of(unit, &keys.allocations).await? {
        rows.allocations.insert(key, touching);
    }
    entries(unit, keys, rows).await?;
    rows.loads += 1;
    Ok(())
}

async fn mobiles(unit: &mut Unit, keys: &Keys, rows: &mut Rows) -> Result<(), StoreError> {
    let mobiles = keys.mobiles.iter().map(|(owner, mobile)| (*owner, mobile.as_str()));
    let filter = grouped("mobile", mobiles, |shop| doc! { "_id.ownerId": owner(*shop) });
    let Some(filter) = filter else { return Ok(()) };
    let options = FindOptions::builder().projection(MobileRow::projection()).build();
    for row in unit.find::<MobileRow>(filter, options).await? {
        let (key, customer) = row.try_into()?;
        rows.mobiles.insert(key, customer);
    }
    Ok(())
}

async fn numbers(unit: &mut Unit, keys: &Keys, rows: &mut Rows) -> Result<(), StoreError> {
    let numbers = keys.numbers.iter().map(|(owner, key)| ((*owner, key.series()), key.number()));
    let filter = grouped("number", numbers, |(shop, series)| {
        let year = i64::from(series.year.start_year());
        doc! { "_id.ownerId": owner(*shop), "kind": series.kind.as_str(), "year": year }
    });
    let Some(filter) = filter else { return Ok(()) };
    let options = FindOptions::builder().projection(NumberRow::projection()).build();
    for row in unit.find::<NumberRow>(filter, options).await? {
        let (key, document) = row.try_into()?;
        rows.numbers.insert(key, document);
    }
    Ok(())
}

async fn items(unit: &mut Unit, keys: &Keys, rows: &mut Rows) -> Result<(), StoreError> {
    for row in unit.find_all::<ItemRow>(by_id(keys.items.iter().copied().map(Key::from))).await? {
        let item = Item::try_from(row)?;
        rows.items.insert((item.owner, item.id), item);
    }
    if let Some(pipeline) = open_items(&keys.open_items) {
        let found = unit.aggregate::<ItemRow>(pipeline).await?;
        let found = found.into_iter().map(Item::try_from).collect::<Result<Vec<_>, _>>()?;
        for item in up_to_their_sums(&keys.open_items, found) {
            rows.items.insert((item.owner, item.id), item);
        }
    }
    Ok(())
}

/// Open items of all these keys, in payment order, as far as the largest of their sums.
pub(crate) fn open_items(keys: &[(OwnerId, OpenItemsKey)]) -> Option<Vec<Document>> {
    let largest = keys.iter().map(|(_, key)| key.up_to.minor()).max()?;
    let accounts =
        keys.iter().map(|(owner, key)| Bson::from(AccountSide::new(*owner, key.customer, key.side)));
    Some(vec![
        doc! { "$match": {
            "account": { "$in": accounts.collect::<Vec<_>>() }, "open": { "$gt": 0_i64 },
        } },
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
        let wanted = *left > 0;
        *left -= i128::from(Money::minor(item.open));
        wanted
    })
}

/// Every allocation from or to each of these items, by (`seq`, `ordinal`). One between two of them is there for both.
pub(crate) async fn allocations_of(
    unit: &mut Unit,
    items: &[(OwnerId, ItemId)],
) -> Result<BTreeMap<(OwnerId, ItemId), Vec<Allocation>>, StoreError> {
    let mut touching: BTreeMap<_, _> = items.iter().map(|key| (*key, Vec::new())).collect();
    let ids = || items.iter().map(|(owner, item)| (*owner, Uuid::from(item.uuid())));
    let on = |side| grouped(side, ids(), |shop| doc! { "_id.ownerId": owner(*shop) });
    let found =
        unit.find_all::<AllocationRow>(any_of(["debit", "credit"].into_iter().filter_map(on).collect()));
    for row in found.await? {
        let allocation = Allocation::try_from(row)?;
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

async fn entries(unit: &mut Unit, keys: &Keys, rows: &mut Rows) -> Result<(), StoreError> {
    let found = unit.find_all(by_id(keys.entries.iter().copied().map(Key::from))).await?;
    for posted in posted(unit, found).await? {
        rows.entries.insert((posted.entry.owner, posted.entry.id), posted);
    }
    Ok(())
}

/// These entries, with all that they caused.
pub(crate) async fn posted(unit: &mut Unit, entries: Vec<EntryRow>) -> Result<Vec<Posted>, StoreError> {
    let entries = entries.into_iter().map(|row| row.entry(Vec::new())).collect::<Result<Vec<_>, _>>()?;
    let mut allocations: BTreeMap<(OwnerId, u64), Vec<Allocation>> = BTreeMap::new();
    for row in unit.find_all::<AllocationRow>(any_of(of_entries(&entries))).await? {
        let allocation = Allocation::try_from(row)?;
        allocations.entry((allocation.owner, allocation.seq)).or_default().push(allocation);
    }
    let ids = || by_id(entries.iter().map(|entry| Key::from((entry.owner, entry.item))));
    let mut items: BTreeMap<(OwnerId, ItemId), Item> = BTreeMap::new();
    for row in unit.find_all::<ItemRow>(ids()).await? {
        let item = Item::try_from(row)?;
        items.insert((item.owner, item.id), item);
    }
    let documents = documents_of(unit, entries.iter().map(|entry| (entry.owner, entry.item))).await?;
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

/// Which allocations these entries caused. Entries in a row are one branch: each branch is planned by itself, which for a
/// page of entries would take longer than all the rest.
fn of_entries(entries: &[Entry]) -> Vec<Document> {
    let in_a_row = |one: &Entry, next: &Entry| (one.owner, one.seq + 1) == (next.owner, next.seq);
    let filter = |run: &[Entry]| {
        let (first, last) = (run.first()?, run.last()?);
        let (first, last) =
            (Ordinal::first_of(first.owner, bound(first.seq)), Ordinal::last_of(last.owner, bound(last.seq)));
        Some(doc! { "_id": { "$gt": first, "$lt": last } })
    };
    entries.chunk_by(in_a_row).filter_map(filter).collect()
}

/// The papers of these items, as far as they have any.
pub(crate) async fn documents_of(
    unit: &mut Unit,
    items: impl IntoIterator<Item = (OwnerId, ItemId)>,
) -> Result<BTreeMap<(OwnerId, ItemId), LedgerDocument>, StoreError> {
    let rows: Vec<DocumentRow> = unit.find_all(by_id(items.into_iter().map(Key::from))).await?;
    let papers = rows
        .into_iter()
        .map(|row| LedgerDocument::try_from(row).map(|paper| ((paper.owner, paper.id), paper)));
    Ok(papers.collect::<Result<_, _>>()?)
}
