//! Fresh databases for tests: for the suite of [`khata_conformance`], and for those that start the program.

use std::sync::Arc;

use async_trait::async_trait;
use khata_conformance::{Fixture, Fresh, servers};
use mongodb::Client;
use uuid::Uuid;

use crate::MongoStore;

/// The variable that names the server for the tests.
pub const SERVER: &str = "KHATA_TEST_MONGODB_URL";

/// A database of its own for each case, opened twice, as two processes would.
#[derive(Debug, Clone, Copy, Default)]
pub struct MongoFixture;

/// The URL of a database that isn't there yet.
#[derive(Debug)]
#[must_use = "what is made there stays until it is dropped"]
pub struct FreshUrl {
    url: String,
    database: String,
}

impl MongoFixture {
    /// The URL of a new database.
    ///
    /// # Panics
    /// If [`SERVER`] isn't set.
    pub fn fresh_url(&self) -> FreshUrl {
        let database = format!("khata_test_{}", Uuid::now_v7().simple());
        FreshUrl { url: with_database(&servers::server(SERVER), &database), database }
    }

    /// The URL of a database of that name, which stays. For what takes long to fill.
    ///
    /// # Panics
    /// As [`fresh_url`](Self::fresh_url).
    pub fn url_of(&self, database: &str) -> String {
        with_database(&servers::server(SERVER), database)
    }
}

impl FreshUrl {
    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// Deletes what was made there.
    ///
    /// # Panics
    /// If it can't be deleted.
    pub async fn delete(self) {
        let client = Client::with_uri_str(&self.url).await.expect("the server's URL");
        client.database(&self.database).drop().await.expect("the database can be deleted");
        client.shutdown().immediate(true).await;
    }
}

#[async_trait]
impl Fixture for MongoFixture {
    async fn fresh(&self) -> Fresh {
        let fresh = self.fresh_url();
        let store = MongoStore::open(fresh.as_str()).await.expect("a new database");
        let other = MongoStore::open(fresh.as_str()).await.expect("the same database");
        Fresh::new(Arc::new(store)).and_other(Arc::new(other)).and_then(fresh.delete())
    }
}

/// A server's URL with another database.
fn with_database(url: &str, database: &str) -> String {
    let (address, options) =
        url.split_once('?').map_or((url, None), |(address, options)| (address, Some(options)));
    let hosts = address.find("://").map_or(0, |at| at + "://".len());
    let end = address[hosts..].find('/').map_or(address.len(), |at| hosts + at);
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    format!("{}/{database}{options}", &address[..end])
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn the_database_takes_the_place_of_the_path() {
        for (url, with) in [
            ("mongodb://h:1", "mongodb://h:1/d"),
            ("mongodb://h:1/", "mongodb://h:1/d"),
            ("mongodb://h:1/admin", "mongodb://h:1/d"),
            ("mongodb://u:p@h:1,i:2/?replicaSet=rs0", "mongodb://u:p@h:1,i:2/d?replicaSet=rs0"),
            ("mongodb://h?a=/b", "mongodb://h/d?a=/b"),
        ] {
            assert_eq!(with_database(url, "d"), with);
        }
    }
}
