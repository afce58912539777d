//! Owners: see [`OwnerRepository`].

use async_trait::async_trait;
use bson::{Document, doc};
use khata_core::id::OwnerId;
use khata_core::phone::MobileNumber;
use khata_core::store::{Credentials, Head, OwnerRepository, StoreError, UniqueRule};

use crate::error::of_write;
use crate::filter::owner as id_of;
use crate::row::{OwnerMobileRow, OwnerRow, signed};
use crate::schema::{OWNER_MOBILES, OWNERS};
use crate::unit::{Unit, by_key, in_time};
use crate::{MongoStore, again, call, command};

#[async_trait]
impl OwnerRepository for MongoStore {
    async fn create_owner(&self, head: &Head, password_hash: &str) -> Result<(), StoreError> {
        let deadline = call::deadline();
        again::until(deadline, || async move {
            let first = command::insert(&OwnerMobileRow::from(&head.owner))?;
            let add = async {
                let (mut unit, reply) = Unit::begin(&self.database, first, deadline).await?;
                match command::written(&OWNER_MOBILES, &reply) {
                    Err(taken) if taken.is_duplicate() => {
                        return Err(StoreError::Conflict(UniqueRule::OwnerMobile));
                    }
                    added => added?,
                };
                unit.insert([OwnerRow::new(head, password_hash)]).await?;
                Ok(unit)
            };
            in_time(deadline, add).await?.commit(deadline).await
        })
        .await
    }

    async fn head(&self, owner: OwnerId) -> Result<Head, StoreError> {
        Ok(self.owner(owner).await?.try_into()?)
    }

    async fn owners(&self, after: Option<OwnerId>, limit: u32) -> Result<Vec<Head>, StoreError> {
        let beyond = after.map(|owner| doc! { "_id": { "$gt": id_of(owner) } }).unwrap_or_default();
        let read = async {
            let mut unit = Unit::snapshot(&self.database).await?;
            unit.find::<OwnerRow>(beyond, by_key(limit)).await
        };
        let rows = call::read(read).await?;
        Ok(rows.into_iter().map(Head::try_from).collect::<Result<_, _>>()?)
    }

    async fn credentials_by_mobile(&self, mobile: &MobileNumber) -> Result<Credentials, StoreError> {
        let found = async {
            let mut unit = Unit::snapshot(&self.database).await?;
            let holder: OwnerMobileRow = unit.find_one(doc! { "_id": mobile.as_str() }).await?;
            unit.find_one::<OwnerRow>(doc! { "_id": holder.owner_id() }).await
        };
        Ok(call::read(found).await?.try_into()?)
    }

    async fn credentials(&self, owner: OwnerId) -> Result<Credentials, StoreError> {
        Ok(self.owner(owner).await?.try_into()?)
    }

    async fn renew_password_hash(&self, owner: OwnerId, version: u64, hash: &str) -> Result<(), StoreError> {
        let owners = self.database.collection::<Document>(OWNERS.name);
        let renewal = async {
            let same = doc! { "_id": id_of(owner), "password.version": signed(version) };
            owners.update_one(same, doc! { "$set": { "password.hash": hash } }).await.map_err(of_write)
        };
        if call::write(renewal).await?.matched_count == 0 { Err(StoreError::Stale) } else { Ok(()) }
    }
}

impl MongoStore {
    async fn owner(&self, owner: OwnerId) -> Result<OwnerRow, StoreError> {
        let found = async {
            let mut unit = Unit::snapshot(&self.database).await?;
            unit.find_one(doc! { "_id": id_of(owner) }).await
        };
        call::read(found).await
    }
}
