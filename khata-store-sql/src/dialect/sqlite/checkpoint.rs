//! Copying the log back into the database, off the path of those who wait.
//!
//! The log grows while it is written, so a thread copies most of it beside the writer. What little came meanwhile the writer
//! copies itself, between two commits, after which the log begins anew. SQLite's own checkpoints would copy all of it
//! while a commit waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use rusqlite::Connection;

use super::thread::Threads;

/// Number of pages of the log, of 4 KiB, from which it is copied.
const PAGES_MANY: i64 = 4096;

/// Number of pages of the log that the writer copies itself.
const PAGES_FEW: i64 = 1024;

/// The thread that copies the log.
#[derive(Debug)]
pub(super) struct Checkpoints {
    thread: Threads,
    progress: Arc<AtomicU8>,
}

/// What the thread is at.
const IDLE: u8 = 0;
const COPYING: u8 = 1;
/// It has left few enough for the writer.
const NEARLY_DONE: u8 = 2;

/// Pages of the log.
struct Pages {
    in_log: i64,
    copied: i64,
}

impl Pages {
    fn read(connection: &Connection, pragma: &str) -> rusqlite::Result<Self> {
        let mut statement = connection.prepare_cached(pragma)?;
        statement.query_row((), |row| Ok(Self { in_log: row.get(1)?, copied: row.get(2)? }))
    }

    fn count(connection: &Connection) -> rusqlite::Result<Self> {
        Self::read(connection, "PRAGMA wal_checkpoint(NOOP)")
    }

    /// Copies those that no reader still needs as they were.
    fn copy(connection: &Connection) -> rusqlite::Result<Self> {
        Self::read(connection, "PRAGMA wal_checkpoint(PASSIVE)")
    }

    fn are_few(&self) -> bool {
        self.in_log - self.copied <= PAGES_FEW
    }
}

impl Checkpoints {
    /// Copies the log by that connection.
    pub(super) fn new(connection: Connection) -> std::io::Result<Self> {
        let thread = Threads::new("khata-checkpoint", vec![connection])?;
        Ok(Self { thread, progress: Arc::new(AtomicU8::new(IDLE)) })
    }

    /// Sees to the log after a commit, by the connection of the writer.
    pub(super) fn after_commit(&self, writer: &Connection) -> rusqlite::Result<()> {
        let pages = Pages::count(writer)?;
        if pages.in_log < PAGES_MANY {
            return Ok(());
        }
        match self.progress.load(Ordering::Acquire) {
            IDLE => self.start(),
            NEARLY_DONE => {
                if pages.are_few() {
                    Pages::copy(writer)?;
                }
                self.progress.store(IDLE, Ordering::Release);
            }
            _ => {}
        }
        Ok(())
    }

    fn start(&self) {
        self.progress.store(COPYING, Ordering::Release);
        let progress = self.progress.clone();
        let copy = move |connection: &mut Connection| {
            // What fails is tried again, at the latest when the last connection is closed.
            let few_left = Pages::copy(connection).is_ok_and(|pages| pages.are_few());
            progress.store(if few_left { NEARLY_DONE } else { IDLE }, Ordering::Release);
        };
        // A thread that is closed has nothing to copy any more.
        _ = self.thread.send(move |connection, _| copy(connection));
    }

    pub(super) async fn close(&self) {
        self.thread.close().await;
    }
}
