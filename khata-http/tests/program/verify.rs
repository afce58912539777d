//! Verifying: what is sound, what was altered, and what was rewritten.

use std::fs;
use std::path::Path;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::client::{Client, MOBILE};
use super::process::{Ended, Process, run};

/// A folder with the book of a shop that traded, whose server has stopped.
async fn traded() -> TempDir {
    let folder = TempDir::new().unwrap();
    let server = Process::serve(folder.path(), &[]);
    Client::registered(&server).await.trade().await;
    stop(server);
    folder
}

fn stop(server: Process) {
    server.signal("TERM");
    assert_eq!(server.ended().code, Some(0));
}

/// Changes bytes of the file, as anybody may who can write it.
fn alter(folder: &Path, from: &str, to: &str) {
    assert_eq!(from.len(), to.len());
    let path = folder.join("khata.db");
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    fs::write(&path, bytes).unwrap();
}

/// It ended well, having said that.
fn assert_says(ended: &Ended, text: &str) {
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains(text), "{}", ended.stdout);
}

/// It ended badly, having said that.
fn assert_finds(ended: &Ended, text: &str) {
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains(text), "{}", ended.stdout);
    assert_eq!(ended.stderr, "khata: 1 of 1 books are not sound\n");
}

#[tokio::test]
async fn a_book_that_was_kept_is_sound() {
    let folder = traded().await;
    for arguments in [&["verify"][..], &["verify", "--shop", MOBILE], &["verify", "--shop", "all"]] {
        let ended = run(folder.path(), arguments);
        assert_says(&ended, "Patil Stores (");
        assert_says(&ended, "sound: 2 entries, 2 documents and 1 customers agree");
    }
}

#[tokio::test]
async fn a_book_is_verified_while_it_is_served() {
    let folder = TempDir::new().unwrap();
    let server = Process::serve(folder.path(), &[]);
    Client::registered(&server).await.trade().await;
    assert_says(&run(folder.path(), &["verify"]), "sound: 2 entries");
}

#[tokio::test]
async fn a_paper_that_was_altered_is_found() {
    let folder = traded().await;
    alter(folder.path(), "\"total\":118050", "\"total\":118059");
    assert_finds(&run(folder.path(), &["verify"]), "entry 1: its document was changed");
}

#[tokio::test]
async fn a_book_is_held_to_a_head_that_was_kept() {
    let folder = traded().await;
    let head = run(folder.path(), &["head", "--shop", MOBILE]);
    assert_eq!(head.code, Some(0), "{}", head.stderr);
    let line: Value = serde_json::from_str(head.stdout.trim_end()).unwrap();
    assert_eq!((&line["seq"], head.stdout.lines().count()), (&json!(2), 1));
    fs::write(folder.path().join("heads"), &head.stdout).unwrap();

    let server = Process::serve(folder.path(), &[]);
    let mut client = Client::of(&server);
    client.login(MOBILE, super::client::PASSWORD).await;
    let customer = json!({ "name": "Asha", "mobileNumber": "9822012346", "openingBalance": 5 });
    client.post("/api/customers/add", customer, StatusCode::CREATED).await;
    stop(server);
    let against = ["verify", "--head", "heads"];
    let ended = run(folder.path(), &against);
    assert_says(&ended, "sound: 3 entries");
    assert_says(&ended, "the head kept at entry 2");

    fs::write(folder.path().join("heads"), head.stdout.replace("\"seq\":2", "\"seq\":3")).unwrap();
    assert_finds(&run(folder.path(), &against), "is not signed with this database's key");
}

#[tokio::test]
async fn a_book_that_was_rewritten_or_is_gone_is_found_by_a_head() {
    let folder = traded().await;
    let before = fs::read(folder.path().join("khata.db")).unwrap();
    let server = Process::serve(folder.path(), &[]);
    let mut client = Client::of(&server);
    client.login(MOBILE, super::client::PASSWORD).await;
    let customer = json!({ "name": "Asha", "mobileNumber": "9822012346", "openingBalance": 5 });
    client.post("/api/customers/add", customer, StatusCode::CREATED).await;
    stop(server);
    let head = run(folder.path(), &["head"]);
    fs::write(folder.path().join("heads"), &head.stdout).unwrap();

    fs::write(folder.path().join("khata.db"), before).unwrap();
    let against = ["verify", "--head", "heads"];
    assert_finds(&run(folder.path(), &against), "the book was rewritten or cut short");

    fs::remove_file(folder.path().join("khata.db")).unwrap();
    stop(Process::serve(folder.path(), &[]));
    assert_finds(&run(folder.path(), &against), "a head of it was kept, and it is not in khata.db");
}

#[tokio::test]
async fn what_can_not_be_verified_is_refused() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("heads"), "not heads\n").unwrap();
    for arguments in [&["verify"][..], &["head"], &["verify", "--head", "heads"]] {
        assert_eq!(run(folder.path(), arguments).code, Some(1), "{arguments:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no database is made");

    stop(Process::serve(folder.path(), &[]));
    for (arguments, says) in [
        (&["verify"][..], "khata: there is no shop in khata.db"),
        (&["head", "--shop", MOBILE], "khata: there is no such shop in khata.db"),
        (&["verify", "--head", "heads"], "khata: heads holds no signed heads"),
        (&["verify", "--head", "none"], "khata: none can't be read"),
        (
            &["head", "--database", "sqlite::memory:"],
            "khata: a database in memory has no permanent signing key",
        ),
    ] {
        let ended = run(folder.path(), arguments);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{arguments:?}");
        assert!(ended.stderr.starts_with(says), "{}", ended.stderr);
    }
}
