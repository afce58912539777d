//! The help, which is all the manual there is.

use tempfile::TempDir;

use super::process::run;

fn help(arguments: &[&str]) -> String {
    let folder = TempDir::new().unwrap();
    let ended = run(folder.path(), arguments);
    assert_eq!(ended.code, Some(0));
    ended.stdout
}

#[test]
fn of_the_program() {
    insta::assert_snapshot!(help(&["--help"]));
    assert_eq!(help(&["-h"]), help(&["--help"]));
}

#[test]
fn of_the_demo() {
    insta::assert_snapshot!(help(&["demo", "--help"]));
}

#[test]
fn of_the_copy() {
    insta::assert_snapshot!(help(&["copy", "--help"]));
}

#[test]
fn of_exporting_and_importing() {
    insta::assert_snapshot!(help(&["export", "--help"]));
    insta::assert_snapshot!(help(&["import", "--help"]));
}

#[test]
fn of_verifying() {
    insta::assert_snapshot!(help(&["verify", "--help"]));
    insta::assert_snapshot!(help(&["head", "--help"]));
}

#[test]
fn the_version() {
    assert_eq!(help(&["--version"]), concat!("khata ", env!("CARGO_PKG_VERSION"), "\n"));
}
