//! Owners: see [`OwnerRepository`].

use async_trait::async_trait;
use bson::{Document, doc};
use khata_core::id::OwnerId;
use khata_core::phone::MobileNumber;
use khata_core::store::{Credentials, Head, OwnerRepository, StoreError, UniqueRule};
use mongodb::options::FindOptions;

use crate::error::of_write;
use crate::filter::owner as id_of;
use crate::known_heads::KnownHead;
use crate::row::{Fields, head_document, number, owner_document, owner_mobile_document};
use crate::schema::{HEADS, OWNER_MOBILES, OWNERS};
use crate::transaction::{Transaction, by_key, in_time};
use crate::{MongoStore, call, command, load, retry};

#[async_trait]
impl OwnerRepository for MongoStore {
    async fn create_owner(&self, head: &Head, password_hash: &str) -> Result<(), StoreError> {
        let deadline = call::deadline();
        retry::until(deadline, || async move {
            let first = command::insert(&OWNER_MOBILES, owner_mobile_document(&head.owner));
            let add = async {
                let (mut transaction, reply) = Transaction::begin(&self.database, first, deadline).await?;
                match command::written(&OWNER_MOBILES, &reply) {
                    Err(taken) if taken.is_duplicate() => {
                        return Err(StoreError::Conflict(UniqueRule::OwnerMobile));
                    }
                    added => added?,
                };
                transaction.insert(&OWNERS, [owner_document(head, password_hash)]).await?;
                transaction.insert(&HEADS, [head_document(head)]).await?;
                Ok(transaction)
            };
            in_time(deadline, add).await?.commit(deadline).await
        })
        .await?;
        self.heads.put([(head.owner.id, KnownHead { head: head.clone(), lock: 0 })].into());
        Ok(())
    }

    async fn head(&self, owner: OwnerId) -> Result<Head, StoreError> {
        let read = async {
            let mut transaction = Transaction::snapshot(&self.database).await?;
            let mut heads = load::heads(&mut transaction, &[owner]).await?;
            heads.remove(&owner).ok_or(StoreError::NotFound)
        };
        let known = call::read(read).await?;
        self.heads.put([(owner, known.clone())].into());
        Ok(known.head)
    }

    async fn owners(&self, after: Option<OwnerId>, limit: u32) -> Result<Vec<Head>, StoreError> {
        let beyond = after.map(|owner| doc! { "_id": { "$gt": id_of(owner) } }).unwrap_or_default();
        let read = async {
            let mut transaction = Transaction::snapshot(&self.database).await?;
            let read = |fields: &mut Fields<'_>| fields.get::<OwnerId>("_id");
            let mut options = by_key(limit);
            options.projection = Some(doc! { "_id": 1 });
            let shops = transaction.find_as(&OWNERS, beyond, options, read).await?;
            let heads = load::heads(&mut transaction, &shops).await?;
            Ok(heads.into_values().map(|known| known.head).collect())
        };
        call::read(read).await
    }

    async fn credentials_by_mobile(&self, mobile: &MobileNumber) -> Result<Credentials, StoreError> {
        let found = async {
            let mut transaction = Transaction::snapshot(&self.database).await?;
            let holder = doc! { "_id": mobile.as_str() };
            let read = |fields: &mut Fields<'_>| fields.get::<OwnerId>("owner_id");
            let holders = transaction.find_as(&OWNER_MOBILES, holder, FindOptions::default(), read).await?;
            let holder = holders.into_iter().next().ok_or(StoreError::NotFound)?;
            transaction.find_one(doc! { "_id": id_of(holder) }).await
        };
        call::read(found).await
    }

    async fn credentials(&self, owner: OwnerId) -> Result<Credentials, StoreError> {
        let read = async {
            let mut transaction = Transaction::snapshot(&self.database).await?;
            transaction.find_one(doc! { "_id": id_of(owner) }).await
        };
        call::read(read).await
    }

    async fn renew_password_hash(&self, owner: OwnerId, version: u64, hash: &str) -> Result<(), StoreError> {
        let owners = self.database.collection::<Document>(OWNERS.name);
        let renewal = async {
            let same = doc! { "_id": id_of(owner), "password_version": number(version) };
            owners.update_one(same, doc! { "$set": { "password_hash": hash } }).await.map_err(of_write)
        };
        if call::write(renewal).await?.matched_count == 0 { Err(StoreError::Stale) } else { Ok(()) }
    }
}
