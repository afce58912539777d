//! Owners: see [`OwnerRepository`].

use async_trait::async_trait;
use khata_core::id::OwnerId;
use khata_core::phone::MobileNumber;
use khata_core::store::{Credentials, Head, OwnerRepository, StoreError};

use crate::dialect::Dialect;
use crate::row::{NewOwnerRow, bound};
use crate::{SqlStore, queries};

#[async_trait]
impl<D: Dialect> OwnerRepository for SqlStore<D> {
    async fn create_owner(&self, head: &Head, password_hash: &str) -> Result<(), StoreError> {
        let row = NewOwnerRow { head: head.into(), password_hash };
        let insert = queries::INSERT_OWNERS.query::<D>().given(&[row]);
        insert.execute_alone(&mut *self.writer().await?).await.map(drop)
    }

    async fn head(&self, owner: OwnerId) -> Result<Head, StoreError> {
        let query = queries::HEAD.query::<D>().bind(owner.uuid());
        let row = query.fetch_optional(&mut *self.reader().await?).await?;
        Ok(row.ok_or(StoreError::NotFound)?.try_into()?)
    }

    async fn credentials_by_mobile(&self, mobile: &MobileNumber) -> Result<Credentials, StoreError> {
        let query = queries::CREDENTIALS_BY_MOBILE.query::<D>().bind(mobile.as_str());
        let row = query.fetch_optional(&mut *self.reader().await?).await?;
        Ok(row.ok_or(StoreError::NotFound)?.try_into()?)
    }

    async fn credentials(&self, owner: OwnerId) -> Result<Credentials, StoreError> {
        let query = queries::CREDENTIALS.query::<D>().bind(owner.uuid());
        let row = query.fetch_optional(&mut *self.reader().await?).await?;
        Ok(row.ok_or(StoreError::NotFound)?.try_into()?)
    }

    async fn renew_password_hash(&self, owner: OwnerId, version: u64, hash: &str) -> Result<(), StoreError> {
        let renew =
            queries::RENEW_PASSWORD_HASH.query::<D>().bind(owner.uuid()).bind(bound(version)).bind(hash);
        let renewed = renew.execute_alone(&mut *self.writer().await?).await?;
        if renewed == 0 { Err(StoreError::Stale) } else { Ok(()) }
    }
}
