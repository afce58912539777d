//! Changing a book: see [`BookRepository`].

use std::num::NonZeroUsize;
use std::time::Instant;

use async_trait::async_trait;
use bson::{Document, Uuid, doc};
use khata_core::id::OwnerId;
use khata_core::ledger::Outcome;
use khata_core::store::{BookRepository, Job, Rows, Step, StoreError};

use crate::command::{self, Statement};
use crate::error::of_command;
use crate::schema::OWNERS;
use crate::unit::{Unit, in_time};
use crate::{MongoStore, again, call, load, write};

/// So that the server has work while a batch is thought about. With more, the batches get small, and cost more for each
/// posting.
const LANES: NonZeroUsize = NonZeroUsize::new(2).unwrap();

#[async_trait]
impl BookRepository for MongoStore {
    async fn transact(&self, job: &dyn Job, deadline: Instant) -> Result<Vec<Outcome>, StoreError> {
        again::until(deadline, || self.attempt(job, deadline)).await
    }

    fn lanes(&self) -> NonZeroUsize {
        LANES
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let answer = async { self.database.run_command(doc! { "ping": 1 }).await.map_err(of_command) };
        call::read(answer).await.map(drop).map_err(StoreError::unavailable)
    }
}

impl MongoStore {
    /// One transaction. Dropped before the commit is sent, at the deadline or by the caller, it is undone.
    async fn attempt(&self, job: &dyn Job, deadline: Instant) -> Result<Vec<Outcome>, StoreError> {
        let (unit, outcomes) = in_time(deadline, self.prepare(job, deadline)).await?;
        unit.commit(deadline).await?;
        Ok(outcomes)
    }

    /// All but the commit.
    async fn prepare(&self, job: &dyn Job, deadline: Instant) -> Result<(Unit, Vec<Outcome>), StoreError> {
        let locks: Vec<_> = job.shops().iter().map(|owner| lock(*owner)).collect();
        let first = command::update(&OWNERS, &locks)?;
        let (mut unit, reply) = Unit::begin(&self.database, first, deadline).await?;
        if command::written(&OWNERS, &reply)? != locks.len() {
            return Err(StoreError::NotFound);
        }
        let outcomes = carry_out(&mut unit, job).await?;
        Ok((unit, outcomes))
    }
}

/// Takes the lock of a shop: whoever writes to the same document before this transaction ends, or has done so since it
/// began, meets it.
fn lock(owner: OwnerId) -> Statement<Document, Document> {
    Statement::change(doc! { "_id": Uuid::from(owner.uuid()) }, counted())
}

/// The change that takes a lock.
pub(crate) fn counted() -> Document {
    doc! { "$inc": { "lock": 1_i64 } }
}

async fn carry_out(unit: &mut Unit, job: &dyn Job) -> Result<Vec<Outcome>, StoreError> {
    let mut rows = Rows { heads: load::heads(unit, job.shops()).await?, ..Rows::default() };
    loop {
        match job.decide(&rows) {
            Step::Load(keys) => load::load(unit, &keys, &mut rows).await?,
            Step::Write(writes) => {
                write::apply(unit, &writes, &rows).await?;
                return Ok(writes.outcomes);
            }
        }
    }
}
