//! What can hinder a transfer.

use std::fmt;

use crate::id::{CustomerId, OwnerId};
use crate::owner::Owner;
use crate::store::StoreError;
use crate::text::Name;

/// One of the two stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The one that is read.
    Source,
    /// The one that is written.
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

/// Why a transfer has ended. What was written stays, and the next one goes on from there.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A database failed.
    #[error("the {place} failed")]
    Store {
        /// Which.
        place: Place,
        /// How.
        source: StoreError,
    },
    /// A shop can't be moved, or was not moved as it should have been.
    #[error("{shop} ({owner}): {obstacle}")]
    Shop {
        /// The shop's name.
        shop: Name,
        /// The shop.
        owner: OwnerId,
        /// What is in the way.
        obstacle: Obstacle,
    },
}

/// What is in the way of moving a shop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Obstacle {
    /// Another owner has the mobile number.
    #[error("another owner in the target has the mobile number")]
    OwnerMobileTaken,
    /// The target has a book of that shop, and it isn't the beginning of this one.
    #[error("the target has another book of this shop; the two part at entry {seq} or before")]
    Diverged {
        /// The last entry of the target.
        seq: u64,
    },
    /// The target has entries beyond those of the source.
    #[error("the target has {in_target} entries of this shop, and the source only {in_source}")]
    Ahead {
        /// How many the target has.
        in_target: u64,
        /// How many the source has.
        in_source: u64,
    },
    /// The profile or the password was changed in the target later than in the source.
    #[error("the profile was changed in the target, not only in the source")]
    ProfileAhead,
    /// A customer was changed in the target later than in the source.
    #[error("customer {customer} was changed in the target, not only in the source")]
    CustomerAhead {
        /// Who.
        customer: CustomerId,
    },
    /// A customer's mobile number stays another customer's in the target.
    #[error("the mobile number of customer {customer} is another customer's in the target")]
    CustomerMobileTaken {
        /// Whose.
        customer: CustomerId,
    },
    /// An entry of the source does not fit those before it.
    #[error("entry {seq} of the source {what}")]
    Unsound {
        /// Which.
        seq: u64,
        /// What is wrong with it: the rest of a sentence.
        what: &'static str,
    },
    /// Another process writes to the shop in the target.
    #[error("something else writes to this shop in the target")]
    Disturbed,
    /// The source goes on changing.
    #[error("the source has changed while it was copied")]
    Changed,
    /// The two stores don't show the same.
    #[error("{what}")]
    Differs {
        /// The first difference, as a sentence.
        what: String,
    },
}

/// An error that does not yet know which shop it is about.
#[derive(Debug)]
pub(crate) enum Failure {
    Source(StoreError),
    Target(StoreError),
    Obstacle(Obstacle),
}

impl Failure {
    /// The error, about that owner's shop.
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
