//! What is altered by SQL, behind the store's back, is found by verification and named.

use std::sync::Arc;

use async_trait::async_trait;
use khata_conformance::servers;
use khata_conformance::tampering::{self, Change, Exposed, Row, Value};
use khata_core::calendar::Date;
use khata_core::id::OwnerId;
use khata_core::number::Series;
use khata_core::store::Store;
use khata_store_sql::conformance::PostgresFixture;
use khata_store_sql::{PostgresStore, SqliteStore};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _};
use tempfile::TempDir;
use uuid::Uuid;

#[tokio::test]
async fn what_is_altered_in_a_file_is_found() {
    let folder = TempDir::new().unwrap();
    let url = format!("sqlite://{}", folder.path().join("khata.db").display());
    let store = Arc::new(SqliteStore::open(&url).await.unwrap());
    tampering::check(&File { folder, store }).await;
}

#[tokio::test]
async fn what_is_altered_on_a_server_is_found() {
    if !servers::is_wanted("postgres") {
        return;
    }
    let fresh = PostgresFixture.fresh_url().await;
    let store = Arc::new(PostgresStore::open(fresh.as_str()).await.unwrap());
    tampering::check(&OnServer { url: fresh.as_str().to_owned(), store }).await;
    fresh.delete().await;
}

/// A book in a file.
struct File {
    folder: TempDir,
    store: Arc<SqliteStore>,
}

/// What SQLite has to be told so that nothing stands in the way.
const DISARM_SQLITE: &str = "
    PRAGMA foreign_keys = OFF;
    PRAGMA ignore_check_constraints = ON;
    DROP TRIGGER IF EXISTS entries_stay;
    DROP TRIGGER IF EXISTS entries_remain;
    DROP TRIGGER IF EXISTS allocations_stay;
    DROP TRIGGER IF EXISTS allocations_remain;
    DROP TRIGGER IF EXISTS items_remain;";

#[async_trait]
impl Exposed for File {
    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    async fn tamper(&self, shop: OwnerId, row: &Row, change: &Change) {
        let path = self.folder.path().join("khata.db");
        let raw = rusqlite::Connection::open(path).unwrap();
        raw.execute_batch(DISARM_SQLITE).unwrap();
        let changed = raw.execute(&statement(Dialect::Sqlite, shop, row, change), ()).unwrap();
        assert_eq!(changed, 1, "{row:?}");
    }

    fn keeps(&self, row: &Row, change: &Change) -> bool {
        keeps(row, change)
    }

    fn of_copies(&self) -> Vec<(Row, Change, u64)> {
        copies()
    }
}

/// A book on a PostgreSQL server.
struct OnServer {
    url: String,
    store: Arc<PostgresStore>,
}

#[async_trait]
impl Exposed for OnServer {
    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    async fn tamper(&self, shop: OwnerId, row: &Row, change: &Change) {
        let mut raw = PgConnection::connect(&self.url).await.unwrap();
        // Neither triggers nor references are looked at in this session.
        sqlx::raw_sql("SET session_replication_role = replica").execute(&mut raw).await.unwrap();
        let sql = AssertSqlSafe(statement(Dialect::Postgres, shop, row, change));
        let done = sqlx::query(sql).execute(&mut raw).await.unwrap();
        assert_eq!(done.rows_affected(), 1, "{row:?}");
    }

    fn keeps(&self, row: &Row, change: &Change) -> bool {
        keeps(row, change)
    }

    fn of_copies(&self) -> Vec<(Row, Change, u64)> {
        copies()
    }
}

/// A document is a part of its entry, which has its customer, its date and its time.
fn keeps(row: &Row, change: &Change) -> bool {
    let of_entry = matches!(change, Change::Set("customer" | "date" | "recorded_at", _));
    !(matches!(row, Row::Document(_)) && of_entry)
}

/// The date of an entry is copied to what it allocates, and which side is its own: entry 4 is a receipt.
fn copies() -> Vec<(Row, Change, u64)> {
    vec![
        (Row::Allocation(4, 1), Change::Set("date", Value::Date(Date::MIN)), 4),
        (Row::Allocation(4, 1), Change::Set("own", Value::Text("debit")), 4),
    ]
}

/// Whose literals they are.
#[derive(Debug, Clone, Copy)]
enum Dialect {
    Sqlite,
    Postgres,
}

/// The statement that does it.
fn statement(dialect: Dialect, shop: OwnerId, row: &Row, change: &Change) -> String {
    let (table, key) = match row {
        Row::Owner => {
            return format!(
                "{} WHERE id = {}",
                change_on(dialect, "owners", change),
                dialect.id(shop.uuid())
            );
        }
        Row::Counter(series) => return dialect.count(shop, *series, change),
        Row::Customer(customer) => ("customers", format!("id = {}", dialect.id(customer.uuid()))),
        Row::Entry(seq) => ("entries", format!("seq = {seq}")),
        Row::Allocation(seq, ordinal) => ("allocations", format!("seq = {seq} AND ordinal = {ordinal}")),
        Row::Item(seq) => ("items", format!("seq = {seq}")),
        Row::Document(seq) => ("entries", format!("seq = {seq}")),
        Row::Request(key) => ("idempotency", format!("key = '{key}'")),
    };
    let change = match (row, change) {
        // It is a part of its entry.
        (Row::Document(_), Change::Remove) => {
            "UPDATE entries SET year = NULL, number = NULL, body = NULL".to_owned()
        }
        _ => change_on(dialect, table, change),
    };
    format!("{change} WHERE owner_id = {} AND {key}", dialect.id(shop.uuid()))
}

fn change_on(dialect: Dialect, table: &str, change: &Change) -> String {
    match change {
        Change::Remove => format!("DELETE FROM {table}"),
        Change::Set(field, value) => {
            format!("UPDATE {table} SET {} = {}", column(field), dialect.literal(value))
        }
    }
}

/// The column that keeps a field.
fn column(field: &str) -> String {
    match field {
        "actor" | "customer" | "invoice" => format!("{field}_id"),
        "effective" => "effective_date".to_owned(),
        _ => field.to_owned(),
    }
}

impl Dialect {
    fn literal(self, value: &Value) -> String {
        match value {
            Value::Id(uuid) => self.id(*uuid),
            Value::Money(amount) => amount.minor().to_string(),
            Value::Date(date) => format!("'{date}'"),
            Value::Time(time) => time.millis().to_string(),
            Value::Number(number) => number.to_string(),
            Value::Hash(hash) => self.bytes(hash),
            Value::Text(text) => format!("'{text}'"),
            Value::Flag(flag) => flag.to_string(),
            Value::Null => "NULL".to_owned(),
        }
    }

    /// The statement that alters a counter.
    fn count(self, shop: OwnerId, series: Series, change: &Change) -> String {
        let Change::Set("last", Value::Number(last)) = change else { panic!("{change:?} of a counter") };
        let (kind, year) = (series.kind, series.year.start_year());
        let counters = match self {
            Self::Sqlite => format!("json_set(counters, '$.{kind}.\"{year}\"', {last})"),
            Self::Postgres => format!("jsonb_set(counters::jsonb, '{{{kind},{year}}}', '{last}')::text"),
        };
        format!("UPDATE owners SET counters = {counters} WHERE id = {}", self.id(shop.uuid()))
    }

    fn id(self, uuid: Uuid) -> String {
        match self {
            Self::Sqlite => self.bytes(uuid.as_bytes()),
            Self::Postgres => format!("'{uuid}'"),
        }
    }

    fn bytes(self, bytes: &[u8]) -> String {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match self {
            Self::Sqlite => format!("x'{digits}'"),
            Self::Postgres => format!("'\\x{digits}'"),
        }
    }
}
