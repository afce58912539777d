//! Writing what a job decided, one statement for each kind of row.

use khata_core::store::{StoreError, Writes};
use sqlx::SqliteConnection;

use crate::queries;
use crate::row::{
    AllocationRow, BalanceRow, CounterRow, CustomerPutRow, DocumentRow, EntryRow, HeadRow, IdempotencyRow,
    ItemRow, OwnerRow, PasswordRow, WordRow,
};
use crate::statement::{delete, put};

/// Writes them all, deletions first, and what is referred to before what refers to it.
pub(crate) async fn apply(connection: &mut SqliteConnection, writes: &Writes) -> Result<(), StoreError> {
    owners(connection, writes).await?;
    customers(connection, writes).await?;
    ledger(connection, writes).await
}

async fn owners(connection: &mut SqliteConnection, writes: &Writes) -> Result<(), StoreError> {
    let passwords = || writes.owners.iter().filter_map(PasswordRow::of);
    delete(connection, queries::DELETE_OTHER_SESSIONS, passwords()).await?;
    put(connection, queries::UPDATE_PASSWORDS, passwords()).await?;
    let owners = writes.owners.iter().map(|write| OwnerRow::from(&write.owner));
    put(connection, queries::UPDATE_OWNERS, owners).await?;
    put(connection, queries::UPDATE_HEADS, writes.heads.iter().map(HeadRow::from)).await
}

async fn customers(connection: &mut SqliteConnection, writes: &Writes) -> Result<(), StoreError> {
    delete(connection, queries::DELETE_IDEMPOTENCY, &writes.deleted_customers).await?;
    delete(connection, queries::DELETE_CUSTOMERS, &writes.deleted_customers).await?;
    put(connection, queries::PUT_CUSTOMERS, writes.customers.iter().map(CustomerPutRow::from)).await?;
    let keys = writes.customers.iter().map(|write| (write.customer.owner, write.customer.id));
    delete(connection, queries::DELETE_WORDS, keys).await?;
    put(connection, queries::INSERT_WORDS, writes.customers.iter().flat_map(WordRow::all)).await?;
    put(connection, queries::UPDATE_BALANCES, writes.balances.iter().map(BalanceRow::from)).await
}

async fn ledger(connection: &mut SqliteConnection, writes: &Writes) -> Result<(), StoreError> {
    put(connection, queries::INSERT_ENTRIES, writes.entries.iter().map(EntryRow::from)).await?;
    put(connection, queries::PUT_ITEMS, writes.items.iter().map(ItemRow::from)).await?;
    put(connection, queries::INSERT_DOCUMENTS, writes.documents.iter().map(DocumentRow::from)).await?;
    let allocations = writes.entries.iter().flat_map(|entry| &entry.allocations).map(AllocationRow::from);
    put(connection, queries::INSERT_ALLOCATIONS, allocations).await?;
    put(connection, queries::PUT_COUNTERS, writes.counters.iter().map(CounterRow::from)).await?;
    put(connection, queries::INSERT_IDEMPOTENCY, writes.idempotency.iter().map(IdempotencyRow::from)).await
}
