//! Owners and the heads of their ledgers.

use std::fmt;

use async_trait::async_trait;

use super::StoreError;
use crate::calendar::Timestamp;
use crate::counters::Counters;
use crate::id::OwnerId;
use crate::ledger::ChainHash;
use crate::number::Series;
use crate::numbering::Numbering;
use crate::owner::Owner;
use crate::phone::MobileNumber;
use crate::record::Record;

/// The head of a shop's ledger: the row that is locked to change the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The profile.
    pub owner: Owner,
    /// Version of the owner's password, from 1. It changes with the password, and with the end of all sessions.
    pub password_version: u64,
    /// `seq` of the last entry, or 0 if there is none.
    pub seq: u64,
    /// Hash of the last entry, or the genesis hash.
    pub hash: ChainHash,
    /// Recorded time of the last entry, or time of the registration.
    pub recorded_at: Timestamp,
    /// Position of the highest number of each series of documents that looks like an automatic one.
    pub counters: Counters,
}

impl Head {
    /// Returns the position before that of the next automatic number of a series.
    #[must_use]
    pub fn last_number(&self, series: Series) -> u64 {
        let first = self.owner.numbering(series).map_or(1, Numbering::first);
        self.counters.last(series).max(first.saturating_sub(1))
    }
}

/// Credentials of an owner.
#[derive(Clone, PartialEq, Eq, Record)]
#[record(internal, table = "owners")]
pub struct Credentials {
    /// The owner.
    #[field(column = "id")]
    pub owner: OwnerId,
    /// Hash of the password, as a PHC string.
    pub password_hash: String,
    /// Version of the password, from 1.
    pub password_version: u64,
}

// By hand, since not even a hash belongs in a log.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("owner", &self.owner)
            .field("password_version", &self.password_version)
            .finish_non_exhaustive()
    }
}

/// The owners of shops.
#[async_trait]
pub trait OwnerRepository: fmt::Debug + Send + Sync + 'static {
    /// Adds an owner with an empty ledger.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] with [`UniqueRule::OwnerMobile`](super::UniqueRule::OwnerMobile): the mobile number belongs
    /// to another owner; nothing is written. Of concurrent calls with one number, exactly one succeeds.
    async fn create_owner(&self, head: &Head, password_hash: &str) -> Result<(), StoreError>;

    /// Gets the head of a shop's ledger, with the owner's profile.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    async fn head(&self, owner: OwnerId) -> Result<Head, StoreError>;

    /// Lists the first `limit` heads with an owner id above `after`, in bytewise order of the ids. This is the only query
    /// across shops: it serves the operator of the database, and never a shop.
    ///
    /// # Errors
    /// Only errors of the database.
    async fn owners(&self, after: Option<OwnerId>, limit: u32) -> Result<Vec<Head>, StoreError>;

    /// Gets the credentials of the owner who currently has a mobile number.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    async fn credentials_by_mobile(&self, mobile: &MobileNumber) -> Result<Credentials, StoreError>;

    /// Gets the credentials of an owner.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    async fn credentials(&self, owner: OwnerId) -> Result<Credentials, StoreError>;

    /// Replaces the hash of a password by one with other parameters. The version stays the same.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if the password has another version or the owner doesn't exist; nothing is written.
    async fn renew_password_hash(&self, owner: OwnerId, version: u64, hash: &str) -> Result<(), StoreError>;
}
