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
        let stale = self.put_throttles(&[(key.clone(), *throttle)], now).await?;
        if stale.is_empty() { Ok(()) } else { Err(StoreError::Stale) }
    }

    async fn put_throttles(
        &self,
        counts: &[(ThrottleKey, Throttle)],
        now: Timestamp,
    ) -> Result<Vec<ThrottleKey>, StoreError> {
        let mut counts = counts.to_vec();
        // In one order everywhere, so that nobody waits in a circle.
        counts.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.change(move |connection| Box::pin(async move { put::<D>(connection, &counts, now).await })).await
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

/// Writes the counts, and returns the keys of those that were stale.
async fn put<D: Dialect>(
    connection: &mut D::Connection,
    counts: &[(ThrottleKey, Throttle)],
    now: Timestamp,
) -> Result<Vec<ThrottleKey>, StoreError> {
    let mut stale = Vec::new();
    for row in counts.chunks(1) {
        let is_new = row[0].1.revision == 1;
        let put = if is_new { &queries::INSERT_THROTTLE } else { &queries::UPDATE_THROTTLE };
        if put.query().given(row).execute::<D>(connection).await? == 0 {
            stale.push(row[0].0.clone());
        }
    }
    if stale.len() < counts.len() {
        let keys: Vec<_> = counts.iter().map(|(key, _)| key).collect();
        let delete = queries::DELETE_EXPIRED_THROTTLES.query().bind(&now).given(&keys);
        delete.execute::<D>(connection).await?;
    }
    Ok(stale)
}
