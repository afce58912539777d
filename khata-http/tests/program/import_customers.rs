//! Importing customers out of a table.

use std::collections::HashMap;
use std::fs;

use tempfile::TempDir;

use super::copy::{folder_with_a_demo, told};
use super::process::{Ended, run};

const GOOD: &str = "Sr,Ledger Name,Phone No.,Closing Balance,As of\n\
    1,आशा पाटील,98765 00001,\"1,180.50 Dr\",01/04/2026\n\
    2,Ravi,+91 98765 00002,20 Cr,2026-04-01\n\
    3,=Bina,9876500003,,\n";

fn import(folder: &TempDir, table: &str, arguments: &[&str]) -> Ended {
    fs::write(folder.path().join("parties.csv"), table).unwrap();
    run(folder.path(), &[&["import", "--customers", "parties.csv"], arguments].concat())
}

/// Names and balances of those whom no demo has.
fn customers(folder: &TempDir) -> Vec<(String, String)> {
    let ended = run(folder.path(), &["export", "--format", "csv", "--table", "customers"]);
    let mut rows = csv::Reader::from_reader(told(&ended).as_bytes());
    let rows = rows.deserialize::<HashMap<String, String>>().map(Result::unwrap);
    let rows = rows.filter(|row| row["mobileNumber"].contains("98765000"));
    rows.map(|row| (row["name"].clone(), row["balance"].clone())).collect()
}

#[test]
fn a_table_of_another_program_is_read_and_nobody_doubled() {
    let folder = folder_with_a_demo("2");
    let dry = import(&folder, GOOD, &["--dry-run"]);
    assert!(dry.stdout.starts_with("3 customers would be added; 0 are there already"), "{dry:?}");
    assert_eq!(dry.stderr, "columns that are not imported: Sr\n");
    assert_eq!(customers(&folder), []);
    for (added, known) in [(3, 0), (0, 3)] {
        let ended = import(&folder, GOOD, &["--shop", "9000012345"]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(ended.stdout.starts_with(&format!("Added {added} customers to ")), "{}", ended.stdout);
        assert!(ended.stdout.contains(&format!("{known} are there already")), "{}", ended.stdout);
        let expected = [("आशा पाटील", "1180.50"), ("Ravi", "-20.00"), ("'=Bina", "0.00")];
        let mut there = customers(&folder);
        there.sort();
        let mut expected = expected.map(|(name, balance)| (name.to_owned(), balance.to_owned()));
        expected.sort();
        assert_eq!(there, expected);
    }
    assert_eq!(told(&import(&folder, GOOD, &["--quiet"])), "");
}

#[test]
fn every_bad_row_is_told_and_nothing_written() {
    let folder = folder_with_a_demo("1");
    let table = "name,mobile,limit\nAsha,9876500001,10\nRavi,12,-1\n,9876500003,\nBina,9876500001,\n";
    let ended = import(&folder, table, &[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    let told: Vec<_> = ended.stderr.lines().collect();
    assert_eq!(
        told,
        [
            "line 3: mobile: must be a mobile number, with +country code if it is not Indian",
            "line 3: limit: must not be negative",
            "line 4: name: is required",
            "line 5: mobile: is that of line 2 too",
            "khata: 3 of 4 rows can't be imported, so nothing was written; mend them, or leave them out with --skip-bad",
        ]
    );
    assert_eq!(customers(&folder), []);

    let ended = import(&folder, table, &["--skip-bad"]);
    assert_eq!(ended.code, Some(0));
    assert!(ended.stdout.contains("; 0 are there already, 3 of 4 rows are left out"), "{}", ended.stdout);
    assert_eq!(customers(&folder), [("Asha".to_owned(), "0.00".to_owned())]);
    let other = import(&folder, "name,mobile\nSomebody else,9876500001\n", &[]);
    assert!(
        other.stderr.starts_with("line 2: mobile: is that of Asha, who is in the book\n"),
        "{}",
        other.stderr
    );
}

#[test]
fn columns_are_named_where_they_are_not_known() {
    let folder = folder_with_a_demo("1");
    let table = "Wer,Wo\nAsha,9876500001\n";
    let refused = |arguments: &[&str], why: &str| {
        let ended = import(&folder, table, arguments);
        assert_eq!(ended.code, Some(if why.starts_with("error") { 2 } else { 1 }), "{}", ended.stderr);
        assert!(ended.stderr.starts_with(why), "{}", ended.stderr);
    };
    refused(&[], "khata: parties.csv: no column is the name; say which is, as in --map name='its header'");
    refused(&["--map", "name=Was"], "khata: parties.csv: no column is called Was");
    refused(&["--map", "nmae=Wer"], "error: invalid value 'nmae=Wer'");
    refused(&["--password-stdin"], "error: the argument");
    let ended = import(&folder, table, &["--map", "name=Wer", "--map", "mobileNumber=Wo"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(customers(&folder).len(), 1);
    let empty = TempDir::new().unwrap();
    assert!(import(&empty, table, &[]).stderr.starts_with("khata: there is no khata.db"));
}
