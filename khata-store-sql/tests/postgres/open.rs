//! Opening a schema, and what is refused.

use khata_conformance::servers;
use khata_core::calendar::Timestamp;
use khata_core::store::{BookRepository, Throttle, ThrottleKey, ThrottleRepository};
use khata_store_sql::conformance::{FreshUrl, PostgresFixture, SERVER};
use khata_store_sql::{OpenError, PostgresStore};
use sqlx::{Connection, PgConnection};

use crate::cases;

cases! {
    a_schema_keeps_what_is_written,
    an_empty_schema_can_be_opened_by_many_at_once,
    an_empty_schema_is_no_existing_book,
    another_programs_schema_is_refused,
    what_belongs_to_an_extension_or_another_schema_is_nobodys_concern,
    a_newer_version_is_refused,
    a_schema_or_database_that_is_not_there_is_refused,
    a_user_who_may_not_make_tables_is_refused,
    a_server_that_is_not_there_is_refused,
    a_wrong_password_is_refused_and_not_repeated,
    other_urls_are_refused,
    an_option_that_there_is_not_is_named_without_its_value,
}

/// Runs statements in a schema.
async fn run(fresh: &FreshUrl, sql: &'static str) {
    let mut connection = PgConnection::connect(fresh.as_str()).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
}

/// What it fails with fits a line, says what to do, and does not repeat a password.
async fn refused(url: &str) -> OpenError {
    let error = PostgresStore::open(url).await.unwrap_err();
    let text = error.to_string();
    assert!(!text.contains('\n') && text.contains(';') && !text.contains("sesame"), "{text}");
    error
}

/// How many tables and the like the schema has.
async fn relations(fresh: &FreshUrl) -> i64 {
    let mut connection = PgConnection::connect(fresh.as_str()).await.unwrap();
    let sql = "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::text::regnamespace";
    sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
}

async fn a_schema_keeps_what_is_written() {
    let fresh = PostgresFixture.fresh_url().await;
    let key = ThrottleKey::new("peer", "192.0.2.1");
    let now = Timestamp::now();
    let throttle = Throttle { tries: 1, blocked_until: now, expires_at: now, revision: 1 };
    let store = PostgresStore::open(fresh.as_str()).await.unwrap();
    store.put_throttle(&key, &throttle, now).await.unwrap();
    store.close().await;

    let store = PostgresStore::open(fresh.as_str()).await.unwrap();
    assert_eq!(store.throttles(std::slice::from_ref(&key)).await.unwrap(), [(key, throttle)]);
    store.close().await;
    fresh.delete().await;
}

async fn an_empty_schema_can_be_opened_by_many_at_once() {
    let fresh = PostgresFixture.fresh_url().await;
    let opening: Vec<_> = (0..8)
        .map(|_| {
            let url = fresh.as_str().to_owned();
            tokio::spawn(async move { PostgresStore::open(&url).await })
        })
        .collect();
    for store in opening {
        let store = store.await.unwrap().unwrap();
        store.ping().await.unwrap();
        store.close().await;
    }
    fresh.delete().await;
}

async fn an_empty_schema_is_no_existing_book() {
    let fresh = PostgresFixture.fresh_url().await;
    let error = PostgresStore::open_existing(fresh.as_str()).await.unwrap_err();
    assert!(matches!(error, OpenError::NoBook { .. }), "{error}");
    assert_eq!(relations(&fresh).await, 0);
    PostgresStore::open(fresh.as_str()).await.unwrap().close().await;
    PostgresStore::open_existing(fresh.as_str()).await.unwrap().close().await;
    fresh.delete().await;
}

async fn another_programs_schema_is_refused() {
    for sql in ["CREATE TABLE notes (text text)", "CREATE VIEW notes AS SELECT 1", "CREATE SEQUENCE notes"] {
        let fresh = PostgresFixture.fresh_url().await;
        run(&fresh, sql).await;
        let before = relations(&fresh).await;
        assert!(matches!(refused(fresh.as_str()).await, OpenError::NotKhata { .. }), "{sql}");
        assert_eq!(relations(&fresh).await, before);
        fresh.delete().await;
    }
}

async fn what_belongs_to_an_extension_or_another_schema_is_nobodys_concern() {
    let (fresh, other) = (PostgresFixture.fresh_url().await, PostgresFixture.fresh_url().await);
    run(&other, "CREATE TABLE notes (text text)").await;
    let store = PostgresStore::open(fresh.as_str()).await.unwrap();
    store.ping().await.unwrap();
    store.close().await;
    fresh.delete().await;
    other.delete().await;
}

async fn a_newer_version_is_refused() {
    let fresh = PostgresFixture.fresh_url().await;
    PostgresStore::open(fresh.as_str()).await.unwrap().close().await;
    run(&fresh, "UPDATE khata_schema SET version = 1000").await;
    let error = refused(fresh.as_str()).await;
    assert!(matches!(error, OpenError::Newer { found: 1000, .. }), "{error}");
    assert!(error.to_string().contains("update this program"), "{error}");
    fresh.delete().await;
}

async fn a_schema_or_database_that_is_not_there_is_refused() {
    let server = servers::server(SERVER);
    let and = if server.contains('?') { '&' } else { '?' };
    let schema = refused(&format!("{server}{and}options=-csearch_path%3Dkhata_test_none")).await;
    assert!(matches!(schema, OpenError::Missing { missing: "SCHEMA", .. }), "{schema}");
    let database = refused(&format!("{server}{and}dbname=khata_test_none")).await;
    assert!(matches!(database, OpenError::Missing { missing: "DATABASE", .. }), "{database}");
}

async fn a_user_who_may_not_make_tables_is_refused() {
    let fresh = PostgresFixture.fresh_url().await;
    run(&fresh, "CREATE ROLE khata_test_guest LOGIN PASSWORD 'sesame'; GRANT USAGE ON SCHEMA public TO khata_test_guest")
        .await;
    let guest = format!("{}&user=khata_test_guest&password=sesame", fresh.as_str());
    // Without the right to use it, the schema isn't seen to be there.
    assert!(matches!(refused(&guest).await, OpenError::Missing { missing: "SCHEMA", .. }));
    let grant = "DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO khata_test_guest', current_schema()); END $$";
    run(&fresh, grant).await;
    let error = refused(&guest).await;
    assert!(matches!(error, OpenError::Unfit { .. }) && error.to_string().contains("GRANT"), "{error}");
    assert_eq!(relations(&fresh).await, 0);
    run(&fresh, "DROP OWNED BY khata_test_guest; DROP ROLE khata_test_guest").await;
    fresh.delete().await;
}

async fn a_server_that_is_not_there_is_refused() {
    let error = refused("postgres://khata:sesame@127.0.0.1:1/khata").await;
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
}

/// The server's own users may need no password from here, but a user that isn't there is told no more than another.
async fn a_wrong_password_is_refused_and_not_repeated() {
    let server = servers::server(SERVER);
    let and = if server.contains('?') { '&' } else { '?' };
    let error = refused(&format!("{server}{and}user=khata_test_nobody&password=sesame")).await;
    assert!(matches!(error, OpenError::Denied { .. }), "{error}");
    assert!(error.to_string().contains("khata_test_nobody"), "{error}");
}

async fn other_urls_are_refused() {
    for url in [
        "",
        "khata",
        "sqlite://khata.db",
        "postgres:",
        "postgres://h:port/d",
        "postgres://u:sesame@h/d?sslmode=x",
    ] {
        let error = refused(url).await;
        assert!(matches!(error, OpenError::Url { .. }), "{url}: {error}");
    }
}

async fn an_option_that_there_is_not_is_named_without_its_value() {
    for (options, unknown) in [
        ("sslmod=verify-full", "sslmod"),
        ("sslmode=disable&pasword=sesame", "pasword"),
        ("options[search_path]=x&&SSLMODE=disable", "SSLMODE"),
    ] {
        let error = refused(&format!("postgres://u@127.0.0.1:1/d?{options}")).await;
        assert!(matches!(&error, OpenError::UnknownOption { option } if option == unknown), "{error}");
    }
    let known = "postgres://u@127.0.0.1:1/d?sslmode=disable&options[search_path]=x&application_name=a";
    assert!(matches!(refused(known).await, OpenError::Unreachable { .. }));
}
