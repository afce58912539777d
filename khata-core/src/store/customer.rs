//! Reading customers.

use std::fmt;

use async_trait::async_trait;

use super::StoreError;
use crate::customer::Customer;
use crate::id::{CustomerId, OwnerId};
use crate::money::Money;

/// How a list of customers is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CustomerOrder {
    /// Last entry first: by `last_seq`, then id, both descending.
    #[default]
    Recent,
    /// By name: `name_key` bytewise, then id, both ascending.
    Name,
    /// Largest balance first: by balance, then id, both descending.
    Balance,
}

/// A place in an ordered list of customers: that of a customer, though it need not be there any more.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CustomerPosition {
    /// In [`CustomerOrder::Recent`].
    Recent {
        /// `seq` of the last entry.
        last_seq: u64,
        /// The customer.
        id: CustomerId,
    },
    /// In [`CustomerOrder::Name`].
    Name {
        /// The sort key.
        name_key: String,
        /// The customer.
        id: CustomerId,
    },
    /// In [`CustomerOrder::Balance`].
    Balance {
        /// The balance.
        balance: Money,
        /// The customer.
        id: CustomerId,
    },
}

impl CustomerPosition {
    /// The order that it is a place in.
    #[must_use]
    pub fn order(&self) -> CustomerOrder {
        match self {
            Self::Recent { .. } => CustomerOrder::Recent,
            Self::Name { .. } => CustomerOrder::Name,
            Self::Balance { .. } => CustomerOrder::Balance,
        }
    }
}

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
    pub after: Option<CustomerPosition>,
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
