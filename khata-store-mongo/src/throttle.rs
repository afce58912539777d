//! Throttles: see [`ThrottleRepository`].

use async_trait::async_trait;
use bson::{RawDocumentBuf, doc};
use khata_core::calendar::Timestamp;
use khata_core::record::Stored as _;
use khata_core::store::{StoreError, Throttle, ThrottleKey, ThrottleRepository};
use mongodb::options::FindOptions;

use crate::error::{is_duplicate, of_write};
use crate::filter::by_id;
use crate::row::{Fields, number, throttle_document, to_bson};
use crate::schema::THROTTLES;
use crate::transaction::Transaction;
use crate::{MongoStore, call};

#[async_trait]
impl ThrottleRepository for MongoStore {
    async fn throttles(&self, keys: &[ThrottleKey]) -> Result<Vec<(ThrottleKey, Throttle)>, StoreError> {
        let found = async {
            let mut transaction = Transaction::snapshot(&self.database).await?;
            let Some(filter) = by_id(keys.iter().map(ThrottleKey::as_str)) else { return Ok(Vec::new()) };
            let read = |fields: &mut Fields<'_>| Ok((fields.get("_id")?, Throttle::build(fields)?));
            transaction.find_as(&THROTTLES, filter, FindOptions::default(), read).await
        };
        call::read(found).await
    }

    async fn put_throttle(
        &self,
        key: &ThrottleKey,
        throttle: &Throttle,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        call::write(self.compare_and_set(key, throttle)).await?;
        let rows = self.database.collection::<RawDocumentBuf>(THROTTLES.name);
        let expired = doc! { "expires_at": { "$lt": to_bson(&now) }, "_id": { "$ne": key.as_str() } };
        call::write(async { rows.delete_many(expired).await.map(drop).map_err(of_write) }).await
    }

    async fn clear_throttle(&self, key: &ThrottleKey) -> Result<(), StoreError> {
        let rows = self.database.collection::<RawDocumentBuf>(THROTTLES.name);
        let cleared =
            async { rows.delete_one(doc! { "_id": key.as_str() }).await.map(drop).map_err(of_write) };
        call::write(cleared).await
    }
}

impl MongoStore {
    async fn compare_and_set(&self, key: &ThrottleKey, throttle: &Throttle) -> Result<(), StoreError> {
        let rows = self.database.collection::<RawDocumentBuf>(THROTTLES.name);
        let row = throttle_document(key, throttle);
        // No row counts as revision 0.
        let Some(before) = throttle.revision.checked_sub(1) else { return Err(StoreError::Stale) };
        if before == 0 {
            return match rows.insert_one(row).await {
                Err(error) if is_duplicate(&error) => Err(StoreError::Stale),
                inserted => inserted.map(drop).map_err(of_write),
            };
        }
        let same = doc! { "_id": key.as_str(), "revision": number(before) };
        let replaced = rows.replace_one(same, row).await.map_err(of_write)?;
        if replaced.matched_count == 0 { Err(StoreError::Stale) } else { Ok(()) }
    }
}
