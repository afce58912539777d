//! Writing what a job decided, one statement for each kind of row.

use khata_core::store::{StoreError, Writes};

use crate::batch::Batch;
use crate::dialect::Dialect;
use crate::queries;
use crate::rows::{DatedAllocation, EntryRow, HeadRow, NewPassword, Word};

/// Writes them all, deletions first, and what is referred to before what refers to it.
pub(crate) async fn apply<D: Dialect>(
    connection: &mut D::Connection,
    writes: &Writes,
) -> Result<(), StoreError> {
    delete::<D>(connection, writes).await?;
    // The head and the profile are of one row.
    let owners: Vec<_> = writes.owners.iter().map(|write| &write.owner).collect();
    let mut batch = Batch::<D>::new();
    batch.put(&queries::UPDATE_OWNERS, &owners);
    batch.run(connection).await?;
    put::<D>(connection, writes).await
}

async fn delete<D: Dialect>(connection: &mut D::Connection, writes: &Writes) -> Result<(), StoreError> {
    let passwords: Vec<_> = writes.owners.iter().filter_map(NewPassword::of).collect();
    let customers: Vec<_> = writes.customers.iter().map(|write| &write.customer).collect();
    let mut batch = Batch::<D>::new();
    batch.delete(&queries::DELETE_OTHER_SESSIONS, &passwords);
    batch.put(&queries::UPDATE_PASSWORDS, &passwords);
    batch.delete(&queries::DELETE_IDEMPOTENCY, &writes.deleted_customers);
    batch.delete(&queries::DELETE_CUSTOMERS, &writes.deleted_customers);
    batch.delete(&queries::DELETE_WORDS, &customers);
    batch.run(connection).await
}

async fn put<D: Dialect>(connection: &mut D::Connection, writes: &Writes) -> Result<(), StoreError> {
    let heads: Vec<_> = writes.heads.iter().map(HeadRow::from).collect();
    let words: Vec<_> = writes.customers.iter().flat_map(Word::all).collect();
    let (new, changed) = writes.new_and_changed_items();
    let entries = EntryRow::all(writes)?;
    let allocations: Vec<_> = writes.entries.iter().flat_map(DatedAllocation::all).collect();
    let mut batch = Batch::<D>::new();
    batch.put(&queries::UPDATE_HEADS, &heads);
    batch.put(&queries::PUT_CUSTOMERS, &writes.customers);
    batch.put(&queries::INSERT_WORDS, &words);
    batch.put(&queries::UPDATE_BALANCES, &writes.balances);
    batch.put(&queries::INSERT_ENTRIES, &entries);
    batch.put(&queries::INSERT_ITEMS, &new);
    batch.put(&queries::UPDATE_ITEMS, &changed);
    batch.put(&queries::INSERT_ALLOCATIONS, &allocations);
    batch.put(&queries::INSERT_IDEMPOTENCY, &writes.idempotency);
    batch.run(connection).await
}
