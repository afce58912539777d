//! Changing a book: its locks, its triggers, and several processes.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use khata_conformance::sample::{adding, batch, head, invoicing, job, receiving, soon};
use khata_core::id::{CustomerId, OwnerId};
use khata_core::store::{
    BookRepository, CustomerRepository, EntryRepository, Job, OwnerRepository, Rows, Step, StoreError,
};
use khata_core::testing::PostingJob;
use khata_store_sql::PostgresStore;
use khata_store_sql::conformance::{FreshUrl, PostgresFixture};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::cases;

cases! {
    what_is_in_the_book_can_not_be_changed_by_statements_either,
    a_row_that_can_not_be_read_is_corrupt,
    two_processes_take_turns,
    batches_that_overlap_never_deadlock,
    whoever_waits_for_the_lock_waits_until_the_deadline,
    the_server_gives_up_too_when_the_deadline_has_passed,
    a_job_that_is_dropped_half_way_holds_no_lock,
}

/// A book with one customer.
pub(crate) struct Book {
    fresh: FreshUrl,
    pub(crate) store: PostgresStore,
    pub(crate) owner: OwnerId,
    pub(crate) customer: CustomerId,
}

impl Book {
    pub(crate) async fn new() -> Self {
        let fresh = PostgresFixture.fresh_url().await;
        let store = PostgresStore::open(fresh.as_str()).await.unwrap();
        Self::of(fresh, store).await
    }

    /// That of a schema that is empty, but for its tables.
    pub(crate) async fn of(fresh: FreshUrl, store: PostgresStore) -> Self {
        let (owner, customer) = shop(&store, 1).await;
        Self { fresh, store, owner, customer }
    }

    /// Opens the schema as another process would.
    pub(crate) async fn other(&self) -> PostgresStore {
        PostgresStore::open(self.fresh.as_str()).await.unwrap()
    }

    /// Opens the schema as anybody may who has the password.
    pub(crate) async fn raw(&self) -> PgConnection {
        PgConnection::connect(self.fresh.as_str()).await.unwrap()
    }

    pub(crate) async fn seqs(&self) -> Vec<u64> {
        let entries = self.store.entries(self.owner, 0, 1000).await.unwrap();
        entries.into_iter().map(|entry| entry.seq).collect()
    }

    pub(crate) async fn delete(self) {
        self.store.close().await;
        self.fresh.delete().await;
    }
}

/// A shop with one customer; the number tells it from others.
async fn shop(store: &PostgresStore, number: u64) -> (OwnerId, CustomerId) {
    let (head, customer) = (head(number), CustomerId::generate());
    store.create_owner(&head, "no password").await.unwrap();
    store.transact(&job(head.owner.id, [adding(customer, 1)]), soon()).await.unwrap();
    (head.owner.id, customer)
}

async fn what_is_in_the_book_can_not_be_changed_by_statements_either() {
    let book = Book::new().await;
    let pay = job(book.owner, [invoicing(book.customer), receiving(book.customer)]);
    book.store.transact(&pay, soon()).await.unwrap();
    let before = book.store.entries(book.owner, 0, 10).await.unwrap();
    assert_eq!(before.iter().map(|entry| entry.allocations.len()).collect::<Vec<_>>(), [0, 1]);
    let mut raw = book.raw().await;
    for sql in [
        "UPDATE entries SET amount = amount + 1",
        "UPDATE allocations SET amount = amount + 1",
        "UPDATE entries SET body = ''",
        "DELETE FROM entries",
        "DELETE FROM allocations",
        "DELETE FROM items",
        "TRUNCATE entries CASCADE",
        "TRUNCATE allocations",
        "TRUNCATE items CASCADE",
    ] {
        let error = sqlx::query(sql).execute(&mut raw).await.unwrap_err().to_string();
        assert!(error.contains("are never"), "{sql}: {error}");
    }
    assert_eq!(book.store.entries(book.owner, 0, 10).await.unwrap(), before);
    book.delete().await;
}

async fn a_row_that_can_not_be_read_is_corrupt() {
    let book = Book::new().await;
    let mut raw = book.raw().await;
    sqlx::query("UPDATE customers SET gst_number = '29AAFCA7488L1Z0'").execute(&mut raw).await.unwrap();
    let read = book.store.customer(book.owner, book.customer).await;
    assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{read:?}");
    let written = book.store.transact(&job(book.owner, [invoicing(book.customer)]), soon()).await;
    assert!(matches!(written, Err(StoreError::Corrupt { .. })), "{written:?}");
    book.delete().await;
}

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
    other.close().await;
    book.delete().await;
}

/// A job that tells how often it was begun.
struct Counted {
    job: PostingJob,
    attempts: AtomicUsize,
}

impl Job for Counted {
    fn shops(&self) -> &[OwnerId] {
        self.job.shops()
    }

    fn decide(&self, seen: &Rows) -> Step {
        if seen.loads == 0 {
            self.attempts.fetch_add(1, Ordering::SeqCst);
        }
        self.job.decide(seen)
    }
}

async fn batches_that_overlap_never_deadlock() {
    let book = Book::new().await;
    let other = book.other().await;
    let mut shops = vec![(book.owner, book.customer)];
    for number in 2..=6 {
        shops.push(shop(&book.store, number).await);
    }
    // Each asks for its shops in another order, as they happen to come.
    let counted = |from: usize| {
        let postings = (0..4).map(|at| shops[(from + at * 5) % 6]);
        let job = batch(postings.map(|(owner, customer)| (owner, invoicing(customer))));
        Counted { job, attempts: AtomicUsize::new(0) }
    };
    for round in 0..20 {
        let jobs = [counted(round), counted(round + 1), counted(round + 2), counted(round + 3)];
        let (one, two, three, four) = tokio::join!(
            book.store.transact(&jobs[0], soon()),
            other.transact(&jobs[1], soon()),
            book.store.transact(&jobs[2], soon()),
            other.transact(&jobs[3], soon()),
        );
        for outcomes in [one, two, three, four] {
            outcomes.unwrap().into_iter().for_each(|outcome| drop(outcome.unwrap()));
        }
        for job in jobs {
            assert_eq!(job.attempts.load(Ordering::SeqCst), 1, "it met another and was begun again");
        }
    }
    other.close().await;
    book.delete().await;
}

/// Locks a shop's head, as a job does.
async fn lock(book: &Book) -> PgConnection {
    let mut raw = book.raw().await;
    let sql = format!("BEGIN; SELECT FROM owners WHERE id = '{}' FOR UPDATE", book.owner);
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut raw).await.unwrap();
    raw
}

async fn whoever_waits_for_the_lock_waits_until_the_deadline() {
    let book = Book::new().await;
    let mut raw = lock(&book).await;
    let job = job(book.owner, [invoicing(book.customer)]);
    let late = book.store.transact(&job, Instant::now() + Duration::from_millis(50)).await;
    assert!(matches!(late, Err(StoreError::Unavailable { .. })), "{late:?}");
    sqlx::raw_sql("ROLLBACK").execute(&mut raw).await.unwrap();
    assert!(book.seqs().await.is_empty());
    book.store.transact(&job, soon()).await.unwrap();
    assert_eq!(book.seqs().await, [1]);
    book.delete().await;
}

/// How many sessions of the server wait for a row of this schema.
async fn waiting(raw: &mut PgConnection) -> i64 {
    let sql = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE NOT l.granted AND a.query LIKE '%FOR UPDATE OF o%'
            AND EXISTS (SELECT FROM pg_locks o WHERE o.pid = l.pid AND o.relation = 'owners'::regclass)";
    sqlx::query_scalar(sql).fetch_one(raw).await.unwrap()
}

async fn the_server_gives_up_too_when_the_deadline_has_passed() {
    let book = Book::new().await;
    let mut raw = lock(&book).await;
    let job = job(book.owner, [invoicing(book.customer)]);
    // Whoever asked is gone long before the deadline.
    let asked = tokio::time::timeout(
        Duration::from_millis(500),
        book.store.transact(&job, Instant::now() + Duration::from_secs(1)),
    );
    assert!(asked.await.is_err());
    assert_eq!(waiting(&mut raw).await, 1);
    while waiting(&mut raw).await > 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    sqlx::raw_sql("ROLLBACK").execute(&mut raw).await.unwrap();
    book.store.transact(&job, soon()).await.unwrap();
    assert_eq!(book.seqs().await, [1]);
    book.delete().await;
}

async fn a_job_that_is_dropped_half_way_holds_no_lock() {
    let book = Book::new().await;
    let job = job(book.owner, [invoicing(book.customer)]);
    let mut polls = BTreeSet::new();
    for patience in 0.. {
        let mut dropped = Box::pin(book.store.transact(&job, soon()));
        let mut answers = (0..patience).map(|_| {
            // Long enough for the statement under way, so that each time the job gets one further.
            std::thread::sleep(Duration::from_millis(2));
            dropped.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        });
        let done = answers.any(|answer| answer.is_ready());
        drop(dropped);
        polls.insert(patience);
        let mut raw = lock(&book).await;
        sqlx::raw_sql("ROLLBACK").execute(&mut raw).await.unwrap();
        raw.close().await.unwrap();
        if done {
            break;
        }
    }
    assert!(polls.len() > 3, "it was not dropped half-way: {polls:?}");
    assert_eq!(book.seqs().await, [1]);
    book.delete().await;
}
