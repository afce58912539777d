//! What the program refuses to start with: in one line that says what to do, and without touching anything.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use tempfile::TempDir;

use super::client::Client;
use super::process::{Ended, Process, run};

/// It ended with 1 and one line.
pub(crate) fn refusal(ended: &Ended) -> &str {
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
    let line = ended.stderr.strip_prefix("khata: ").unwrap();
    assert_eq!(line.lines().count(), 1, "{line}");
    line.trim_end()
}

/// It refuses `khata.db` of that folder, to serve and to fill it, and leaves the folder as it was.
fn refused_and_untouched(folder: &Path) -> String {
    let contents = || {
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = files.map(|file| (file.clone(), fs::read(file).unwrap())).collect();
        files.sort();
        files
    };
    let before = contents();
    let [serve, demo] = [&["--bind", "127.0.0.1:0"][..], &["demo"]].map(|arguments| {
        let ended = run(folder, arguments);
        refusal(&ended).to_owned()
    });
    assert_eq!(serve, demo);
    assert!(contents() == before, "something changed: {serve}");
    serve
}

#[test]
fn a_file_that_is_no_database() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("khata.db"), "Dear diary, ".repeat(100)).unwrap();
    let line = refused_and_untouched(folder.path());
    assert!(line.starts_with("khata.db is not a database;"), "{line}");
}

/// A folder with a book that was closed.
async fn folder_with_a_book() -> TempDir {
    let folder = TempDir::new().unwrap();
    let server = Process::serve(folder.path(), &[]);
    Client::registered(&server).await;
    server.signal("TERM");
    assert_eq!(server.ended().code, Some(0));
    folder
}

#[tokio::test]
async fn a_database_of_a_newer_version() {
    let folder = folder_with_a_book().await;
    let path = folder.path().join("khata.db");
    let mut bytes = fs::read(&path).unwrap();
    // The user version, big-endian, at byte 60 of the header: https://www.sqlite.org/fileformat.html
    bytes[60..64].copy_from_slice(&9_999_u32.to_be_bytes());
    fs::write(&path, bytes).unwrap();
    let line = refused_and_untouched(folder.path());
    assert!(line.contains("newer version of Khata (schema 9999"), "{line}");
    assert!(line.ends_with("update this program"), "{line}");
}

#[tokio::test]
async fn a_database_that_is_read_only() {
    let folder = folder_with_a_book().await;
    let path = folder.path().join("khata.db");
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let line = refused_and_untouched(folder.path());
    assert!(line.starts_with("khata.db is read-only; make it writable"), "{line}");
}

#[test]
fn a_database_of_another_kind() {
    let folder = TempDir::new().unwrap();
    for (url, start) in [
        ("khata.db", "the database must be a URL"),
        ("mysql://u:hush@localhost/khata", "`mysql` is not a kind of database that Khata knows"),
        #[cfg(not(feature = "postgres"))]
        ("postgres://u:hush@localhost/khata", "this khata was built without PostgreSQL"),
        #[cfg(feature = "postgres")]
        ("postgres://u:hush@localhost:1/khata", "no PostgreSQL answers at localhost:1"),
        #[cfg(not(feature = "mongo"))]
        ("mongodb://u:hush@localhost/khata", "this khata was built without MongoDB"),
    ] {
        for arguments in [&["--bind", "127.0.0.1:0", "--database", url][..], &["demo", "--database", url]] {
            let ended = run(folder.path(), arguments);
            let line = refusal(&ended);
            assert!(line.starts_with(start), "{line}");
            assert!(!line.contains("hush"), "{line}");
        }
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_port_that_is_taken() {
    let folder = TempDir::new().unwrap();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let ended = run(folder.path(), &["--bind", &address]);
    let line = refusal(&ended);
    assert!(line.starts_with(&format!("another program listens on {address} already")), "{line}");
    assert!(line.contains("--bind"), "{line}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_secret_that_is_too_short() {
    let folder = TempDir::new().unwrap();
    for variable in ["KHATA_JWT_SECRET", "KHATA_JWT_SECRET_OLD"] {
        let environment = [("KHATA_JWT_SECRET", "long enough to be a secret by itself"), (variable, "hush")];
        let ended = Process::spawn(folder.path(), &["--bind", "127.0.0.1:0"], &environment).ended();
        let line = refusal(&ended);
        assert!(line.starts_with(&format!("{variable} must have at least 32 bytes")), "{line}");
        assert!(!line.contains("hush"), "{line}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_key_that_others_can_read() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = folder_with_a_book().await;
    let key = folder.path().join("khata.db.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let ended = run(folder.path(), &["--bind", "127.0.0.1:0"]);
    let line = refusal(&ended);
    assert!(line.contains("(mode 0644)") && line.ends_with("chmod 600 khata.db.key"), "{line}");
}

#[test]
fn a_network_that_is_none() {
    let folder = TempDir::new().unwrap();
    for networks in ["10.0.0.0/33", "127.0.0.1,localhost", "::1/129", "127.0.0.0/8,"] {
        let option = Process::spawn(folder.path(), &["--metrics-from", networks], &[]).ended();
        let variable = Process::spawn(folder.path(), &[], &[("KHATA_METRICS_FROM", networks)]).ended();
        for ended in [option, variable] {
            assert_eq!(ended.code, Some(2), "{networks}");
            let wrong = networks.rsplit(',').next().unwrap();
            let told = format!("invalid value '{wrong}' for '--metrics-from <ADDRESS[/BITS]>'");
            assert!(ended.stderr.contains(&told), "{}", ended.stderr);
            assert!(ended.stderr.contains("must be an IP address or a network, such as"), "{}", ended.stderr);
        }
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_command_line_that_is_mistyped() {
    let folder = TempDir::new().unwrap();
    for arguments in
        [&["--bnd", "127.0.0.1:0"][..], &["serv"], &["--log", "loud"], &["demo", "--customers", "0"]]
    {
        assert_eq!(run(folder.path(), arguments).code, Some(2), "{arguments:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
