//! What is altered in the collections, behind the store's back, is found by verification and named.
#![cfg(feature = "conformance")]

use std::sync::Arc;

use async_trait::async_trait;
use bson::spec::BinarySubtype;
use bson::{Binary, Bson, DateTime, Document, Uuid, doc};
use khata_conformance::servers;
use khata_conformance::tampering::{self, Change, Exposed, Row, Value};
use khata_core::id::OwnerId;
use khata_core::store::Store;
use khata_store_mongo::MongoStore;
use khata_store_mongo::conformance::MongoFixture;
use mongodb::{Client, Database};

#[tokio::test]
async fn what_is_altered_in_the_collections_is_found() {
    if !servers::is_wanted("mongo") {
        return;
    }
    let url = MongoFixture.fresh_url();
    let store = Arc::new(MongoStore::open(url.as_str()).await.unwrap());
    let database = Client::with_uri_str(url.as_str()).await.unwrap().default_database().unwrap();
    tampering::check(&Collections { store, database }).await;
    url.delete().await;
}

struct Collections {
    store: Arc<MongoStore>,
    database: Database,
}

#[async_trait]
impl Exposed for Collections {
    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    /// What is altered is put in place of what was, so that its key can be altered too.
    async fn tamper(&self, shop: OwnerId, row: &Row, change: &Change) {
        let (collection, which) = place(shop, row);
        let collection = self.database.collection::<Document>(collection);
        let found = collection.find_one_and_delete(which).await.unwrap();
        let mut altered = found.unwrap_or_else(|| panic!("there is no {row:?}"));
        if let Change::Set(field, value) = change {
            set(&mut altered, row, field, value);
            collection.insert_one(altered).bypass_document_validation(true).await.unwrap();
        }
    }
}

/// The collection of a row, and what is true of that row alone.
fn place(shop: OwnerId, row: &Row) -> (&'static str, Document) {
    let owner = Uuid::from(shop.uuid());
    let of_seq = |seq: &u64| doc! { "_id.owner_id": owner, "seq": number(*seq) };
    match row {
        Row::Owner | Row::Counter(_) => ("owners", doc! { "_id": owner }),
        Row::Customer(id) => {
            ("customers", doc! { "_id": { "owner_id": owner, "id": Uuid::from(id.uuid()) } })
        }
        Row::Entry(seq) => ("entries", of_seq(seq)),
        Row::Allocation(seq, ordinal) => {
            let (seq, ordinal) = (number(*seq), i64::from(*ordinal));
            ("allocations", doc! { "_id": { "owner_id": owner, "seq": seq, "ordinal": ordinal } })
        }
        Row::Item(seq) => ("items", of_seq(seq)),
        Row::Document(seq) => ("documents", of_seq(seq)),
        Row::Request(key) => ("idempotency", doc! { "_id": { "owner_id": owner, "key": key.as_str() } }),
    }
}

fn set(document: &mut Document, row: &Row, field: &str, value: &Value) {
    if let Row::Counter(series) = row {
        let counters = document.get_document_mut("counters").unwrap();
        let years = counters.entry(series.kind.to_string()).or_insert_with(|| doc! {}.into());
        years.as_document_mut().unwrap().insert(series.year.start_year().to_string(), bson(value));
        return;
    }
    let part = match (row, field) {
        (_, "id") => document.get_document_mut("_id").unwrap(),
        (Row::Item(_), "customer" | "side") => document.get_document_mut("account").unwrap(),
        _ => document,
    };
    part.insert(name(field), bson(value));
    // What items are found by goes with it: an item whose status doesn't fit the rest can't be read at all.
    if let Row::Item(_) = row {
        let status = status(document);
        document.insert("status", status);
    }
}

fn status(item: &Document) -> &'static str {
    let [amount, open] = ["amount", "open"].map(|field| item.get_i64(field).unwrap());
    match () {
        () if item.get_bool("void").unwrap() => "void",
        () if open == amount => "unpaid",
        () if open == 0 => "paid",
        () => "partial",
    }
}

/// The field that keeps a field of core's.
fn name(field: &str) -> String {
    match field {
        "actor" | "customer" | "invoice" => format!("{field}_id"),
        "effective" => "effective_date".to_owned(),
        _ => field.to_owned(),
    }
}

fn bson(value: &Value) -> Bson {
    match value {
        Value::Id(uuid) => Uuid::from(*uuid).into(),
        Value::Money(amount) => amount.minor().into(),
        Value::Date(date) => date.to_string().into(),
        Value::Time(time) => DateTime::from_millis(time.millis()).into(),
        Value::Number(value) => number(*value).into(),
        Value::Hash(hash) => Binary { subtype: BinarySubtype::Generic, bytes: hash.to_vec() }.into(),
        Value::Text(text) => (*text).into(),
        Value::Flag(flag) => (*flag).into(),
    }
}

fn number(value: u64) -> i64 {
    value.try_into().expect("the tests use small numbers")
}
