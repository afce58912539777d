//! The tables can be partitioned by their owner.

use khata_conformance::sample::{invoicing, job, receiving, soon};
use khata_core::store::BookRepository;
use khata_store_sql::PostgresStore;
use khata_store_sql::conformance::PostgresFixture;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::book::Book;
use crate::cases;

cases! {
    a_book_is_kept_in_tables_that_are_partitioned_by_owner,
}

/// What makes the tables.
const MIGRATION: &str = include_str!("../../migrations/postgres/0001_book.sql");

/// The same, with every table of a shop's rows partitioned.
fn partitioned() -> String {
    let mut sql = String::new();
    for statement in MIGRATION.split_inclusive(";\n") {
        let table = statement.split_once("CREATE TABLE ").and_then(|(_, rest)| rest.split_once(' '));
        match table.filter(|_| statement.contains(" owner_id ")) {
            Some((table, _)) => {
                sql += &statement.replace(");\n", ") PARTITION BY HASH (owner_id);\n");
                for part in 0..4 {
                    sql += &format!(
                        "CREATE TABLE {table}_{part} PARTITION OF {table} FOR VALUES WITH (MODULUS 4, REMAINDER {part});\n"
                    );
                }
            }
            None => sql += statement,
        }
    }
    sql
}

async fn a_book_is_kept_in_tables_that_are_partitioned_by_owner() {
    let fresh = PostgresFixture.fresh_url().await;
    let mut raw = PgConnection::connect(fresh.as_str()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(partitioned())).execute(&mut raw).await.unwrap();
    let parts: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
         WHERE c.relnamespace = current_schema()::text::regnamespace",
    )
    .fetch_one(&mut raw)
    .await
    .unwrap();
    assert_eq!(parts, 7, "all tables but those of owners, throttles and the version");
    let store = PostgresStore::open(fresh.as_str()).await.unwrap();
    let book = Book::of(fresh, store).await;
    let posted = book
        .store
        .transact(&job(book.owner, [invoicing(book.customer), receiving(book.customer)]), soon())
        .await
        .unwrap();
    posted.into_iter().for_each(|outcome| drop(outcome.unwrap()));
    assert_eq!(book.seqs().await, [1, 2]);
    for sql in ["UPDATE entries SET amount = 1", "DELETE FROM allocations"] {
        let error = sqlx::query(sql).execute(&mut raw).await.unwrap_err().to_string();
        assert!(error.contains("are never"), "{sql}: {error}");
    }
    book.delete().await;
}
