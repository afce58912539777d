//! A transaction costs the same number of statements however many keys or rows of a kind there are.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::{customer, head};
use khata_core::calendar::{Date, Timestamp};
use khata_core::id::{CustomerId, EntryId, OwnerId};
use khata_core::idempotency::IdempotencyKey;
use khata_core::invoice::NewInvoice;
use khata_core::ledger::Command;
use khata_core::ledger::posting::{Posting, PostingJob};
use khata_core::money::Money;
use khata_core::receipt::{NewReceipt, PaymentType};
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

struct Book {
    store: SqliteStore,
    owner: OwnerId,
    customers: Vec<CustomerId>,
}

impl Book {
    async fn with_customers(count: u64) -> Self {
        let store = SqliteStore::open("sqlite::memory:").await.unwrap();
        let head = head(1);
        store.create_owner(&head, "no password").await.unwrap();
        let customers = (0..count).map(|_| CustomerId::generate()).collect();
        Self { store, owner: head.owner.id, customers }
    }

    /// How many statements it takes to carry out a batch of these, one for each customer.
    async fn cost(&self, command: impl Fn(u64, CustomerId) -> Command) -> usize {
        let postings = (2..).zip(&self.customers).map(|(number, customer)| Posting {
            owner: self.owner,
            command: command(number, *customer),
            key: Some(IdempotencyKey::parse(&EntryId::generate().to_string()).unwrap()),
            salt: [7; 16],
        });
        let job = PostingJob::new(postings.collect(), Timestamp::now());
        let before = STATEMENTS.load(Ordering::SeqCst);
        let outcomes = self.store.transact(&job, Instant::now() + Duration::from_secs(60)).await.unwrap();
        let cost = STATEMENTS.load(Ordering::SeqCst) - before;
        outcomes.into_iter().for_each(|outcome| drop(outcome.unwrap()));
        cost
    }

    /// The costs of opening an account, invoicing, and being paid.
    async fn costs(&self) -> [usize; 3] {
        let today = Date::parse("2026-11-24").unwrap();
        let adding = |number, id| {
            let new = Box::new(customer(number));
            Command::AddCustomer { id, opening: EntryId::generate(), new }
        };
        let invoicing = |_, customer| {
            let new = Box::new(NewInvoice::new(customer, today, Money::from_minor(20_000)));
            Command::AddInvoice { id: EntryId::generate(), new }
        };
        let receiving = |_, customer| {
            let new = Box::new(NewReceipt::new(customer, today, Money::from_minor(5_000), PaymentType::Cash));
            Command::AddReceipt { id: EntryId::generate(), new }
        };
        [self.cost(adding).await, self.cost(invoicing).await, self.cost(receiving).await]
    }
}

#[tokio::test]
async fn a_batch_of_a_hundred_costs_as_many_statements_as_one_posting() {
    tracing::subscriber::set_global_default(Counter).unwrap();
    let alone = Book::with_customers(1).await.costs().await;
    assert_eq!(alone, Book::with_customers(100).await.costs().await);
    assert_eq!(alone, [8, 13, 14]);
}
