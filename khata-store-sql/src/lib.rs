//! Khata's stores on SQL databases: SQLite keeps a shop's whole book in one file, or in memory; PostgreSQL keeps it on a
//! server that any number of processes share.
//!
#![cfg_attr(feature = "sqlite", doc = "```")]
#![cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//!
//! use khata_core::Khata;
//! use khata_store_sql::SqliteStore;
//!
//! let khata = Khata::new(Arc::new(SqliteStore::open("sqlite::memory:").await?));
//! khata.ping().await?;
//! # Ok(())
//! # }
//! ```
//!
//! What the stores promise stands on the traits of [`khata_core::store`], which they implement.
//!
//! # Features
//! - `sqlite` (default): `SqliteStore`.
//! - `postgres`: `PostgresStore`, with TLS built in.
//! - `conformance`: what the tests of other crates need to run over these stores.
//!
//! # How two databases share the code
//! There is one store, generic over the dialect, with one text for each statement. Columns are those of core's records,
//! under the names that their descriptions give. What the databases do differently is in `dialect`, one file each, in
//! `open`, and in `error` for what they fail with.

#![cfg(any(feature = "sqlite", feature = "postgres"))]

mod batch;
#[cfg(all(feature = "conformance", feature = "postgres"))]
pub mod conformance;
mod customer;
mod dialect;
mod document;
mod entry;
mod error;
mod load;
mod open;
mod owner;
mod queries;
mod report;
mod row;
mod rows;
mod session;
mod set;
mod statement;
mod throttle;
mod transact;
mod write;

use std::time::Duration;

use khata_core::store::StoreError;
pub use open::OpenError;
use sqlx::pool::PoolConnection;
use sqlx::{Database, Pool, Transaction};

use dialect::Dialect;
use error::of_statement;

/// How long a change may take that has no deadline: a lock may be waited for.
const CHANGE_TIME_MAX: Duration = Duration::from_secs(10);

/// A store on an SQL database: a `SqliteStore` or a `PostgresStore`.
#[derive(Debug)]
pub struct SqlStore<D: Database> {
    writers: Pool<D>,
    readers: Pool<D>,
}

/// A store on SQLite, made by [`open`](Self::open).
///
/// One connection writes, and whoever wants to write queues for it; several read, each from the last commit there is.
/// A commit is on the disk when it is answered (`synchronous=FULL`). Several processes may open one file.
#[cfg(feature = "sqlite")]
pub type SqliteStore = SqlStore<sqlx::Sqlite>;

/// A store on PostgreSQL, 13 or later, made by [`open`](Self::open).
///
/// Any number of processes may open one database. What changes a shop's book locks the row of the shop, so shops don't
/// wait for each other. A commit is as durable as the server's `synchronous_commit` says when it is answered.
#[cfg(feature = "postgres")]
pub type PostgresStore = SqlStore<sqlx::Postgres>;

impl<D: Database> SqlStore<D> {
    /// Waits for what is under way, and closes the database; of a file, nothing is then left beside it. Whatever is
    /// asked of the store later fails.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }
}

impl<D: Dialect> SqlStore<D> {
    /// A connection to read by one statement.
    async fn reader(&self) -> Result<PoolConnection<D>, StoreError> {
        self.readers.acquire().await.map_err(of_statement)
    }

    /// A transaction to read one moment by several statements.
    async fn snapshot(&self) -> Result<Transaction<'static, D>, StoreError> {
        self.readers.begin_with(D::SNAPSHOT).await.map_err(of_statement)
    }

    /// A connection to write by one statement.
    async fn writer(&self) -> Result<PoolConnection<D>, StoreError> {
        self.writers.acquire().await.map_err(of_statement)
    }

    /// A transaction to write by several statements, to be done within that time.
    async fn begin(&self, time: Duration) -> Result<Transaction<'static, D>, StoreError> {
        self.writers.begin_with(D::begin(time)).await.map_err(of_statement)
    }

    /// The same without a deadline.
    async fn begin_briefly(&self) -> Result<Transaction<'static, D>, StoreError> {
        self.begin(CHANGE_TIME_MAX).await
    }
}
