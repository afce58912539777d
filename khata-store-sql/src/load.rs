//! Loading what a job asks for, one statement for each kind of key.

use std::collections::BTreeMap;

use khata_core::customer::Customer;
use khata_core::documents::Document;
use khata_core::id::{ItemId, OwnerId};
use khata_core::ledger::{Allocation, Entry, Item};
use khata_core::store::{Head, Keys, Posted, Rows, StoreError};

use crate::dialect::Dialect;
use crate::queries;
use crate::row::{AllocationRow, IdKey, MobileKey, NumberRowKey, OpenKey, OwnerKey, RequestKey, SeqKey};

/// The heads of these shops, which must be there; locked.
pub(crate) async fn heads<D: Dialect>(
    connection: &mut D::Connection,
    shops: &[OwnerId],
) -> Result<BTreeMap<OwnerId, Head>, StoreError> {
    let mut heads = BTreeMap::new();
    for row in queries::HEADS.fetch::<D>(connection, shops.iter().map(OwnerKey::from)).await? {
        let head = Head::try_from(row)?;
        heads.insert(head.owner.id, head);
    }
    if heads.len() == shops.len() { Ok(heads) } else { Err(StoreError::NotFound) }
}

/// Adds what these keys name.
pub(crate) async fn load<D: Dialect>(
    connection: &mut D::Connection,
    keys: &Keys,
    rows: &mut Rows,
) -> Result<(), StoreError> {
    let ids = keys.customers.iter().map(IdKey::from);
    for row in queries::CUSTOMERS_BY_ID.fetch::<D>(connection, ids).await? {
        let customer = Customer::try_from(row)?;
        rows.customers.insert((customer.owner, customer.id), customer);
    }
    let mobiles = keys.mobiles.iter().map(MobileKey::from);
    for row in queries::CUSTOMERS_BY_MOBILE.fetch::<D>(connection, mobiles).await? {
        let (key, holder) = row.try_into()?;
        rows.mobiles.insert(key, holder);
    }
    let requests = keys.idempotency.iter().map(RequestKey::from);
    for row in queries::IDEMPOTENCY.fetch::<D>(connection, requests).await? {
        let (key, record) = row.try_into()?;
        rows.idempotency.insert(key, record);
    }
    let numbers = keys.numbers.iter().map(NumberRowKey::from);
    for row in queries::DOCUMENTS_BY_NUMBER.fetch::<D>(connection, numbers).await? {
        let (key, id) = row.try_into()?;
        rows.numbers.insert(key, id);
    }
    items::<D>(connection, keys, rows).await?;
    allocations::<D>(connection, keys, rows).await?;
    entries::<D>(connection, keys, rows).await?;
    rows.loads += 1;
    Ok(())
}

async fn items<D: Dialect>(
    connection: &mut D::Connection,
    keys: &Keys,
    rows: &mut Rows,
) -> Result<(), StoreError> {
    let mut found =
        queries::OPEN_ITEMS.fetch::<D>(connection, keys.open_items.iter().map(OpenKey::from)).await?;
    found.extend(queries::ITEMS_BY_ID.fetch::<D>(connection, keys.items.iter().map(IdKey::from)).await?);
    for row in found {
        let item = Item::try_from(row)?;
        rows.items.insert((item.owner, item.id), item);
    }
    Ok(())
}

async fn allocations<D: Dialect>(
    connection: &mut D::Connection,
    keys: &Keys,
    rows: &mut Rows,
) -> Result<(), StoreError> {
    let ids = keys.allocations.iter().map(IdKey::from);
    let mut found = allocations_by_item::<D>(connection, ids).await?;
    rows.allocations.extend(keys.allocations.iter().filter_map(|key| Some((*key, found.remove(key)?))));
    Ok(())
}

/// Every allocation from or to these items, under each of the two items that it joins; so some are those of items that
/// were not asked for.
pub(crate) async fn allocations_by_item<D: Dialect>(
    connection: &mut D::Connection,
    items: impl IntoIterator<Item = IdKey>,
) -> Result<BTreeMap<(OwnerId, ItemId), Vec<Allocation>>, StoreError> {
    let mut by_item: BTreeMap<_, Vec<Allocation>> = BTreeMap::new();
    for row in queries::ALLOCATIONS_BY_ITEM.fetch::<D>(connection, items).await? {
        let allocation = Allocation::try_from(row)?;
        by_item.entry((allocation.owner, allocation.debit)).or_default().push(allocation.clone());
        by_item.entry((allocation.owner, allocation.credit)).or_default().push(allocation);
    }
    Ok(by_item)
}

/// The documents of these items.
pub(crate) async fn documents_by_id<D: Dialect>(
    connection: &mut D::Connection,
    items: impl IntoIterator<Item = IdKey>,
) -> Result<BTreeMap<(OwnerId, ItemId), Document>, StoreError> {
    let mut documents = BTreeMap::new();
    for row in queries::DOCUMENTS_BY_ID.fetch::<D>(connection, items).await? {
        let document = Document::try_from(row)?;
        documents.insert((document.owner, document.id), document);
    }
    Ok(documents)
}

async fn entries<D: Dialect>(
    connection: &mut D::Connection,
    keys: &Keys,
    rows: &mut Rows,
) -> Result<(), StoreError> {
    let found = queries::ENTRIES_BY_ID.fetch::<D>(connection, keys.entries.iter().map(IdKey::from)).await?;
    let found = found.into_iter().map(|row| row.entry(Vec::new())).collect::<Result<_, _>>()?;
    for posted in posted::<D>(connection, found).await? {
        rows.entries.insert((posted.entry.owner, posted.entry.id), posted);
    }
    Ok(())
}

/// These entries, which came without their allocations, with all that they caused.
pub(crate) async fn posted<D: Dialect>(
    connection: &mut D::Connection,
    entries: Vec<Entry>,
) -> Result<Vec<Posted>, StoreError> {
    let mut allocations: BTreeMap<SeqKey, Vec<AllocationRow>> = BTreeMap::new();
    for row in queries::ALLOCATIONS_BY_ENTRY.fetch::<D>(connection, entries.iter().map(SeqKey::from)).await? {
        allocations.entry(row.entry()).or_default().push(row);
    }
    let ids = || entries.iter().map(|entry| IdKey::from(&(entry.owner, entry.item)));
    let mut items: BTreeMap<(OwnerId, ItemId), Item> = BTreeMap::new();
    for row in queries::ITEMS_BY_ID.fetch::<D>(connection, ids()).await? {
        let item = Item::try_from(row)?;
        items.insert((item.owner, item.id), item);
    }
    let documents = documents_by_id::<D>(connection, ids()).await?;
    let posted = entries.into_iter().map(|mut entry| {
        let key = (entry.owner, entry.item);
        let item = items.get(&key).cloned();
        let item = item.ok_or_else(|| StoreError::corrupt("an entry without its item"))?;
        let rows = allocations.remove(&SeqKey::from(&entry)).unwrap_or_default();
        entry.allocations = rows.into_iter().map(|row| row.of(&entry)).collect::<Result<_, _>>()?;
        Ok(Posted { item, document: documents.get(&key).cloned(), entry })
    });
    posted.collect()
}
