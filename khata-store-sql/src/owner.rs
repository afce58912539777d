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
        let (head, password_hash) = (head.clone(), password_hash.to_owned());
        self.change(move |connection| {
            Box::pin(async move {
                let row = [NewOwner { head: (&head).into(), password_hash: &password_hash }];
                queries::INSERT_OWNERS.query().given(&row).execute::<D>(connection).await.map(drop)
            })
        })
        .await
    }

    async fn head(&self, owner: OwnerId) -> Result<Head, StoreError> {
        let found = self.read(move |connection| {
            Box::pin(async move { queries::HEAD.query().bind(&owner).fetch_optional::<D>(connection).await })
        });
        found.await?.ok_or(StoreError::NotFound)
    }

    async fn owners(&self, after: Option<OwnerId>, limit: u32) -> Result<Vec<Head>, StoreError> {
        let after = after.map_or(Uuid::nil(), OwnerId::uuid);
        self.read(move |connection| {
            Box::pin(async move {
                queries::HEADS_AFTER.query().bind(&after).bind(&limit).fetch::<D>(connection).await
            })
        })
        .await
    }

    async fn credentials_by_mobile(&self, mobile: &MobileNumber) -> Result<Credentials, StoreError> {
        let mobile = mobile.clone();
        let found = self.read(move |connection| {
            Box::pin(async move {
                queries::CREDENTIALS_BY_MOBILE.query().bind(&mobile).fetch_optional::<D>(connection).await
            })
        });
        found.await?.ok_or(StoreError::NotFound)
    }

    async fn credentials(&self, owner: OwnerId) -> Result<Credentials, StoreError> {
        let found = self.read(move |connection| {
            Box::pin(async move {
                queries::CREDENTIALS.query().bind(&owner).fetch_optional::<D>(connection).await
            })
        });
        found.await?.ok_or(StoreError::NotFound)
    }

    async fn renew_password_hash(&self, owner: OwnerId, version: u64, hash: &str) -> Result<(), StoreError> {
        let hash = hash.to_owned();
        let renewed = self.change(move |connection| {
            Box::pin(async move {
                let renew = queries::RENEW_PASSWORD_HASH.query().bind(&owner).bind(&version).bind(&hash);
                renew.execute::<D>(connection).await
            })
        });
        if renewed.await? == 0 { Err(StoreError::Stale) } else { Ok(()) }
    }
}
