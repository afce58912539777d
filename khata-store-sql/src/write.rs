//! Writing what a job decided, one statement for each kind of row.

use khata_core::store::{StoreError, Writes};

use crate::batch::Batch;
use crate::dialect::Dialect;
use crate::queries;
use crate::rows::{DatedAllocation, HeadRow, NewPassword, Word};

/// Writes them all, deletions first, and what is referred to before what refers to it.
pub(crate) async fn apply<D: Dialect>(
    connection: &mut D::Connection,
    writes: &Writes,
) -> Result<(), StoreError> {
    deletions::<D>(writes).run(connection).await?;
    // The head and the profile are of one row.
    owners::<D>(writes).run(connection).await?;
    rows::<D>(writes).run(connection).await
}

fn deletions<D: Dialect>(writes: &Writes) -> Batch<D> {
    let mut batch = Batch::new();
    let passwords = || writes.owners.iter().filter_map(NewPassword::of);
    batch.delete(&queries::DELETE_OTHER_SESSIONS, passwords());
    batch.put(&queries::UPDATE_PASSWORDS, passwords());
    batch.delete(&queries::DELETE_IDEMPOTENCY, &writes.deleted_customers);
    batch.delete(&queries::DELETE_CUSTOMERS, &writes.deleted_customers);
    batch.delete(&queries::DELETE_WORDS, writes.customers.iter().map(|write| &write.customer));
    batch
}

fn owners<D: Dialect>(writes: &Writes) -> Batch<D> {
    let mut batch = Batch::new();
    batch.put(&queries::UPDATE_OWNERS, writes.owners.iter().map(|write| &write.owner));
    batch
}

fn rows<D: Dialect>(writes: &Writes) -> Batch<D> {
    let mut batch = Batch::new();
    batch.put(&queries::UPDATE_HEADS, writes.heads.iter().map(HeadRow::from));
    batch.put(&queries::PUT_CUSTOMERS, &writes.customers);
    batch.put(&queries::INSERT_WORDS, writes.customers.iter().flat_map(Word::all));
    batch.put(&queries::UPDATE_BALANCES, &writes.balances);
    batch.put(&queries::INSERT_ENTRIES, &writes.entries);
    let (new, changed) = writes.new_and_changed_items();
    batch.put(&queries::INSERT_ITEMS, new);
    batch.put(&queries::UPDATE_ITEMS, changed);
    batch.put(&queries::INSERT_DOCUMENTS, &writes.documents);
    batch.put(&queries::INSERT_ALLOCATIONS, writes.entries.iter().flat_map(DatedAllocation::all));
    batch.put(&queries::INSERT_IDEMPOTENCY, &writes.idempotency);
    batch
}
