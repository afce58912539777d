//! Writing what a job decided, one statement for each kind of row.

use khata_core::store::{StoreError, Writes};

use crate::dialect::Dialect;
use crate::queries;
use crate::row::{
    AllocationRow, BalanceRow, ChainRow, CounterRow, CustomerPutRow, DocumentRow, EntryRow, IdKey,
    IdempotencyRow, ItemRow, OwnerRow, PasswordRow, WordRow,
};

/// Writes them all, deletions first, and what is referred to before what refers to it.
pub(crate) async fn apply<D: Dialect>(
    connection: &mut D::Connection,
    writes: &Writes,
) -> Result<(), StoreError> {
    owners::<D>(connection, writes).await?;
    customers::<D>(connection, writes).await?;
    ledger::<D>(connection, writes).await
}

async fn owners<D: Dialect>(connection: &mut D::Connection, writes: &Writes) -> Result<(), StoreError> {
    let passwords = || writes.owners.iter().filter_map(PasswordRow::of);
    queries::DELETE_OTHER_SESSIONS.delete::<D>(connection, passwords()).await?;
    queries::UPDATE_PASSWORDS.put::<D>(connection, passwords()).await?;
    let owners = writes.owners.iter().map(|write| OwnerRow::from(&write.owner));
    queries::UPDATE_OWNERS.put::<D>(connection, owners).await?;
    queries::UPDATE_HEADS.put::<D>(connection, writes.heads.iter().map(ChainRow::from)).await
}

async fn customers<D: Dialect>(connection: &mut D::Connection, writes: &Writes) -> Result<(), StoreError> {
    let deleted = || writes.deleted_customers.iter().map(IdKey::from);
    queries::DELETE_IDEMPOTENCY.delete::<D>(connection, deleted()).await?;
    queries::DELETE_CUSTOMERS.delete::<D>(connection, deleted()).await?;
    queries::PUT_CUSTOMERS.put::<D>(connection, writes.customers.iter().map(CustomerPutRow::from)).await?;
    let keys = writes.customers.iter().map(|write| IdKey::from(&(write.customer.owner, write.customer.id)));
    queries::DELETE_WORDS.delete::<D>(connection, keys).await?;
    queries::INSERT_WORDS.put::<D>(connection, writes.customers.iter().flat_map(WordRow::all)).await?;
    queries::UPDATE_BALANCES.put::<D>(connection, writes.balances.iter().map(BalanceRow::from)).await
}

async fn ledger<D: Dialect>(connection: &mut D::Connection, writes: &Writes) -> Result<(), StoreError> {
    queries::INSERT_ENTRIES.put::<D>(connection, writes.entries.iter().map(EntryRow::from)).await?;
    queries::PUT_ITEMS.put::<D>(connection, writes.items.iter().map(ItemRow::from)).await?;
    queries::INSERT_DOCUMENTS.put::<D>(connection, writes.documents.iter().map(DocumentRow::from)).await?;
    let allocations = writes.entries.iter().flat_map(|entry| &entry.allocations).map(AllocationRow::from);
    queries::INSERT_ALLOCATIONS.put::<D>(connection, allocations).await?;
    queries::PUT_COUNTERS.put::<D>(connection, writes.counters.iter().map(CounterRow::from)).await?;
    let records = writes.idempotency.iter().map(IdempotencyRow::from);
    queries::INSERT_IDEMPOTENCY.put::<D>(connection, records).await
}
