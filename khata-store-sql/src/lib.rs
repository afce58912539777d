//! Khata's store on SQLite: a shop's whole book in one file, or in memory.
//!
//! ```
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
//! What the store promises stands on the traits of [`khata_core::store`], which it implements.

#![cfg(feature = "sqlite")]

mod customer;
mod document;
mod entry;
mod error;
mod load;
mod open;
mod owner;
mod queries;
mod report;
mod row;
mod session;
mod statement;
mod throttle;
mod transact;
mod write;

pub use open::OpenError;

use sqlx::SqlitePool;

/// A store on SQLite, made by [`open`](Self::open).
///
/// One connection writes, and whoever wants to write queues for it; several read, each from the last commit there is.
/// A commit is on the disk when it is answered (`synchronous=FULL`). Several processes may open one file.
#[derive(Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
}
