//! Owners, and the heads of their ledgers.

use std::fmt;

use async_trait::async_trait;

use super::StoreError;
use crate::calendar::Timestamp;
use crate::counters::Counters;
use crate::id::OwnerId;
use crate::ledger::ChainHash;
use crate::owner::Owner;
use crate::phone::MobileNumber;
use crate::record::Record;

/// Where a shop's ledger has got to: the one row that is locked to change the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The profile.
    pub owner: Owner,
    /// The version of the owner's password, from 1.
    pub password_version: u64,
    /// The `seq` of the last entry; 0 for none.
    pub seq: u64,
    /// The hash of the last entry, or the genesis hash.
    pub hash: ChainHash,
    /// When the last entry was recorded, or the shop registered.
    pub recorded_at: Timestamp,
    /// The last number that each series of documents gave out.
    pub counters: Counters,
}

/// What a login is checked against.
#[derive(Clone, PartialEq, Eq, Record)]
#[record(internal, table = "owners")]
pub struct Credentials {
    /// Whose they are.
    #[field(column = "id")]
    pub owner: OwnerId,
    /// The password's hash, as a PHC string.
    pub password_hash: String,
    /// Counts the owner's passwords, from 1.
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

/// Who keeps a book here.
#[async_trait]
pub trait OwnerRepository: fmt::Debug + Send + Sync + 'static {
    /// Adds an owner with an empty ledger.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] with [`UniqueRule::OwnerMobile`](super::UniqueRule::OwnerMobile): the mobile number is
    /// another owner's; nothing is written. Of many that want one number at once, exactly one gets it.
    async fn create_owner(&self, head: &Head, password_hash: &str) -> Result<(), StoreError>;

    /// The head of a shop's ledger, with the owner's profile.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    async fn head(&self, owner: OwnerId) -> Result<Head, StoreError>;

    /// The first `limit` heads of owners with an id above `after`, in the order of the ids, bytewise. The one reader
    /// that crosses shops: it serves whoever keeps the database, and never a shop.
    ///
    /// # Errors
    /// Those of the database only.
    async fn owners(&self, after: Option<OwnerId>, limit: u32) -> Result<Vec<Head>, StoreError>;

    /// The credentials of the owner who has that mobile number now.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    async fn credentials_by_mobile(&self, mobile: &MobileNumber) -> Result<Credentials, StoreError>;

    /// The credentials of an owner.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    async fn credentials(&self, owner: OwnerId) -> Result<Credentials, StoreError>;

    /// Replaces the hash of the same password by one made with newer parameters. The version stays.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if the password has another version by now or there is no such owner; nothing is written.
    async fn renew_password_hash(&self, owner: OwnerId, version: u64, hash: &str) -> Result<(), StoreError>;
}
