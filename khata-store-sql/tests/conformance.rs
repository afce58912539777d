//! The stores keep every promise of the contracts: SQLite once in a file that two handles share, once in memory, and
//! PostgreSQL in a schema that two handles share.

use std::sync::Arc;

use async_trait::async_trait;
use khata_core::conformance::{self, Fixture, Fresh, servers};
use khata_store_sql::SqliteStore;
use khata_store_sql::conformance::PostgresFixture;
use libtest_mimic::{Arguments, Trial};
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

fn main() {
    let fixtures: [(&str, &str, &'static dyn Fixture); 3] = [
        ("sqlite", "file", &InFile),
        ("sqlite", "memory", &InMemory),
        ("postgres", "postgres", &PostgresFixture),
    ];
    let wanted = fixtures.into_iter().filter(|(store, ..)| servers::is_wanted(store));
    let trials = wanted.flat_map(|(_, place, fixture)| {
        let trial = move |case: conformance::Case| {
            Trial::test(format!("{place}::{}", case.name()), move || {
                case.run(fixture);
                Ok(())
            })
        };
        conformance::cases().into_iter().map(trial)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}
