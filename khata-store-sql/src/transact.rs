//! Changing a book: see [`BookRepository`].

use std::num::NonZeroUsize;
use std::time::Instant;

use async_trait::async_trait;
use khata_core::ledger::Outcome;
use khata_core::store::{BookRepository, Job, Step, StoreError};

use crate::dialect::Dialect;
use crate::{SqlStore, load, queries, write};

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

/// Loads what the job asks for, and writes what it decides, in a transaction.
#[cfg(feature = "postgres")]
pub(crate) async fn carry_out<D: Dialect>(
    connection: &mut D::Connection,
    job: &dyn Job,
) -> Result<Vec<Outcome>, StoreError> {
    let mut rows = load::first::<D>(connection, job.shops(), &job.keys()).await?;
    loop {
        match job.decide(&rows) {
            Step::Load(keys) => load::load::<D>(connection, &keys, &mut rows).await?,
            Step::Write(writes) => {
                write::apply::<D>(connection, &writes).await?;
                return Ok(writes.outcomes);
            }
        }
    }
}
