//! What is altered by SQL, behind the store's back, is found by verification and named.

use std::sync::Arc;

use async_trait::async_trait;
use khata_core::conformance::tampering::{self, Deed, Exposed, Row};
use khata_core::id::OwnerId;
use khata_core::store::Store;
use khata_store_sql::PostgresStore;
use khata_store_sql::conformance::{FreshUrl, PostgresFixture};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::cases;
use crate::deed::{Literals, hexadecimal};

cases! {
    what_is_altered_in_a_schema_is_found,
}

/// A book in a schema.
struct Schema {
    fresh: FreshUrl,
    store: Arc<PostgresStore>,
}

const LITERALS: Literals =
    Literals { id: |id| format!("'{id}'"), bytes: |bytes| format!("'\\x{}'", hexadecimal(bytes)) };

/// What the owner of the tables does first, so that nothing stands in the way.
const DISARM: &str = "
    ALTER TABLE entries DISABLE TRIGGER USER;
    ALTER TABLE allocations DISABLE TRIGGER USER;
    ALTER TABLE documents DISABLE TRIGGER USER;
    ALTER TABLE items DISABLE TRIGGER USER;
    DO $$
    DECLARE
        c record;
    BEGIN
        FOR c IN
            SELECT conrelid::regclass AS of, conname FROM pg_constraint
            WHERE connamespace = current_schema()::text::regnamespace AND contype IN ('f', 'c')
        LOOP
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.of, c.conname);
        END LOOP;
    END
    $$;";

async fn what_is_altered_in_a_schema_is_found() {
    let fresh = PostgresFixture.fresh_url().await;
    let store = Arc::new(PostgresStore::open(fresh.as_str()).await.unwrap());
    let schema = Schema { fresh, store };
    tampering::check(&schema).await;
    schema.store.close().await;
    schema.fresh.delete().await;
}

#[async_trait]
impl Exposed for Schema {
    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    async fn tamper(&self, shop: OwnerId, row: &Row, deed: &Deed) {
        let mut raw = PgConnection::connect(self.fresh.as_str()).await.unwrap();
        sqlx::raw_sql(DISARM).execute(&mut raw).await.unwrap();
        let sql = AssertSqlSafe(LITERALS.statement(shop, row, deed));
        let done = sqlx::raw_sql(sql).execute(&mut raw).await.unwrap();
        assert_eq!(done.rows_affected(), 1, "{row:?}");
        raw.close().await.unwrap();
    }
}
