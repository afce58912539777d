//! What is particular to MongoDB in changing a book: transactions that meet, and what is left of one that is dropped.
#![cfg(feature = "conformance")]

use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use bson::{Bson, Document, doc};
use khata_conformance::sample::{adding, head, invoicing, job, receiving};
use khata_conformance::servers;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::store::{BookRepository, CustomerRepository, EntryRepository, OwnerRepository, StoreError};
use khata_store_mongo::MongoStore;
use khata_store_mongo::conformance::MongoFixture;
use mongodb::{Client, Database};

/// A book with one customer.
struct Book {
    url: String,
    store: MongoStore,
    owner: OwnerId,
    customer: CustomerId,
}

impl Book {
    /// Runs a test over a new one, which is deleted at its end.
    async fn with(test: impl AsyncFnOnce(&Self)) {
        if !servers::is_wanted("mongo") {
            return;
        }
        let url = MongoFixture.fresh_url();
        let store = MongoStore::open(url.as_str()).await.unwrap();
        let head = head(0);
        store.create_owner(&head, "no password").await.unwrap();
        let (owner, customer) = (head.owner.id, CustomerId::generate());
        let book = Self { url: url.as_str().to_owned(), store, owner, customer };
        book.store.transact(&job(book.owner, [adding(book.customer, 1)]), soon()).await.unwrap();
        test(&book).await;
        url.delete().await;
    }

    /// Opens the database as another process would.
    async fn other(&self) -> MongoStore {
        MongoStore::open(&self.url).await.unwrap()
    }

    /// Opens the database as anybody may who has a client.
    async fn raw(&self) -> Database {
        Client::with_uri_str(&self.url).await.unwrap().default_database().unwrap()
    }

    async fn seqs(&self) -> Vec<u64> {
        let entries = self.store.entries(self.owner, 0, 1000).await.unwrap();
        entries.into_iter().map(|entry| entry.seq).collect()
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

#[tokio::test]
async fn a_row_that_can_not_be_read_is_corrupt_and_its_field_named() {
    Book::with(async |book: &Book| {
        let customers = book.raw().await.collection::<Document>("customers");
        let readable = customers.find_one(doc! {}).await.unwrap().unwrap();
        for (field, value) in [
            ("gst_number", Bson::from("29AAFCA7488L1Z0")),
            ("revision", Bson::from(-1_i64)),
            ("balance", Bson::from("12")),
            ("created_at", Bson::from(5_i64)),
        ] {
            let change = doc! { "$set": { field: value } };
            customers.update_one(doc! {}, change).bypass_document_validation(true).await.unwrap();
            let read = book.store.customer(book.owner, book.customer).await.unwrap_err();
            let StoreError::Corrupt { source } = &read else { panic!("{field}: {read:?}") };
            assert!(source.to_string().contains(field), "{field}: {source}");
            let written = book.store.transact(&job(book.owner, [invoicing(book.customer)]), soon()).await;
            assert!(matches!(written, Err(StoreError::Corrupt { .. })), "{field}: {written:?}");
            customers.replace_one(doc! {}, &readable).await.unwrap();
        }
        book.store.transact(&job(book.owner, [invoicing(book.customer)]), soon()).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn two_processes_take_turns() {
    Book::with(async |book: &Book| {
        let other = book.other().await;
        for _ in 0..20 {
            let jobs =
                [job(book.owner, [invoicing(book.customer)]), job(book.owner, [receiving(book.customer)])];
            let (one, two) =
                tokio::join!(book.store.transact(&jobs[0], soon()), other.transact(&jobs[1], soon()));
            one.unwrap();
            two.unwrap();
        }
        assert_eq!(book.seqs().await, (1..=40).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn whoever_waits_for_the_lock_waits_until_the_deadline() {
    Book::with(async |book: &Book| {
        let database = book.raw().await;
        let mut session = database.client().start_session().await.unwrap();
        session.start_transaction().await.unwrap();
        let heads = database.collection::<Document>("heads");
        heads.update_one(doc! {}, doc! { "$inc": { "lock": 1_i64 } }).session(&mut session).await.unwrap();

        let job = job(book.owner, [invoicing(book.customer)]);
        let late = book.store.transact(&job, Instant::now() + Duration::from_millis(100)).await;
        assert!(matches!(late, Err(StoreError::Unavailable { .. })), "{late:?}");
        session.abort_transaction().await.unwrap();
        assert!(book.seqs().await.is_empty());
        book.store.transact(&job, soon()).await.unwrap();
        assert_eq!(book.seqs().await, [1]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_is_dropped_half_way_holds_no_lock() {
    Book::with(async |book: &Book| {
        let job = job(book.owner, [invoicing(book.customer)]);
        let mut posted = 1;
        for polls in 0.. {
            let mut dropped = Box::pin(book.store.transact(&job, soon()));
            let mut answers = (0..polls).map(|_| {
                // Long enough for the command under way, so that each time the job gets one further.
                std::thread::sleep(Duration::from_millis(2));
                dropped.as_mut().poll(&mut Context::from_waker(Waker::noop()))
            });
            let done = answers.any(|answer| answer.is_ready());
            drop(dropped);
            // Far less than a transaction that nobody ends lives on the server.
            let soon = Instant::now() + Duration::from_secs(20);
            let next = self::job(book.owner, [invoicing(book.customer)]);
            book.store.transact(&next, soon).await.unwrap();
            posted += 1;
            if done {
                break;
            }
        }
        let seqs = book.seqs().await;
        assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
        assert_eq!(seqs.len(), posted, "the job itself once, and one after each time that it was dropped");
    })
    .await;
}
