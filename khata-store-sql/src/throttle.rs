//! Throttles: see [`ThrottleRepository`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use khata_core::calendar::Timestamp;
use khata_core::store::{StoreError, Throttle, ThrottleKey, ThrottleRepository};

use crate::dialect::Dialect;
use crate::{SqlStore, queries};

#[async_trait]
impl<D: Dialect> ThrottleRepository for SqlStore<D> {
    async fn throttles(&self, keys: &[ThrottleKey]) -> Result<Vec<(ThrottleKey, Throttle)>, StoreError> {
        let distinct: BTreeSet<_> = keys.iter().cloned().collect();
        self.read(move |connection| {
            Box::pin(async move { queries::THROTTLES.fetch::<D>(connection, distinct).await })
        })
        .await
    }

    async fn put_throttle(
        &self,
        key: &ThrottleKey,
        throttle: &Throttle,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let row = [(key.clone(), *throttle)];
        self.change(move |connection| {
            Box::pin(async move {
                let [(key, throttle)] = &row;
                let put = if throttle.revision == 1 {
                    &queries::INSERT_THROTTLE
                } else {
                    &queries::UPDATE_THROTTLE
                };
                if put.query().given(&row).execute::<D>(connection).await? == 0 {
                    return Err(StoreError::Stale);
                }
                let delete = queries::DELETE_EXPIRED_THROTTLES.query().bind(key).bind(&now);
                delete.execute::<D>(connection).await.map(drop)
            })
        })
        .await
    }

    async fn clear_throttle(&self, key: &ThrottleKey) -> Result<(), StoreError> {
        let key = key.clone();
        self.change(move |connection| {
            Box::pin(async move {
                queries::DELETE_THROTTLE.query().bind(&key).execute::<D>(connection).await.map(drop)
            })
        })
        .await
    }
}
