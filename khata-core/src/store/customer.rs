//! Queries of customers.

use std::fmt;

use async_trait::async_trait;

use super::StoreError;
use crate::calendar::Date;
use crate::customer::{Customer, CustomerCursor, CustomerOrder};
use crate::id::{CustomerId, OwnerId};

/// Selection of customers to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomerSelection {
    /// Words, each of which must be a prefix of one of the customer's search words, bytewise.
    pub words: Vec<String>,
    /// Whether to list archived customers; otherwise only the others are listed.
    pub archived: bool,
    /// Order of the list.
    pub order: CustomerOrder,
    /// Position after which the list begins, of the same order.
    pub after: Option<CustomerCursor>,
    /// Maximum number of customers to return.
    pub limit: u32,
    /// In the order of balances, which is that of recorded ones: customers with entries dated after this day are not in the
    /// list, but all of those that the words and the archive select follow it, wherever they stand, in any order. Each has
    /// days after it in [`Customer::post_dated`]. Other orders, and `None`, make no difference between customers.
    pub post_dated_after: Option<Date>,
}

/// The customers of a shop.
#[async_trait]
pub trait CustomerRepository: fmt::Debug + Send + Sync + 'static {
    /// Gets a customer, archived or not.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], also for a customer of another shop.
    async fn customer(&self, owner: OwnerId, id: CustomerId) -> Result<Customer, StoreError>;

    /// Lists the first customers of a selection, in its order.
    ///
    /// # Errors
    /// Only errors of the database; a shop that doesn't exist has no customers.
    async fn customers(
        &self,
        owner: OwnerId,
        selection: &CustomerSelection,
    ) -> Result<Vec<Customer>, StoreError>;

    /// Lists the first `limit` customers with an id above `after`, archived or not, in bytewise order of the ids. In this
    /// order no customer changes its position, whatever is written between two calls.
    ///
    /// # Errors
    /// Only errors of the database; a shop that doesn't exist has no customers.
    async fn all_customers(
        &self,
        owner: OwnerId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Vec<Customer>, StoreError>;
}
