//! Throttles: see [`ThrottleRepository`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use khata_core::calendar::Timestamp;
use khata_core::store::{StoreError, Throttle, ThrottleKey, ThrottleRepository};

use crate::dialect::Dialect;
use crate::error::of_commit;
use crate::{SqlStore, queries};

#[async_trait]
impl<D: Dialect> ThrottleRepository for SqlStore<D> {
    async fn throttles(&self, keys: &[ThrottleKey]) -> Result<Vec<(ThrottleKey, Throttle)>, StoreError> {
        let distinct: BTreeSet<_> = keys.iter().collect();
        queries::THROTTLES.fetch::<D>(&mut *self.reader().await?, distinct).await
    }

    async fn put_throttle(
        &self,
        key: &ThrottleKey,
        throttle: &Throttle,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_briefly().await?;
        let put = if throttle.revision == 1 { &queries::INSERT_THROTTLE } else { &queries::UPDATE_THROTTLE };
        let put = put.query::<D>().given(&[(key.clone(), *throttle)]);
        if put.execute(&mut transaction).await? == 0 {
            return Err(StoreError::Stale);
        }
        let delete = queries::DELETE_EXPIRED_THROTTLES.query::<D>().bind(key).bind(&now);
        delete.execute(&mut transaction).await?;
        transaction.commit().await.map_err(of_commit)
    }

    async fn clear_throttle(&self, key: &ThrottleKey) -> Result<(), StoreError> {
        let delete = queries::DELETE_THROTTLE.query::<D>().bind(key);
        delete.execute_alone(&mut *self.writer().await?).await.map(drop)
    }
}
