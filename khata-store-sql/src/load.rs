//! Loading what a job asks for, one statement for each kind of key.

use std::collections::BTreeMap;

use khata_core::customer::Customer;
use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::ledger::{Allocation, Document, Entry, Item};
use khata_core::phone::MobileNumber;
use khata_core::store::{Head, Keys, Posted, Rows, StoreError};
use serde::Serialize;
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::queries;
use crate::row::{
    AllocationRow, CounterRow, CustomerRow, DocumentRow, EntryRow, HeadRow, IdempotencyRow, ItemRow,
    number_key,
};
use crate::statement::fetch;

/// The heads of these shops, which must be there.
pub(crate) async fn heads(
    connection: &mut SqliteConnection,
    shops: &[OwnerId],
) -> Result<BTreeMap<OwnerId, Head>, StoreError> {
    let mut heads = BTreeMap::new();
    for row in fetch::<HeadRow, _>(connection, queries::HEADS, shops).await? {
        let head = Head::try_from(row)?;
        heads.insert(head.owner.id, head);
    }
    if heads.len() == shops.len() { Ok(heads) } else { Err(StoreError::NotFound) }
}

/// Adds what these keys name.
pub(crate) async fn load(
    connection: &mut SqliteConnection,
    keys: &Keys,
    rows: &mut Rows,
) -> Result<(), StoreError> {
    for row in fetch::<CustomerRow, _>(connection, queries::CUSTOMERS_BY_ID, &keys.customers).await? {
        let customer = Customer::try_from(row)?;
        rows.customers.insert((customer.owner, customer.id), customer);
    }
    for row in fetch::<IdempotencyRow, _>(connection, queries::IDEMPOTENCY, &keys.idempotency).await? {
        let (key, record) = row.try_into()?;
        rows.idempotency.insert(key, record);
    }
    let series =
        keys.counters.iter().map(|(owner, series)| (owner, series.kind.as_str(), series.year.start_year()));
    for row in fetch::<CounterRow, _>(connection, queries::COUNTERS, series).await? {
        let (key, last) = row.try_into()?;
        rows.counters.insert(key, last);
    }
    mobiles(connection, keys, rows).await?;
    numbers(connection, keys, rows).await?;
    items(connection, keys, rows).await?;
    allocations(connection, keys, rows).await?;
    entries(connection, keys, rows).await?;
    rows.loads += 1;
    Ok(())
}

async fn mobiles(connection: &mut SqliteConnection, keys: &Keys, rows: &mut Rows) -> Result<(), StoreError> {
    let mobiles = keys.mobiles.iter().map(|(owner, mobile)| (owner, mobile.as_str()));
    let found = fetch::<(Uuid, String, Uuid), _>(connection, queries::CUSTOMERS_BY_MOBILE, mobiles).await?;
    for (owner, mobile, customer) in found {
        let mobile = MobileNumber::from_e164(&mobile).map_err(StoreError::corrupt)?;
        rows.mobiles.insert((OwnerId::from_uuid(owner), mobile), CustomerId::from_uuid(customer));
    }
    Ok(())
}

async fn numbers(connection: &mut SqliteConnection, keys: &Keys, rows: &mut Rows) -> Result<(), StoreError> {
    let numbers = keys.numbers.iter().map(|(owner, key)| {
        (owner, key.series().kind.as_str(), key.series().year.start_year(), key.number())
    });
    let found =
        fetch::<(Uuid, String, i64, String, Uuid), _>(connection, queries::DOCUMENTS_BY_NUMBER, numbers)
            .await?;
    for (owner, kind, year, number, id) in found {
        let key = number_key(&kind, year, &number)?;
        rows.numbers.insert((OwnerId::from_uuid(owner), key), ItemId::from_uuid(id));
    }
    Ok(())
}

async fn items(connection: &mut SqliteConnection, keys: &Keys, rows: &mut Rows) -> Result<(), StoreError> {
    let open = keys
        .open_items
        .iter()
        .map(|(owner, key)| (owner, key.customer, key.side.as_str(), key.up_to.minor()));
    let mut found = fetch::<ItemRow, _>(connection, queries::OPEN_ITEMS, open).await?;
    found.extend(fetch::<ItemRow, _>(connection, queries::ITEMS_BY_ID, &keys.items).await?);
    for row in found {
        let item = Item::try_from(row)?;
        rows.items.insert((item.owner, item.id), item);
    }
    Ok(())
}

async fn allocations(
    connection: &mut SqliteConnection,
    keys: &Keys,
    rows: &mut Rows,
) -> Result<(), StoreError> {
    let mut found = allocations_by_item(connection, &keys.allocations).await?;
    let asked = keys.allocations.iter().filter_map(|key| Some((*key, found.remove(key)?)));
    rows.allocations.extend(asked);
    Ok(())
}

/// Every allocation from or to these items, by each of the two items that it joins; so some are those of items that
/// were not asked for.
pub(crate) async fn allocations_by_item<K: Serialize>(
    connection: &mut SqliteConnection,
    items: impl IntoIterator<Item = K>,
) -> Result<BTreeMap<(OwnerId, ItemId), Vec<Allocation>>, StoreError> {
    let mut by_item: BTreeMap<_, Vec<Allocation>> = BTreeMap::new();
    for row in fetch::<AllocationRow, _>(connection, queries::ALLOCATIONS_BY_ITEM, items).await? {
        let allocation = Allocation::try_from(row)?;
        by_item.entry((allocation.owner, allocation.debit)).or_default().push(allocation.clone());
        by_item.entry((allocation.owner, allocation.credit)).or_default().push(allocation);
    }
    Ok(by_item)
}

/// The documents of these items.
pub(crate) async fn documents_by_id<K: Serialize>(
    connection: &mut SqliteConnection,
    items: impl IntoIterator<Item = K>,
) -> Result<BTreeMap<(OwnerId, ItemId), Document>, StoreError> {
    let mut documents = BTreeMap::new();
    for row in fetch::<DocumentRow, _>(connection, queries::DOCUMENTS_BY_ID, items).await? {
        let document = Document::try_from(row)?;
        documents.insert((document.owner, document.id), document);
    }
    Ok(documents)
}

async fn entries(connection: &mut SqliteConnection, keys: &Keys, rows: &mut Rows) -> Result<(), StoreError> {
    let found = fetch::<EntryRow, _>(connection, queries::ENTRIES_BY_ID, &keys.entries).await?;
    let found = found.into_iter().map(|row| row.entry(Vec::new())).collect::<Result<_, _>>()?;
    for posted in posted(connection, found).await? {
        rows.entries.insert((posted.entry.owner, posted.entry.id), posted);
    }
    Ok(())
}

/// These entries, which came without their allocations, with all that they caused.
pub(crate) async fn posted(
    connection: &mut SqliteConnection,
    entries: Vec<Entry>,
) -> Result<Vec<Posted>, StoreError> {
    let seqs = entries.iter().map(|entry| (entry.owner, entry.seq));
    let mut allocations: BTreeMap<(OwnerId, u64), Vec<Allocation>> = BTreeMap::new();
    for row in fetch::<AllocationRow, _>(connection, queries::ALLOCATIONS_BY_ENTRY, seqs).await? {
        let allocation = Allocation::try_from(row)?;
        allocations.entry((allocation.owner, allocation.seq)).or_default().push(allocation);
    }
    let ids = || entries.iter().map(|entry| (entry.owner, entry.item));
    let mut items: BTreeMap<(OwnerId, ItemId), Item> = BTreeMap::new();
    for row in fetch::<ItemRow, _>(connection, queries::ITEMS_BY_ID, ids()).await? {
        let item = Item::try_from(row)?;
        items.insert((item.owner, item.id), item);
    }
    let documents = documents_by_id(connection, ids()).await?;
    let posted = entries.into_iter().map(|mut entry| {
        let key = (entry.owner, entry.item);
        let item = items.get(&key).cloned();
        let item = item.ok_or_else(|| StoreError::corrupt("an entry without its item"))?;
        entry.allocations = allocations.remove(&(entry.owner, entry.seq)).unwrap_or_default();
        Ok(Posted { item, document: documents.get(&key).cloned(), entry })
    });
    posted.collect()
}
