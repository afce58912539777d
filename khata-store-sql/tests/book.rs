//! What is particular to SQLite in changing a book: its lock, its log, its triggers.

use std::path::Path;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use khata_conformance::sample::{adding, head, invoicing, job, receiving, soon};
use khata_core::id::{CustomerId, OwnerId};
use khata_core::store::{BookRepository, CustomerRepository, EntryRepository, OwnerRepository, StoreError};
use khata_store_sql::SqliteStore;
use rusqlite::Connection;
use tempfile::TempDir;

/// A book in a file, with one customer.
struct Book {
    folder: TempDir,
    store: SqliteStore,
    owner: OwnerId,
    customer: CustomerId,
}

impl Book {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = open(folder.path()).await;
        let head = head(1);
        store.create_owner(&head, "no password").await.unwrap();
        let book = Self { folder, store, owner: head.owner.id, customer: CustomerId::generate() };
        book.store.transact(&job(book.owner, [adding(book.customer, 1)]), soon()).await.unwrap();
        book
    }

    /// Opens the file as another process would.
    async fn other(&self) -> SqliteStore {
        open(self.folder.path()).await
    }

    /// Opens the file as anybody may who has SQLite.
    fn raw(&self) -> Connection {
        Connection::open(self.folder.path().join("khata.db")).unwrap()
    }

    async fn seqs(&self) -> Vec<u64> {
        let entries = self.store.entries(self.owner, 0, 1000).await.unwrap();
        entries.into_iter().map(|entry| entry.seq).collect()
    }
}

async fn open(folder: &Path) -> SqliteStore {
    SqliteStore::open(&format!("sqlite://{}", folder.join("khata.db").display())).await.unwrap()
}

#[tokio::test]
async fn what_is_in_the_book_can_not_be_changed_by_statements_either() {
    let book = Book::new().await;
    let pay = job(book.owner, [invoicing(book.customer), receiving(book.customer)]);
    book.store.transact(&pay, soon()).await.unwrap();
    let before = book.store.entries(book.owner, 0, 10).await.unwrap();
    assert_eq!(before.iter().map(|entry| entry.allocations.len()).collect::<Vec<_>>(), [0, 1]);
    let raw = book.raw();
    for sql in [
        "UPDATE entries SET amount = amount + 1",
        "UPDATE allocations SET amount = amount + 1",
        "UPDATE entries SET body = ''",
        "DELETE FROM entries",
        "DELETE FROM allocations",
        "DELETE FROM items",
    ] {
        let error = raw.execute(sql, ()).unwrap_err().to_string();
        assert!(error.contains("are never"), "{sql}: {error}");
    }
    assert_eq!(book.store.entries(book.owner, 0, 10).await.unwrap(), before);
}

#[tokio::test]
async fn a_row_that_can_not_be_read_is_corrupt() {
    let book = Book::new().await;
    let raw = book.raw();
    raw.execute("UPDATE customers SET gst_number = '29AAFCA7488L1Z0'", ()).unwrap();
    let read = book.store.customer(book.owner, book.customer).await;
    assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{read:?}");
    let written = book.store.transact(&job(book.owner, [invoicing(book.customer)]), soon()).await;
    assert!(matches!(written, Err(StoreError::Corrupt { .. })), "{written:?}");
}

#[tokio::test]
async fn two_processes_take_turns() {
    let book = Book::new().await;
    let other = book.other().await;
    for _ in 0..20 {
        let jobs = [job(book.owner, [invoicing(book.customer)]), job(book.owner, [invoicing(book.customer)])];
        let (one, two) =
            tokio::join!(book.store.transact(&jobs[0], soon()), other.transact(&jobs[1], soon()));
        one.unwrap();
        two.unwrap();
    }
    assert_eq!(book.seqs().await, (1..=40).collect::<Vec<_>>());
}

#[tokio::test]
async fn whoever_waits_for_the_lock_waits_until_the_deadline() {
    let book = Book::new().await;
    let raw = book.raw();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    let job = job(book.owner, [invoicing(book.customer)]);
    let late = book.store.transact(&job, Instant::now() + Duration::from_millis(50)).await;
    assert!(matches!(late, Err(StoreError::Unavailable { .. })), "{late:?}");
    raw.execute_batch("ROLLBACK").unwrap();
    assert!(book.seqs().await.is_empty());
    book.store.transact(&job, soon()).await.unwrap();
    assert_eq!(book.seqs().await, [1]);
}

#[tokio::test]
async fn a_job_that_is_dropped_half_way_holds_no_lock() {
    let book = Book::new().await;
    let job = job(book.owner, [invoicing(book.customer)]);
    for polls in 0.. {
        let mut dropped = Box::pin(book.store.transact(&job, soon()));
        let mut answers = (0..polls).map(|_| {
            // Long enough for the statement under way, so that each time the job gets one further.
            std::thread::sleep(Duration::from_millis(1));
            dropped.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        });
        let done = answers.any(|answer| answer.is_ready());
        drop(dropped);
        book.raw().execute_batch("BEGIN IMMEDIATE; ROLLBACK").unwrap();
        if done {
            break;
        }
    }
    assert_eq!(book.seqs().await, [1]);
}
