//! The line to the server: how often it is waited for, and what becomes of a job when it fails.

use std::time::{Duration, Instant};

use khata_conformance::sample::{invoicing, job, soon};
use khata_core::id::OwnerId;
use khata_core::store::{BookRepository, EntryRepository, StoreError};
use khata_store_sql::PostgresStore;
use khata_store_sql::conformance::PostgresFixture;

use crate::book::Book;
use crate::cases;
use crate::costs::costs;
use crate::proxy::{Fate, Proxy};

cases! {
    a_batch_of_a_hundred_costs_as_many_round_trips_as_one_posting,
    a_job_without_time_asks_nothing_of_the_server,
    a_line_lost_before_the_commit_leaves_nothing_and_says_so,
    a_line_lost_with_the_commit_leaves_doubt,
    a_line_that_has_gone_silent_is_given_up_at_the_deadline,
    a_new_line_is_made_when_the_old_one_is_lost,
    no_server_no_sign_of_life,
}

/// With the round trips of `BEGIN` and `COMMIT`.
async fn a_batch_of_a_hundred_costs_as_many_round_trips_as_one_posting() {
    let proxy = Proxy::new().await;
    let fresh = PostgresFixture.fresh_url().await;
    let store = PostgresStore::open(&proxy.url(&fresh)).await.unwrap();
    // A statement is prepared before it is first used.
    costs(&store, 1, 1, || 0).await;
    assert_eq!(costs(&store, 2, 1, || proxy.round_trips()).await, ROUND_TRIPS);
    assert_eq!(costs(&store, 3, 100, || proxy.round_trips()).await, ROUND_TRIPS);
    store.close().await;
    fresh.delete().await;
}

async fn a_job_without_time_asks_nothing_of_the_server() {
    let proxy = Proxy::new().await;
    let fresh = PostgresFixture.fresh_url().await;
    let store = PostgresStore::open(&proxy.url(&fresh)).await.unwrap();
    costs(&store, 1, 1, || 0).await;
    let before = proxy.round_trips();
    let answer = store.transact(&job(OwnerId::generate(), []), Instant::now()).await;
    assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{answer:?}");
    assert_eq!(proxy.round_trips(), before);
    store.close().await;
    fresh.delete().await;
}

/// The end of the line is in it, since another statement is about what is committed.
const COMMIT: &str = "COMMIT\0";

/// To add a customer, to invoice one, to be paid by one.
const ROUND_TRIPS: [usize; 3] = [7, 6, 6];

/// A book at the other end of a line.
async fn distant() -> (Proxy, Book) {
    let proxy = Proxy::new().await;
    let fresh = PostgresFixture.fresh_url().await;
    let store = PostgresStore::open(&proxy.url(&fresh)).await.unwrap();
    (proxy, Book::of(fresh, store).await)
}

async fn a_line_lost_before_the_commit_leaves_nothing_and_says_so() {
    for text in ["BEGIN", "JOIN items", "INSERT INTO entries"] {
        for fate in [Fate::CutBefore, Fate::CutAfter] {
            let (proxy, book) = distant().await;
            let job = job(book.owner, [invoicing(book.customer)]);
            proxy.doom(text, fate);
            let cut = book.store.transact(&job, soon()).await;
            assert!(matches!(cut, Err(StoreError::Unavailable { .. })), "{text} {fate:?}: {cut:?}");
            assert!(book.seqs().await.is_empty());
            book.store.transact(&job, soon()).await.unwrap();
            assert_eq!(book.seqs().await, [1]);
            book.delete().await;
        }
    }
}

async fn a_line_lost_with_the_commit_leaves_doubt() {
    for (fate, seqs) in [(Fate::CutBefore, vec![]), (Fate::CutAfter, vec![1])] {
        let (proxy, book) = distant().await;
        let mut job = job(book.owner, [invoicing(book.customer)]);
        proxy.doom(COMMIT, fate);
        let cut = book.store.transact(&job, soon()).await;
        assert!(matches!(cut, Err(StoreError::InDoubt { .. })), "{fate:?}: {cut:?}");
        assert_eq!(book.seqs().await, seqs);
        job.mark_sent();
        book.store.transact(&job, soon()).await.unwrap();
        assert_eq!(book.seqs().await, [1]);
        book.delete().await;
    }
}

async fn a_line_that_has_gone_silent_is_given_up_at_the_deadline() {
    for text in ["JOIN items", COMMIT] {
        let (proxy, book) = distant().await;
        let mut job = job(book.owner, [invoicing(book.customer)]);
        proxy.doom(text, Fate::Silent);
        let silent = book.store.transact(&job, Instant::now() + Duration::from_millis(300)).await;
        match silent {
            Err(StoreError::Unavailable { .. }) if text != COMMIT => {}
            Err(StoreError::InDoubt { .. }) if text == COMMIT => {}
            _ => panic!("{text}: {silent:?}"),
        }
        // The lock does not last longer than the deadline, though its session still seems to be there.
        let other = book.other().await;
        job.mark_sent();
        other.transact(&job, Instant::now() + Duration::from_secs(10)).await.unwrap();
        assert_eq!(other.entries(book.owner, 0, 10).await.unwrap().len(), 1);
        other.close().await;
        drop(proxy);
        book.delete().await;
    }
}

async fn a_new_line_is_made_when_the_old_one_is_lost() {
    let fresh = PostgresFixture.fresh_url().await;
    let name = format!("khata-{}", std::process::id());
    let url = format!("{}&application_name={name}", fresh.as_str());
    let book = Book::of(fresh, PostgresStore::open(&url).await.unwrap()).await;
    for _ in 0..2 {
        book.store.ping().await.unwrap();
        // As when the server is started anew.
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
        sqlx::query(sql).bind(&name).execute(&mut book.raw().await).await.unwrap();
        // A line is not trusted when it was idle for so long.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        book.store.ping().await.unwrap();
        book.store.transact(&job(book.owner, [invoicing(book.customer)]), soon()).await.unwrap();
    }
    book.delete().await;
}

async fn no_server_no_sign_of_life() {
    let (proxy, book) = distant().await;
    drop(proxy);
    let ping = book.store.ping().await;
    assert!(matches!(ping, Err(StoreError::Unavailable { .. })), "{ping:?}");
    let late = book.store.transact(&job(book.owner, [invoicing(book.customer)]), soon()).await;
    assert!(matches!(late, Err(StoreError::Unavailable { .. })), "{late:?}");
    book.delete().await;
}
