//! Importing a book that was exported.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::client::Client;
use super::copy::{folder_with_a_demo, refusal, told};
use super::process::{Ended, PROGRAM, Process, run, wait_for};

const TO: &str = "sqlite://new.db";

/// A folder with a demo of so many customers, and its book as a file.
fn folder_with_a_book(customers: &str) -> TempDir {
    let folder = folder_with_a_demo(customers);
    told(&run(folder.path(), &["export", "--output", "book.jsonl"]));
    folder
}

fn import(folder: &Path, arguments: &[&str]) -> Ended {
    run(folder, &[&["import", "book.jsonl", "--database", TO], arguments].concat())
}

fn exported(folder: &Path, database: &str) -> String {
    told(&run(folder, &["export", "--database", database])).to_owned()
}

/// That the demo's owner logs in with that password to what is served.
async fn logs_in(folder: &Path, password: &str) {
    let server = Process::serve(folder, &["--database", TO]);
    let mut client = Client::of(&server);
    client.login("9000012345", password).await;
    assert!(!client.get("/api/customers/shop").await.as_array().unwrap().is_empty());
    server.signal("TERM");
    assert_eq!(server.ended().code, Some(0));
}

#[tokio::test]
async fn an_imported_book_is_the_same_and_its_owner_logs_in() {
    let folder = folder_with_a_book("12");
    let dry = import(folder.path(), &["--dry-run"]);
    assert!(told(&dry).contains("the shop is new here; all "), "{}", dry.stdout);
    assert!(!folder.path().join("new.db").exists());

    let ended = import(folder.path(), &[]);
    assert!(told(&ended).contains(" into new.db: 12 customers, "), "{}", ended.stdout);
    let (_, rest) = ended.stdout.split_once(" logs in with the password ").unwrap();
    logs_in(folder.path(), rest.split_once(';').unwrap().0).await;
    assert_eq!(exported(folder.path(), TO), exported(folder.path(), "sqlite://khata.db"));
    told(&run(folder.path(), &["verify", "--database", TO]));

    let again = import(folder.path(), &[]);
    assert!(told(&again).contains(": 0 entries more, "), "{}", again.stdout);
    assert!(!again.stdout.contains("password"), "they have one: {}", again.stdout);
    assert_eq!(told(&import(folder.path(), &["--quiet"])), "");
}

#[tokio::test]
async fn the_password_may_be_chosen() {
    let folder = folder_with_a_book("1");
    let given = |password: &str| {
        let mut import = Command::new(PROGRAM);
        import.args(["import", "book.jsonl", "--database", TO, "--password-stdin"]).env_clear();
        import.current_dir(folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut import = import.spawn().unwrap();
        import.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
        import.wait_with_output().unwrap()
    };
    let short = given("short\n");
    assert_eq!(short.status.code(), Some(1));
    let why = String::from_utf8(short.stderr).unwrap();
    assert_eq!(why, "khata: the password on standard input must have at least 8 characters\n");
    assert!(!folder.path().join("new.db").exists());
    let chosen = given("chosen by its owner\n");
    assert!(chosen.status.success());
    assert!(!String::from_utf8(chosen.stdout).unwrap().contains("password"));
    logs_in(folder.path(), "chosen by its owner").await;
}

#[test]
fn an_import_that_was_cut_off_goes_on() {
    let folder = folder_with_a_book("200");
    let importing = Process::spawn(folder.path(), &["import", "book.jsonl", "--database", TO], &[]);
    wait_for("the import", || {
        let size = fs::metadata(folder.path().join("new.db-wal")).map_or(0, |file| file.len());
        (size > 500_000).then_some(())
    });
    importing.kill();
    let dry = import(folder.path(), &["--dry-run"]);
    assert!(told(&dry).contains(" entries are here; "), "{}", dry.stdout);
    assert!(told(&import(folder.path(), &[])).contains(" logs in with the password "));
    assert_eq!(exported(folder.path(), TO), exported(folder.path(), "sqlite://khata.db"));
}

#[test]
fn a_wrong_file_is_refused_and_nothing_made() {
    let folder = folder_with_a_book("3");
    let path = folder.path().join("book.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let count = lines.len();
    let changed = lines[count - 2].replace("\"recordedAt\":\"2", "\"recordedAt\":\"3");
    for (lines, line, why) in [
        (lines[..count - 1].to_vec(), count, "the file ends before the end of the book: it was truncated"),
        ([&lines[..count - 2], &[&changed, lines[count - 1]]].concat(), count - 1, "entry "),
        ([&lines[..6], &lines[7..]].concat(), 7, "entry "),
        (lines[1..].to_vec(), 1, "this is not the beginning of a book"),
    ] {
        fs::write(&path, lines.join("\n") + "\n").unwrap();
        let ended = import(folder.path(), &[]);
        let expected = format!("khata: book.jsonl: line {line}: {why}");
        let refused = refusal(&ended);
        assert!(refused.starts_with(&expected) && refused.ends_with("; nothing was written"), "{refused}");
    }
    fs::remove_file(&path).unwrap();
    assert!(refusal(&import(folder.path(), &[])).starts_with("khata: book.jsonl can't be opened: "));
    fs::write(&path, &text).unwrap();
    let memory = run(folder.path(), &["import", "book.jsonl", "--database", "sqlite::memory:"]);
    assert!(refusal(&memory).starts_with("khata: what is in memory is gone"), "{}", memory.stderr);
    assert!(!folder.path().join("new.db").exists());
}

#[test]
fn another_owner_with_the_number_is_in_the_way() {
    let folder = folder_with_a_book("1");
    assert_eq!(run(folder.path(), &["demo", "--customers", "1", "--database", TO]).code, Some(0));
    let before = exported(folder.path(), TO);
    let ended = import(folder.path(), &[]);
    assert!(
        refusal(&ended).contains("another owner in the target has the mobile number; "),
        "{}",
        ended.stderr
    );
    assert_eq!(exported(folder.path(), TO), before);
}

/// The book goes from a file into that database, and comes out the same.
#[cfg(any(feature = "postgres", feature = "mongo"))]
fn goes_in_and_out(url: &str) {
    let folder = folder_with_a_book("5");
    let ended = run(folder.path(), &["import", "book.jsonl", "--database", url]);
    assert!(told(&ended).contains(": 5 customers, "), "{}", ended.stdout);
    assert!(!ended.stdout.contains(url), "a URL may hold a password: {}", ended.stdout);
    assert_eq!(exported(folder.path(), url), exported(folder.path(), "sqlite://khata.db"));
}

#[cfg(feature = "postgres")]
mod over_postgres {
    use khata_store_sql::conformance::PostgresFixture;

    #[tokio::test]
    async fn a_book_goes_in_and_out() {
        let fresh = PostgresFixture.fresh_url().await;
        super::goes_in_and_out(fresh.as_str());
        fresh.delete().await;
    }
}

#[cfg(feature = "mongo")]
mod over_mongo {
    use khata_store_mongo::conformance::MongoFixture;

    #[tokio::test]
    async fn a_book_goes_in_and_out() {
        let fresh = MongoFixture.fresh_url();
        super::goes_in_and_out(fresh.as_str());
        fresh.delete().await;
    }
}
