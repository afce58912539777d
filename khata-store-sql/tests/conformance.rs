//! The stores keep every promise of the contracts: SQLite once in a file that two handles share, once in memory, and
//! PostgreSQL in a schema that two handles share.

use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use khata_conformance::{Fixture, Fresh, Suite, servers};
use khata_store_sql::SqliteStore;
use khata_store_sql::conformance::PostgresFixture;
use tempfile::TempDir;

/// A file of its own for each case, opened twice, as two processes would.
struct InFile;

#[async_trait]
impl Fixture for InFile {
    async fn fresh(&self) -> Fresh {
        let folder = TempDir::new().expect("a folder for the database");
        let url = format!("sqlite://{}", folder.path().join("khata.db").display());
        let store = SqliteStore::open(&url).await.expect("a new database");
        let other = SqliteStore::open(&url).await.expect("the same database");
        Fresh::new(Arc::new(store)).and_other(Arc::new(other)).and_then(async move { drop(folder) })
    }
}

/// A database that nobody else can open.
struct InMemory;

#[async_trait]
impl Fixture for InMemory {
    async fn fresh(&self) -> Fresh {
        Fresh::new(Arc::new(SqliteStore::open("sqlite::memory:").await.expect("a new database")))
    }
}

fn main() -> ExitCode {
    let mut suite = Suite::new();
    if servers::is_wanted("sqlite") {
        suite = suite.over("file", &InFile).over("memory", &InMemory);
    }
    if servers::is_wanted("postgres") {
        suite = suite.over("postgres", &PostgresFixture);
    }
    suite.run()
}
