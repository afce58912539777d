//! Queries of the ledger.

use std::fmt;

use async_trait::async_trait;

use super::{Posted, StoreError};
use crate::calendar::Date;
use crate::customer::Customer;
use crate::documents::Document;
use crate::id::{CustomerId, ItemId, OwnerId};
use crate::idempotency::{IdempotencyKey, IdempotencyRecord};
use crate::ledger::{Allocation, Entry, Item};

/// The rows from which a customer's balance at the end of a day is computed: the current state, and the changes that take
/// effect after the day. They are read at a single point in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Current state of the customer.
    pub customer: Customer,
    /// The customer's items that are open now, touched by one of `later_allocations`, or opened or reversed by one of
    /// `later_entries`, by `seq`.
    pub items: Vec<Item>,
    /// The customer's entries dated after the day, by `seq`, without their allocations.
    pub later_entries: Vec<Entry>,
    /// Allocations of the customer's items effective after the day, by (`seq`, `ordinal`).
    pub later_allocations: Vec<Allocation>,
}

/// An item with its document and all of its allocations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Current state of the item.
    pub item: Item,
    /// Document of the item; an opening balance has none.
    pub document: Option<Document>,
    /// Every allocation from or to it, by (`seq`, `ordinal`).
    pub allocations: Vec<Allocation>,
}

/// The entries of a shop.
#[async_trait]
pub trait EntryRepository: fmt::Debug + Send + Sync + 'static {
    /// Lists the first `limit` entries with a `seq` above `after`, in order and without gaps, with their allocations in
    /// order of their ordinals.
    ///
    /// # Errors
    /// Only errors of the database; a shop that doesn't exist has no entries.
    async fn entries(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Entry>, StoreError>;

    /// Lists the same entries as [`entries`](Self::entries), each with the current state of its item and its document.
    ///
    /// # Errors
    /// Only errors of the database; a shop that doesn't exist has no entries.
    async fn postings(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Posted>, StoreError>;

    /// Lists the first `limit` idempotency records with a key above `after`, in bytewise order of the keys.
    ///
    /// # Errors
    /// Only errors of the database; a shop that doesn't exist has no records.
    async fn idempotency_records(
        &self,
        owner: OwnerId,
        after: Option<&IdempotencyKey>,
        limit: u32,
    ) -> Result<Vec<(IdempotencyKey, IdempotencyRecord)>, StoreError>;

    /// Gets the rows for a customer's balance of a day.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], also for a customer of another shop.
    async fn standing(
        &self,
        owner: OwnerId,
        customer: CustomerId,
        as_of: Date,
    ) -> Result<Standing, StoreError>;

    /// Gets items of any kind with their documents and allocations, by `seq`. Items that don't exist are left out. They are
    /// read at a single point in time, and the number of statements doesn't depend on the number of items.
    ///
    /// # Errors
    /// Only errors of the database; a shop that doesn't exist has no items.
    async fn traces(&self, owner: OwnerId, items: &[ItemId]) -> Result<Vec<Trace>, StoreError>;
}
