//! Writing what a job decided, one command for each kind of row.

use std::collections::BTreeMap;

use bson::{Document, Uuid, doc};
use khata_core::id::{CustomerId, OwnerId};
use khata_core::store::{OwnerWrite, Rows, StoreError, UniqueRule, Writes};

use crate::command::Statement;
use crate::error::is_taken;
use crate::filter::{any_of, by_id, grouped, of_owner, owner};
use crate::row::{
    AllocationRow, BalanceChange, CustomerRow, DocumentRow, EntryRow, IdempotencyRow, ItemChange, ItemRow,
    Key, OwnerChange, OwnerMobileRow,
};
use crate::schema::{CUSTOMERS, IDEMPOTENCY, ITEMS, OWNER_MOBILES, OWNERS, SESSIONS};
use crate::transact::Lock;
use crate::unit::Unit;

/// Writes them all: the documents of the shops before all else, since they are the locks, and then deletions first.
pub(crate) async fn apply(
    unit: &mut Unit,
    writes: &Writes,
    loaded: &Rows,
    lock: Lock,
) -> Result<(), StoreError> {
    // What was decided is true of the moment that was read, and nothing is there to come after it.
    if writes.is_empty() {
        return Ok(());
    }
    let shops = shops(writes, loaded, lock).into_iter();
    unit.change(&OWNERS, shops.map(|(shop, change)| Statement::change_one(owner(shop), change))).await?;
    owners(unit, writes, loaded).await?;
    customers(unit, writes).await?;
    ledger(unit, writes).await
}

/// What changes of each shop. Where the locks are not taken yet, each has a change: also that of one whose head stays.
fn shops(writes: &Writes, loaded: &Rows, lock: Lock) -> BTreeMap<OwnerId, OwnerChange> {
    let mut changes: BTreeMap<_, OwnerChange> = match lock {
        Lock::WithFirstWrite => loaded.heads.keys().map(|shop| (*shop, OwnerChange::locking())).collect(),
        Lock::BeforeAll => BTreeMap::new(),
    };
    for head in &writes.heads {
        changes.entry(head.owner.id).or_default().move_on(head);
    }
    for write in &writes.owners {
        changes.entry(write.owner.id).or_default().put(write);
    }
    changes
}

async fn owners(unit: &mut Unit, writes: &Writes, loaded: &Rows) -> Result<(), StoreError> {
    let ended = writes.owners.iter().filter_map(other_sessions).collect();
    unit.delete(&SESSIONS, any_of(ended)).await?;
    mobiles(unit, writes, loaded).await
}

/// Which sessions end with a new password.
fn other_sessions(write: &OwnerWrite) -> Option<Document> {
    let password = write.password.as_ref()?;
    let mut filter = of_owner(write.owner.id, "id", None);
    if let Some(kept) = password.keep {
        filter = doc! { "$and": [filter, { "_id": { "$ne": Key::from((write.owner.id, kept)) } }] };
    }
    Some(filter)
}

/// Moves the numbers of owners who have changed theirs.
async fn mobiles(unit: &mut Unit, writes: &Writes, loaded: &Rows) -> Result<(), StoreError> {
    let before = |write: &OwnerWrite| loaded.heads.get(&write.owner.id).map(|head| &head.owner.mobile);
    let moved: Vec<_> =
        writes.owners.iter().filter(|write| before(write) != Some(&write.owner.mobile)).collect();
    let old = moved.iter().filter_map(|write| before(write)).map(khata_core::phone::MobileNumber::as_str);
    unit.delete(&OWNER_MOBILES, by_id(old)).await?;
    let new = moved.iter().map(|write| OwnerMobileRow::from(&write.owner));
    unit.insert(new).await.map_err(|failure| {
        if is_taken(&failure) { StoreError::Conflict(UniqueRule::OwnerMobile) } else { failure }
    })
}

async fn customers(unit: &mut Unit, writes: &Writes) -> Result<(), StoreError> {
    let deleted = || writes.deleted_customers.iter().copied();
    let subjects = deleted().map(|(owner, id): (OwnerId, CustomerId)| (owner, Uuid::from(id.uuid())));
    let records = grouped("subject", subjects, |shop| doc! { "_id.ownerId": owner(*shop) });
    unit.delete(&IDEMPOTENCY, records).await?;
    unit.delete(&CUSTOMERS, by_id(deleted().map(Key::from))).await?;
    let customers = writes.customers.iter().map(|write| {
        let row = CustomerRow::from(write);
        Statement::put(row.key, row)
    });
    unit.change(&CUSTOMERS, customers).await?;
    let balances = writes
        .balances
        .iter()
        .map(|write| Statement::set(Key::from((write.owner, write.customer)), BalanceChange::from(write)));
    unit.change(&CUSTOMERS, balances).await
}

async fn ledger(unit: &mut Unit, writes: &Writes) -> Result<(), StoreError> {
    unit.insert(writes.entries.iter().map(EntryRow::from)).await?;
    let (new, changed) = writes.new_and_changed_items();
    unit.insert(new.into_iter().map(ItemRow::from)).await?;
    let changed = changed
        .into_iter()
        .map(|item| Statement::set(Key::from((item.owner, item.id)), ItemChange::from(item)));
    unit.change(&ITEMS, changed).await?;
    unit.insert(writes.documents.iter().map(DocumentRow::from)).await?;
    let allocations = writes.entries.iter().flat_map(|entry| &entry.allocations).map(AllocationRow::from);
    unit.insert(allocations).await?;
    unit.insert(writes.idempotency.iter().map(IdempotencyRow::from)).await
}
