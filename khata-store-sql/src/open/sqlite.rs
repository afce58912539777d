//! Opening a file: whatever isn't a database of Khata's is left as it was, to the byte.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, SqlitePool};
use tokio::time::sleep;

use super::OpenError;
use crate::{SqliteStore, error};

/// What marks a database as Khata's in its header: `Khta`, set by the first migration.
const APPLICATION_ID: i64 = 0x4b68_7461;

/// The schema, step by step. A database that has had `n` of them is at version `n`, which each sets by itself.
const MIGRATIONS: [&str; 1] = [include_str!("../../migrations/sqlite/0001_book.sql")];

/// What SQLite calls a database without a file.
const IN_MEMORY: &str = ":memory:";

/// How long to wait for a lock that another process holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long to wait before trying again for a lock that SQLite doesn't wait for.
const PAUSE: Duration = Duration::from_millis(5);

/// How many connections read.
const READERS: u32 = 4;

/// How many rows a connection reads ahead of whoever takes them.
const ROWS_AHEAD: usize = 1024;

impl SqliteStore {
    /// Opens `sqlite://khata.db`, `sqlite:///var/lib/khata/khata.db`, or with `sqlite::memory:` a database of its own
    /// that ends with the store. A file that isn't there is made, for this user only; an older schema is brought up to
    /// date.
    ///
    /// # Errors
    /// [`OpenError`], in one line that says what to do. A file that isn't a database of this or an older version of
    /// Khata is left as it was, to the byte.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        match Location::parse(url)? {
            Location::Memory => {
                let path = Path::new(IN_MEMORY);
                let pool = one_connection(path, SqliteConnectOptions::new()).await?;
                Ok(Self { readers: pool.clone(), writers: pool })
            }
            Location::File(path) => {
                if !make(&path).map_err(|source| OpenError::File { path: path.clone(), source })? {
                    inspect(&path).await?;
                }
                let options = SqliteConnectOptions::new()
                    .filename(&path)
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(BUSY_TIMEOUT)
                    .row_buffer_size(ROWS_AHEAD);
                let writer = one_connection(&path, for_batches(options.clone())).await?;
                let readers = pool_of(READERS)
                    .connect_with(options.pragma("query_only", "ON"))
                    .await
                    .map_err(|source| failed(&path, source))?;
                Ok(Self { writers: writer, readers })
            }
        }
    }

    /// The same, of a file that is there.
    ///
    /// # Errors
    /// [`OpenError::NoFile`] if it isn't; otherwise as for [`open`](Self::open).
    pub async fn open_existing(url: &str) -> Result<Self, OpenError> {
        match Location::parse(url)? {
            Location::File(path) if !path.exists() => Err(OpenError::NoFile { path }),
            _ => Self::open(url).await,
        }
    }

    /// The database's file; none if it is in memory.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        let options = self.writers.connect_options();
        let name = options.get_filename();
        (name != Path::new(IN_MEMORY)).then(|| name.to_owned())
    }
}

enum Location {
    Memory,
    File(PathBuf),
}

impl Location {
    fn parse(url: &str) -> Result<Self, OpenError> {
        let refused = || OpenError::Url {
            kind: "an SQLite database",
            examples: "sqlite://khata.db, sqlite:///var/lib/khata/khata.db or sqlite::memory:",
        };
        let name = url.strip_prefix("sqlite:").ok_or_else(refused)?;
        let name = name.strip_prefix("//").unwrap_or(name);
        if name == IN_MEMORY {
            return Ok(Self::Memory);
        }
        // Options are this module's to choose; a `?` of the file's name is written `%3F`.
        if name.is_empty() || name.contains('?') {
            return Err(refused());
        }
        let options = SqliteConnectOptions::from_str(url).map_err(|_| refused())?;
        Ok(Self::File(options.get_filename().to_owned()))
    }
}

/// Makes the file if it isn't there, and tells whether it did. SQLite would make it too, but for everybody to read.
fn make(path: &Path) -> io::Result<bool> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Looks at a file that was there before, through a connection that can't write. It isn't opened in any other way: to
/// close it again would take away the locks that connections of this process have on it.
async fn inspect(path: &Path) -> Result<(), OpenError> {
    let metadata = fs::metadata(path).map_err(|source| OpenError::File { path: path.to_owned(), source })?;
    // For reasons of its own, SQLite takes a single byte for nothing.
    if metadata.len() == 1 {
        return Err(OpenError::NotADatabase { path: path.to_owned() });
    }
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        // Even to read, SQLite would make a log and leave it. Where there is one, the database can't be told without.
        .immutable(!Path::new(&log).exists())
        .busy_timeout(BUSY_TIMEOUT)
        .connect()
        .await
        .map_err(|source| failed(path, source))?;
    let marks = Marks::read(&mut connection).await.map_err(|source| failed(path, source))?;
    connection.close().await.map_err(|source| failed(path, source))?;
    marks.judge(path)?;
    // Where the system forbids it to write, SQLite says so later. The superuser is never forbidden, but who took the
    // permission away meant it.
    if metadata.permissions().readonly() {
        return Err(OpenError::ReadOnly { path: path.to_owned() });
    }
    Ok(())
}

/// What a database says of itself.
struct Marks {
    application_id: i64,
    version: i64,
    tables: i64,
}

impl Marks {
    async fn read(connection: &mut SqliteConnection) -> Result<Self, sqlx::Error> {
        let (application_id, version, tables) = sqlx::query_as(
            "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
             FROM pragma_application_id, pragma_user_version",
        )
        .fetch_one(connection)
        .await?;
        Ok(Self { application_id, version, tables })
    }

    /// How many of the migrations it has had: none if it is empty.
    fn judge(&self, path: &Path) -> Result<usize, OpenError> {
        let database = || path.display().to_string();
        let empty = self.application_id == 0 && self.version == 0 && self.tables == 0;
        if !empty && self.application_id != APPLICATION_ID {
            return Err(OpenError::NotKhata { database: database() });
        }
        match usize::try_from(self.version) {
            Ok(version) if version <= MIGRATIONS.len() => Ok(version),
            _ => Err(OpenError::Newer { database: database(), found: self.version, known: MIGRATIONS.len() }),
        }
    }
}

/// For a connection that writes batches. Each of them touches a page of nearly every index for each of its entries;
/// with SQLite's defaults it would use up the cache, spill into temporary files, and have the log copied back into the
/// database at every commit.
fn for_batches(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("cache_size", "-32768") // KiB
        .pragma("temp_store", "MEMORY")
        .pragma("wal_autocheckpoint", "4096") // pages of 4 KiB
}

/// A pool of so many connections, which last as long as it does.
fn pool_of(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        // They are asked when they come back, which is off the path of whoever wants one next.
        .test_before_acquire(false)
        .after_release(|connection, _| {
            Box::pin(async {
                // A rollback that was still to be done is done before the answer. Where SQLite itself rolled back, as
                // on a full disk, sqlx goes on believing in the transaction, so the connection is of no more use.
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
}

/// A pool of one connection that can write, over a database whose schema is up to date.
async fn one_connection(path: &Path, options: SqliteConnectOptions) -> Result<SqlitePool, OpenError> {
    let since = Instant::now();
    let pool = loop {
        match pool_of(1).connect_with(options.clone()).await {
            // To switch to a write-ahead log takes a lock that SQLite doesn't wait for.
            Err(source) if error::is_busy(&source) && since.elapsed() < BUSY_TIMEOUT => sleep(PAUSE).await,
            connected => break connected.map_err(|source| failed(path, source))?,
        }
    };
    migrate(path, &pool).await?;
    Ok(pool)
}

async fn migrate(path: &Path, pool: &SqlitePool) -> Result<(), OpenError> {
    let failed = |source| failed(path, source);
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    let version = Marks::read(&mut transaction).await.map_err(failed)?.judge(path)?;
    for migration in &MIGRATIONS[version..] {
        sqlx::raw_sql(*migration).execute(&mut *transaction).await.map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)
}

fn failed(path: &Path, source: sqlx::Error) -> OpenError {
    let path = path.to_owned();
    match source.as_database_error().and_then(error::sqlite::result_code) {
        Some(error::sqlite::NOTADB) => OpenError::NotADatabase { path },
        Some(error::sqlite::READONLY) => OpenError::ReadOnly { path },
        _ => OpenError::Database { path, source },
    }
}

#[cfg(test)]
mod tests {
    use khata_core::calendar::Timestamp;
    use khata_core::store::{StoreError, Throttle, ThrottleKey, ThrottleRepository};

    use super::*;

    #[tokio::test]
    async fn the_schema_is_at_the_version_of_the_last_migration() {
        let store = SqliteStore::open("sqlite::memory:").await.unwrap();
        let marks = Marks::read(&mut store.writers.acquire().await.unwrap()).await.unwrap();
        assert_eq!(marks.judge(Path::new("")).unwrap(), MIGRATIONS.len());
    }

    #[tokio::test]
    async fn a_commit_is_on_the_disk_when_it_is_answered() {
        let folder = tempfile::TempDir::new().unwrap();
        let store =
            SqliteStore::open(&format!("sqlite://{}/khata.db", folder.path().display())).await.unwrap();
        let pragmas = "SELECT journal_mode, synchronous FROM pragma_journal_mode, pragma_synchronous";
        let (journal, synchronous): (String, i64) =
            sqlx::query_as(pragmas).fetch_one(&store.writers).await.unwrap();
        assert_eq!((journal.as_str(), synchronous), ("wal", 2), "with a log, 2 (FULL) waits for the disk");
    }

    #[tokio::test]
    async fn a_full_disk_is_of_no_consequence_once_there_is_room_again() {
        let folder = tempfile::TempDir::new().unwrap();
        let store =
            SqliteStore::open(&format!("sqlite://{}/khata.db", folder.path().display())).await.unwrap();
        sqlx::raw_sql("PRAGMA max_page_count = 1").execute(&store.writers).await.unwrap();
        let mut transaction = store.begin_briefly().await.unwrap();
        // One row in one statement, whose failure is the end of the whole transaction for SQLite.
        let large = sqlx::query("INSERT INTO throttles VALUES (hex(zeroblob(100000)), 1, 1, 1, 1)");
        let full = large.execute(&mut *transaction).await.map_err(error::of_statement);
        assert!(matches!(full, Err(StoreError::Unavailable { .. })), "{full:?}");
        drop(transaction);

        let now = Timestamp::now();
        let throttle = Throttle { tries: 1, blocked_until: now, expires_at: now, revision: 1 };
        store.put_throttle(&ThrottleKey::new("peer", "192.0.2.1"), &throttle, now).await.unwrap();
    }
}
