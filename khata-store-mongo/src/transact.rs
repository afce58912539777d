//! Changing a book: see [`BookRepository`].

use std::collections::BTreeMap;
use std::mem;
use std::num::NonZeroUsize;
use std::time::Instant;

use async_trait::async_trait;
use bson::doc;
use khata_core::id::OwnerId;
use khata_core::ledger::Outcome;
use khata_core::store::{BookRepository, Head, Job, Rows, Step, StoreError, Writes};

use crate::command;
use crate::error::{Overtaken, of_command, of_read};
use crate::known_heads::KnownHead;
use crate::load::{self, Loaded};
use crate::row::HeadChange;
use crate::schema::HEADS;
use crate::transaction::{Transaction, in_time};
use crate::{MongoStore, call, retry, write};

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
/// The rows are as good if they are read before the lock is taken, as long as nothing was written to the book in between:
/// the first write of the transaction demands that each lock still has the count that was read. So all reading is done
/// outside of the transaction, where it costs the server less. But a transaction that begins again has read in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lock {
    /// At the first attempt, when no conflict is expected.
    WithFirstWrite,
    /// From the second attempt on, so that a conflict shows at once.
    BeforeAll,
}

/// What a job is to write, and the heads that it was decided on.
struct Decided {
    writes: Box<Writes>,
    rows: Rows,
    locks: BTreeMap<OwnerId, u64>,
}

impl MongoStore {
    /// One transaction. Dropped before the commit is sent, at the deadline or by the caller, it is undone.
    async fn attempt(
        &self,
        job: &dyn Job,
        lock: Lock,
        deadline: Instant,
    ) -> Result<Vec<Outcome>, StoreError> {
        let known = self.heads.all(job.shops());
        // Whatever becomes of the attempt, what was known before it is known no more.
        self.heads.forget(job.shops());
        let prepare = async {
            match lock {
                Lock::WithFirstWrite => self.prepare(job, known, deadline).await,
                Lock::BeforeAll => self.prepare_locked(job, deadline).await,
            }
        };
        let (transaction, decided) = in_time(deadline, prepare).await?;
        let held = transaction.is_some();
        if let Some(transaction) = transaction {
            transaction.commit(deadline).await?;
        }
        let Decided { writes, rows, locks } = decided;
        self.heads.put(heads_after(&writes, rows, locks, held && lock == Lock::WithFirstWrite));
        Ok(writes.outcomes)
    }

    /// All but the commit, with the locks taken by the first write.
    async fn prepare(
        &self,
        job: &dyn Job,
        known: Option<BTreeMap<OwnerId, KnownHead>>,
        deadline: Instant,
    ) -> Result<(Option<Transaction>, Decided), StoreError> {
        let mut snapshot = Transaction::snapshot(&self.database).await?;
        let decided = decide(&mut snapshot, job, known).await.map_err(of_read)?;
        // What was decided is true of the moment that was read, and nothing is there to come after it.
        if decided.writes.is_empty() {
            return Ok((None, decided));
        }
        let first = command::update(&HEADS, &write::locking(&decided.writes, &decided.locks));
        let (mut transaction, reply) = Transaction::begin(&self.database, first, deadline).await?;
        if command::written(&HEADS, &reply)? != job.shops().len() {
            return Err(Overtaken.into());
        }
        write::apply(&mut transaction, &decided.writes, &decided.rows).await?;
        Ok((Some(transaction), decided))
    }

    /// All but the commit, with the locks taken before anything is read.
    async fn prepare_locked(
        &self,
        job: &dyn Job,
        deadline: Instant,
    ) -> Result<(Option<Transaction>, Decided), StoreError> {
        let lock = |shop: &OwnerId| command::change(command::shop(*shop), HeadChange::locking().update());
        let first = command::update(&HEADS, &job.shops().iter().map(lock).collect::<Vec<_>>());
        let (mut transaction, reply) = Transaction::begin(&self.database, first, deadline).await?;
        if command::written(&HEADS, &reply)? != job.shops().len() {
            return Err(StoreError::NotFound);
        }
        let decided = decide(&mut transaction, job, None).await?;
        if !decided.writes.is_empty() {
            transaction.change(&HEADS, write::moving(&decided.writes)).await?;
            write::apply(&mut transaction, &decided.writes, &decided.rows).await?;
        }
        Ok((Some(transaction), decided))
    }
}

/// Loads what the job asks for until it decides. The heads that are known are read again together with what it asks for
/// first; if they prove to be old, the job begins again with those that were read.
async fn decide(
    reader: &mut Transaction,
    job: &dyn Job,
    mut known: Option<BTreeMap<OwnerId, KnownHead>>,
) -> Result<Decided, StoreError> {
    let mut heads = match &known {
        Some(known) => known.clone(),
        None => load::heads(reader, job.shops()).await?,
    };
    let mut rows = begun_with(&heads);
    let first = job.keys();
    loop {
        let is_first = rows.loads == 0 && !first.is_empty();
        let step = if is_first { Step::Load(first.clone()) } else { job.decide(&rows) };
        match (step, known.take()) {
            (Step::Load(keys), None) => load::load(reader, &keys, &[]).await?.add_to(&mut rows),
            (Step::Load(keys), Some(known)) => {
                let loaded: Loaded = load::load(reader, &keys, job.shops()).await?;
                if loaded.has_locks(&known) {
                    loaded.add_to(&mut rows);
                } else {
                    heads = load::heads(reader, job.shops()).await?;
                    rows = begun_with(&heads);
                }
            }
            // Nobody will ask whether they were right.
            (Step::Write(writes), Some(_)) if writes.is_empty() => {
                heads = load::heads(reader, job.shops()).await?;
                rows = begun_with(&heads);
            }
            (Step::Write(writes), _) => {
                let locks = heads.into_iter().map(|(shop, known)| (shop, known.lock)).collect();
                return Ok(Decided { writes, rows, locks });
            }
        }
    }
}

fn begun_with(heads: &BTreeMap<OwnerId, KnownHead>) -> Rows {
    let heads = heads.iter().map(|(shop, known)| (*shop, known.head.clone())).collect();
    Rows { heads, ..Rows::default() }
}

/// The heads as they are when all is written.
fn heads_after(
    writes: &Writes,
    rows: Rows,
    locks: BTreeMap<OwnerId, u64>,
    counted: bool,
) -> BTreeMap<OwnerId, KnownHead> {
    let mut heads = rows.heads;
    for written in &writes.heads {
        if let Some(head) = heads.get_mut(&written.owner.id) {
            let Head { seq, hash, recorded_at, counters, .. } = written.clone();
            *head = Head { seq, hash, recorded_at, counters, ..head.clone() };
        }
    }
    for written in &writes.owners {
        if let Some(head) = heads.get_mut(&written.owner.id) {
            head.owner = written.owner.clone();
            head.password_version =
                written.password.as_ref().map_or(head.password_version, |new| new.version);
        }
    }
    let lock_of = |shop: &OwnerId| locks.get(shop).map(|lock| lock + u64::from(counted));
    heads
        .into_iter()
        .filter_map(|(shop, head)| Some((shop, KnownHead { head, lock: lock_of(&shop)? })))
        .collect()
}
