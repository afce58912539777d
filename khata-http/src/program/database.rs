//! Which store a database URL stands for.

use std::path::PathBuf;
use std::sync::Arc;

use khata_core::store::Store;
#[cfg(feature = "sqlite")]
use khata_store_sql::{OpenError, SqliteStore};

/// A database that was opened.
#[derive(Debug)]
pub(super) enum Database {
    /// SQLite: a file, or in memory.
    #[cfg(feature = "sqlite")]
    Sqlite(Arc<SqliteStore>),
}

/// Why a database was not opened. None of them repeats the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// A word without a scheme: most likely a file's name.
    #[error("the database must be a URL: write sqlite://FILE, such as sqlite://khata.db")]
    NotAUrl,
    /// A scheme that nobody implements.
    #[error("`{scheme}` is not a kind of database that Khata knows; {}", possible())]
    Unknown {
        /// What was said instead.
        scheme: String,
    },
    /// A store that this program was built without.
    #[error("this khata was built without {name}; {}", possible())]
    NotBuiltIn {
        /// The database's name.
        name: &'static str,
    },
    /// The store's own reason.
    #[cfg(feature = "sqlite")]
    #[error(transparent)]
    Sqlite(#[from] OpenError),
}

fn possible() -> &'static str {
    if cfg!(feature = "sqlite") {
        "it can open SQLite: sqlite://khata.db, or sqlite::memory:"
    } else {
        "it can open none: build it with the feature sqlite"
    }
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
            "sqlite" => Ok(Self::Sqlite(Arc::new(SqliteStore::open(url).await?))),
            #[cfg(not(feature = "sqlite"))]
            "sqlite" => Err(Error::NotBuiltIn { name: "SQLite" }),
            "postgres" | "postgresql" => Err(Error::NotBuiltIn { name: "PostgreSQL" }),
            "mongodb" | "mongodb+srv" => Err(Error::NotBuiltIn { name: "MongoDB" }),
            _ => Err(Error::Unknown { scheme: scheme.to_owned() }),
        }
    }

    /// The store.
    pub(super) fn store(&self) -> Arc<dyn Store> {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(ref store) => store.clone(),
        }
    }

    /// The file that the book is in; none if it is kept nowhere.
    pub(super) fn file(&self) -> Option<PathBuf> {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(ref store) => store.file(),
        }
    }

    /// Waits for what is under way, and closes it.
    pub(super) async fn close(&self) {
        match *self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(ref store) => store.close().await,
        }
    }
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

    #[tokio::test]
    async fn what_is_not_built_in_is_named_and_no_password_repeated() {
        for (url, name) in [
            ("postgres://u:secret@h/khata", "PostgreSQL"),
            ("postgresql://u:secret@h/khata", "PostgreSQL"),
            ("mongodb+srv://u:secret@h/khata", "MongoDB"),
        ] {
            let refusal = refusal(url).await;
            assert!(refusal.contains(&format!("without {name}; it can open")), "{refusal}");
            assert!(!refusal.contains("secret"), "{refusal}");
        }
    }

    #[cfg(feature = "sqlite")]
    #[tokio::test]
    async fn a_database_in_memory_has_no_file() {
        let database = Database::open("sqlite::memory:").await.unwrap();
        assert_eq!(database.file(), None);
        database.store().ping().await.unwrap();
        database.close().await;
    }
}
