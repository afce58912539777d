//! Changing a book: see [`BookRepository`].

use std::time::{Duration, Instant};

use async_trait::async_trait;
use khata_core::ledger::Outcome;
use khata_core::store::{BookRepository, Job, Rows, Step, StoreError};
use sqlx::{Sqlite, SqliteConnection, Transaction};
use tokio::time::{sleep, timeout_at};

use crate::{SqliteStore, error, load, queries, write};

/// How long to wait before a transaction that met another one is begun again.
const PAUSE: Duration = Duration::from_millis(5);

#[async_trait]
impl BookRepository for SqliteStore {
    async fn transact(&self, job: &dyn Job, deadline: Instant) -> Result<Vec<Outcome>, StoreError> {
        loop {
            match self.attempt(job, deadline).await {
                // The next attempt is where the deadline ends this.
                Err(failure) if error::is_conflict(&failure) => sleep(PAUSE).await,
                answer => return answer,
            }
        }
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let answer = sqlx::query(queries::PING).execute(&self.readers).await;
        answer.map(drop).map_err(StoreError::unavailable)
    }
}

impl SqliteStore {
    /// One transaction. Dropped before the commit is sent, at the deadline or by the caller, it is rolled back.
    async fn attempt(&self, job: &dyn Job, deadline: Instant) -> Result<Vec<Outcome>, StoreError> {
        let late = |_| StoreError::unavailable("the deadline passed before the commit could be sent");
        let (transaction, outcomes) =
            timeout_at(deadline.into(), self.prepare(job)).await.map_err(late)??;
        transaction.commit().await.map_err(error::of_commit)?;
        Ok(outcomes)
    }

    /// All but the commit.
    async fn prepare(
        &self,
        job: &dyn Job,
    ) -> Result<(Transaction<'static, Sqlite>, Vec<Outcome>), StoreError> {
        let mut transaction = self.begin().await?;
        let outcomes = carry_out(&mut transaction, job).await?;
        Ok((transaction, outcomes))
    }

    /// Begins a transaction that holds the lock of the whole database, and with it that of every head.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(error::of_statement)
    }
}

async fn carry_out(connection: &mut SqliteConnection, job: &dyn Job) -> Result<Vec<Outcome>, StoreError> {
    let mut rows = Rows { heads: load::heads(connection, job.shops()).await?, ..Rows::default() };
    loop {
        match job.decide(&rows) {
            Step::Load(keys) => load::load(connection, &keys, &mut rows).await?,
            Step::Write(writes) => {
                write::apply(connection, &writes).await?;
                return Ok(writes.outcomes);
            }
        }
    }
}
