//! Reading customers.

use std::fmt;

use async_trait::async_trait;

use super::StoreError;
use crate::customer::{Customer, CustomerCursor, CustomerOrder};
use crate::id::{CustomerId, OwnerId};

/// Which customers to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomerSelection {
    /// Only those that for each of these have a search word that begins with it, bytewise.
    pub words: Vec<String>,
    /// Only archived ones, or only those that are not.
    pub archived: bool,
    /// In which order.
    pub order: CustomerOrder,
    /// Only those after this place, which is one of `order`.
    pub after: Option<CustomerCursor>,
    /// At most so many.
    pub limit: u32,
}

/// The customers of a shop.
#[async_trait]
pub trait CustomerRepository: fmt::Debug + Send + Sync + 'static {
    /// A customer, archived or not.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], also for one of another shop.
    async fn customer(&self, owner: OwnerId, id: CustomerId) -> Result<Customer, StoreError>;

    /// The first customers of the selection, in its order.
    ///
    /// # Errors
    /// Those of the database only; a shop that isn't there has no customers.
    async fn customers(
        &self,
        owner: OwnerId,
        selection: &CustomerSelection,
    ) -> Result<Vec<Customer>, StoreError>;

    /// The first `limit` customers with an id above `after`, archived or not, in the order of the ids, bytewise: an
    /// order in which nobody changes places, whatever is written between two calls.
    ///
    /// # Errors
    /// Those of the database only; a shop that isn't there has no customers.
    async fn all_customers(
        &self,
        owner: OwnerId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Vec<Customer>, StoreError>;
}
