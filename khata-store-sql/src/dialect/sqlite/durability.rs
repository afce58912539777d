//! What is committed is on the disk before anybody is told of it.
//!
//! SQLite writes a commit to its log, and would wait for the disk before the next one could begin. Here a thread of its own
//! waits, so that the next commit is prepared meanwhile, and those that come while the disk is busy share the next wait. An
//! answer is held back until the disk has all that it may speak of: of a reader also, who sees a commit as soon as it is
//! in the log.

use std::collections::VecDeque;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use khata_core::store::StoreError;

/// What is told once a commit is on the disk, or with [`StoreError::Unavailable`] that it may never be.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// Waits for the disk.
type Disk = Box<dyn FnMut() -> io::Result<()> + Send>;

/// The commits of a database that are on the disk, and those that are not yet.
pub(super) struct Durability {
    state: Mutex<State>,
    /// That there is something to be done for the thread that waits for the disk.
    written: Condvar,
    disk: Mutex<Disk>,
}

#[derive(Default)]
struct State {
    /// Number of commits that a reader may have seen.
    visible: u64,
    /// Number of commits that are in the log.
    written: u64,
    /// Number of commits that are on the disk.
    durable: u64,
    /// Answers in the order of the commits that they wait for.
    waiting: VecDeque<(u64, Answer)>,
    /// Why the disk has failed. It can't be said any more what is on it.
    failure: Option<Arc<io::Error>>,
    closed: bool,
}

impl fmt::Debug for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let State { visible, written, durable, .. } = &*self.state();
        let mut f = f.debug_struct("Durability");
        f.field("visible", visible)
            .field("written", written)
            .field("durable", durable)
            .finish_non_exhaustive()
    }
}

impl Durability {
    /// Of a database whose log is that file.
    pub(super) fn of_log(log: PathBuf) -> Arc<Self> {
        let mut file: Option<File> = None;
        Self::new(Box::new(move || {
            let file = match &mut file {
                Some(file) => file,
                // SQLite makes it before the first commit, and keeps it as long as the database is open.
                None => file.insert(OpenOptions::new().read(true).write(true).open(&log)?),
            };
            file.sync_data()
        }))
    }

    /// Of a database in memory, of which nothing is ever on a disk.
    pub(super) fn of_memory() -> Arc<Self> {
        Self::new(Box::new(|| Ok(())))
    }

    fn new(disk: Disk) -> Arc<Self> {
        let durability =
            Arc::new(Self { state: Mutex::default(), written: Condvar::new(), disk: Mutex::new(disk) });
        let of_thread = Arc::downgrade(&durability);
        let waiting = thread::Builder::new()
            .name("khata-sync".into())
            .spawn(move || while of_thread.upgrade().is_some_and(|durability| durability.sync_next()) {});
        // Without the thread, the writer waits for the disk itself.
        if waiting.is_err() {
            durability.state().closed = true;
        }
        durability
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A commit is about to be written. Whoever reads from now on may see it.
    pub(super) fn committing(&self) -> Result<u64, StoreError> {
        let mut state = self.state();
        if let Some(failure) = &state.failure {
            return Err(failed(failure));
        }
        state.visible += 1;
        Ok(state.visible)
    }

    /// A commit was written to the log, or has failed. Unless `more` commits follow at once, this waits for the disk itself,
    /// which is quicker than waking up another thread.
    pub(super) fn committed(&self, commit: u64, more: bool) {
        let mut state = self.state();
        state.written = commit;
        if more && !state.closed {
            self.written.notify_one();
        } else {
            drop(state);
            self.sync();
        }
    }

    /// Answers once all that can be seen now is on the disk.
    pub(super) fn when_durable(&self, answer: impl FnOnce(Result<(), StoreError>) + Send + 'static) {
        let mut state = self.state();
        if state.durable < state.visible && state.failure.is_none() {
            let commit = state.visible;
            state.waiting.push_back((commit, Box::new(answer)));
            return;
        }
        let durable = state.failure.as_deref().map_or(Ok(()), |failure| Err(failed(failure)));
        drop(state);
        answer(durable);
    }

    /// Ends the thread.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.written.notify_one();
    }

    /// Waits for a commit, then for the disk. Returns whether there may be another one.
    fn sync_next(&self) -> bool {
        let mut state = self.state();
        while state.written <= state.durable && state.failure.is_none() {
            if state.closed {
                return false;
            }
            state = self.written.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let failed = state.failure.is_some();
        drop(state);
        if !failed {
            self.sync();
        }
        !failed
    }

    /// Waits until the disk has all that is in the log, and gives the answers that waited for it.
    fn sync(&self) {
        let mut disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let (written, is_due) = {
            let state = self.state();
            (state.written, state.durable < state.written && state.failure.is_none())
        };
        let synced = if is_due { disk() } else { Ok(()) };
        // Before anybody else can ask the disk, who must learn that it has failed.
        let mut state = self.state();
        drop(disk);
        let due: Vec<_> = match synced {
            Ok(()) if state.failure.is_some() => Vec::new(),
            Ok(()) => {
                state.durable = state.durable.max(written);
                let durable = state.durable;
                let due = state.waiting.partition_point(|(commit, _)| *commit <= durable);
                state.waiting.drain(..due).collect()
            }
            Err(error) => {
                // A later wait may succeed without what this one was to bring to the disk.
                state.failure = Some(Arc::new(error));
                state.waiting.drain(..).collect()
            }
        };
        let failure = state.failure.clone();
        drop(state);
        for (_, answer) in due {
            answer(failure.as_deref().map_or(Ok(()), |failure| Err(failed(failure))));
        }
    }
}

fn failed(failure: &io::Error) -> StoreError {
    StoreError::unavailable(format!("the disk has failed, and the database must be opened again: {failure}"))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use super::*;

    /// One whose disk answers what it is sent.
    fn with_disk() -> (Arc<Durability>, mpsc::Sender<io::Result<()>>) {
        let (disk, answers) = mpsc::channel();
        (Durability::new(Box::new(move || answers.recv().unwrap())), disk)
    }

    fn told(durability: &Durability) -> mpsc::Receiver<Result<(), StoreError>> {
        let (tell, told) = mpsc::channel();
        durability.when_durable(move |result| tell.send(result).unwrap());
        told
    }

    #[test]
    fn nobody_is_told_of_a_commit_before_it_is_on_the_disk() {
        let (durability, disk) = with_disk();
        told(&durability).try_recv().unwrap().unwrap();
        let commit = durability.committing().unwrap();
        let reader = told(&durability);
        durability.committed(commit, true);
        let writer = told(&durability);
        assert!(reader.try_recv().is_err() && writer.try_recv().is_err());
        disk.send(Ok(())).unwrap();
        reader.recv().unwrap().unwrap();
        writer.recv().unwrap().unwrap();
    }

    #[test]
    fn commits_that_come_meanwhile_share_the_next_wait() {
        let syncs = Arc::new(AtomicUsize::new(0));
        let (disk, answers) = mpsc::channel();
        let counted = syncs.clone();
        let durability = Durability::new(Box::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            answers.recv().unwrap()
        }));
        let commit = durability.committing().unwrap();
        durability.committed(commit, true);
        while syncs.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
        let told: Vec<_> = (0..10)
            .map(|_| {
                let commit = durability.committing().unwrap();
                durability.committed(commit, true);
                told(&durability)
            })
            .collect();
        disk.send(Ok(())).unwrap();
        disk.send(Ok(())).unwrap();
        told.iter().for_each(|told| told.recv().unwrap().unwrap());
        assert_eq!(syncs.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn nothing_is_taken_for_durable_after_the_disk_has_failed_once() {
        let (durability, disk) = with_disk();
        let commit = durability.committing().unwrap();
        let waiting = told(&durability);
        disk.send(Err(io::Error::other("broken"))).unwrap();
        durability.committed(commit, false);
        assert!(matches!(waiting.recv().unwrap(), Err(StoreError::Unavailable { .. })));
        assert!(matches!(durability.committing(), Err(StoreError::Unavailable { .. })));
        assert!(matches!(told(&durability).recv().unwrap(), Err(StoreError::Unavailable { .. })));
    }

    #[test]
    fn whoever_waits_behind_a_disk_that_fails_does_not_ask_it_again() {
        for _ in 0..100 {
            let (asked, of_disk) = (mpsc::channel(), mpsc::channel::<()>());
            let tell = asked.0;
            // It fails the first time, and then seems to be well.
            let mut fails = true;
            let durability = Durability::new(Box::new(move || {
                tell.send(()).unwrap();
                of_disk.1.recv().unwrap();
                if std::mem::take(&mut fails) { Err(io::Error::other("broken")) } else { Ok(()) }
            }));
            let first = durability.committing().unwrap();
            durability.committed(first, true);
            asked.1.recv().unwrap();
            let second = durability.committing().unwrap();
            let waiting = told(&durability);
            let behind = durability.clone();
            let behind = thread::spawn(move || behind.committed(second, false));
            of_disk.0.send(()).unwrap();
            // For the second time, if it is asked.
            of_disk.0.send(()).unwrap();
            behind.join().unwrap();
            assert!(matches!(waiting.recv().unwrap(), Err(StoreError::Unavailable { .. })));
            assert!(asked.1.try_recv().is_err(), "it was asked again");
        }
    }
}
