//! Errors of transfers.

use std::fmt;

use crate::id::{CustomerId, OwnerId};
use crate::owner::Owner;
use crate::store::StoreError;
use crate::text::Name;

/// One of the two stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The store that is read.
    Source,
    /// The store that is written.
    Target,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "source",
            Self::Target => "target",
        })
    }
}

/// Error of a transfer. The part that was written stays, and the next transfer continues from there.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A database failed.
    #[error("the {place} failed")]
    Store {
        /// The store.
        place: Place,
        /// The cause.
        source: StoreError,
    },
    /// A shop can't be transferred, or was transferred incompletely.
    #[error("{shop} ({owner}): {obstacle}")]
    Shop {
        /// Name of the shop.
        shop: Name,
        /// The shop.
        owner: OwnerId,
        /// The obstacle.
        obstacle: Obstacle,
    },
}

/// An obstacle to the transfer of a shop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Obstacle {
    /// Another owner has the mobile number.
    #[error("another owner in the target has the mobile number")]
    OwnerMobileTaken,
    /// The target has another book of the shop, which is not the beginning of this one.
    #[error("the target has another book of this shop; the two differ from entry {seq} or before")]
    Diverged {
        /// `seq` of the last entry of the target.
        seq: u64,
    },
    /// The target has entries beyond those of the source.
    #[error("the target has {in_target} entries of this shop, but the source has only {in_source}")]
    Ahead {
        /// Number of entries of the target.
        in_target: u64,
        /// Number of entries of the source.
        in_source: u64,
    },
    /// The profile or the password was changed in the target later than in the source.
    #[error("the profile was changed in the target, not only in the source")]
    ProfileAhead,
    /// A customer was changed in the target later than in the source.
    #[error("customer {customer} was changed in the target, not only in the source")]
    CustomerAhead {
        /// The customer.
        customer: CustomerId,
    },
    /// A customer's mobile number belongs to another customer in the target.
    #[error("the mobile number of customer {customer} belongs to another customer in the target")]
    CustomerMobileTaken {
        /// The customer.
        customer: CustomerId,
    },
    /// An entry of the source contradicts those before it.
    #[error("entry {seq} of the source {what}")]
    Unsound {
        /// `seq` of the entry.
        seq: u64,
        /// Description of the contradiction: the rest of a sentence about the entry.
        what: &'static str,
    },
    /// Another process writes to the shop in the target.
    #[error("another process writes to this shop in the target")]
    Disturbed,
    /// The source keeps changing.
    #[error("the source has changed while it was copied")]
    Changed,
    /// The two stores have different data.
    #[error("{what}")]
    Differs {
        /// The first difference, as a sentence.
        what: String,
    },
}

/// An error without the shop that it is about.
#[derive(Debug)]
pub(crate) enum Failure {
    Source(StoreError),
    Target(StoreError),
    Obstacle(Obstacle),
}

impl Failure {
    /// Adds the shop.
    pub(crate) fn of(self, owner: &Owner) -> Error {
        match self {
            Self::Source(source) => Error::Store { place: Place::Source, source },
            Self::Target(source) => Error::Store { place: Place::Target, source },
            Self::Obstacle(obstacle) => {
                Error::Shop { shop: owner.shop_name.clone(), owner: owner.id, obstacle }
            }
        }
    }
}

impl From<Obstacle> for Failure {
    fn from(obstacle: Obstacle) -> Self {
        Self::Obstacle(obstacle)
    }
}
