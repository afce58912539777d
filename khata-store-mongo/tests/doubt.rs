//! Commits whose fate is unknown: the answer is lost on its way, or the commit itself.
#![cfg(feature = "conformance")]

mod proxy;

use std::time::{Duration, Instant};

use khata_conformance::sample::{adding, head, invoicing, job};
use khata_conformance::servers;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::store::{BookRepository, EntryRepository, OwnerRepository, StoreError};
use khata_store_mongo::MongoStore;
use khata_store_mongo::conformance::MongoFixture;
use mongodb::options::ClientOptions;
use proxy::{Loss, Proxy};

/// A book behind a connection that can break.
struct Book {
    proxy: Proxy,
    store: MongoStore,
    /// On a connection of its own.
    sound: MongoStore,
    owner: OwnerId,
    customer: CustomerId,
}

impl Book {
    /// Runs a test over a new one, which is deleted at its end.
    async fn with(loss: Loss, test: impl AsyncFnOnce(&Self)) {
        if !servers::is_wanted("mongo") {
            return;
        }
        let url = MongoFixture.fresh_url();
        let options = ClientOptions::parse(url.as_str()).await.unwrap();
        let proxy = Proxy::before(&options.hosts[0].to_string(), loss).await;
        // Straight to the proxy: what the replica set says of itself would lead past it.
        let name = options.default_database.unwrap();
        let broken = format!("mongodb://{}/{name}?directConnection=true", proxy.address);
        let (sound, store) =
            (MongoStore::open(url.as_str()).await.unwrap(), MongoStore::open(&broken).await.unwrap());
        let head = head(0);
        sound.create_owner(&head, "no password").await.unwrap();
        let (owner, customer) = (head.owner.id, CustomerId::generate());
        sound.transact(&job(owner, [adding(customer, 1)]), within(60_000)).await.unwrap();
        test(&Self { proxy, store, sound, owner, customer }).await;
        url.delete().await;
    }

    async fn seqs(&self) -> Vec<u64> {
        let entries = self.sound.entries(self.owner, 0, 1000).await.unwrap();
        entries.into_iter().map(|entry| entry.seq).collect()
    }
}

fn within(milliseconds: u64) -> Instant {
    Instant::now() + Duration::from_millis(milliseconds)
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_sent_again() {
    Book::with(Loss::Answer, async |book: &Book| {
        for lost in 1..=4 {
            book.proxy.lose(lost);
            let posted =
                book.store.transact(&job(book.owner, [invoicing(book.customer)]), within(60_000)).await;
            posted.unwrap();
            assert_eq!((book.proxy.left(), book.seqs().await), (0, (1..=lost.into()).collect()));
        }
    })
    .await;
}

#[tokio::test]
async fn a_commit_that_is_lost_is_sent_again() {
    Book::with(Loss::Commit, async |book: &Book| {
        for lost in 1..=4 {
            book.proxy.lose(lost);
            let posted =
                book.store.transact(&job(book.owner, [invoicing(book.customer)]), within(60_000)).await;
            posted.unwrap();
            assert_eq!((book.proxy.left(), book.seqs().await), (0, (1..=lost.into()).collect()));
        }
    })
    .await;
}

#[tokio::test]
async fn a_commit_that_is_not_answered_by_the_deadline_is_in_doubt() {
    Book::with(Loss::Answer, async |book: &Book| {
        book.proxy.lose(u32::MAX);
        let mut invoice = job(book.owner, [invoicing(book.customer)]);
        let posted = book.store.transact(&invoice, within(1_500)).await;
        assert!(matches!(posted, Err(StoreError::InDoubt { .. })), "{posted:?}");
        book.proxy.lose(0);
        assert_eq!(book.seqs().await, [1], "it was carried out");
        invoice.mark_sent();
        let again = book.store.transact(&invoice, within(60_000)).await.unwrap();
        assert!(again[0].is_ok(), "{again:?}");
        assert_eq!(book.seqs().await, [1]);
    })
    .await;
}

#[tokio::test]
async fn a_new_owner_in_doubt_is_there_once() {
    Book::with(Loss::Answer, async |book: &Book| {
        let mut head = head(0);
        head.owner.mobile = khata_core::phone::MobileNumber::parse("9876543210").unwrap();
        book.proxy.lose(1);
        book.store.create_owner(&head, "no password").await.unwrap();
        assert_eq!(book.sound.head(head.owner.id).await.unwrap(), head);
    })
    .await;
}
