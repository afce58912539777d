//! Throttles: see [`ThrottleRepository`].

use std::collections::BTreeMap;

use async_trait::async_trait;
use khata_core::calendar::Timestamp;
use khata_core::store::{StoreError, Throttle, ThrottleKey, ThrottleRepository};

use crate::error::{of_commit, of_statement};
use crate::row::{ThrottleRow, bound};
use crate::{SqliteStore, queries, statement};

#[async_trait]
impl ThrottleRepository for SqliteStore {
    async fn throttles(&self, keys: &[ThrottleKey]) -> Result<Vec<(ThrottleKey, Throttle)>, StoreError> {
        let by_text: BTreeMap<&str, &ThrottleKey> = keys.iter().map(|key| (key.as_str(), key)).collect();
        let mut connection = self.readers.acquire().await.map_err(of_statement)?;
        let rows =
            statement::fetch::<ThrottleRow, _>(&mut connection, queries::THROTTLES, by_text.keys()).await?;
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
        let mut transaction = self.begin().await?;
        let put = sqlx::query(queries::PUT_THROTTLE)
            .bind(key.as_str())
            .bind(i64::from(throttle.tries))
            .bind(throttle.blocked_until.millis())
            .bind(throttle.expires_at.millis())
            .bind(bound(throttle.revision))
            .execute(&mut *transaction)
            .await
            .map_err(of_statement)?;
        if put.rows_affected() == 0 {
            return Err(StoreError::Stale);
        }
        sqlx::query(queries::DELETE_EXPIRED_THROTTLES)
            .bind(key.as_str())
            .bind(now.millis())
            .execute(&mut *transaction)
            .await
            .map_err(of_statement)?;
        transaction.commit().await.map_err(of_commit)
    }

    async fn clear_throttle(&self, key: &ThrottleKey) -> Result<(), StoreError> {
        let cleared = sqlx::query(queries::DELETE_THROTTLE).bind(key.as_str()).execute(&self.writer).await;
        cleared.map(drop).map_err(of_statement)
    }
}
