//! Writes of a job: all rules are checked before any row is written, so that a job is atomic.

use std::collections::{BTreeMap, BTreeSet};

use super::state::{Book, State};
use crate::documents::Document;
use crate::id::{ItemId, OwnerId};
use crate::ledger::Item;
use crate::store::{BalanceWrite, CustomerWrite, OwnerWrite, StoreError, UniqueRule, Writes};

/// Applies all writes, or none.
pub(super) fn apply(state: &mut State, writes: &Writes) -> Result<(), StoreError> {
    check_shops(state, writes)?;
    check_owner_mobiles(state, &writes.owners)?;
    check_customers(state, writes)?;
    check_entries(state, writes)?;
    check_items(state, writes)?;
    check_documents(state, &writes.documents)?;
    check_idempotency(state, writes)?;
    put(state, writes);
    Ok(())
}

/// Checks that the shops of all rows exist.
fn check_shops(state: &State, writes: &Writes) -> Result<(), StoreError> {
    let heads = writes.heads.iter().map(|head| head.owner.id);
    let owners = writes.owners.iter().map(|row| row.owner.id);
    let customers = writes.customers.iter().map(|row| row.customer.owner);
    let deleted = writes.deleted_customers.iter().map(|row| row.0);
    let balances = writes.balances.iter().map(|row| row.owner);
    let entries = writes.entries.iter().map(|entry| entry.owner);
    let documents = writes.documents.iter().map(|document| document.owner);
    let idempotency = writes.idempotency.iter().map(|row| row.0);
    let items = writes.items.iter().map(|item| item.owner);
    let mut shops = heads
        .chain(owners)
        .chain(customers)
        .chain(deleted)
        .chain(balances)
        .chain(entries)
        .chain(documents)
        .chain(idempotency)
        .chain(items);
    must(shops.all(|owner| state.books.contains_key(&owner)), "a row belongs to a shop that doesn't exist")
}

fn check_owner_mobiles(state: &State, owners: &[OwnerWrite]) -> Result<(), StoreError> {
    let mut mobiles = BTreeSet::new();
    let free = owners.iter().all(|OwnerWrite { owner, .. }| {
        let holder = state.owner_by_mobile(&owner.mobile);
        holder.is_none_or(|book| book.head.owner.id == owner.id) && mobiles.insert(&owner.mobile)
    });
    if free { Ok(()) } else { Err(StoreError::Conflict(UniqueRule::OwnerMobile)) }
}

fn check_customers(state: &State, writes: &Writes) -> Result<(), StoreError> {
    let mut mobiles = BTreeSet::new();
    for CustomerWrite { customer, .. } in &writes.customers {
        let holder = of(state, customer.owner, |book| book.mobiles.get(customer.mobile.as_ref()?).copied());
        let free = holder.is_none_or(|holder| {
            holder == customer.id || writes.deleted_customers.contains(&(customer.owner, holder))
        });
        must(
            free && customer.mobile.as_ref().is_none_or(|mobile| mobiles.insert((customer.owner, mobile))),
            "two customers have one mobile number",
        )?;
    }
    for &BalanceWrite { owner, customer, .. } in &writes.balances {
        let there = of(state, owner, |book| book.customer(customer)).is_some();
        must(there, "a balance belongs to a customer who doesn't exist")?;
    }
    Ok(())
}

fn check_entries(state: &State, writes: &Writes) -> Result<(), StoreError> {
    let mut ids = BTreeSet::new();
    let mut last: BTreeMap<OwnerId, u64> = BTreeMap::new();
    for entry in &writes.entries {
        let taken = of(state, entry.owner, |book| book.entry_seqs.get(&entry.id)).is_some();
        must(!taken && ids.insert((entry.owner, entry.id)), "two entries have one id")?;
        let before = of(state, entry.owner, |book| Some(book.head.seq)).unwrap_or_default();
        let last = last.entry(entry.owner).or_insert(before);
        must(entry.seq == *last + 1, "an entry does not follow the last one")?;
        *last = entry.seq;
    }
    Ok(())
}

fn check_items(state: &State, writes: &Writes) -> Result<(), StoreError> {
    let (new, changed) = writes.new_and_changed_items();
    for item in new {
        let taken = of(state, item.owner, |book| book.items.get(&item.id)).is_some();
        must(!taken, "two items have one id")?;
    }
    for item in changed {
        let Some(old) = of(state, item.owner, |book| book.items.get(&item.id)) else {
            return Err(StoreError::corrupt("a changed item doesn't exist"));
        };
        let changeable = Item {
            open: item.open,
            credited: item.credited.clone(),
            free_from: item.free_from,
            voided_on: item.voided_on,
            bounced: item.bounced,
            pending_until: item.pending_until,
            updated_at: item.updated_at,
            ..old.clone()
        };
        must(changeable == *item, "an immutable part of an item changed")?;
    }
    Ok(())
}

fn check_documents(state: &State, documents: &[Document]) -> Result<(), StoreError> {
    let mut ids = BTreeSet::new();
    let mut numbers = BTreeSet::new();
    for document in documents {
        let taken = of(state, document.owner, |book| book.documents.get(&document.id)).is_some();
        must(!taken && ids.insert((document.owner, document.id)), "two documents have one id")?;
        let taken = of(state, document.owner, |book| book.numbers.get(&document.key)).is_some();
        must(!taken && numbers.insert((document.owner, &document.key)), "two documents have one number")?;
    }
    Ok(())
}

fn check_idempotency(state: &State, writes: &Writes) -> Result<(), StoreError> {
    let mut keys = BTreeSet::new();
    for (owner, key, _) in &writes.idempotency {
        let taken = of(state, *owner, |book| {
            let record = book.idempotency.get(key)?;
            (!is_of_deleted(writes, *owner, record.subject)).then_some(record)
        });
        must(taken.is_none() && keys.insert((owner, key)), "two requests have one idempotency key")?;
    }
    Ok(())
}

fn is_of_deleted(writes: &Writes, owner: OwnerId, subject: ItemId) -> bool {
    writes.deleted_customers.iter().any(|(shop, id)| *shop == owner && id.uuid() == subject.uuid())
}

fn of<'a, T>(state: &'a State, owner: OwnerId, find: impl FnOnce(&'a Book) -> Option<T>) -> Option<T> {
    state.books.get(&owner).and_then(find)
}

fn must(holds: bool, otherwise: &'static str) -> Result<(), StoreError> {
    if holds { Ok(()) } else { Err(StoreError::corrupt(otherwise)) }
}

/// Writes every row, deletions first. The rules have been checked.
fn put(state: &mut State, writes: &Writes) {
    for (owner, id) in &writes.deleted_customers {
        let book = book(state, *owner);
        book.customers.remove(id);
        book.mobiles.retain(|_, holder| holder != id);
        book.idempotency.retain(|_, record| record.subject.uuid() != id.uuid());
    }
    writes.owners.iter().for_each(|row| put_owner(book(state, row.owner.id), row));
    for head in &writes.heads {
        let known = &mut book(state, head.owner.id).head;
        (known.seq, known.hash, known.recorded_at) = (head.seq, head.hash, head.recorded_at);
        known.counters.clone_from(&head.counters);
    }
    for row in &writes.customers {
        let book = book(state, row.customer.owner);
        book.mobiles.retain(|_, holder| *holder != row.customer.id);
        book.mobiles.extend(row.customer.mobile.clone().map(|mobile| (mobile, row.customer.id)));
        book.customers.insert(row.customer.id, row.clone());
    }
    for row in &writes.balances {
        let known = book(state, row.owner).customers.get_mut(&row.customer);
        let customer = &mut known.expect("the customer of a balance exists").customer;
        (customer.totals, customer.last_seq, customer.revision) = (row.totals, row.last_seq, row.revision);
        customer.post_dated.clone_from(&row.post_dated);
        customer.bounced_cheques = row.bounced_cheques;
    }
    for entry in &writes.entries {
        let book = book(state, entry.owner);
        book.entry_seqs.insert(entry.id, entry.seq);
        book.entries.insert(entry.seq, entry.clone());
    }
    for document in &writes.documents {
        let book = book(state, document.owner);
        book.numbers.insert(document.key.clone(), document.id);
        book.documents.insert(document.id, document.clone());
    }
    for (owner, key, record) in &writes.idempotency {
        book(state, *owner).idempotency.insert(key.clone(), record.clone());
    }
    for item in &writes.items {
        book(state, item.owner).items.insert(item.id, item.clone());
    }
}

fn put_owner(book: &mut Book, row: &OwnerWrite) {
    book.head.owner = row.owner.clone();
    if let Some(password) = &row.password {
        book.password_hash.clone_from(&password.hash);
        book.head.password_version = password.version;
        book.sessions.retain(|id, _| Some(*id) == password.keep);
    }
}

fn book(state: &mut State, owner: OwnerId) -> &mut Book {
    state.books.get_mut(&owner).expect("the shops of all rows exist")
}
