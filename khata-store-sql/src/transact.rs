//! Changing a book: see [`BookRepository`].

use std::num::NonZeroUsize;
use std::time::Instant;

use async_trait::async_trait;
use khata_core::ledger::Outcome;
use khata_core::store::{BookRepository, Job, StoreError};

use crate::dialect::Dialect;
use crate::{SqlStore, queries};

#[async_trait]
impl<D: Dialect> BookRepository for SqlStore<D> {
    async fn transact(&self, job: &dyn Job, deadline: Instant) -> Result<Vec<Outcome>, StoreError> {
        D::transact(&self.database, job, deadline).await
    }

    fn lanes(&self) -> NonZeroUsize {
        D::LANES
    }

    fn depth(&self) -> NonZeroUsize {
        D::DEPTH
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let ping = self.read(|connection| {
            Box::pin(async move { queries::PING.query().fetch::<D>(connection).await.map(drop) })
        });
        ping.await.map_err(StoreError::unavailable)
    }
}
