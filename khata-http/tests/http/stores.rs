//! The stores that the suite runs over, each fresh for each case.

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use khata_conformance::{Fixture, Fresh, servers};
use khata_core::store::MemoryStore;

use crate::app::TestApp;

struct MemoryFixture;

#[async_trait]
impl Fixture for MemoryFixture {
    async fn fresh(&self) -> Fresh {
        Fresh::new(Arc::new(MemoryStore::default()))
    }
}

#[cfg(feature = "sqlite")]
struct SqliteFixture;

#[cfg(feature = "sqlite")]
#[async_trait]
impl Fixture for SqliteFixture {
    async fn fresh(&self) -> Fresh {
        let folder = tempfile::TempDir::new().expect("there is room for a database");
        let url = format!("sqlite://{}", folder.path().join("khata.db").display());
        let store = khata_store_sql::SqliteStore::open(&url).await.expect("the database opens");
        Fresh::new(Arc::new(store)).and_then(async move { drop(folder) })
    }
}

pub(crate) async fn memory<T: Future<Output = ()>>(case: impl FnOnce(TestApp) -> T) {
    over("memory", &MemoryFixture, case).await;
}

#[cfg(feature = "sqlite")]
pub(crate) async fn sqlite<T: Future<Output = ()>>(case: impl FnOnce(TestApp) -> T) {
    over("sqlite", &SqliteFixture, case).await;
}

#[cfg(feature = "postgres")]
pub(crate) async fn postgres<T: Future<Output = ()>>(case: impl FnOnce(TestApp) -> T) {
    over("postgres", &khata_store_sql::conformance::PostgresFixture, case).await;
}

#[cfg(feature = "mongo")]
pub(crate) async fn mongo<T: Future<Output = ()>>(case: impl FnOnce(TestApp) -> T) {
    over("mongo", &khata_store_mongo::conformance::MongoFixture, case).await;
}

async fn over<T>(store: &str, fixture: &dyn Fixture, case: impl FnOnce(TestApp) -> T)
where
    T: Future<Output = ()>,
{
    if servers::is_wanted(store) {
        fixture.fresh().await.test(|store, _| case(TestApp::over(store))).await;
    } else {
        println!("not tested over {store}: {} names others", servers::STORES);
    }
}
