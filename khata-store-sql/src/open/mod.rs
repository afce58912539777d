//! Opening a database: finding out whether it is Khata's before anything is written to it, then bringing its schema
//! up to date.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::error::Error;
use std::io;
use std::path::PathBuf;

/// Error from opening a database. It never contains the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The URL is not one of this kind of database.
    #[error("that is not the URL of {kind}; write {examples}")]
    Url {
        /// Kind of database that was to be opened.
        kind: &'static str,
        /// Examples of its URLs.
        examples: &'static str,
    },
    /// The URL has an option that there isn't.
    #[error(
        "the database's URL has the unknown option `{option}`; check its spelling, such as sslmode or options"
    )]
    UnknownOption {
        /// Name of the option.
        option: String,
    },
    /// The database belongs to another program. It was not changed.
    #[error("{database} is another program's database; name another one")]
    NotKhata {
        /// Database.
        database: String,
    },
    /// The database was written by a newer version of Khata. It was not changed.
    #[error(
        "{database} was written by a newer version of Khata (schema {found}, this one knows {known}); update this \
         program"
    )]
    Newer {
        /// Database.
        database: String,
        /// Schema version of the database.
        found: i64,
        /// Newest schema version that this version of Khata knows.
        known: usize,
    },
    /// The file can't be created.
    #[error("{} can't be made; check that its folder exists and is this user's", .path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// The file doesn't exist.
    #[error("there is no {}; check its name, and the folder that this was started in", .path.display())]
    NoFile {
        /// Path of the file.
        path: PathBuf,
    },
    /// The file is not a database. It was not changed.
    #[error("{} is not a database; name another file, or move this one away", .path.display())]
    NotADatabase {
        /// Path of the file.
        path: PathBuf,
    },
    /// The file can't be written to.
    #[error("{} is read-only; make it writable for this user (chmod u+w), or name another file", .path.display())]
    ReadOnly {
        /// Path of the file.
        path: PathBuf,
    },
    /// SQLite failed in another way.
    #[error("{} can't be opened; check that it is a file, its folder this user's, and the disk sound", .path.display())]
    Database {
        /// Path of the file.
        path: PathBuf,
        /// SQLite's error.
        source: Box<dyn Error + Send + Sync>,
    },
    /// No PostgreSQL server answers.
    #[error("no PostgreSQL answers at {server}; check that it runs, and the host and port of the URL")]
    Unreachable {
        /// Host and port.
        server: String,
        /// Cause.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server rejected the user's credentials.
    #[error("PostgreSQL at {server} doesn't let {user} in; check the user and password of the URL")]
    Denied {
        /// Host and port.
        server: String,
        /// User.
        user: String,
        /// Server's error.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The database, or the schema of the search path, doesn't exist.
    #[error("there is no {missing} at {server}; make it (CREATE {missing}), or name another in the URL")]
    Missing {
        /// Host and port.
        server: String,
        /// What is missing.
        missing: &'static str,
    },
    /// The database is empty.
    #[error("there is no book in {database}; check the database and the search path of the URL")]
    NoBook {
        /// Database.
        database: String,
    },
    /// The server can't hold a book.
    #[error("{database} can't hold a book; {reason}")]
    Unfit {
        /// Database.
        database: String,
        /// Problem, and how to solve it.
        reason: &'static str,
    },
    /// PostgreSQL failed in another way.
    #[error("{database} can't be opened; see what the server says: {source}")]
    Server {
        /// Database.
        database: String,
        /// Server's error.
        source: Box<dyn Error + Send + Sync>,
    },
}
