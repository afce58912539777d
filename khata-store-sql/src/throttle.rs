//! Throttles: see [`ThrottleRepository`].

use std::collections::BTreeMap;

use async_trait::async_trait;
use khata_core::calendar::Timestamp;
use khata_core::store::{StoreError, Throttle, ThrottleKey, ThrottleRepository};

use crate::dialect::Dialect;
use crate::error::of_commit;
use crate::row::{TriesKey, bound};
use crate::{SqlStore, queries};

#[async_trait]
impl<D: Dialect> ThrottleRepository for SqlStore<D> {
    async fn throttles(&self, keys: &[ThrottleKey]) -> Result<Vec<(ThrottleKey, Throttle)>, StoreError> {
        let by_text: BTreeMap<&str, &ThrottleKey> = keys.iter().map(|key| (key.as_str(), key)).collect();
        let distinct = by_text.values().copied().map(TriesKey::from);
        let rows = queries::THROTTLES.fetch::<D>(&mut *self.reader().await?, distinct).await?;
        let found = rows.into_iter().filter_map(|row| {
            let key = by_text.get(row.key.as_str()).copied()?.clone();
            Some(Throttle::try_from(row).map(|throttle| (key, throttle)))
        });
        Ok(found.collect::<Result<_, _>>()?)
    }

    async fn put_throttle(
        &self,
        key: &ThrottleKey,
        throttle: &Throttle,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_briefly().await?;
        let put = if throttle.revision == 1 { &queries::INSERT_THROTTLE } else { &queries::UPDATE_THROTTLE };
        let put = put
            .query::<D>()
            .bind(key.as_str())
            .bind(i64::from(throttle.tries))
            .bind(throttle.blocked_until.millis())
            .bind(throttle.expires_at.millis())
            .bind(bound(throttle.revision));
        if put.execute(&mut transaction).await? == 0 {
            return Err(StoreError::Stale);
        }
        let delete = queries::DELETE_EXPIRED_THROTTLES.query::<D>().bind(key.as_str()).bind(now.millis());
        delete.execute(&mut transaction).await?;
        transaction.commit().await.map_err(of_commit)
    }

    async fn clear_throttle(&self, key: &ThrottleKey) -> Result<(), StoreError> {
        let delete = queries::DELETE_THROTTLE.query::<D>().bind(key.as_str());
        delete.execute_alone(&mut *self.writer().await?).await.map(drop)
    }
}
