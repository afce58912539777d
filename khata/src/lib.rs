//! **Khata** is a shop's credit book, to embed in any program: the shop gives goods on credit, customers pay bit by bit,
//! and the book always knows who owes what. Money is exact, nothing that was entered is ever changed or deleted, and the
//! book is kept in an SQLite file, in PostgreSQL, in MongoDB, or in memory.
// The examples open SQLite and mount the router.
#![cfg_attr(all(feature = "sqlite", feature = "http"), doc = "", doc = include_str!("front/page.md"))]
//!
//! # Features
//! - `sqlite` (default), `postgres`, `mongo`: the databases that [`open`] knows.
//! - `http`: the router for axum, `khata::http`.

pub mod prelude;

#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../README.md")]
struct Readme;

#[doc(inline)]
pub use khata_core::*;
#[cfg(feature = "http")]
#[doc(inline)]
pub use khata_http as http;
pub use khata_open::{Database, OpenError, Place, output};

/// A [`Result`](std::result::Result) whose error is Khata's, unless it names another.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Opens the book in the database that the URL names, with default settings. A file that isn't there is created, and an
/// empty database of a server is set up.
///
/// The URLs are `sqlite://khata.db`, `sqlite:///var/lib/khata/khata.db`, `sqlite::memory:`,
/// `postgres://user:password@host:5432/khata` and `mongodb://user:password@host:27017/khata?replicaSet=rs0`. To choose the
/// settings, to open only what exists, or to close it before the program ends, open a [`Database`].
///
/// # Errors
/// [`OpenError`], in one line that says what to do and doesn't repeat the URL, which may hold a password. It becomes an
/// [`Error`] by `?`.
pub async fn open(url: &str) -> Result<Khata, OpenError> {
    Ok(Khata::new(Database::open(url).await?.store()))
}
