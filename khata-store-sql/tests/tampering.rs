//! What is altered by SQL, behind the store's back, is found by verification and named.

#[path = "common/deed.rs"]
mod deed;

use std::sync::Arc;

use async_trait::async_trait;
use deed::{Literals, hexadecimal};
use khata_core::conformance::tampering::{self, Deed, Exposed, Row};
use khata_core::id::OwnerId;
use khata_core::store::Store;
use khata_store_sql::SqliteStore;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};
use tempfile::TempDir;

/// A book in a file.
struct File {
    folder: TempDir,
    store: Arc<SqliteStore>,
}

const LITERALS: Literals = Literals { id: |id| blob(id.as_bytes()), bytes: blob };

fn blob(bytes: &[u8]) -> String {
    format!("x'{}'", hexadecimal(bytes))
}

/// What SQLite has to be told so that nothing stands in the way.
const DISARM: &str = "
    PRAGMA foreign_keys = OFF;
    PRAGMA ignore_check_constraints = ON;
    DROP TRIGGER IF EXISTS entries_stay;
    DROP TRIGGER IF EXISTS entries_remain;
    DROP TRIGGER IF EXISTS allocations_stay;
    DROP TRIGGER IF EXISTS allocations_remain;
    DROP TRIGGER IF EXISTS documents_stay;
    DROP TRIGGER IF EXISTS documents_remain;
    DROP TRIGGER IF EXISTS items_remain;";

#[tokio::test]
async fn what_is_altered_in_a_file_is_found() {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite://{}", folder.path().join("khata.db").display());
    let store = Arc::new(SqliteStore::open(&url).await.unwrap());
    tampering::check(&File { folder, store }).await;
}

#[async_trait]
impl Exposed for File {
    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    async fn tamper(&self, shop: OwnerId, row: &Row, deed: &Deed) {
        let path = self.folder.path().join("khata.db");
        let mut raw = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
        sqlx::raw_sql(DISARM).execute(&mut raw).await.unwrap();
        let done =
            sqlx::query(AssertSqlSafe(LITERALS.statement(shop, row, deed))).execute(&mut raw).await.unwrap();
        assert_eq!(done.rows_affected(), 1, "{row:?}");
    }
}
