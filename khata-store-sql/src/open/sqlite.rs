//! Opening a file: whatever isn't a database of Khata's is left as it was, to the byte.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, percent_encode};
use rusqlite::config::DbConfig;
use rusqlite::ffi::ErrorCode;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use tokio::sync::oneshot;

use super::OpenError;
use crate::SqliteStore;
use crate::dialect::Connections;
use crate::error::sqlite::is_busy;

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
const READERS: usize = 6;

/// Number of statements that a connection keeps prepared: more than there are.
const STATEMENTS_MAX: usize = 256;

/// For a connection that writes batches. Each of them touches a page of nearly every index for each of its entries, which
/// with SQLite's defaults would use up the cache and spill into temporary files. The log is brought to the disk, and back
/// into the database, by threads of their own.
const OF_WRITER: &str = "
    PRAGMA synchronous = NORMAL;
    PRAGMA cache_size = -32768; -- KiB
    PRAGMA temp_store = MEMORY;
    PRAGMA wal_autocheckpoint = 0";

/// For the one that copies the log back.
const OF_COPIER: &str = "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -1024";

const OF_READERS: &str = "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY";

impl SqliteStore {
    /// Opens `sqlite://khata.db`, `sqlite:///var/lib/khata/khata.db`, or with `sqlite::memory:` a database of its own
    /// that ends with the store. A file that isn't there is made, for this user only; an older schema is brought up to
    /// date.
    ///
    /// # Errors
    /// [`OpenError`], in one line that says what to do. A file that isn't a database of this or an older version of
    /// Khata is left as it was, to the byte.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let location = Location::parse(url)?;
        let (reply, opened) = oneshot::channel();
        // It may wait for the disk and for other processes.
        let opening = move || _ = reply.send(location.open());
        let path = || PathBuf::from(url);
        let failed = |source: io::Error| OpenError::Database { path: path(), source: source.into() };
        thread::Builder::new().name("khata-open".into()).spawn(opening).map_err(failed)?;
        let database =
            opened.await.map_err(|source| OpenError::Database { path: path(), source: source.into() })??;
        Ok(Self { database })
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
        self.database.file().cloned()
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
        let name = percent_decode_str(name).decode_utf8().map_err(|_| refused())?;
        Ok(Self::File(PathBuf::from(&*name)))
    }

    fn open(self) -> Result<Connections, OpenError> {
        let Self::File(path) = self else {
            let path = Path::new(IN_MEMORY);
            let mut connection = Connection::open_in_memory().map_err(|source| failed(path, source))?;
            prepare(&connection, "").map_err(|source| failed(path, source))?;
            migrate(path, &mut connection)?;
            return Connections::of_memory(connection).map_err(|source| no_thread(path, source));
        };
        if !make(&path).map_err(|source| OpenError::File { path: path.clone(), source })? {
            inspect(&path)?;
        }
        let writer = writer(&path)?;
        let open = |pragmas| open(&path, pragmas).map_err(|source| failed(&path, source));
        let copier = open(OF_COPIER)?;
        let readers = (0..READERS).map(|_| open(OF_READERS)).collect::<Result<_, _>>()?;
        Connections::of_file(path.clone(), log_of(&path), writer, copier, readers)
            .map_err(|source| no_thread(&path, source))
    }
}

/// The file of the log, beside that of the database.
fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
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
fn inspect(path: &Path) -> Result<(), OpenError> {
    let metadata = fs::metadata(path).map_err(|source| OpenError::File { path: path.to_owned(), source })?;
    // For reasons of its own, SQLite takes a single byte for nothing.
    if metadata.len() == 1 {
        return Err(OpenError::NotADatabase { path: path.to_owned() });
    }
    // Even to read, SQLite would make a log and leave it. Where there is one, the database can't be told without.
    let marks = if log_of(path).exists() {
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
    } else {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        Connection::open_with_flags(format!("{}?immutable=1", uri(path)), flags)
    };
    let marks = marks.and_then(|connection| {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        Marks::read(&connection)
    });
    marks.map_err(|source| failed(path, source))?.judge(path)?;
    // Where the system forbids it to write, SQLite says so later. The superuser is never forbidden, but who took the
    // permission away meant it.
    if metadata.permissions().readonly() {
        return Err(OpenError::ReadOnly { path: path.to_owned() });
    }
    warn_if_shared(path, &metadata);
    Ok(())
}

/// A file that was there before may have been made for everybody to read, which its owner should know.
#[cfg(unix)]
fn warn_if_shared(path: &Path, metadata: &fs::Metadata) {
    let mode = std::os::unix::fs::MetadataExt::mode(metadata) & 0o7777;
    if mode & 0o066 != 0 {
        let path = path.display();
        tracing::warn!(
            "the database {path} can be read or changed by other users of the machine (mode {mode:04o}); unless that is \
             wanted: chmod 600 {path}"
        );
    }
}

#[cfg(not(unix))]
fn warn_if_shared(_path: &Path, _metadata: &fs::Metadata) {}

/// The path as SQLite reads it in a URI: <https://www.sqlite.org/uri.html>.
fn uri(path: &Path) -> String {
    const ESCAPED: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#').add(b' ');
    #[cfg(unix)]
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_owned();
    #[cfg(not(unix))]
    let bytes = {
        let path = path.to_string_lossy().replace('\\', "/");
        let is_drive = path.as_bytes().get(1) == Some(&b':');
        if is_drive { format!("/{path}") } else { path }.into_bytes()
    };
    format!("file:{}", percent_encode(&bytes, ESCAPED))
}

/// What a database says of itself.
struct Marks {
    application_id: i64,
    version: i64,
    tables: i64,
}

impl Marks {
    fn read(connection: &Connection) -> rusqlite::Result<Self> {
        connection.query_row(
            "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
             FROM pragma_application_id, pragma_user_version",
            (),
            |row| Ok(Self { application_id: row.get(0)?, version: row.get(1)?, tables: row.get(2)? }),
        )
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

/// A connection, with these pragmas.
fn open(path: &Path, pragmas: &str) -> rusqlite::Result<Connection> {
    // Each is used by one thread at a time.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    prepare(&connection, pragmas)?;
    Ok(connection)
}

fn prepare(connection: &Connection, pragmas: &str) -> rusqlite::Result<()> {
    // A statement has one plan, whatever its parameters are. Otherwise it would be prepared anew for each value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.execute_batch(pragmas)
}

/// The connection that writes, to a database whose schema is up to date.
fn writer(path: &Path) -> Result<Connection, OpenError> {
    let failed = |source| failed(path, source);
    let mut connection = open(path, OF_WRITER).map_err(failed)?;
    let since = Instant::now();
    // To switch to a write-ahead log takes a lock that SQLite doesn't wait for.
    while let Err(source) = connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())) {
        if !is_busy(&source) || since.elapsed() >= BUSY_TIMEOUT {
            return Err(failed(source));
        }
        thread::sleep(PAUSE);
    }
    migrate(path, &mut connection)?;
    Ok(connection)
}

fn migrate(path: &Path, connection: &mut Connection) -> Result<(), OpenError> {
    let failed = |source| failed(path, source);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let version = Marks::read(&transaction).map_err(failed)?.judge(path)?;
    for migration in &MIGRATIONS[version..] {
        transaction.execute_batch(migration).map_err(failed)?;
    }
    transaction.commit().map_err(failed)
}

fn failed(path: &Path, source: rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotADatabase { path },
        Some(ErrorCode::ReadOnly) => OpenError::ReadOnly { path },
        _ => OpenError::Database { path, source: source.into() },
    }
}

fn no_thread(path: &Path, source: io::Error) -> OpenError {
    OpenError::Database { path: path.to_owned(), source: source.into() }
}

#[cfg(test)]
mod tests {
    use khata_core::calendar::Timestamp;
    use khata_core::store::{StoreError, Throttle, ThrottleKey, ThrottleRepository};

    use super::*;
    use crate::error::sqlite::of_statement;

    /// A book in a file.
    async fn in_file(folder: &tempfile::TempDir) -> SqliteStore {
        SqliteStore::open(&format!("sqlite://{}/khata.db", folder.path().display())).await.unwrap()
    }

    #[tokio::test]
    async fn the_schema_is_at_the_version_of_the_last_migration() {
        let store = SqliteStore::open("sqlite::memory:").await.unwrap();
        let marks = store.read(|connection| Box::pin(async move { Ok(Marks::read(connection).unwrap()) }));
        assert_eq!(marks.await.unwrap().judge(Path::new("")).unwrap(), MIGRATIONS.len());
    }

    #[tokio::test]
    async fn commits_go_to_a_log_of_which_the_store_sees_to_the_rest() {
        let folder = tempfile::TempDir::new().unwrap();
        let pragma = |name: &'static str| {
            move |connection: &Connection| {
                connection
                    .pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))
                    .unwrap()
            }
        };
        let store = in_file(&folder).await;
        let settings = store.change(move |connection| {
            let names = ["journal_mode", "synchronous", "wal_autocheckpoint"];
            Box::pin(async move { Ok(names.map(|name| pragma(name)(connection))) })
        });
        // With a log, 1 (NORMAL) brings it to the disk before it is copied back.
        assert_eq!(settings.await.unwrap(), ["wal".to_owned().into(), 1.into(), 0.into()]);
    }

    #[tokio::test]
    async fn a_full_disk_is_of_no_consequence_once_there_is_room_again() {
        let folder = tempfile::TempDir::new().unwrap();
        let store = in_file(&folder).await;
        // One row in one statement, whose failure is the end of the whole transaction for SQLite.
        let large = store.change(|connection| {
            Box::pin(async move {
                connection.execute_batch("PRAGMA max_page_count = 1").unwrap();
                let large = "INSERT INTO throttles VALUES (hex(zeroblob(100000)), 1, 1, 1, 1)";
                connection.execute(large, ()).map_err(of_statement)
            })
        });
        let full = large.await;
        assert!(matches!(full, Err(StoreError::Unavailable { .. })), "{full:?}");

        let now = Timestamp::now();
        let throttle = Throttle { tries: 1, blocked_until: now, expires_at: now, revision: 1 };
        store.put_throttle(&ThrottleKey::new("peer", "192.0.2.1"), &throttle, now).await.unwrap();
    }
}
