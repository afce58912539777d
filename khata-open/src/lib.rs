//! Opens the store that a database URL names. Programs that embed Khata use it through the crate `khata`.
//!
#![cfg_attr(feature = "sqlite", doc = "```")]
#![cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use khata_core::Khata;
//! use khata_open::Database;
//!
//! let database = Database::open("sqlite::memory:").await?;
//! let khata = Khata::new(database.store());
//! khata.ping().await?;
//! database.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! # URLs
//! | URL | store | feature |
//! |---|---|---|
//! | `sqlite://khata.db`, `sqlite:///var/lib/khata/khata.db` | a file | `sqlite` |
//! | `sqlite::memory:` | memory, until it is closed | `sqlite` |
//! | `postgres://user:password@host:5432/khata` | PostgreSQL | `postgres` |
//! | `mongodb://user:password@host:27017/khata?replicaSet=rs0` | MongoDB | `mongo` |
//!
//! # TLS
//! Without further options, a PostgreSQL server is not verified (`sslmode=prefer`), and the connection to a MongoDB server is
//! not encrypted. Over a network, add
//! - `sslmode=verify-full` to a PostgreSQL URL, with `sslrootcert=FILE` for a private certificate authority. Every other
//!   mode accepts certificates of other hosts.
//! - `tls=true` to a MongoDB URL, with `tlsCAFile=FILE` for a private certificate authority.
//!
//! Mozilla's certificate authorities are built in. What each option does is in `SECURITY.md` of the repository.

pub mod output;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use khata_core::store::{Store, StoreError};
#[cfg(feature = "mongo")]
use khata_store_mongo::MongoStore;
#[cfg(feature = "postgres")]
use khata_store_sql::PostgresStore;
#[cfg(feature = "sqlite")]
use khata_store_sql::SqliteStore;

/// An open database.
#[derive(Debug, Clone)]
pub struct Database {
    connection: Arc<dyn Connection>,
    place: Place,
}

/// A store that can be closed.
#[async_trait]
trait Connection: Store {
    async fn disconnect(&self);
}

#[cfg(feature = "sqlite")]
#[async_trait]
impl Connection for SqliteStore {
    async fn disconnect(&self) {
        self.close().await;
    }
}

#[cfg(feature = "postgres")]
#[async_trait]
impl Connection for PostgresStore {
    async fn disconnect(&self) {
        self.close().await;
    }
}

#[cfg(feature = "mongo")]
#[async_trait]
impl Connection for MongoStore {
    async fn disconnect(&self) {
        self.close().await;
    }
}

/// Where a database is. Its text has no password, and can be shown to anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file.
    File(PathBuf),
    /// The memory of this process.
    Memory,
    /// A server, which other processes may use too; its URL without user and options.
    Server(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Memory => f.write_str("memory"),
            Self::Server(url) => f.write_str(url),
        }
    }
}

impl Place {
    /// The file, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Memory | Self::Server(_) => None,
        }
    }
}

/// Why a database was not opened. The messages never repeat the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The text has no scheme: most likely it is a file's name.
    #[error("the database must be a URL: write sqlite://FILE, such as sqlite://khata.db")]
    NotAUrl,
    /// No store has that scheme.
    #[error("`{scheme}` is not a kind of database that Khata knows; it knows sqlite, postgres and mongodb")]
    UnknownScheme {
        /// The scheme of the URL.
        scheme: String,
    },
    /// The program was built without the store.
    #[error(
        "this khata was built without {name}; build it again with: cargo build --release --features {feature}"
    )]
    NotBuiltIn {
        /// The database's name.
        name: &'static str,
        /// The feature that builds the store in.
        feature: &'static str,
    },
    /// SQLite or PostgreSQL was not opened.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    #[error(transparent)]
    Sql(#[from] khata_store_sql::OpenError),
    /// MongoDB was not opened.
    #[cfg(feature = "mongo")]
    #[error(transparent)]
    Mongo(#[from] khata_store_mongo::OpenError),
}

impl OpenError {
    /// Whether no server answered, so that the same call may succeed later.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        match self {
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            Self::Sql(error) => matches!(error, khata_store_sql::OpenError::Unreachable { .. }),
            #[cfg(feature = "mongo")]
            Self::Mongo(error) => matches!(error, khata_store_mongo::OpenError::Unreachable { .. }),
            Self::NotAUrl | Self::UnknownScheme { .. } | Self::NotBuiltIn { .. } => false,
        }
    }

    /// Whether the place that the URL names was found, but no book in it.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        match self {
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            Self::Sql(error) => matches!(
                error,
                khata_store_sql::OpenError::NoFile { .. } | khata_store_sql::OpenError::NoBook { .. }
            ),
            #[cfg(feature = "mongo")]
            Self::Mongo(error) => matches!(error, khata_store_mongo::OpenError::NoBook { .. }),
            Self::NotAUrl | Self::UnknownScheme { .. } | Self::NotBuiltIn { .. } => false,
        }
    }
}

impl From<OpenError> for khata_core::Error {
    /// For functions that open a database and go on to use it.
    fn from(error: OpenError) -> Self {
        if error.is_unreachable() {
            StoreError::unavailable(error).into()
        } else {
            StoreError::backend(error).into()
        }
    }
}

/// Whether a database may be made where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    OpenOrCreate,
    OpenExisting,
}

impl Database {
    /// Opens the database that the URL names. A file that isn't there is created, and an empty database of a server is
    /// set up.
    ///
    /// # Errors
    /// [`OpenError`], with nothing changed.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::open_as(Mode::OpenOrCreate, url).await
    }

    /// Opens a database that has a book already: no file is created, no table, no collection.
    ///
    /// # Errors
    /// [`OpenError`], with nothing changed. If there is no book, [`OpenError::is_missing`] says so.
    pub async fn open_existing(url: &str) -> Result<Self, OpenError> {
        Self::open_as(Mode::OpenExisting, url).await
    }

    async fn open_as(mode: Mode, url: &str) -> Result<Self, OpenError> {
        let (scheme, _) = url.split_once(':').ok_or(OpenError::NotAUrl)?;
        match scheme {
            "sqlite" => Self::sqlite(mode, url).await,
            "postgres" | "postgresql" => Self::postgres(mode, url).await,
            "mongodb" | "mongodb+srv" => Self::mongo(mode, url).await,
            _ => Err(OpenError::UnknownScheme { scheme: scheme.to_owned() }),
        }
    }

    #[cfg(feature = "sqlite")]
    async fn sqlite(mode: Mode, url: &str) -> Result<Self, OpenError> {
        let store = match mode {
            Mode::OpenOrCreate => SqliteStore::open(url).await?,
            Mode::OpenExisting => SqliteStore::open_existing(url).await?,
        };
        let place = store.file().map_or(Place::Memory, Place::File);
        Ok(Self { connection: Arc::new(store), place })
    }

    #[cfg(not(feature = "sqlite"))]
    async fn sqlite(_: Mode, _: &str) -> Result<Self, OpenError> {
        Err(OpenError::NotBuiltIn { name: "SQLite", feature: "sqlite" })
    }

    #[cfg(feature = "postgres")]
    async fn postgres(mode: Mode, url: &str) -> Result<Self, OpenError> {
        let store = match mode {
            Mode::OpenOrCreate => PostgresStore::open(url).await?,
            Mode::OpenExisting => PostgresStore::open_existing(url).await?,
        };
        Ok(Self { connection: Arc::new(store), place: server(url) })
    }

    #[cfg(not(feature = "postgres"))]
    async fn postgres(_: Mode, _: &str) -> Result<Self, OpenError> {
        Err(OpenError::NotBuiltIn { name: "PostgreSQL", feature: "postgres" })
    }

    #[cfg(feature = "mongo")]
    async fn mongo(mode: Mode, url: &str) -> Result<Self, OpenError> {
        let store = match mode {
            Mode::OpenOrCreate => MongoStore::open(url).await?,
            Mode::OpenExisting => MongoStore::open_existing(url).await?,
        };
        Ok(Self { connection: Arc::new(store), place: server(url) })
    }

    #[cfg(not(feature = "mongo"))]
    async fn mongo(_: Mode, _: &str) -> Result<Self, OpenError> {
        Err(OpenError::NotBuiltIn { name: "MongoDB", feature: "mongo" })
    }

    /// The store, to build a [`Khata`](khata_core::Khata) over.
    #[must_use]
    pub fn store(&self) -> Arc<dyn Store> {
        self.connection.clone()
    }

    /// Where the database is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Waits for what is under way, and closes the database. What is asked of its store later fails.
    pub async fn close(&self) {
        self.connection.disconnect().await;
    }
}

/// The place that a URL names, without the user and the password before the host and the options at the end, which may
/// hold a password too.
#[cfg(any(feature = "postgres", feature = "mongo", test))]
fn server(url: &str) -> Place {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let hosts = authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts);
    Place::Server(format!("{scheme}://{hosts}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn refusal(url: &str) -> String {
        Database::open(url).await.unwrap_err().to_string()
    }

    #[tokio::test]
    async fn a_url_names_a_kind_of_database() {
        assert!(refusal("khata.db").await.contains("sqlite://FILE"));
        assert!(refusal("mysql://u:pw@h/khata").await.starts_with("`mysql` is not a kind of database"));
    }

    #[cfg(not(any(feature = "postgres", feature = "mongo")))]
    #[tokio::test]
    async fn what_is_not_built_in_is_named_and_no_password_repeated() {
        for (url, name, feature) in [
            ("postgres://u:secret@h/khata", "PostgreSQL", "postgres"),
            ("postgresql://u:secret@h/khata", "PostgreSQL", "postgres"),
            ("mongodb+srv://u:secret@h/khata", "MongoDB", "mongo"),
        ] {
            let refusal = refusal(url).await;
            assert!(refusal.contains(&format!("without {name}; ")), "{refusal}");
            assert!(refusal.ends_with(&format!("--features {feature}")), "{refusal}");
            assert!(!refusal.contains("secret"), "{refusal}");
        }
    }

    #[test]
    fn a_place_on_a_server_is_told_without_user_and_options() {
        for (url, told) in [
            ("postgres://u:s3cret@h:5432/khata", "postgres://h:5432/khata"),
            ("postgresql:///khata?host=/run&password=s3cret", "postgresql:///khata"),
            ("mongodb://u:s3cret@h:1,i:2/khata?replicaSet=rs0", "mongodb://h:1,i:2/khata"),
            ("mongodb+srv://u:s3c@ret@h", "mongodb+srv://h/"),
        ] {
            assert_eq!(server(url).to_string(), told);
        }
    }

    #[cfg(feature = "sqlite")]
    #[tokio::test]
    async fn a_database_in_memory_has_no_file() {
        let database = Database::open("sqlite::memory:").await.unwrap();
        assert_eq!(*database.place(), Place::Memory);
        database.store().ping().await.unwrap();
        database.close().await;
    }
}
