//! Opening a database, and what is refused.
#![cfg(feature = "conformance")]

use bson::{Document, doc};
use khata_conformance::servers;
use khata_core::calendar::Timestamp;
use khata_core::store::{BookRepository, StoreError, Throttle, ThrottleKey, ThrottleRepository};
use khata_store_mongo::conformance::{FreshUrl, MongoFixture};
use khata_store_mongo::{MongoStore, OpenError};
use mongodb::{Client, Database};

/// Runs a test over the URL of a new database, which is deleted at its end.
async fn with_url(test: impl AsyncFnOnce(&str)) {
    if servers::is_wanted("mongo") {
        let url: FreshUrl = MongoFixture.fresh_url();
        test(url.as_str()).await;
        url.delete().await;
    }
}

/// The database as anybody may use it who has a client.
async fn raw(url: &str) -> Database {
    Client::with_uri_str(url).await.unwrap().default_database().unwrap()
}

async fn collections(database: &Database) -> Vec<String> {
    let mut names = database.list_collection_names().await.unwrap();
    names.sort();
    names
}

/// What it fails with, which fits a line.
async fn refused(url: &str) -> OpenError {
    let error = MongoStore::open(url).await.unwrap_err();
    assert!(!error.to_string().contains('\n'), "{error}");
    error
}

#[tokio::test]
async fn what_is_written_is_kept() {
    with_url(async |url: &str| {
        let now = Timestamp::now();
        let throttle = Throttle { tries: 1, blocked_until: now, expires_at: now, revision: 1 };
        let key = ThrottleKey::new("peer", "192.0.2.1");
        let store = MongoStore::open(url).await.unwrap();
        store.put_throttle(&key, &throttle, now).await.unwrap();
        store.close().await;
        assert!(matches!(store.ping().await, Err(StoreError::Unavailable { .. })), "it is closed");

        let store = MongoStore::open(url).await.unwrap();
        assert_eq!(store.throttles(std::slice::from_ref(&key)).await.unwrap(), [(key, throttle)]);
    })
    .await;
}

#[tokio::test]
async fn a_new_database_can_be_opened_by_many_at_once() {
    with_url(async |url: &str| {
        let opening: Vec<_> = (0..8)
            .map(|_| {
                let url = url.to_owned();
                tokio::spawn(async move { MongoStore::open(&url).await })
            })
            .collect();
        for store in opening {
            store.await.unwrap().unwrap().ping().await.unwrap();
        }
        assert_eq!(collections(&raw(url).await).await.len(), 11);
    })
    .await;
}

#[tokio::test]
async fn what_a_start_left_half_made_is_made_up_for() {
    with_url(async |url: &str| {
        MongoStore::open(url).await.unwrap();
        let database = raw(url).await;
        let before = collections(&database).await;
        database.collection::<Document>("items").drop().await.unwrap();
        database.collection::<Document>("khata").delete_many(doc! {}).await.unwrap();
        database.collection::<Document>("entries").drop_indexes().await.unwrap();
        MongoStore::open(url).await.unwrap();
        assert_eq!(collections(&database).await, before);
        let indexes = database.collection::<Document>("entries").list_index_names().await.unwrap();
        assert_eq!(
            indexes,
            [
                "_id_",
                "bySeq",
                "byNumber",
                "byKey",
                "ofCustomer",
                "ofCustomerByKind",
                "ofDay",
                "byTouched",
                "lateOfCustomer",
                "late",
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn no_other_documents_are_taken_than_those_described() {
    with_url(async |url: &str| {
        MongoStore::open(url).await.unwrap();
        let database = raw(url).await;
        for name in collections(&database).await {
            let inserted = database.collection::<Document>(&name).insert_one(doc! { "a": 1 }).await;
            let error = inserted.unwrap_err().to_string();
            assert!(error.contains("failed validation"), "{name}: {error}");
        }
    })
    .await;
}

#[tokio::test]
async fn another_programs_database_is_refused() {
    with_url(async |url: &str| {
        let database = raw(url).await;
        database.collection("notes").insert_one(doc! { "text": "milk" }).await.unwrap();
        let error = refused(url).await;
        assert!(matches!(error, OpenError::NotKhata { .. }), "{error}");
        assert!(error.to_string().contains(database.name()), "{error}");
        assert_eq!(collections(&database).await, ["notes"], "it is left as it was");
    })
    .await;
}

#[tokio::test]
async fn only_a_book_that_is_there_is_opened_as_existing() {
    with_url(async |url: &str| {
        let error = MongoStore::open_existing(url).await.unwrap_err();
        assert!(matches!(error, OpenError::NoBook { .. }), "{error}");
        let database = raw(url).await;
        assert!(error.to_string().contains(database.name()), "{error}");
        assert!(collections(&database).await.is_empty(), "it is left as it was");
        MongoStore::open(url).await.unwrap().close().await;
        MongoStore::open_existing(url).await.unwrap().ping().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_newer_version_is_refused() {
    with_url(async |url: &str| {
        MongoStore::open(url).await.unwrap().close().await;
        let database = raw(url).await;
        let newer = doc! { "$set": { "version": 1000_i64 } };
        database.collection::<Document>("khata").update_one(doc! {}, newer).await.unwrap();
        database.collection::<Document>("items").drop().await.unwrap();
        let before = collections(&database).await;
        let error = refused(url).await;
        assert!(matches!(error, OpenError::Newer { found: 1000, .. }), "{error}");
        assert!(error.to_string().contains("update this program"), "{error}");
        assert_eq!(collections(&database).await, before, "it is left as it was");
    })
    .await;
}

#[tokio::test]
async fn an_older_version_is_refused() {
    with_url(async |url: &str| {
        MongoStore::open(url).await.unwrap().close().await;
        let database = raw(url).await;
        let older = doc! { "$set": { "version": 1_i64 } };
        database.collection::<Document>("khata").update_one(doc! {}, older).await.unwrap();
        database.collection::<Document>("heads").drop().await.unwrap();
        let before = collections(&database).await;
        let error = refused(url).await;
        assert!(matches!(error, OpenError::Older { found: 1, known: 2, .. }), "{error}");
        assert!(error.to_string().contains("import them into a new database"), "{error}");
        assert_eq!(collections(&database).await, before, "it is left as it was");
    })
    .await;
}

#[tokio::test]
async fn other_urls_are_refused_without_a_word_of_them() {
    for url in [
        "",
        "khata.db",
        "sqlite://khata.db",
        "mongodb://",
        "mongodb://u:secret?@h/khata",
        "mongodb://u:se/cret@h",
    ] {
        let error = refused(url).await;
        assert!(matches!(error, OpenError::Url { .. }), "{url}: {error}");
        assert!(error.to_string().contains("mongodb://HOST:27017/khata"), "{error}");
        assert!(!error.to_string().contains("cret"), "{url}: {error}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let error = refused("mongodb://u:secret@127.0.0.1:9/khata?serverSelectionTimeoutMS=100").await;
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("127.0.0.1:9") && !error.to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn the_name_of_another_replica_set_is_put_right() {
    with_url(async |url: &str| {
        let (address, _) = url.split_once('?').unwrap_or((url, ""));
        let error = refused(&format!("{address}?replicaSet=none-such&serverSelectionTimeoutMS=500")).await;
        assert!(matches!(error, OpenError::OtherReplicaSet { .. }), "{error}");
        assert!(error.to_string().contains("write replicaSet="), "{error}");
    })
    .await;
}
