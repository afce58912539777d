//! A book that moves from one database to another.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use super::client::Client;
use super::process::{Ended, Process, run, wait_for};

const FROM: &str = "sqlite://khata.db";
const TO: &str = "sqlite://copy.db";

/// A folder with the demo's book of so many customers.
pub(crate) fn folder_with_a_demo(customers: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    assert_eq!(run(folder.path(), &["demo", "--customers", customers]).code, Some(0));
    folder
}

/// What it says when it is done.
pub(crate) fn told(ended: &Ended) -> &str {
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "no progress is drawn where nobody looks");
    &ended.stdout
}

/// Why it was not done.
pub(crate) fn refusal(ended: &Ended) -> &str {
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    ended.stderr.trim_end()
}

/// What a server says of the book in a database.
async fn served(folder: &TempDir, database: &str) -> Vec<Value> {
    let environment =
        [("KHATA_DATABASE_URL", database), ("KHATA_JWT_SECRET", "the same for every process there is")];
    let server = Process::serve_with(folder.path(), &[], &environment);
    let mut client = Client::of(&server);
    client.login("9000012345", "apni-dukaan-ka-khata").await;
    let mut answers = Vec::new();
    for path in ["shopowners/me", "customers/shop?limit=500", "invoices/shop?limit=500"] {
        answers.push(client.get(&format!("/api/{path}")).await);
    }
    server.signal("TERM");
    assert_eq!(server.ended().code, Some(0));
    answers
}

#[tokio::test]
async fn a_copy_is_served_like_the_book() {
    let folder = folder_with_a_demo("12");
    let ended = run(folder.path(), &["copy", FROM, TO]);
    assert!(told(&ended).starts_with("Copied khata.db to copy.db in "), "{}", ended.stdout);
    assert!(ended.stdout.contains("\n  1 shops, 12 customers, "), "{}", ended.stdout);
    assert_eq!(served(&folder, FROM).await, served(&folder, TO).await);
}

#[tokio::test]
async fn a_copy_is_brought_up_to_date() {
    let folder = folder_with_a_demo("3");
    told(&run(folder.path(), &["copy", FROM, TO]));
    let server = Process::serve(folder.path(), &[]);
    Client::registered(&server).await;
    server.signal("TERM");
    assert_eq!(server.ended().code, Some(0));
    let ended = run(folder.path(), &["copy", FROM, TO]);
    assert!(told(&ended).contains("\n  2 shops, "), "{}", ended.stdout);
    let quiet = run(folder.path(), &["copy", "--quiet", FROM, TO]);
    assert_eq!(told(&quiet), "");
}

#[test]
fn a_copy_that_was_cut_off_goes_on() {
    let folder = folder_with_a_demo("200");
    let copying = Process::spawn(folder.path(), &["copy", FROM, TO], &[]);
    wait_for("the copy", || folder.path().join("copy.db-wal").exists().then_some(()));
    copying.kill();
    told(&run(folder.path(), &["copy", FROM, TO]));
}

#[test]
fn a_copy_that_is_stopped_says_how_to_go_on() {
    let folder = folder_with_a_demo("200");
    let copying = Process::spawn(folder.path(), &["copy", FROM, TO], &[]);
    // It can be stopped once it has begun to write; before, a signal just ends it.
    wait_for("the copy", || {
        let size = fs::metadata(folder.path().join("copy.db-wal")).map_or(0, |file| file.len());
        (size > 500_000).then_some(())
    });
    for signal in ["STOP", "TERM", "CONT"] {
        copying.signal(signal);
    }
    assert_eq!(refusal(&copying.ended()), "khata: interrupted; the same command continues from here");
    told(&run(folder.path(), &["copy", FROM, TO]));
}

#[test]
fn the_urls_may_come_from_the_environment() {
    let folder = folder_with_a_demo("1");
    let environment = [("KHATA_COPY_FROM", FROM), ("KHATA_COPY_TO", TO)];
    told(&Process::spawn(folder.path(), &["copy"], &environment).ended());
}

#[test]
fn what_can_not_be_copied_is_refused_and_nothing_made() {
    let folder = folder_with_a_demo("1");
    for (from, to, why) in [
        ("sqlite://khtaa.db", TO, "FROM: there is no khtaa.db; check its name"),
        ("sqlite::memory:", TO, "FROM (memory) has no shop"),
        ("khata.db", TO, "FROM: the database must be a URL"),
        (FROM, "copy.db", "TO: the database must be a URL"),
        (FROM, "sqlite::memory:", "a database in memory is lost on exit"),
        (FROM, FROM, "FROM and TO are the same database"),
        (FROM, "sqlite://./khata.db", "FROM and TO are the same database"),
    ] {
        let ended = run(folder.path(), &["copy", from, to]);
        assert!(refusal(&ended).starts_with(&format!("khata: {why}")), "{}", ended.stderr);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn another_book_is_not_written_over() {
    let folder = folder_with_a_demo("1");
    assert_eq!(run(folder.path(), &["demo", "--customers", "1", "--database", TO]).code, Some(0));
    let before = fs::read(folder.path().join("copy.db")).unwrap();
    let ended = run(folder.path(), &["copy", FROM, TO]);
    let line = refusal(&ended);
    assert!(line.contains("): another owner in the target has the mobile number; "), "{line}");
    assert!(fs::read(folder.path().join("copy.db")).unwrap() == before);
}

/// The book moves from a file to that database and into another file, and is the same in each.
#[cfg(any(feature = "postgres", feature = "mongo"))]
async fn moves_there_and_back(url: &str) {
    let folder = folder_with_a_demo("5");
    let (scheme, rest) = url.split_once("://").unwrap();
    let rest = rest.split_once('@').map_or(rest, |(_, place)| place);
    let place = format!("{scheme}://{}", rest.split('?').next().unwrap());
    let told_place = |ended: &Ended| {
        assert!(told(ended).contains(&place), "{}", ended.stdout);
        assert!(!ended.stdout.contains(url), "a URL may hold a password: {}", ended.stdout);
    };
    let mistyped = run(folder.path(), &["copy", url, TO]);
    assert!(refusal(&mistyped).starts_with("khata: FROM: there is no book in "), "{}", mistyped.stderr);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    told_place(&run(folder.path(), &["copy", FROM, url]));
    let book = served(&folder, FROM).await;
    assert_eq!(served(&folder, url).await, book);
    told_place(&run(folder.path(), &["copy", url, TO]));
    assert_eq!(served(&folder, TO).await, book);

    let same = run(folder.path(), &["copy", url, url]);
    assert!(refusal(&same).starts_with("khata: FROM and TO are the same database"), "{}", same.stderr);
    let without_key = run(folder.path(), &["--database", url, "--bind", "127.0.0.1:0"]);
    assert!(
        refusal(&without_key).starts_with("khata: KHATA_JWT_SECRET is not set"),
        "{}",
        without_key.stderr
    );
}

#[cfg(feature = "postgres")]
mod over_postgres {
    use khata_store_sql::conformance::PostgresFixture;

    #[tokio::test]
    async fn a_book_moves_there_and_back() {
        let fresh = PostgresFixture.fresh_url().await;
        super::moves_there_and_back(fresh.as_str()).await;
        fresh.delete().await;
    }

    #[cfg(feature = "mongo")]
    mod over_mongo {
        use khata_store_mongo::conformance::MongoFixture;
        use khata_store_sql::conformance::PostgresFixture;

        use super::super::{FROM, TO, folder_with_a_demo, run, served, told};

        #[tokio::test]
        async fn a_book_moves_from_one_to_the_other_and_back() {
            let folder = folder_with_a_demo("5");
            let (postgres, mongo) = (PostgresFixture.fresh_url().await, MongoFixture.fresh_url());
            let again = PostgresFixture.fresh_url().await;
            for (from, to) in [
                (FROM, postgres.as_str()),
                (postgres.as_str(), mongo.as_str()),
                (mongo.as_str(), again.as_str()),
                (again.as_str(), TO),
            ] {
                told(&run(folder.path(), &["copy", from, to]));
            }
            assert_eq!(served(&folder, TO).await, served(&folder, FROM).await);
            postgres.delete().await;
            mongo.delete().await;
            again.delete().await;
        }
    }
}

#[cfg(feature = "mongo")]
mod over_mongo {
    use khata_store_mongo::conformance::MongoFixture;

    #[tokio::test]
    async fn a_book_moves_there_and_back() {
        let fresh = MongoFixture.fresh_url();
        super::moves_there_and_back(fresh.as_str()).await;
        fresh.delete().await;
    }
}
