//! Reading the ledger itself.

use std::fmt;

use async_trait::async_trait;

use super::StoreError;
use crate::calendar::Date;
use crate::customer::Customer;
use crate::id::{CustomerId, OwnerId};
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

/// The entries of a shop.
#[async_trait]
pub trait EntryRepository: fmt::Debug + Send + Sync + 'static {
    /// The first `limit` entries with a `seq` above `after`, in order and without a gap, with their allocations in
    /// the order of their ordinals.
    ///
    /// # Errors
    /// Those of the database only; a shop that isn't there has no entries.
    async fn entries(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Entry>, StoreError>;

    /// The first `limit` items with a `seq` above `after`, in order.
    ///
    /// # Errors
    /// Those of the database only; a shop that isn't there has no items.
    async fn items(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Item>, StoreError>;

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
}
