//! Loading what a job asks for, one statement for each kind of key.

use std::collections::BTreeMap;

use khata_core::documents::Document;
use khata_core::id::{ItemId, OwnerId};
use khata_core::ledger::{Allocation, Entry, Item};
use khata_core::money::Money;
use khata_core::store::{Head, Keys, OpenItemsKey, Posted, Rows, StoreError};

use crate::dialect::Dialect;
use crate::queries;
use crate::rows::DatedAllocation;

/// The heads of these shops, which must be there; locked.
async fn heads<D: Dialect>(
    connection: &mut D::Connection,
    shops: &[OwnerId],
) -> Result<BTreeMap<OwnerId, Head>, StoreError> {
    let found = queries::HEADS.fetch::<D>(connection, shops).await?;
    let heads: BTreeMap<_, _> = found.into_iter().map(|head| (head.owner.id, head)).collect();
    if heads.len() == shops.len() { Ok(heads) } else { Err(StoreError::NotFound) }
}

/// The heads, and what these keys name, if there are any.
pub(crate) async fn first<D: Dialect>(
    connection: &mut D::Connection,
    shops: &[OwnerId],
    keys: &Keys,
) -> Result<Rows, StoreError> {
    let mut rows = Rows { heads: heads::<D>(connection, shops).await?, ..Rows::default() };
    if !keys.is_empty() {
        load::<D>(connection, keys, &mut rows).await?;
    }
    Ok(rows)
}

/// Adds what these keys name.
pub(crate) async fn load<D: Dialect>(
    connection: &mut D::Connection,
    keys: &Keys,
    rows: &mut Rows,
) -> Result<(), StoreError> {
    let customers = queries::CUSTOMERS_BY_ID.fetch::<D>(connection, &keys.customers).await?;
    rows.customers.extend(customers.into_iter().map(|found| ((found.owner, found.id), found)));
    let holders = queries::CUSTOMERS_BY_MOBILE.fetch::<D>(connection, &keys.mobiles).await?;
    rows.mobiles
        .extend(holders.into_iter().filter_map(|found| Some(((found.owner, found.mobile?), found.id))));
    let requests = queries::IDEMPOTENCY.fetch::<D>(connection, &keys.idempotency).await?;
    rows.idempotency.extend(requests.into_iter().map(|(owner, key, record)| ((owner, key), record)));
    let documents = queries::DOCUMENTS_BY_NUMBER.fetch::<D>(connection, &keys.numbers).await?;
    rows.numbers.extend(documents.into_iter().map(|found| ((found.owner, found.key), found.id)));
    let highest = queries::HIGHEST_NUMBERS.fetch::<D>(connection, &keys.highest_numbers).await?;
    rows.highest_numbers.extend(
        highest.into_iter().filter_map(|found| Some(((found.owner_id, found.pattern), found.number?))),
    );
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
    let open = open_items::<D>(connection, &keys.open_items).await?;
    let named = queries::ITEMS_BY_ID.fetch::<D>(connection, &keys.items).await?;
    rows.items.extend(open.into_iter().chain(named).map(|item| ((item.owner, item.id), item)));
    Ok(())
}

async fn open_items<D: Dialect>(
    connection: &mut D::Connection,
    keys: &[(OwnerId, OpenItemsKey)],
) -> Result<Vec<Item>, StoreError> {
    if !D::STREAMS {
        return queries::OPEN_ITEMS.fetch::<D>(connection, keys).await;
    }
    let mut items = Vec::new();
    for key in keys.chunks(1) {
        let mut left = key[0].1.up_to;
        let is_enough = |item: &Item| {
            left = left.checked_sub(item.open).unwrap_or(Money::ZERO);
            !left.is_positive()
        };
        items.extend(
            queries::OPEN_ITEMS_IN_ORDER.query().given(key).fetch_until::<D>(connection, is_enough).await?,
        );
    }
    Ok(items)
}

async fn allocations<D: Dialect>(
    connection: &mut D::Connection,
    keys: &Keys,
    rows: &mut Rows,
) -> Result<(), StoreError> {
    let mut found = allocations_by_item::<D>(connection, &keys.allocations).await?;
    rows.allocations.extend(keys.allocations.iter().filter_map(|key| Some((*key, found.remove(key)?))));
    Ok(())
}

/// Every allocation from or to these items, under each of the two items that it joins; so some are those of items that
/// were not asked for.
pub(crate) async fn allocations_by_item<D: Dialect>(
    connection: &mut D::Connection,
    items: &[(OwnerId, ItemId)],
) -> Result<BTreeMap<(OwnerId, ItemId), Vec<Allocation>>, StoreError> {
    let mut by_item: BTreeMap<_, Vec<Allocation>> = BTreeMap::new();
    let mut allocations = queries::ALLOCATIONS_BY_ITEM.fetch::<D>(connection, items).await?;
    // One between two of the items may have come for each of them.
    allocations.sort_unstable_by_key(|row| (row.owner, row.seq, row.ordinal));
    allocations.dedup_by_key(|row| (row.owner, row.seq, row.ordinal));
    for allocation in allocations {
        by_item.entry((allocation.owner, allocation.debit)).or_default().push(allocation.clone());
        by_item.entry((allocation.owner, allocation.credit)).or_default().push(allocation);
    }
    Ok(by_item)
}

/// The documents of these items.
pub(crate) async fn documents_by_id<D: Dialect>(
    connection: &mut D::Connection,
    items: &[(OwnerId, ItemId)],
) -> Result<BTreeMap<(OwnerId, ItemId), Document>, StoreError> {
    let documents = queries::DOCUMENTS_BY_ID.fetch::<D>(connection, items).await?;
    Ok(documents.into_iter().map(|document| ((document.owner, document.id), document)).collect())
}

async fn entries<D: Dialect>(
    connection: &mut D::Connection,
    keys: &Keys,
    rows: &mut Rows,
) -> Result<(), StoreError> {
    let found = queries::ENTRIES_BY_ID.fetch::<D>(connection, &keys.entries).await?;
    let posted = posted::<D>(connection, found).await?;
    rows.entries.extend(posted.into_iter().map(|posted| ((posted.entry.owner, posted.entry.id), posted)));
    Ok(())
}

/// These entries, which came without their allocations, with all that they caused.
pub(crate) async fn posted<D: Dialect>(
    connection: &mut D::Connection,
    entries: Vec<Entry>,
) -> Result<Vec<Posted>, StoreError> {
    let mut allocations: BTreeMap<(OwnerId, u64), Vec<DatedAllocation>> = BTreeMap::new();
    for row in queries::ALLOCATIONS_BY_ENTRY.fetch::<D>(connection, &entries).await? {
        allocations.entry((row.allocation.owner, row.allocation.seq)).or_default().push(row);
    }
    let ids: Vec<_> = entries.iter().map(|entry| (entry.owner, entry.item)).collect();
    let items = queries::ITEMS_BY_ID.fetch::<D>(connection, &ids).await?;
    let items: BTreeMap<_, _> = items.into_iter().map(|item| ((item.owner, item.id), item)).collect();
    let documents = documents_by_id::<D>(connection, &ids).await?;
    let posted = entries.into_iter().map(|mut entry| {
        let key = (entry.owner, entry.item);
        let item = items.get(&key).cloned();
        let item = item.ok_or_else(|| StoreError::corrupt("an entry without its item"))?;
        let rows = allocations.remove(&(entry.owner, entry.seq)).unwrap_or_default();
        entry.allocations = rows.into_iter().map(|row| row.of(&entry)).collect::<Result<_, _>>()?;
        Ok(Posted { item, document: documents.get(&key).cloned(), entry })
    });
    posted.collect()
}
