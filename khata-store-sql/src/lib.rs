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

use futures::future::BoxFuture;
use khata_core::store::StoreError;
pub use open::OpenError;

use dialect::{Dialect, Extent};

/// A store on an SQL database: a `SqliteStore` or a `PostgresStore`.
#[derive(Debug)]
pub struct SqlStore<D: Dialect> {
    database: D::Database,
}

/// A store on SQLite, made by [`open`](Self::open).
///
/// One connection writes, and whoever wants to write queues for it; several read, each from the last commit there is; each
/// has a thread of its own. A commit is on the disk when it is answered, or is read in this process. Several processes may
/// open one file.
#[cfg(feature = "sqlite")]
pub type SqliteStore = SqlStore<dialect::Sqlite>;

/// A store on PostgreSQL, 13 or later, made by [`open`](Self::open).
///
/// Any number of processes may open one database. What changes a shop's book locks the row of the shop, so shops don't
/// wait for each other. A commit is as durable as the server's `synchronous_commit` says when it is answered.
#[cfg(feature = "postgres")]
pub type PostgresStore = SqlStore<dialect::Postgres>;

impl<D: Dialect> SqlStore<D> {
    /// Waits for what is under way, and closes the database; of a file, nothing is then left beside it. Whatever is
    /// asked of the store later fails.
    pub async fn close(&self) {
        D::close(&self.database).await;
    }

    /// Reads by one statement.
    async fn read<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut D::Connection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        D::read(&self.database, false, Box::new(work)).await
    }

    /// Reads a few rows by their keys.
    async fn glance<T, W>(&self, extent: Extent, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut D::Connection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        D::glance(&self.database, extent, Box::new(work)).await
    }

    /// Reads one moment by several statements.
    async fn snapshot<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut D::Connection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        D::read(&self.database, true, Box::new(work)).await
    }

    /// Writes in a transaction.
    async fn change<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut D::Connection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        D::change(&self.database, Box::new(work)).await
    }
}
