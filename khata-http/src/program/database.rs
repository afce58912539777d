//! Which store a database URL stands for.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use khata_core::store::Store;
#[cfg(feature = "mongo")]
use khata_store_mongo::MongoStore;
#[cfg(feature = "postgres")]
use khata_store_sql::PostgresStore;
#[cfg(feature = "sqlite")]
use khata_store_sql::SqliteStore;

/// A database that was opened.
#[derive(Debug)]
pub(super) struct Database {
    connection: Connection,
    place: Place,
}

#[derive(Debug)]
enum Connection {
    #[cfg(feature = "sqlite")]
    Sqlite(Arc<SqliteStore>),
    #[cfg(feature = "postgres")]
    Postgres(Arc<PostgresStore>),
    #[cfg(feature = "mongo")]
    Mongo(Arc<MongoStore>),
}

/// Where a book is kept. As a text it can be shown to anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// In this file.
    #[cfg_attr(not(any(feature = "sqlite", test)), expect(dead_code, reason = "SQLite is not built in"))]
    File(PathBuf),
    /// In memory, until the program ends.
    #[cfg_attr(not(any(feature = "sqlite", test)), expect(dead_code, reason = "SQLite is not built in"))]
    Memory,
    /// On a server, which other processes may use too; its URL without user and options.
    #[cfg_attr(
        not(any(feature = "postgres", feature = "mongo", test)),
        expect(dead_code, reason = "no database on a server is built in")
    )]
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
    /// The file; none if it is elsewhere.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Memory | Self::Server(_) => None,
        }
    }
}

/// Why a database was not opened. None of them repeats the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// A word without a scheme: most likely a file's name.
    #[error("the database must be a URL: write sqlite://FILE, such as sqlite://khata.db")]
    NotAUrl,
    /// A scheme that nobody implements.
    #[error("`{scheme}` is not a kind of database that Khata knows; it knows sqlite, postgres and mongodb")]
    Unknown {
        /// What was said instead.
        scheme: String,
    },
    /// A store that this program was built without.
    #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mongo")))]
    #[error(
        "this khata was built without {name}; build it again with: cargo build --release --features {feature}"
    )]
    NotBuiltIn {
        /// The database's name.
        name: &'static str,
        /// The feature that has it.
        feature: &'static str,
    },
    /// The store's own reason.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    #[error(transparent)]
    Sql(#[from] khata_store_sql::OpenError),
    /// The store's own reason.
    #[cfg(feature = "mongo")]
    #[error(transparent)]
    Mongo(#[from] khata_store_mongo::OpenError),
}

impl Database {
    /// Opens what the URL names.
    ///
    /// # Errors
    /// [`Error`], with nothing changed.
    pub(super) async fn open(url: &str) -> Result<Self, Error> {
        let (scheme, _) = url.split_once(':').ok_or(Error::NotAUrl)?;
        match scheme {
            #[cfg(feature = "sqlite")]
            "sqlite" => Ok(Self::sqlite(SqliteStore::open(url).await?)),
            #[cfg(not(feature = "sqlite"))]
            "sqlite" => Err(Error::NotBuiltIn { name: "SQLite", feature: "sqlite" }),
            #[cfg(feature = "postgres")]
            "postgres" | "postgresql" => {
                let store = PostgresStore::open(url).await?;
                Ok(Self { connection: Connection::Postgres(Arc::new(store)), place: server(url) })
            }
            #[cfg(not(feature = "postgres"))]
            "postgres" | "postgresql" => Err(Error::NotBuiltIn { name: "PostgreSQL", feature: "postgres" }),
            #[cfg(feature = "mongo")]
            "mongodb" | "mongodb+srv" => {
                let store = MongoStore::open(url).await?;
                Ok(Self { connection: Connection::Mongo(Arc::new(store)), place: server(url) })
            }
            #[cfg(not(feature = "mongo"))]
            "mongodb" | "mongodb+srv" => Err(Error::NotBuiltIn { name: "MongoDB", feature: "mongo" }),
            _ => Err(Error::Unknown { scheme: scheme.to_owned() }),
        }
    }

    /// The same, of a database that is there: no file is made, and no tables in PostgreSQL.
    ///
    /// # Errors
    /// [`Error`], with nothing changed.
    pub(super) async fn open_existing(url: &str) -> Result<Self, Error> {
        #[cfg(feature = "sqlite")]
        if url.starts_with("sqlite:") {
            return Ok(Self::sqlite(SqliteStore::open_existing(url).await?));
        }
        #[cfg(feature = "postgres")]
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let store = PostgresStore::open_existing(url).await?;
            return Ok(Self { connection: Connection::Postgres(Arc::new(store)), place: server(url) });
        }
        Self::open(url).await
    }

    /// The same, or nothing if there is no such database.
    ///
    /// # Errors
    /// [`Error`], with nothing changed.
    pub(super) async fn open_if_there(url: &str) -> Result<Option<Self>, Error> {
        match Self::open_existing(url).await {
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            Err(Error::Sql(
                khata_store_sql::OpenError::NoFile { .. } | khata_store_sql::OpenError::NoBook { .. },
            )) => Ok(None),
            opened => opened.map(Some),
        }
    }

    #[cfg(feature = "sqlite")]
    fn sqlite(store: SqliteStore) -> Self {
        let place = store.file().map_or(Place::Memory, Place::File);
        Self { connection: Connection::Sqlite(Arc::new(store)), place }
    }

    /// The store.
    pub(super) fn store(&self) -> Arc<dyn Store> {
        match self.connection {
            #[cfg(feature = "sqlite")]
            Connection::Sqlite(ref store) => store.clone(),
            #[cfg(feature = "postgres")]
            Connection::Postgres(ref store) => store.clone(),
            #[cfg(feature = "mongo")]
            Connection::Mongo(ref store) => store.clone(),
        }
    }

    /// Where the book is.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Waits for what is under way, and closes it.
    pub(super) async fn close(&self) {
        match self.connection {
            #[cfg(feature = "sqlite")]
            Connection::Sqlite(ref store) => store.close().await,
            #[cfg(feature = "postgres")]
            Connection::Postgres(ref store) => store.close().await,
            #[cfg(feature = "mongo")]
            Connection::Mongo(ref store) => store.close().await,
        }
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
