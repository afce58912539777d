//! A transaction costs the same number of statements however many keys or rows of a kind there are.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::{adding, head, invoicing, job, receiving};
use khata_core::id::{CustomerId, OwnerId};
use khata_core::ledger::Command;
use khata_core::store::{BookRepository, OwnerRepository};
use khata_store_sql::SqliteStore;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// How many statements SQLite has finished, as sqlx tells the log; it doesn't tell of `BEGIN` and `COMMIT`.
static STATEMENTS: AtomicUsize = AtomicUsize::new(0);

struct Counter;

impl Subscriber for Counter {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        STATEMENTS.fetch_add(1, Ordering::SeqCst);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The statements it takes to add so many customers, to invoice each of them, and to be paid by each.
async fn costs(customers: u64) -> [usize; 3] {
    let store = SqliteStore::open("sqlite::memory:").await.unwrap();
    let head = head();
    store.create_owner(&head, "no password").await.unwrap();
    let ids: Vec<_> = (0..customers).map(|_| CustomerId::generate()).collect();
    let owner = head.owner.id;
    [
        cost(&store, owner, (1..).zip(&ids).map(|(number, id)| adding(*id, number))).await,
        cost(&store, owner, ids.iter().copied().map(invoicing)).await,
        cost(&store, owner, ids.iter().copied().map(receiving)).await,
    ]
}

async fn cost(store: &SqliteStore, owner: OwnerId, commands: impl Iterator<Item = Command>) -> usize {
    let before = STATEMENTS.load(Ordering::SeqCst);
    let deadline = Instant::now() + Duration::from_secs(60);
    let outcomes = store.transact(&job(owner, commands), deadline).await.unwrap();
    let cost = STATEMENTS.load(Ordering::SeqCst) - before;
    outcomes.into_iter().for_each(|outcome| drop(outcome.unwrap()));
    cost
}

#[tokio::test]
async fn a_batch_of_a_hundred_costs_as_many_statements_as_one_posting() {
    tracing::subscriber::set_global_default(Counter).unwrap();
    assert_eq!(costs(1).await, [6, 11, 12]);
    assert_eq!(costs(100).await, [6, 11, 12]);
}
