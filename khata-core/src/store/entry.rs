//! Reading the ledger itself.

use std::fmt;

use async_trait::async_trait;

use super::{Posted, StoreError};
use crate::calendar::Date;
use crate::customer::Customer;
use crate::documents::Document;
use crate::id::{CustomerId, ItemId, OwnerId};
use crate::idempotency::{IdempotencyKey, IdempotencyRecord};
use crate::ledger::{Allocation, Entry, Item};

/// What is needed to say how a customer stood at the end of a day: the caches, and what takes effect after it.
/// Read at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The customer as it is now.
    pub customer: Customer,
    /// The customer's items that are open now, touched by one of `later_allocations`, or opened or voided by one of
    /// `later_entries`, by `seq`.
    pub items: Vec<Item>,
    /// The customer's entries dated after the day, by `seq`, without their allocations.
    pub later_entries: Vec<Entry>,
    /// Allocations of the customer's items effective after the day, by (`seq`, `ordinal`).
    pub later_allocations: Vec<Allocation>,
}

/// An item with its paper, and all that it paid or was paid by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The item as it is now.
    pub item: Item,
    /// The paper; an opening balance has none.
    pub document: Option<Document>,
    /// Every allocation from or to it, by (`seq`, `ordinal`).
    pub allocations: Vec<Allocation>,
}

/// The entries of a shop.
#[async_trait]
pub trait EntryRepository: fmt::Debug + Send + Sync + 'static {
    /// The first `limit` entries with a `seq` above `after`, in order and without a gap, with their allocations in
    /// the order of their ordinals.
    ///
    /// # Errors
    /// Those of the database only; a shop that isn't there has no entries.
    async fn entries(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Entry>, StoreError>;

    /// The same entries as [`entries`](Self::entries), each with its item as that is now and its paper.
    ///
    /// # Errors
    /// Those of the database only; a shop that isn't there has no entries.
    async fn postings(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Posted>, StoreError>;

    /// The first `limit` idempotency records with a key above `after`, in the order of the keys, bytewise.
    ///
    /// # Errors
    /// Those of the database only; a shop that isn't there has no records.
    async fn idempotency_records(
        &self,
        owner: OwnerId,
        after: Option<&IdempotencyKey>,
        limit: u32,
    ) -> Result<Vec<(IdempotencyKey, IdempotencyRecord)>, StoreError>;

    /// How a customer stands, for a day.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], also for a customer of another shop.
    async fn standing(
        &self,
        owner: OwnerId,
        customer: CustomerId,
        as_of: Date,
    ) -> Result<Standing, StoreError>;

    /// These items, whatever they are of, by `seq`; one that isn't there is left out. Read at one moment, and in as many
    /// statements however many there are.
    ///
    /// # Errors
    /// Those of the database only; a shop that isn't there has no items.
    async fn traces(&self, owner: OwnerId, items: &[ItemId]) -> Result<Vec<Trace>, StoreError>;
}
