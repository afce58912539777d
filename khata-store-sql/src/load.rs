//! Loading what a job asks for, one statement for each kind of key.

use std::collections::BTreeMap;

use khata_core::customer::Customer;
use khata_core::id::{ItemId, OwnerId};
use khata_core::ledger::{Allocation, Document, Item};
use khata_core::store::{Head, Keys, Posted, Rows, StoreError};

use crate::dialect::Dialect;
use crate::queries;
use crate::row::{IdKey, MobileKey, NumberRowKey, OpenKey, OwnerKey, RequestKey, SeqKey, SeriesKey};

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
    let customers = keys.customers.iter().map(IdKey::from);
    for row in queries::CUSTOMERS_BY_ID.fetch::<D>(connection, customers).await? {
        let customer = Customer::try_from(row)?;
        rows.customers.insert((customer.owner, customer.id), customer);
    }
    for row in
        queries::CUSTOMERS_BY_MOBILE.fetch::<D>(connection, keys.mobiles.iter().map(MobileKey::from)).await?
    {
        let (key, holder) = row.try_into()?;
        rows.mobiles.insert(key, holder);
    }
    for row in
        queries::IDEMPOTENCY.fetch::<D>(connection, keys.idempotency.iter().map(RequestKey::from)).await?
    {
        let (key, record) = row.try_into()?;
        rows.idempotency.insert(key, record);
    }
    for row in queries::COUNTERS.fetch::<D>(connection, keys.counters.iter().map(SeriesKey::from)).await? {
        let (key, last) = row.try_into()?;
        rows.counters.insert(key, last);
    }
    for row in queries::DOCUMENTS_BY_NUMBER
        .fetch::<D>(connection, keys.numbers.iter().map(NumberRowKey::from))
        .await?
    {
        let (key, id) = row.try_into()?;
        rows.numbers.insert(key, id);
    }
    items::<D>(connection, keys, rows).await?;
    posted::<D>(connection, keys, rows).await?;
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

/// Entries with all that they caused.
async fn posted<D: Dialect>(
    connection: &mut D::Connection,
    keys: &Keys,
    rows: &mut Rows,
) -> Result<(), StoreError> {
    let entries = queries::ENTRIES_BY_ID.fetch::<D>(connection, keys.entries.iter().map(IdKey::from)).await?;
    let entries = entries.into_iter().map(|row| row.entry(Vec::new())).collect::<Result<Vec<_>, _>>()?;
    let mut allocations: BTreeMap<(OwnerId, u64), Vec<Allocation>> = BTreeMap::new();
    for row in queries::ALLOCATIONS_BY_ENTRY.fetch::<D>(connection, entries.iter().map(SeqKey::from)).await? {
        let allocation = Allocation::try_from(row)?;
        allocations.entry((allocation.owner, allocation.seq)).or_default().push(allocation);
    }
    let ids = || entries.iter().map(|entry| IdKey::from(&(entry.owner, entry.item)));
    let mut items: BTreeMap<(OwnerId, ItemId), Item> = BTreeMap::new();
    for row in queries::ITEMS_BY_ID.fetch::<D>(connection, ids()).await? {
        let item = Item::try_from(row)?;
        items.insert((item.owner, item.id), item);
    }
    let mut documents: BTreeMap<(OwnerId, ItemId), Document> = BTreeMap::new();
    for row in queries::DOCUMENTS_BY_ID.fetch::<D>(connection, ids()).await? {
        let document = Document::try_from(row)?;
        documents.insert((document.owner, document.id), document);
    }
    for mut entry in entries {
        let key = (entry.owner, entry.item);
        let item =
            items.get(&key).cloned().ok_or_else(|| StoreError::corrupt("an entry without its item"))?;
        entry.allocations = allocations.remove(&(entry.owner, entry.seq)).unwrap_or_default();
        let posted = Posted { item, document: documents.get(&key).cloned(), entry };
        rows.entries.insert((posted.entry.owner, posted.entry.id), posted);
    }
    Ok(())
}
