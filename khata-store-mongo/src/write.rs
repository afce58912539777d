//! Writing what a job decided, one command for each collection.

use std::collections::BTreeMap;

use bson::{Document, RawDocumentBuf, Uuid, doc};
use khata_core::documents::Document as LedgerDocument;
use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::store::{OwnerWrite, Rows, StoreError, UniqueRule, Writes};

use crate::command::{self, one};
use crate::error::is_taken;
use crate::filter::{any_of, by_id, grouped, key, of_owner, owner};
use crate::row::{
    EntryRow, HeadChange, balance_changes, customer_document, customer_name_document, entry_document,
    idempotency_document, item_changes, item_document, owner_changes, owner_mobile_document,
};
use crate::schema::{
    CUSTOMER_NAMES, CUSTOMERS, ENTRIES, IDEMPOTENCY, ITEMS, OWNER_MOBILES, OWNERS, SESSIONS,
};
use crate::transaction::Transaction;

/// The statements that take the lock of each shop, also of one whose head stays, and move the heads on. Each finds its shop
/// only if nobody has taken the lock since it had that count.
pub(crate) fn locking(writes: &Writes, locks: &BTreeMap<OwnerId, u64>) -> Vec<RawDocumentBuf> {
    let mut changes: BTreeMap<_, _> = locks.keys().map(|shop| (*shop, HeadChange::locking())).collect();
    for head in &writes.heads {
        if let Some(change) = changes.get_mut(&head.owner.id) {
            change.move_on(head);
        }
    }
    let statement = |((_, change), (shop, lock)): ((OwnerId, HeadChange), (&OwnerId, &u64))| {
        command::change(command::unlocked(*shop, *lock), change.update())
    };
    changes.into_iter().zip(locks).map(statement).collect()
}

/// The statements that move on the heads of shops whose lock is taken.
pub(crate) fn moving(writes: &Writes) -> impl Iterator<Item = RawDocumentBuf> {
    writes.heads.iter().map(|head| {
        let mut change = HeadChange::default();
        change.move_on(head);
        command::change(command::shop(head.owner.id), change.update())
    })
}

/// Writes all but the heads, deletions first.
pub(crate) async fn apply(
    transaction: &mut Transaction,
    writes: &Writes,
    loaded: &Rows,
) -> Result<(), StoreError> {
    owners(transaction, writes, loaded).await?;
    customers(transaction, writes).await?;
    ledger(transaction, writes).await
}

async fn owners(transaction: &mut Transaction, writes: &Writes, loaded: &Rows) -> Result<(), StoreError> {
    let profiles = writes.owners.iter();
    let profiles = profiles.map(|write| command::set(command::shop(write.owner.id), owner_changes(write)));
    transaction.change(&OWNERS, profiles).await?;
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
    for collection in [&CUSTOMERS, &CUSTOMER_NAMES] {
        transaction.delete(collection, by_id(deleted().map(key))).await?;
    }
    let names = writes.customers.iter().map(|write| {
        command::put(one(write.customer.owner, write.customer.id), customer_name_document(write))
    });
    transaction.change(&CUSTOMER_NAMES, names).await?;
    let whole = writes
        .customers
        .iter()
        .map(|write| command::put(one(write.customer.owner, write.customer.id), customer_document(write)));
    let balances = writes.balances.iter();
    let balances =
        balances.map(|write| command::set(one(write.owner, write.customer), balance_changes(write)));
    transaction.change(&CUSTOMERS, whole.chain(balances)).await
}

async fn ledger(transaction: &mut Transaction, writes: &Writes) -> Result<(), StoreError> {
    let (entries, requests) = entries(writes)?;
    transaction.insert(&ENTRIES, entries).await?;
    let (new, changed) = writes.new_and_changed_items();
    transaction.insert(&ITEMS, new.into_iter().map(item_document)).await?;
    let changed = changed.into_iter();
    let changes = changed.map(|item| command::set(one(item.owner, item.id), item_changes(item)));
    transaction.change(&ITEMS, changes).await?;
    transaction.insert(&IDEMPOTENCY, requests).await
}

type Requests<'a> = BTreeMap<(OwnerId, ItemId), Vec<(&'a IdempotencyKey, &'a IdempotencyRecord)>>;

/// The documents of the entries, each with its document on paper and the request whose answer names it; and those of the
/// other requests, which are about customers.
fn entries(writes: &Writes) -> Result<(Vec<RawDocumentBuf>, Vec<RawDocumentBuf>), StoreError> {
    let documents = writes.documents.iter().map(|document| ((document.owner, document.id), document));
    let mut documents: BTreeMap<(OwnerId, ItemId), &LedgerDocument> = documents.collect();
    let mut requests = Requests::new();
    for (owner, key, record) in &writes.idempotency {
        requests.entry((*owner, record.subject)).or_default().push((key, record));
    }
    let entries = writes.entries.iter().map(|entry| {
        let document = documents.remove(&(entry.owner, entry.id.into()));
        let request = requests.get_mut(&(entry.owner, entry.item)).and_then(|about| {
            let id = entry.id.to_string();
            let at = about.iter().position(|(_, record)| record.answer.contains(&id))?;
            Some(about.swap_remove(at))
        });
        entry_document(&EntryRow { entry, document, request })
    });
    let entries = entries.collect();
    if !documents.is_empty() {
        return Err(StoreError::corrupt("a document is to be written without its entry"));
    }
    let others = requests.into_iter().flat_map(|((owner, _), requests)| {
        requests.into_iter().map(move |(key, record)| idempotency_document(owner, key, record))
    });
    Ok((entries, others.collect()))
}
