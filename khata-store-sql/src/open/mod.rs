//! Opening a database: finding out whether it is Khata's before anything is written to it, then bringing its schema
//! up to date.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::io;
use std::path::PathBuf;

/// Why a database can't be opened. None of them repeats the URL, which may hold a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Not a URL of that sort.
    #[error("that is not the URL of {sort}; write {examples}")]
    Url {
        /// What was to be opened.
        sort: &'static str,
        /// How its URLs look.
        examples: &'static str,
    },
    /// The database is another program's; it was left as it was.
    #[error("{database} is another program's database; name another one")]
    NotKhata {
        /// Which.
        database: String,
    },
    /// A newer version wrote the database; it was left as it was.
    #[error(
        "{database} was written by a newer version of Khata (schema {found}, this one knows {known}); update this \
         program"
    )]
    Newer {
        /// Which.
        database: String,
        /// Its schema's version.
        found: i64,
        /// The newest version known here.
        known: usize,
    },
    /// SQLite's file can't be made.
    #[error("{} can't be made; check that its folder exists and is this user's", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file isn't there.
    #[error("there is no {}; check its name, and the folder that this was started in", .path.display())]
    NoFile {
        /// Which.
        path: PathBuf,
    },
    /// The file is no database; it was left as it was.
    #[error("{} is not a database; name another file, or move this one away", .path.display())]
    NotADatabase {
        /// Which.
        path: PathBuf,
    },
    /// The file can't be written to.
    #[error("{} is read-only; make it writable for this user (chmod u+w), or name another file", .path.display())]
    ReadOnly {
        /// Which.
        path: PathBuf,
    },
    /// SQLite refuses in another way.
    #[error("{} can't be opened; check that it is a file, its folder this user's, and the disk sound", .path.display())]
    Database {
        /// Which.
        path: PathBuf,
        /// What SQLite says.
        source: sqlx::Error,
    },
    /// No PostgreSQL server answers.
    #[error("no PostgreSQL answers at {server}; check that it runs, and the host and port of the URL")]
    Unreachable {
        /// Where.
        server: String,
        /// Why not.
        source: sqlx::Error,
    },
    /// The server doesn't let the user in.
    #[error("PostgreSQL at {server} doesn't let {user} in; check the user and password of the URL")]
    Denied {
        /// Where.
        server: String,
        /// Who.
        user: String,
        /// What the server says.
        source: sqlx::Error,
    },
    /// The server hasn't that database, or the database hasn't the schema of the search path.
    #[error("there is no {missing} at {server}; make it (CREATE {missing}), or name another in the URL")]
    Missing {
        /// Where.
        server: String,
        /// What.
        missing: &'static str,
    },
    /// The database is empty.
    #[error("there is no book in {database}; check the database and the search path of the URL")]
    NoBook {
        /// Which.
        database: String,
    },
    /// The server can't hold a book.
    #[error("{database} can't hold a book; {reason}")]
    Unfit {
        /// Which.
        database: String,
        /// What is the matter, and what to do.
        reason: &'static str,
    },
    /// PostgreSQL refuses in another way.
    #[error("{database} can't be opened; see what the server says: {source}")]
    Server {
        /// Which.
        database: String,
        /// What it says.
        source: sqlx::Error,
    },
}
