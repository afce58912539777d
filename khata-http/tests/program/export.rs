//! Exporting a book.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::client::Client;
use super::copy::{folder_with_a_demo, refusal, told};
use super::process::{Process, run, wait_for};

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_book_goes_into_a_file_or_to_standard_output() {
    let folder = folder_with_a_demo("3");
    let ended = run(folder.path(), &["export", "--output", "book.jsonl"]);
    assert!(told(&ended).contains(") to book.jsonl: "), "{}", ended.stdout);
    let text = fs::read_to_string(folder.path().join("book.jsonl")).unwrap();
    assert!(text.starts_with("{\"khata\":") && text.lines().last().unwrap().starts_with("{\"end\":"));
    assert_eq!(told(&run(folder.path(), &["export"])), text, "and nothing else");
    let again = ["export", "--quiet", "-o", "book.jsonl", "--shop", "9000012345"];
    let refused = refusal(&run(folder.path(), &again)).to_owned();
    assert_eq!(refused, "khata: book.jsonl exists already, and was not replaced; --force replaces it");
    assert_eq!(told(&run(folder.path(), &[&again[..], &["--force"]].concat())), "");
    assert_eq!(names(folder.path()), ["book.jsonl", "khata.db"]);
}

#[test]
fn each_table_is_a_file_of_a_folder() {
    let folder = folder_with_a_demo("3");
    told(&run(folder.path(), &["export", "--format", "csv", "--output", "out/tables"]));
    let tables = [
        "allocations",
        "creditnotes",
        "customers",
        "debitnotes",
        "entries",
        "invoices",
        "openings",
        "receipts",
        "refunds",
        "writeoffs",
    ]
    .map(|table| format!("{table}.csv"));
    assert_eq!(names(&folder.path().join("out/tables")), tables);
    let one = run(folder.path(), &["export", "--format", "csv", "--table", "customers"]);
    let customers = fs::read_to_string(folder.path().join("out/tables/customers.csv")).unwrap();
    assert_eq!(told(&one), customers.replace("\r\n", "\n"));
    assert_eq!(customers.lines().count(), 4);
}

#[test]
fn an_export_that_ends_half_way_leaves_no_half_file() {
    // So many that it is still at work when the signal comes.
    let folder = folder_with_a_demo("1000");
    fs::write(folder.path().join("book.jsonl"), "the one before").unwrap();
    for signal in ["TERM", "KILL"] {
        let exporting = Process::spawn(folder.path(), &["export", "--output", "book.jsonl", "--force"], &[]);
        wait_for("the export", || {
            let begun = |name: &String| name.starts_with(".tmp");
            let part = names(folder.path()).into_iter().find(begun)?;
            (fs::metadata(folder.path().join(part)).ok()?.len() > 100_000).then_some(())
        });
        exporting.signal(signal);
        let ended = exporting.ended();
        if signal == "TERM" {
            assert_eq!(refusal(&ended), "khata: interrupted; no file was written");
            assert_eq!(names(folder.path()), ["book.jsonl", "khata.db"], "and nothing is left over");
        }
        let there = fs::read_to_string(folder.path().join("book.jsonl")).unwrap();
        assert_eq!(there, "the one before");
    }
}

#[tokio::test]
async fn what_can_not_be_exported_is_told() {
    let folder = folder_with_a_demo("1");
    let server = Process::serve(folder.path(), &[]);
    Client::registered(&server).await;
    server.signal("TERM");
    assert_eq!(server.ended().code, Some(0));
    let before = names(folder.path());
    for (arguments, why) in [
        (&["--output", "book.jsonl"][..], "there are 2 shops; choose one with --shop"),
        (&["--shop", "9999999999"], "there is no such shop in khata.db"),
        (&["--database", "sqlite://khtaa.db"], "there is no khtaa.db"),
        (&["--format", "csv"], "a book has several tables; choose one with --table, or a folder"),
        (&["--table", "entries"], "--table is only valid with --format csv"),
        (&["--shop", "9000012345", "--output", "no/folder.jsonl"], "no/folder.jsonl can't be written"),
        (
            &["--shop", "9000012345", "--output", "khata.db", "--force"],
            "khata.db belongs to the database that is read; choose another file",
        ),
        (
            &["--shop", "9000012345", "--output", "khata.db.key", "--force"],
            "khata.db.key belongs to the database that is read",
        ),
        (&["--shop", "9000012345", "--output", "/dev/null", "--force"], "/dev/null is not a regular file"),
    ] {
        let ended = run(folder.path(), &[&["export"], arguments].concat());
        assert!(refusal(&ended).starts_with(&format!("khata: {why}")), "{}", ended.stderr);
    }
    assert_eq!(names(folder.path()), before);
    let empty = TempDir::new().unwrap();
    assert_eq!(run(empty.path(), &["export"]).code, Some(1));
    assert_eq!(names(empty.path()), [] as [String; 0]);
}
