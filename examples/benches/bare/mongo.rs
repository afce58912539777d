//! MongoDB: documents as they are stored.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use bson::{RawDocumentBuf, doc};
use futures::TryStreamExt;
use khata_core::id::OwnerId;
use khata_core::store::Store;
use khata_store_mongo::MongoStore;
use khata_store_mongo::conformance::{FreshUrl, MongoFixture};
use mongodb::options::{Acknowledgment, WriteConcern};
use mongodb::{Client, ClientSession, Collection};

use super::shops::Shops;
use super::{CONNECTIONS, Rows, Server};

/// What a posting adds documents to.
const COLLECTIONS: [&str; 2] = ["entries", "items"];

pub(super) struct Mongo {
    url: FreshUrl,
    store: Arc<MongoStore>,
    reader: Client,
    /// Up to where the documents of each shop were read.
    read: HashMap<OwnerId, u64>,
    places: Vec<FreshUrl>,
}

/// A session, and the collections of its database.
pub(super) struct Connection {
    session: ClientSession,
    collections: Vec<Collection<RawDocumentBuf>>,
}

#[async_trait]
impl Server for Mongo {
    type Row = RawDocumentBuf;
    type Batch = Vec<Vec<RawDocumentBuf>>;
    type Connection = Connection;

    const NAME: &str = "mongo";

    async fn start(shops: &Shops) -> Self {
        let url = MongoFixture.fresh_url();
        let store = MongoStore::open(url.as_str()).await.expect("a new database");
        shops.found(&store).await;
        let mut places = Vec::new();
        for _ in CONNECTIONS {
            let place = MongoFixture.fresh_url();
            MongoStore::open(place.as_str()).await.expect("a new database").close().await;
            places.push(place);
        }
        let reader = Client::with_uri_str(url.as_str()).await.expect("the server's URL");
        let read = shops.ids().map(|shop| (shop, 0)).collect();
        Self { url, store: Arc::new(store), reader, read, places }
    }

    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    async fn durability(&self) -> String {
        let info = self.reader.database("admin").run_command(doc! { "buildInfo": 1 }).await;
        let info = info.expect("the server answers");
        let version = info.get_str("version").unwrap_or_default();
        format!("server_version {version}, writes by a majority, journaled")
    }

    async fn added(&mut self) -> Vec<Rows<RawDocumentBuf>> {
        let least = self.read.values().min().copied().unwrap_or_default();
        let mut added = Vec::new();
        for name in COLLECTIONS {
            let collection = collections(&self.reader, [name]).remove(0);
            let found = collection.find(doc! { "seq": { "$gt": least.cast_signed() } }).await;
            let rows: Vec<_> = found.expect("the documents").try_collect().await.expect("the documents");
            let rows = rows.into_iter().map(|row| (posting(&row), row));
            added.push(rows.filter(|((seq, shop), _)| *seq > self.read[shop]).collect::<Vec<_>>());
        }
        for ((seq, shop), _) in added.iter().flatten() {
            let read = self.read.entry(*shop).or_default();
            *read = (*read).max(*seq);
        }
        added
    }

    fn batch(&self, rows: Vec<Vec<&RawDocumentBuf>>) -> Self::Batch {
        rows.into_iter().map(|rows| rows.into_iter().cloned().collect()).collect()
    }

    async fn connect(&self, place: usize) -> Connection {
        let client = Client::with_uri_str(self.places[place].as_str()).await.expect("the server's URL");
        let session = client.start_session().await.expect("a session");
        Connection { session, collections: collections(&client, COLLECTIONS) }
    }

    async fn insert(Connection { session, collections }: &mut Connection, batch: Self::Batch) {
        let durable = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
        session.start_transaction().write_concern(durable).await.expect("a transaction");
        for (collection, rows) in collections.iter().zip(batch) {
            if !rows.is_empty() {
                let inserted = collection.insert_many(rows).session(&mut *session).await;
                inserted.expect("documents that are not there yet");
            }
        }
        session.commit_transaction().await.expect("a commit");
    }

    async fn stop(self) {
        self.store.close().await;
        for place in self.places {
            place.delete().await;
        }
        self.url.delete().await;
    }
}

fn collections<const N: usize>(client: &Client, names: [&str; N]) -> Vec<Collection<RawDocumentBuf>> {
    let database = client.default_database().expect("the URL names a database");
    names.map(|name| database.collection(name)).into()
}

/// The posting that a document is of.
fn posting(row: &RawDocumentBuf) -> (u64, OwnerId) {
    let id = row.get_document("_id").expect("a key");
    let seq = row.get_i64("seq").expect("`seq`");
    let owner = id.get_binary("owner_id").expect("a shop").to_binary().to_uuid().expect("its id");
    (seq.unsigned_abs(), OwnerId::from_uuid(owner.into()))
}
