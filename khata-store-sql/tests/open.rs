//! Opening a database, and what is refused.

use std::fs;
use std::path::Path;

use khata_core::calendar::Timestamp;
use khata_core::store::{BookRepository, Throttle, ThrottleKey, ThrottleRepository};
use khata_store_sql::{OpenError, SqliteStore};
use rusqlite::Connection;
use tempfile::TempDir;

fn url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

/// Something to be kept.
async fn keep(store: &SqliteStore) {
    let now = Timestamp::now();
    let throttle = Throttle { tries: 1, blocked_until: now, expires_at: now, revision: 1 };
    store.put_throttle(&ThrottleKey::new("peer", "192.0.2.1"), &throttle, now).await.unwrap();
}

/// Whether it was.
async fn has_kept(store: &SqliteStore) -> bool {
    !store.throttles(&[ThrottleKey::new("peer", "192.0.2.1")]).await.unwrap().is_empty()
}

/// Runs statements in a database of any sort.
fn run(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

/// Opening it fails, and leaves the file and its folder as they were. What it fails with fits a line.
async fn refused(path: &Path) -> OpenError {
    let folder = path.parent().unwrap();
    let files = || {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let (bytes, names) = (fs::read(path).unwrap(), files());
    let error = SqliteStore::open(&url(path)).await.unwrap_err();
    assert!(fs::read(path).unwrap() == bytes, "the file was changed: {error}");
    assert_eq!(files(), names);
    assert!(!error.to_string().contains('\n') && error.to_string().contains(';'), "{error}");
    error
}

#[tokio::test]
async fn a_new_file_is_for_its_user_only_and_keeps_what_is_written() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("khata.db");
    let store = SqliteStore::open(&url(&path)).await.unwrap();
    assert_eq!(store.file().as_deref(), Some(&*path));
    keep(&store).await;
    #[cfg(unix)]
    for entry in fs::read_dir(folder.path()).unwrap() {
        use std::os::unix::fs::PermissionsExt;
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
    }
    store.close().await;
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["khata.db"]);

    assert!(has_kept(&SqliteStore::open(&url(&path)).await.unwrap()).await);
}

#[tokio::test]
async fn an_empty_file_is_as_a_new_one() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("khata.db");
    fs::write(&path, "").unwrap();
    SqliteStore::open(&url(&path)).await.unwrap().ping().await.unwrap();
}

#[tokio::test]
async fn a_new_file_can_be_opened_by_many_at_once() {
    let folder = TempDir::new().unwrap();
    let url = url(&folder.path().join("khata.db"));
    let opening: Vec<_> = (0..8)
        .map(|_| {
            tokio::spawn({
                let url = url.clone();
                async move { SqliteStore::open(&url).await }
            })
        })
        .collect();
    for store in opening {
        store.await.unwrap().unwrap().ping().await.unwrap();
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notes.txt");
    for text in ["x".to_owned(), "milk, bread, rice\n".repeat(1000), "SQLite format 3\0 it is not".to_owned()]
    {
        fs::write(&path, text).unwrap();
        assert!(matches!(refused(&path).await, OpenError::NotADatabase { .. }));
    }
}

#[tokio::test]
async fn another_programs_database_is_refused() {
    let folder = TempDir::new().unwrap();
    for (file, sql) in [
        ("tables.db", "CREATE TABLE notes (text)"),
        ("wal.db", "PRAGMA journal_mode = WAL; CREATE TABLE notes (text)"),
        ("id.db", "PRAGMA application_id = 7"),
        ("version.db", "PRAGMA user_version = 1"),
    ] {
        let path = folder.path().join(file);
        run(&path, sql);
        assert!(matches!(refused(&path).await, OpenError::NotKhata { .. }), "{file}");
    }
}

#[tokio::test]
async fn a_newer_version_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("khata.db");
    SqliteStore::open(&url(&path)).await.unwrap().close().await;
    run(&path, "PRAGMA user_version = 1000");
    let error = refused(&path).await;
    assert!(matches!(error, OpenError::Newer { found: 1000, .. }), "{error}");
    assert!(error.to_string().contains("update this program"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_read_only_file_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("khata.db");
    SqliteStore::open(&url(&path)).await.unwrap().close().await;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let error = refused(&path).await;
    assert!(matches!(error, OpenError::ReadOnly { .. }), "{error}");
    assert!(error.to_string().contains("writable"), "{error}");
}

#[tokio::test]
async fn a_file_that_cannot_be_made_is_refused() {
    let folder = TempDir::new().unwrap();
    let missing = SqliteStore::open(&url(&folder.path().join("none/khata.db"))).await.unwrap_err();
    assert!(matches!(missing, OpenError::File { .. }), "{missing}");
    let taken = SqliteStore::open(&url(folder.path())).await.unwrap_err();
    assert!(matches!(taken, OpenError::Database { .. }), "{taken}");
}

#[tokio::test]
async fn other_urls_are_refused() {
    for url in
        ["", "khata.db", "postgres://localhost/khata", "sqlite:", "sqlite://", "sqlite://khata.db?mode=ro"]
    {
        assert!(matches!(SqliteStore::open(url).await, Err(OpenError::Url { .. })), "{url}");
    }
}

#[tokio::test]
async fn a_database_in_memory_is_its_own() {
    let one = SqliteStore::open("sqlite::memory:").await.unwrap();
    let other = SqliteStore::open("sqlite://:memory:").await.unwrap();
    assert_eq!((one.file(), other.file()), (None, None));
    keep(&one).await;
    assert!(has_kept(&one).await && !has_kept(&other).await);
}
