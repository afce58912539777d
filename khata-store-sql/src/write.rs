//! Writing what a job decided, one statement for each kind of row.

use khata_core::store::{StoreError, Writes};

use crate::batch::Batch;
use crate::dialect::Dialect;
use crate::queries;
use crate::row::{
    AllocationRow, BalanceRow, ChainRow, CustomerPutRow, DocumentRow, EntryRow, IdKey, IdempotencyRow,
    ItemChangeRow, ItemRow, OwnerRow, PasswordRow, WordRow,
};

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
    let passwords = || writes.owners.iter().filter_map(PasswordRow::of);
    batch.delete(&queries::DELETE_OTHER_SESSIONS, passwords());
    batch.put(&queries::UPDATE_PASSWORDS, passwords());
    let deleted = || writes.deleted_customers.iter().map(IdKey::from);
    batch.delete(&queries::DELETE_IDEMPOTENCY, deleted());
    batch.delete(&queries::DELETE_CUSTOMERS, deleted());
    let put = writes.customers.iter().map(|write| IdKey::from(&(write.customer.owner, write.customer.id)));
    batch.delete(&queries::DELETE_WORDS, put);
    batch
}

fn owners<D: Dialect>(writes: &Writes) -> Batch<D> {
    let mut batch = Batch::new();
    batch.put(&queries::UPDATE_OWNERS, writes.owners.iter().map(|write| OwnerRow::from(&write.owner)));
    batch
}

fn rows<D: Dialect>(writes: &Writes) -> Batch<D> {
    let mut batch = Batch::new();
    batch.put(&queries::UPDATE_HEADS, writes.heads.iter().map(ChainRow::from));
    batch.put(&queries::PUT_CUSTOMERS, writes.customers.iter().map(CustomerPutRow::from));
    batch.put(&queries::INSERT_WORDS, writes.customers.iter().flat_map(WordRow::all));
    batch.put(&queries::UPDATE_BALANCES, writes.balances.iter().map(BalanceRow::from));
    batch.put(&queries::INSERT_ENTRIES, writes.entries.iter().map(EntryRow::from));
    let (new, changed) = writes.new_and_changed_items();
    batch.put(&queries::INSERT_ITEMS, new.into_iter().map(ItemRow::from));
    batch.put(&queries::UPDATE_ITEMS, changed.into_iter().map(ItemChangeRow::from));
    batch.put(&queries::INSERT_DOCUMENTS, writes.documents.iter().map(DocumentRow::from));
    batch.put(&queries::INSERT_ALLOCATIONS, writes.entries.iter().flat_map(AllocationRow::all));
    batch.put(&queries::INSERT_IDEMPOTENCY, writes.idempotency.iter().map(IdempotencyRow::from));
    batch
}
