//! Changing a book: see [`BookRepository`].

use std::mem;
use std::num::NonZeroUsize;
use std::time::Instant;

use async_trait::async_trait;
use bson::doc;
use khata_core::id::OwnerId;
use khata_core::ledger::Outcome;
use khata_core::store::{BookRepository, Head, Job, Rows, Step, StoreError};

use crate::command;
use crate::error::of_command;
use crate::filter;
use crate::row::OwnerChange;
use crate::schema::OWNERS;
use crate::transaction::{Transaction, in_time};
use crate::{MongoStore, call, load, retry, write};

/// Number of transactions under way at once: two, so that the server has work while a batch is decided. With more, the
/// batches get small, and cost more for each posting.
const LANES: NonZeroUsize = NonZeroUsize::new(2).unwrap();

#[async_trait]
impl BookRepository for MongoStore {
    async fn transact(&self, job: &dyn Job, deadline: Instant) -> Result<Vec<Outcome>, StoreError> {
        let mut lock = Lock::WithFirstWrite;
        retry::until(deadline, || self.attempt(job, mem::replace(&mut lock, Lock::BeforeAll), deadline)).await
    }

    fn lanes(&self) -> NonZeroUsize {
        LANES
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let answer = async { self.database.run_command(doc! { "ping": 1 }).await.map_err(of_command) };
        call::read(answer).await.map(drop).map_err(StoreError::unavailable)
    }
}

/// When a transaction takes the locks of its shops.
///
/// All that it reads is of one moment, and its write to a shop's document fails if anybody else has written to that since
/// or is about to. So the lock is as good after the reads as before them, as long as nothing is written before it: of
/// those that read at one time only one goes on, and the others begin again before a key that the one has put can be in
/// their way. With the first write it costs no command of its own, but a transaction that begins again has read in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    /// At the first attempt, when no conflict is expected.
    WithFirstWrite,
    /// From the second attempt on, so that a conflict shows at once.
    BeforeAll,
}

impl MongoStore {
    /// One transaction. Dropped before the commit is sent, at the deadline or by the caller, it is undone.
    async fn attempt(
        &self,
        job: &dyn Job,
        lock: Lock,
        deadline: Instant,
    ) -> Result<Vec<Outcome>, StoreError> {
        let (transaction, outcomes) = in_time(deadline, self.prepare(job, lock, deadline)).await?;
        transaction.commit(deadline).await?;
        Ok(outcomes)
    }

    /// All but the commit.
    async fn prepare(
        &self,
        job: &dyn Job,
        lock: Lock,
        deadline: Instant,
    ) -> Result<(Transaction, Vec<Outcome>), StoreError> {
        let (mut transaction, heads) = match lock {
            Lock::WithFirstWrite => self.find(job.shops(), deadline).await?,
            Lock::BeforeAll => self.lock(job.shops(), deadline).await?,
        };
        let rows = Rows { heads: load::heads(heads, job.shops())?, ..Rows::default() };
        let outcomes = carry_out(&mut transaction, job, rows, lock).await?;
        Ok((transaction, outcomes))
    }

    /// Begins by finding the shops.
    async fn find(
        &self,
        shops: &[OwnerId],
        deadline: Instant,
    ) -> Result<(Transaction, Vec<Head>), StoreError> {
        let first = command::find(&OWNERS, &filter::shops(shops))?;
        let (transaction, reply) = Transaction::begin(&self.database, first, deadline).await?;
        Ok((transaction, command::found(&reply)?))
    }

    /// Begins by taking the locks of the shops, and finds them then.
    async fn lock(
        &self,
        shops: &[OwnerId],
        deadline: Instant,
    ) -> Result<(Transaction, Vec<Head>), StoreError> {
        let lock = |shop: &OwnerId| command::change(command::shop(*shop), OwnerChange::locking().update());
        let first = command::update(&OWNERS, &shops.iter().map(lock).collect::<Vec<_>>());
        let (mut transaction, reply) = Transaction::begin(&self.database, first, deadline).await?;
        if command::written(&OWNERS, &reply)? != shops.len() {
            return Err(StoreError::NotFound);
        }
        let found = transaction.find_all(Some(filter::shops(shops))).await?;
        Ok((transaction, found))
    }
}

async fn carry_out(
    transaction: &mut Transaction,
    job: &dyn Job,
    mut rows: Rows,
    lock: Lock,
) -> Result<Vec<Outcome>, StoreError> {
    loop {
        match job.decide(&rows) {
            Step::Load(keys) => load::load(transaction, &keys, &mut rows).await?,
            Step::Write(writes) => {
                write::apply(transaction, &writes, &rows, lock).await?;
                return Ok(writes.outcomes);
            }
        }
    }
}
