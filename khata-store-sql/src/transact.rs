//! Changing a book: see [`BookRepository`].

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use khata_core::ledger::Outcome;
use khata_core::store::{BookRepository, Job, Rows, Step, StoreError};
use sqlx::Transaction;
use tokio::time::{sleep, timeout_at};

use crate::dialect::Dialect;
use crate::{SqlStore, error, load, queries, write};

/// How long to wait before a transaction that met another one is begun again.
const PAUSE: Duration = Duration::from_millis(5);

/// How long to wait after the deadline for a commit that was sent before it: doubt costs more.
const COMMIT_GRACE: Duration = Duration::from_secs(2);

#[async_trait]
impl<D: Dialect> BookRepository for SqlStore<D> {
    async fn transact(&self, job: &dyn Job, deadline: Instant) -> Result<Vec<Outcome>, StoreError> {
        loop {
            match self.attempt(job, deadline).await {
                // The next attempt is where the deadline ends this.
                Err(failure) if error::is_conflict(&failure) => sleep(PAUSE).await,
                answer => return answer,
            }
        }
    }

    fn lanes(&self) -> NonZeroUsize {
        D::LANES
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let mut connection = self.readers.acquire().await.map_err(StoreError::unavailable)?;
        let answer = queries::PING.query::<D>().execute(&mut connection).await;
        answer.map(drop).map_err(StoreError::unavailable)
    }
}

impl<D: Dialect> SqlStore<D> {
    /// One transaction. Dropped before the commit is sent, at the deadline or by the caller, it is rolled back.
    async fn attempt(&self, job: &dyn Job, deadline: Instant) -> Result<Vec<Outcome>, StoreError> {
        let prepared = timeout_at(deadline.into(), self.prepare(job, deadline)).await;
        let (transaction, outcomes) = prepared.unwrap_or_else(|_| Err(late()))?;
        let lost = |_| StoreError::in_doubt("the commit was not answered in time");
        let answer = timeout_at((deadline + COMMIT_GRACE).into(), transaction.commit()).await;
        answer.map_err(lost)?.map_err(error::of_commit)?;
        Ok(outcomes)
    }

    /// All but the commit.
    async fn prepare(
        &self,
        job: &dyn Job,
        deadline: Instant,
    ) -> Result<(Transaction<'static, D>, Vec<Outcome>), StoreError> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(late());
        }
        let mut transaction = self.begin(left).await?;
        let outcomes = carry_out::<D>(&mut transaction, job).await?;
        Ok((transaction, outcomes))
    }
}

fn late() -> StoreError {
    StoreError::unavailable("the deadline passed before the commit could be sent")
}

async fn carry_out<D: Dialect>(
    connection: &mut D::Connection,
    job: &dyn Job,
) -> Result<Vec<Outcome>, StoreError> {
    let mut rows = Rows { heads: load::heads::<D>(connection, job.shops()).await?, ..Rows::default() };
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
