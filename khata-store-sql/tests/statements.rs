//! A transaction costs the same number of statements however many keys or rows of a kind there are.

#[path = "common/costs.rs"]
mod costs;

use std::sync::atomic::{AtomicUsize, Ordering};

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

async fn costs(customers: u64) -> [usize; 3] {
    let store = SqliteStore::open("sqlite::memory:").await.unwrap();
    costs::costs(&store, 1, customers, || STATEMENTS.load(Ordering::SeqCst)).await
}

#[tokio::test]
async fn a_batch_of_a_hundred_costs_as_many_statements_as_one_posting() {
    tracing::subscriber::set_global_default(Counter).unwrap();
    assert_eq!(costs(1).await, [6, 9, 11]);
    assert_eq!(costs(100).await, [6, 9, 11]);
}
