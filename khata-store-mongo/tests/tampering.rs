//! What is altered in the collections, behind the store's back, is found by verification and named.
#![cfg(feature = "conformance")]

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use bson::spec::BinarySubtype;
use bson::{Binary, Bson, DateTime, Document, Uuid, doc};
use khata_conformance::servers;
use khata_conformance::tampering::{self, Change, Exposed, Row, Value};
use khata_core::calendar::Date;
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
        let (collection, which) = place(shop, row, change);
        let collection = self.database.collection::<Document>(collection);
        let found = collection.find_one_and_delete(which).await.unwrap();
        let mut altered = found.unwrap_or_else(|| panic!("there is no {row:?}"));
        match (change, row) {
            (Change::Set(field, value), _) => set(&mut altered, row, field, value),
            (Change::Remove, Row::Allocation(_, ordinal)) => {
                altered.get_array_mut("allocations").unwrap().remove(*ordinal as usize);
                find_by(&mut altered);
            }
            (Change::Remove, Row::Document(_)) => drop(altered.insert("document", Bson::Null)),
            (Change::Remove, _) => return,
        }
        collection.insert_one(altered).bypass_document_validation(true).await.unwrap();
    }

    /// What entries and items are found by.
    fn of_copies(&self) -> Vec<(Row, Change, u64)> {
        let set = |field, value| Change::Set(field, value);
        let day = Value::Date(Date::parse("2030-01-01").unwrap());
        vec![
            (Row::Entry(4), set("allocates", Value::Flag(false)), 4),
            (Row::Entry(2), set("allocates", Value::Flag(true)), 2),
            (Row::Entry(4), set("touched", Value::Number(7)), 4),
            (Row::Entry(4), set("last_effective_date", day), 4),
            (Row::Item(2), set("account", Value::Flag(true)), 2),
            (Row::Item(2), set("status", Value::Text("void")), 2),
        ]
    }
}

/// The collection of a row, and what is true of that row alone.
fn place(shop: OwnerId, row: &Row, change: &Change) -> (&'static str, Document) {
    let owner = Uuid::from(shop.uuid());
    let of_seq = |seq: &u64| doc! { "_id.owner_id": owner, "seq": number(*seq) };
    match row {
        Row::Owner if matches!(change, Change::Set("seq" | "hash" | "recorded_at", _)) => {
            ("heads", doc! { "_id": owner })
        }
        Row::Owner => ("owners", doc! { "_id": owner }),
        Row::Counter(_) => ("heads", doc! { "_id": owner }),
        Row::Customer(id) => {
            ("customers", doc! { "_id": { "owner_id": owner, "id": Uuid::from(id.uuid()) } })
        }
        Row::Entry(seq) | Row::Allocation(seq, _) | Row::Document(seq) => ("entries", of_seq(seq)),
        Row::Item(seq) => ("items", of_seq(seq)),
        Row::Request(key) => ("entries", doc! { "_id.owner_id": owner, "request.key": key.as_str() }),
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
        (Row::Entry(_), "touched") => {
            document.insert("touched", vec![Uuid::from_bytes([7; 16])]);
            return;
        }
        (Row::Allocation(_, ordinal), _) => {
            document.get_array_mut("allocations").unwrap()[*ordinal as usize].as_document_mut().unwrap()
        }
        (Row::Document(_), _) => document.get_document_mut("document").unwrap(),
        (Row::Request(_), _) => document.get_document_mut("request").unwrap(),
        (_, "id") => document.get_document_mut("_id").unwrap(),
        _ => document,
    };
    part.insert(name(field), bson(value));
    if !matches!(field, "allocates" | "last_effective_date" | "account" | "status") {
        find_by(document);
    }
}

/// What an entry or an item is found by goes with the rest: one that it doesn't fit can't be read at all.
fn find_by(document: &mut Document) {
    if document.contains_key("status") {
        let status = status(document);
        document.insert("status", status);
        let account = match document.get_i64("open").unwrap() {
            0 => Bson::Null,
            _ => {
                let owner = document.get_document("_id").unwrap().get("owner_id").unwrap();
                let [customer, side] = ["customer_id", "side"].map(|field| document.get(field).unwrap());
                doc! { "owner_id": owner, "customer_id": customer, "side": side }.into()
            }
        };
        document.insert("account", account);
    }
    if document.contains_key("allocates") {
        let id = document.get_document("_id").unwrap().get("id").unwrap().clone();
        let allocations: Vec<_> =
            document.get_array("allocations").unwrap().iter().map(|row| row.as_document().unwrap()).collect();
        let ends =
            allocations.iter().flat_map(|row| ["debit_id", "credit_id"].map(|end| row.get(end).unwrap()));
        let touched: BTreeSet<_> = ends.filter(|end| **end != id).map(uuid).collect();
        let touched: Vec<_> = touched.into_iter().map(Uuid::from).collect();
        let days = allocations.iter().map(|row| row.get_str("effective_date").unwrap());
        let last = days.max().filter(|last| *last > document.get_str("date").unwrap()).map(str::to_owned);
        let allocates = !allocations.is_empty();
        document.insert("allocates", allocates);
        document.insert("touched", if touched.is_empty() { Bson::Null } else { touched.into() });
        document.insert("last_effective_date", last);
    }
}

fn uuid(bson: &Bson) -> uuid::Uuid {
    let Bson::Binary(binary) = bson else { panic!("{bson} is no id") };
    binary.to_uuid().expect("it is an id").into()
}

fn status(item: &Document) -> &'static str {
    let [amount, open] = ["amount", "open"].map(|field| item.get_i64(field).unwrap());
    match () {
        () if item.get("voided_on") != Some(&Bson::Null) => "void",
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
        Value::Null => Bson::Null,
    }
}

fn number(value: u64) -> i64 {
    value.try_into().expect("the tests use small numbers")
}
