//! Khata's store on MongoDB, through the official driver.
//!
//! ```no_run
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//!
//! use khata_core::Khata;
//! use khata_store_mongo::MongoStore;
//!
//! let store = MongoStore::open("mongodb://localhost:27017/khata?replicaSet=rs0").await?;
//! let khata = Khata::new(Arc::new(store));
//! khata.ping().await?;
//! # Ok(())
//! # }
//! ```
//!
//! The store implements the traits of [`khata_core::store`], which state its contract. [`schema`] documents the
//! collections, field by field.
//!
//! # Requirements
//! MongoDB 6.0 or newer, as a replica set or a sharded cluster, because a change of a book is a transaction. One node
//! will do: start `mongod` with `--replSet rs0`, and type `rs.initiate()` in `mongosh`, once.
//!
//! # Guarantees
//! - Writes are acknowledged by a majority of the nodes, from their journals; reads are of what a majority has, at one
//!   moment for each call, from the primary. Options of the URL that say otherwise have no effect.
//! - The lock of a book is the document of its shop in `heads`, in which each transaction that changes the book counts a
//!   number up before it writes anything else. What the transaction is decided on is read before it, all as it was at one
//!   moment, and its first write demands that the number is still what it was then. MongoDB lets no transaction wait for
//!   another: the later one is undone and begun again after a short random pause, until its deadline, and takes the lock
//!   before it reads from then on.
//! - Any number of processes may serve one database.

mod call;
mod command;
#[cfg(feature = "conformance")]
pub mod conformance;
mod customer;
mod document;
mod entry;
mod error;
mod filter;
mod known_heads;
mod load;
mod open;
mod owner;
mod pipelines;
mod report;
mod retry;
mod row;
pub mod schema;
#[cfg(all(test, feature = "conformance"))]
mod sent_commands;
mod session;
mod throttle;
mod transact;
mod transaction;
mod write;

use std::fmt;

use mongodb::Database;

use known_heads::KnownHeads;

pub use error::Reason;
pub use open::OpenError;

/// A store on MongoDB, made by [`open`](Self::open).
pub struct MongoStore {
    database: Database,
    heads: KnownHeads,
}

// By hand, since the driver's own would show the options of the connection.
impl fmt::Debug for MongoStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoStore").field("database", &self.database.name()).finish_non_exhaustive()
    }
}
