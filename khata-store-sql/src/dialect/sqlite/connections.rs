//! The connections of a database: one writes, several read, each on a thread of its own.

use std::path::PathBuf;
use std::pin::pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded};
use futures::FutureExt as _;
use khata_core::id::OwnerId;
use khata_core::ledger::Outcome;
use khata_core::store::{Job, Keys, Rows, Step, StoreError};
use rusqlite::Connection;
use tokio::select;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout_at;

use super::super::{Extent, Work};
use super::Sqlite;
use super::checkpoint::Checkpoints;
use super::durability::Durability;
use super::thread::{Queue, Threads, closed};
use crate::error::sqlite::{is_conflict, of_commit, of_statement};
use crate::{load, write};

/// How long a change may wait for the lock of the database, which another process may hold.
const BUSY_TIME_MAX: Duration = Duration::from_secs(5);

/// How long to wait after the deadline for a commit that was begun before it: doubt costs more.
const COMMIT_GRACE: Duration = Duration::from_secs(2);

/// How many of the readers have no thread: about as many as there are threads that would read so.
const GLANCERS: usize = 2;

/// The connections of a database.
#[derive(Debug)]
pub struct Connections {
    file: Option<PathBuf>,
    writer: Threads,
    /// None for a database in memory, which has one connection.
    readers: Option<Threads>,
    /// Readers without a thread, for what is over sooner than a thread wakes up; empty when they are closed.
    glancers: Vec<Mutex<Option<Connection>>>,
    shared: Arc<Shared>,
}

/// What the threads share.
#[derive(Debug)]
struct Shared {
    durability: Arc<Durability>,
    checkpoints: Option<Checkpoints>,
}

impl Connections {
    /// Those of a database in memory.
    pub(crate) fn of_memory(connection: Connection) -> std::io::Result<Self> {
        let shared = Shared { durability: Durability::of_memory(), checkpoints: None };
        let writer = Threads::new("khata-sqlite", vec![connection])?;
        Ok(Self { file: None, writer, readers: None, glancers: Vec::new(), shared: Arc::new(shared) })
    }

    /// Those of a file, whose log is `log`.
    pub(crate) fn of_file(
        file: PathBuf,
        log: PathBuf,
        writer: Connection,
        copier: Connection,
        mut readers: Vec<Connection>,
    ) -> std::io::Result<Self> {
        let durability = Durability::of_log(log);
        let glancers = readers.split_off(readers.len().saturating_sub(GLANCERS));
        let glancers = glancers.into_iter().map(|connection| Mutex::new(Some(connection))).collect();
        let shared = Shared { durability, checkpoints: Some(Checkpoints::new(copier)?) };
        Ok(Self {
            glancers,
            file: Some(file),
            writer: Threads::new("khata-writer", vec![writer])?,
            readers: Some(Threads::new("khata-reader", readers)?),
            shared: Arc::new(shared),
        })
    }

    /// The database's file; none if it is in memory.
    pub(crate) fn file(&self) -> Option<&PathBuf> {
        self.file.as_ref()
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        snapshot: bool,
        work: Work<Sqlite, T>,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let shared = self.shared.clone();
        let threads = self.readers.as_ref().unwrap_or(&self.writer);
        threads.send(move |connection, _| {
            if reply.is_closed() {
                return;
            }
            let read = if snapshot { in_snapshot(connection, work) } else { done(work(connection)) };
            shared.durability.when_durable(move |durable| {
                // An unanswered reader has gone away.
                _ = reply.send(durable.and(read));
            });
        })?;
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    /// As [`read`](Self::read), of a few rows: on the caller's thread, unless all who can read so are reading.
    pub(super) async fn glance<T: Send + 'static>(
        &self,
        extent: Extent,
        work: Work<Sqlite, T>,
    ) -> Result<T, StoreError> {
        let read = match self.glance_now(work) {
            Ok(read) => read,
            Err(work) => return self.read(false, work).await,
        };
        if extent == Extent::Committed {
            return read;
        }
        let (reply, answer) = oneshot::channel();
        self.shared.durability.when_durable(move |durable| _ = reply.send(durable));
        answer.await.unwrap_or_else(|_| Err(closed())).and(read)
    }

    /// The result, or the work if it can't be done on this thread now.
    fn glance_now<T>(&self, work: Work<Sqlite, T>) -> Result<Result<T, StoreError>, Work<Sqlite, T>> {
        for glancer in &self.glancers {
            if let Ok(Some(connection)) = glancer.try_lock().as_deref_mut() {
                return Ok(done(work(connection)));
            }
        }
        Err(work)
    }

    pub(super) async fn change<T: Send + 'static>(&self, work: Work<Sqlite, T>) -> Result<T, StoreError> {
        let until = Instant::now() + BUSY_TIME_MAX;
        self.write(until, move |connection| done(work(connection))).await
    }

    /// The job decides in the caller's task. The writer waits for it, with the lock, until the deadline.
    pub(super) async fn transact(
        &self,
        job: &dyn Job,
        deadline: Instant,
    ) -> Result<Vec<Outcome>, StoreError> {
        let (ask, mut asked) = mpsc::channel(1);
        let (tell, told) = bounded(1);
        let decider = Decider { ask, told, deadline };
        let (shops, keys) = (job.shops().to_vec(), job.keys());
        let carry_out = move |connection: &mut Connection| decider.carry_out(connection, &shops, &keys);
        let mut written = pin!(self.write(deadline, carry_out));
        loop {
            select! {
                // The rows first: the answer comes after the last of them.
                biased;
                Some(rows) = asked.recv() => {
                    let step = job.decide(&rows);
                    // A writer that has given up takes no step.
                    _ = tell.send((rows, step));
                }
                outcomes = &mut written => return outcomes,
            }
        }
    }

    /// Does that in a transaction, which is committed before the deadline or never.
    async fn write<T: Send + 'static>(
        &self,
        deadline: Instant,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, mut answer) = oneshot::channel();
        let shared = self.shared.clone();
        let turn = Turn::default();
        let of_thread = turn.clone();
        self.writer.send(move |connection, queue| {
            match shared.write(connection, queue, deadline, &of_thread, work) {
                // Also if nothing was written: it may speak of what was written before. What is in the log may be on the
                // disk though the disk has failed.
                Ok(done) => shared.durability.when_durable(move |durable| {
                    _ = reply.send(durable.map(|()| done).map_err(StoreError::in_doubt));
                }),
                Err(error) => _ = reply.send(Err(error)),
            }
        })?;
        let caller = Caller(turn);
        match timeout_at(deadline.into(), &mut answer).await {
            Ok(answered) => return answered.unwrap_or_else(|_| Err(caller.0.unanswered())),
            Err(_) if caller.0.give_up() => return Err(late()),
            Err(_) => {}
        }
        match timeout_at((deadline + COMMIT_GRACE).into(), answer).await {
            Ok(answered) => answered.unwrap_or_else(|_| Err(caller.0.unanswered())),
            Err(_) => Err(StoreError::in_doubt("the disk did not take the commit in time")),
        }
    }

    /// The last connection that is closed copies the log back and deletes it, so the one that can write is the last.
    pub(super) async fn close(&self) {
        for glancer in &self.glancers {
            drop(glancer.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
        if let Some(readers) = &self.readers {
            readers.close().await;
        }
        if let Some(checkpoints) = &self.shared.checkpoints {
            checkpoints.close().await;
        }
        self.writer.close().await;
        self.shared.durability.close();
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        self.shared.durability.close();
    }
}

/// What asks the caller to decide.
struct Decider {
    ask: mpsc::Sender<Rows>,
    told: Receiver<(Rows, Step)>,
    deadline: Instant,
}

impl Decider {
    fn carry_out(
        &self,
        connection: &mut Connection,
        shops: &[OwnerId],
        keys: &Keys,
    ) -> Result<Vec<Outcome>, StoreError> {
        let mut rows = done(load::first::<Sqlite>(connection, shops, keys))?;
        loop {
            let (mut seen, step) = self.decide(rows)?;
            match step {
                Step::Load(keys) => done(load::load::<Sqlite>(connection, &keys, &mut seen))?,
                Step::Write(writes) => {
                    done(write::apply::<Sqlite>(connection, &writes))?;
                    return Ok(writes.outcomes);
                }
            }
            rows = seen;
        }
    }

    fn decide(&self, rows: Rows) -> Result<(Rows, Step), StoreError> {
        self.ask.try_send(rows).map_err(|_| late())?;
        self.told.recv_deadline(self.deadline).map_err(|_| late())
    }
}

impl Shared {
    fn write<T>(
        &self,
        connection: &mut Connection,
        queue: Queue<'_>,
        deadline: Instant,
        turn: &Turn,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        begin(connection, deadline, turn)?;
        let done = work(connection).and_then(|done| {
            if Instant::now() >= deadline || !turn.commit() {
                return Err(late());
            }
            Ok(done)
        });
        let done = match done {
            Ok(done) => done,
            Err(error) => {
                roll_back(connection);
                return Err(error);
            }
        };
        let number = self.durability.committing().inspect_err(|_| roll_back(connection))?;
        let committed = connection.execute_batch("COMMIT");
        self.durability.committed(number, !queue.is_empty());
        if let Err(error) = committed {
            roll_back(connection);
            return Err(of_commit(error));
        }
        if let Some(checkpoints) = &self.checkpoints {
            // It is tried again after the next commit.
            _ = checkpoints.after_commit(connection);
        }
        Ok(done)
    }
}

/// Takes the lock of the database, and with it that of every head.
fn begin(connection: &Connection, deadline: Instant, turn: &Turn) -> Result<(), StoreError> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || turn.is_given_up() {
            return Err(late());
        }
        connection.busy_timeout(left.min(BUSY_TIME_MAX)).map_err(of_statement)?;
        match connection.execute_batch("BEGIN IMMEDIATE").map_err(of_statement) {
            Err(error) if is_conflict(&error) => {}
            begun => return begun,
        }
    }
}

fn roll_back(connection: &Connection) {
    // On a full disk, SQLite has rolled back by itself.
    if !connection.is_autocommit() {
        _ = connection.execute_batch("ROLLBACK");
    }
}

fn in_snapshot<T>(connection: &mut Connection, work: Work<Sqlite, T>) -> Result<T, StoreError> {
    connection.execute_batch("BEGIN").map_err(of_statement)?;
    let read = done(work(connection));
    roll_back(connection);
    read
}

/// The result of work that waits for nothing: every call of SQLite is done when it returns.
fn done<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    work.now_or_never().unwrap_or_else(|| Err(StoreError::backend("work with SQLite can't wait")))
}

fn late() -> StoreError {
    StoreError::unavailable("the deadline passed before the commit could be sent")
}

/// Whether a transaction is committed, or given up before: one of them, and once.
#[derive(Debug, Default, Clone)]
struct Turn(Arc<AtomicU8>);

impl Turn {
    const GIVEN_UP: u8 = 1;
    const COMMITTING: u8 = 2;

    fn take(&self, turn: u8) -> bool {
        self.0.compare_exchange(0, turn, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    fn commit(&self) -> bool {
        self.take(Self::COMMITTING)
    }

    fn give_up(&self) -> bool {
        self.take(Self::GIVEN_UP)
    }

    fn is_given_up(&self) -> bool {
        self.0.load(Ordering::Acquire) == Self::GIVEN_UP
    }

    /// The error of a transaction whose thread has gone without an answer.
    fn unanswered(&self) -> StoreError {
        if self.0.load(Ordering::Acquire) == Self::COMMITTING {
            StoreError::in_doubt("the writer ended during a commit")
        } else {
            closed()
        }
    }
}

/// Gives up when the caller goes away.
struct Caller(Turn);

impl Drop for Caller {
    fn drop(&mut self) {
        self.0.give_up();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::sqlite::of_statement;

    /// A log that can't be brought to the disk.
    #[tokio::test]
    async fn a_commit_that_the_disk_did_not_take_leaves_doubt_and_ends_writing() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("khata.db");
        let open = || {
            let connection = Connection::open(&file).unwrap();
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).unwrap();
            connection
        };
        let log = folder.path().join("none/khata.db-wal");
        let connections =
            Connections::of_file(file.clone(), log, open(), open(), vec![open(), open(), open()]).unwrap();
        let create = |sql: &'static str| {
            connections.change(Box::new(move |connection| {
                Box::pin(async move { connection.execute_batch(sql).map_err(of_statement) })
            }))
        };
        let doubt = create("CREATE TABLE one (id)").await;
        assert!(matches!(doubt, Err(StoreError::InDoubt { .. })), "{doubt:?}");
        let refused = create("CREATE TABLE two (id)").await;
        assert!(matches!(refused, Err(StoreError::Unavailable { .. })), "{refused:?}");
        let unseen = connections.read(false, Box::new(|_| Box::pin(async { Ok(()) }))).await;
        assert!(matches!(unseen, Err(StoreError::Unavailable { .. })), "{unseen:?}");
        connections.close().await;
    }
}
