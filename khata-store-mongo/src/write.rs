//! Writing what a job decided, one command for each collection.

use std::collections::BTreeMap;

use bson::{Document, Uuid, doc};
use khata_core::id::{CustomerId, OwnerId};
use khata_core::store::{OwnerWrite, Rows, StoreError, UniqueRule, Writes};

use crate::command::{self, one};
use crate::error::is_taken;
use crate::filter::{any_of, by_id, grouped, key, of_owner, owner};
use crate::row::{
    OwnerChange, balance_changes, customer_document, document_of, idempotency_document, item_changes,
    item_document, owner_mobile_document,
};
use crate::schema::{
    ALLOCATIONS, CUSTOMERS, DOCUMENTS, ENTRIES, IDEMPOTENCY, ITEMS, OWNER_MOBILES, OWNERS, SESSIONS,
};
use crate::transact::Lock;
use crate::transaction::Transaction;

/// Writes them all: the documents of the shops before all else, since they are the locks, and then deletions first.
pub(crate) async fn apply(
    transaction: &mut Transaction,
    writes: &Writes,
    loaded: &Rows,
    lock: Lock,
) -> Result<(), StoreError> {
    // What was decided is true of the moment that was read, and nothing is there to come after it.
    if writes.is_empty() {
        return Ok(());
    }
    let shops = shops(writes, loaded, lock).into_iter();
    let changes = shops.map(|(shop, change)| command::change(command::shop(shop), change.update()));
    transaction.change(&OWNERS, changes).await?;
    owners(transaction, writes, loaded).await?;
    customers(transaction, writes).await?;
    ledger(transaction, writes).await
}

/// The change of each shop. Where the locks are not taken yet, each has a change: also that of one whose head stays.
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

async fn owners(transaction: &mut Transaction, writes: &Writes, loaded: &Rows) -> Result<(), StoreError> {
    let ended = writes.owners.iter().filter_map(other_sessions).collect();
    transaction.delete(&SESSIONS, any_of(ended)).await?;
    mobiles(transaction, writes, loaded).await
}

/// The sessions that end with a new password.
fn other_sessions(write: &OwnerWrite) -> Option<Document> {
    let password = write.password.as_ref()?;
    let mut filter = of_owner(write.owner.id, "id", None);
    if let Some(kept) = password.keep {
        filter = doc! { "$and": [filter, { "_id": { "$ne": key((write.owner.id, kept)) } }] };
    }
    Some(filter)
}

/// Moves the numbers of owners who have changed theirs.
async fn mobiles(transaction: &mut Transaction, writes: &Writes, loaded: &Rows) -> Result<(), StoreError> {
    let before = |write: &OwnerWrite| loaded.heads.get(&write.owner.id).map(|head| &head.owner.mobile);
    let moved: Vec<_> =
        writes.owners.iter().filter(|write| before(write) != Some(&write.owner.mobile)).collect();
    let old = moved.iter().filter_map(|write| before(write)).map(khata_core::phone::MobileNumber::as_str);
    transaction.delete(&OWNER_MOBILES, by_id(old)).await?;
    let new = moved.iter().map(|write| owner_mobile_document(&write.owner));
    transaction.insert(&OWNER_MOBILES, new).await.map_err(|failure| {
        if is_taken(&failure) { StoreError::Conflict(UniqueRule::OwnerMobile) } else { failure }
    })
}

async fn customers(transaction: &mut Transaction, writes: &Writes) -> Result<(), StoreError> {
    let deleted = || writes.deleted_customers.iter().copied();
    let subjects = deleted().map(|(owner, id): (OwnerId, CustomerId)| (owner, Uuid::from(id.uuid())));
    let records = grouped("subject", subjects, |shop| doc! { "_id.owner_id": owner(*shop) });
    transaction.delete(&IDEMPOTENCY, records).await?;
    transaction.delete(&CUSTOMERS, by_id(deleted().map(key))).await?;
    let customers = writes.customers.iter().map(|write| {
        let customer = &write.customer;
        command::put(one(customer.owner, customer.id), customer_document(write))
    });
    transaction.change(&CUSTOMERS, customers).await?;
    let balances = writes.balances.iter();
    let balances =
        balances.map(|write| command::set(one(write.owner, write.customer), balance_changes(write)));
    transaction.change(&CUSTOMERS, balances).await
}

async fn ledger(transaction: &mut Transaction, writes: &Writes) -> Result<(), StoreError> {
    transaction.insert(&ENTRIES, writes.entries.iter().map(document_of)).await?;
    let (new, changed) = writes.new_and_changed_items();
    transaction.insert(&ITEMS, new.into_iter().map(item_document)).await?;
    let changed = changed.into_iter();
    let changes = changed.map(|item| command::set(one(item.owner, item.id), item_changes(item)));
    transaction.change(&ITEMS, changes).await?;
    transaction.insert(&DOCUMENTS, writes.documents.iter().map(document_of)).await?;
    let allocations = writes.entries.iter().flat_map(|entry| &entry.allocations);
    transaction.insert(&ALLOCATIONS, allocations.map(document_of)).await?;
    transaction.insert(&IDEMPOTENCY, writes.idempotency.iter().map(idempotency_document)).await
}
