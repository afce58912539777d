//! PostgreSQL: an array for each column of a table.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use khata_core::id::OwnerId;
use khata_core::store::Store;
use khata_store_sql::PostgresStore;
use khata_store_sql::conformance::{FreshUrl, PostgresFixture};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::types::chrono::NaiveDate;
use sqlx::{AssertSqlSafe, Connection, Row, SqlSafeStr, SqlStr};
use uuid::Uuid;

use super::shops::Shops;
use super::{CONNECTIONS, Rows, Server};

/// What a posting adds rows to.
const TABLES: [&str; 3] = ["entries", "items", "allocations"];

pub(super) struct Postgres {
    url: FreshUrl,
    store: Arc<PostgresStore>,
    reader: PgConnection,
    tables: Vec<Table>,
    /// Up to where the rows of each shop were read.
    read: HashMap<OwnerId, i64>,
    places: Vec<FreshUrl>,
}

struct Table {
    select: SqlStr,
    insert: SqlStr,
    /// Their types.
    columns: Vec<String>,
}

/// The values of a column.
pub(super) enum Column {
    Ids(Vec<Option<Uuid>>),
    Integers(Vec<Option<i64>>),
    Flags(Vec<Option<bool>>),
    Texts(Vec<Option<String>>),
    Days(Vec<Option<NaiveDate>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

#[async_trait]
impl Server for Postgres {
    type Row = PgRow;
    type Batch = Vec<(SqlStr, Vec<Column>)>;
    type Connection = PgConnection;

    const NAME: &str = "postgres";

    async fn start(shops: &Shops) -> Self {
        let url = PostgresFixture.fresh_url().await;
        let store = PostgresStore::open(url.as_str()).await.expect("a new schema");
        shops.found(&store).await;
        let mut places = Vec::new();
        for _ in CONNECTIONS {
            let place = PostgresFixture.fresh_url().await;
            let store = PostgresStore::open(place.as_str()).await.expect("a new schema");
            shops.found(&store).await;
            store.close().await;
            places.push(place);
        }
        let mut reader = PgConnection::connect(url.as_str()).await.expect("the server answers");
        let mut tables = Vec::new();
        for name in TABLES {
            tables.push(table(&mut reader, name).await);
        }
        let read = shops.ids().map(|shop| (shop, 0)).collect();
        Self { url, store: Arc::new(store), reader, tables, read, places }
    }

    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    async fn durability(&self) -> String {
        let mut connection = self.connect(0).await;
        let settings: Vec<(String, String)> = sqlx::query_as(
            "SELECT name, setting FROM pg_settings
             WHERE name IN ('server_version', 'fsync', 'synchronous_commit', 'full_page_writes')",
        )
        .fetch_all(&mut connection)
        .await
        .expect("the server's settings");
        let settings: Vec<_> = settings.iter().map(|(name, setting)| format!("{name} {setting}")).collect();
        settings.join(", ")
    }

    async fn added(&mut self) -> Vec<Rows<PgRow>> {
        let (shops, read): (Vec<_>, Vec<_>) = self.read.iter().map(|(shop, seq)| (shop.uuid(), *seq)).unzip();
        let mut added = Vec::new();
        for table in &self.tables {
            let query = sqlx::query(table.select.clone()).bind(&shops).bind(&read);
            let rows = query.fetch_all(&mut self.reader).await.expect("the rows that were added");
            added.push(rows.into_iter().map(|row| (posting(&row), row)).collect::<Vec<_>>());
        }
        for ((seq, shop), _) in added.iter().flatten() {
            let read = self.read.entry(*shop).or_default();
            *read = (*read).max(seq.cast_signed());
        }
        added
    }

    fn batch(&self, rows: Vec<Vec<&PgRow>>) -> Self::Batch {
        let filled = self.tables.iter().zip(rows).filter(|(_, rows)| !rows.is_empty());
        let columns = |table: &Table, rows: &[&PgRow]| {
            let columns = table.columns.iter().enumerate();
            columns.map(|(at, sort)| Column::read(rows, at, sort)).collect()
        };
        filled.map(|(table, rows)| (table.insert.clone(), columns(table, &rows))).collect()
    }

    async fn connect(&self, place: usize) -> PgConnection {
        PgConnection::connect(self.places[place].as_str()).await.expect("the server answers")
    }

    async fn insert(connection: &mut PgConnection, batch: Self::Batch) {
        let mut transaction = connection.begin().await.expect("a transaction");
        for (insert, columns) in batch {
            let query = columns.iter().fold(sqlx::query(insert), |query, column| match column {
                Column::Ids(values) => query.bind(values),
                Column::Integers(values) => query.bind(values),
                Column::Flags(values) => query.bind(values),
                Column::Texts(values) => query.bind(values),
                Column::Days(values) => query.bind(values),
                Column::Bytes(values) => query.bind(values),
            });
            query.execute(&mut *transaction).await.expect("rows that are not there yet");
        }
        transaction.commit().await.expect("a commit");
    }

    async fn stop(self) {
        self.store.close().await;
        self.reader.close().await.expect("the server answers");
        for place in self.places {
            place.delete().await;
        }
        self.url.delete().await;
    }
}

/// The posting that a row is of: the last two columns that are read.
fn posting(row: &PgRow) -> (u64, OwnerId) {
    let seq: i64 = row.get(row.len() - 2);
    (seq.unsigned_abs(), OwnerId::from_uuid(row.get(row.len() - 1)))
}

async fn table(connection: &mut PgConnection, name: &str) -> Table {
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT column_name::text, udt_name::text FROM information_schema.columns
         WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER'
         ORDER BY ordinal_position",
    )
    .bind(name)
    .fetch_all(connection)
    .await
    .expect("the table's columns");
    let (names, sorts): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let arrays: Vec<_> =
        sorts.iter().enumerate().map(|(at, sort)| format!("${}::{sort}[]", at + 1)).collect();
    let (read, written) = (names.join(", t."), names.join(", "));
    let select = format!(
        "SELECT t.{read}, t.seq, t.owner_id FROM unnest($1::uuid[], $2::bigint[]) AS shops (owner_id, read)
         JOIN {name} t ON t.owner_id = shops.owner_id AND t.seq > shops.read ORDER BY t.seq, t.owner_id"
    );
    let insert = format!("INSERT INTO {name} ({written}) SELECT * FROM unnest({})", arrays.join(", "));
    let sql = |text| AssertSqlSafe::<String>(text).into_sql_str();
    Table { select: sql(select), insert: sql(insert), columns: sorts }
}

impl Column {
    fn read(rows: &[&PgRow], at: usize, sort: &str) -> Self {
        match sort {
            "uuid" => Self::Ids(rows.iter().map(|row| row.get(at)).collect()),
            "int8" => Self::Integers(rows.iter().map(|row| row.get(at)).collect()),
            "bool" => Self::Flags(rows.iter().map(|row| row.get(at)).collect()),
            "text" => Self::Texts(rows.iter().map(|row| row.get(at)).collect()),
            "date" => Self::Days(rows.iter().map(|row| row.get(at)).collect()),
            "bytea" => Self::Bytes(rows.iter().map(|row| row.get(at)).collect()),
            other => panic!("a column of type {other}"),
        }
    }
}
