//! Which store a database URL stands for.

use std::sync::Arc;

use futures::future::BoxFuture;
use khata_core::store::Store;
use pyo3::prelude::*;

use crate::error;

/// A store that was opened, and how to close it.
pub(crate) struct Opened {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) close: Close,
}

/// Waits for what is under way in a store, and closes it.
pub(crate) type Close = Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// Why a database was not opened. None of them repeats the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("the database must be a URL: write sqlite://FILE, such as sqlite://khata.db")]
    NotAUrl,
    #[error("`{0}` is not a kind of database that Khata knows; it knows sqlite, postgres and mongodb")]
    Unknown(String),
    #[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mongo")))]
    #[error("this package was built without {0}")]
    NotBuiltIn(&'static str),
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    #[error(transparent)]
    Sql(#[from] khata_store_sql::OpenError),
    #[cfg(feature = "mongo")]
    #[error(transparent)]
    Mongo(#[from] khata_store_mongo::OpenError),
}

impl OpenError {
    /// The exception of it.
    pub(crate) fn exception(&self, py: Python<'_>) -> PyErr {
        let (class, code) = match self {
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            Self::Sql(khata_store_sql::OpenError::Unreachable { .. }) => ("Unavailable", "store_unavailable"),
            #[cfg(feature = "mongo")]
            Self::Mongo(khata_store_mongo::OpenError::Unreachable { .. }) => {
                ("Unavailable", "store_unavailable")
            }
            _ => ("KhataError", "cannot_open"),
        };
        error::failure(py, class, code, self)
    }
}

/// A store that can be closed.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mongo"))]
macro_rules! opened {
    ($store:expr) => {{
        let store = Arc::new($store.await?);
        let closing = store.clone();
        let close: Close = Arc::new(move || {
            let store = closing.clone();
            Box::pin(async move { store.close().await })
        });
        Ok(Opened { store, close })
    }};
}

/// Opens what the URL names.
pub(crate) async fn open(url: &str) -> Result<Opened, OpenError> {
    let (scheme, _) = url.split_once(':').ok_or(OpenError::NotAUrl)?;
    match scheme {
        #[cfg(feature = "sqlite")]
        "sqlite" => opened!(khata_store_sql::SqliteStore::open(url)),
        #[cfg(not(feature = "sqlite"))]
        "sqlite" => Err(OpenError::NotBuiltIn("SQLite")),
        #[cfg(feature = "postgres")]
        "postgres" | "postgresql" => opened!(khata_store_sql::PostgresStore::open(url)),
        #[cfg(not(feature = "postgres"))]
        "postgres" | "postgresql" => Err(OpenError::NotBuiltIn("PostgreSQL")),
        #[cfg(feature = "mongo")]
        "mongodb" | "mongodb+srv" => opened!(khata_store_mongo::MongoStore::open(url)),
        #[cfg(not(feature = "mongo"))]
        "mongodb" | "mongodb+srv" => Err(OpenError::NotBuiltIn("MongoDB")),
        _ => Err(OpenError::Unknown(scheme.to_owned())),
    }
}
