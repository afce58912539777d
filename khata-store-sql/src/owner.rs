//! Owners: see [`OwnerRepository`].

use async_trait::async_trait;
use khata_core::id::OwnerId;
use khata_core::phone::MobileNumber;
use khata_core::store::{Credentials, Head, OwnerRepository, StoreError};
use uuid::Uuid;

use crate::dialect::Dialect;
use crate::rows::NewOwner;
use crate::{SqlStore, queries};

#[async_trait]
impl<D: Dialect> OwnerRepository for SqlStore<D> {
    async fn create_owner(&self, head: &Head, password_hash: &str) -> Result<(), StoreError> {
        let row = NewOwner { head: head.into(), password_hash };
        let insert = queries::INSERT_OWNERS.query::<D>().given(&[row]);
        insert.execute_alone(&mut *self.writer().await?).await.map(drop)
    }

    async fn head(&self, owner: OwnerId) -> Result<Head, StoreError> {
        let query = queries::HEAD.query::<D>().bind(&owner);
        query.fetch_optional(&mut *self.reader().await?).await?.ok_or(StoreError::NotFound)
    }

    async fn owners(&self, after: Option<OwnerId>, limit: u32) -> Result<Vec<Head>, StoreError> {
        let after = after.map_or(Uuid::nil(), OwnerId::uuid);
        let query = queries::HEADS_AFTER.query::<D>().bind(&after).bind(&limit);
        query.fetch(&mut *self.reader().await?).await
    }

    async fn credentials_by_mobile(&self, mobile: &MobileNumber) -> Result<Credentials, StoreError> {
        let query = queries::CREDENTIALS_BY_MOBILE.query::<D>().bind(mobile);
        query.fetch_optional(&mut *self.reader().await?).await?.ok_or(StoreError::NotFound)
    }

    async fn credentials(&self, owner: OwnerId) -> Result<Credentials, StoreError> {
        let query = queries::CREDENTIALS.query::<D>().bind(&owner);
        query.fetch_optional(&mut *self.reader().await?).await?.ok_or(StoreError::NotFound)
    }

    async fn renew_password_hash(&self, owner: OwnerId, version: u64, hash: &str) -> Result<(), StoreError> {
        let renew = queries::RENEW_PASSWORD_HASH.query::<D>().bind(&owner).bind(&version).bind_text(hash);
        let renewed = renew.execute_alone(&mut *self.writer().await?).await?;
        if renewed == 0 { Err(StoreError::Stale) } else { Ok(()) }
    }
}
