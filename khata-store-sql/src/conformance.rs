//! Fresh databases for tests: for the suite of [`khata_conformance`], and for those that start the program.

use std::sync::Arc;

use async_trait::async_trait;
use khata_conformance::{Fixture, Fresh, servers};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};
use uuid::Uuid;

use crate::PostgresStore;

/// The variable that names the server for the tests.
pub const SERVER: &str = "KHATA_TEST_POSTGRES_URL";

/// A schema of its own for each case, opened twice, as two processes would.
#[derive(Debug, Clone, Copy, Default)]
pub struct PostgresFixture;

/// The URL of a schema with nothing in it.
#[derive(Debug)]
#[must_use = "the schema stays until it is deleted"]
pub struct FreshUrl {
    url: String,
    schema: String,
}

impl PostgresFixture {
    /// The URL of a new schema.
    ///
    /// # Panics
    /// If [`SERVER`] isn't set, or no server answers there.
    pub async fn fresh_url(&self) -> FreshUrl {
        let schema = format!("khata_test_{}", Uuid::now_v7().simple());
        run(format!("CREATE SCHEMA {schema}")).await;
        FreshUrl { url: with_schema(&servers::server(SERVER), &schema), schema }
    }

    /// The URL of a schema of that name, which stays; it is made if it isn't there. For what takes long to fill.
    ///
    /// # Panics
    /// As [`fresh_url`](Self::fresh_url).
    pub async fn url_of(&self, schema: &str) -> String {
        run(format!("SET client_min_messages = warning; CREATE SCHEMA IF NOT EXISTS {schema}")).await;
        with_schema(&servers::server(SERVER), schema)
    }
}

impl FreshUrl {
    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// Deletes the schema and what is in it.
    ///
    /// # Panics
    /// If it can't be deleted.
    pub async fn delete(self) {
        run(format!(
            "SET lock_timeout = '30s'; SET client_min_messages = warning; DROP SCHEMA {} CASCADE",
            self.schema
        ))
        .await;
    }
}

#[async_trait]
impl Fixture for PostgresFixture {
    async fn fresh(&self) -> Fresh {
        let fresh = self.fresh_url().await;
        let store = PostgresStore::open(fresh.as_str()).await.expect("a new schema");
        let other = PostgresStore::open(fresh.as_str()).await.expect("the same schema");
        Fresh::new(Arc::new(store)).and_other(Arc::new(other)).and_then(fresh.delete())
    }
}

/// Runs statements on the server.
async fn run(sql: String) {
    let mut connection = PgConnection::connect(&servers::server(SERVER)).await.expect("the server answers");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.expect("the tests' user may do that");
    connection.close().await.expect("the server answers");
}

/// A server's URL with a search path.
fn with_schema(url: &str, schema: &str) -> String {
    let and = if url.contains('?') { '&' } else { '?' };
    format!("{url}{and}options=-csearch_path%3D{schema}")
}

#[cfg(test)]
mod tests {
    use super::with_schema;

    #[test]
    fn the_search_path_is_one_more_option() {
        assert_eq!(with_schema("postgres://h/d", "s"), "postgres://h/d?options=-csearch_path%3Ds");
        assert_eq!(with_schema("postgres://h/d?a=b", "s"), "postgres://h/d?a=b&options=-csearch_path%3Ds");
    }
}
