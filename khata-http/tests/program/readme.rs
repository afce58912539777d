//! What the README says of the program: its session, typed as it stands there, prints what the README shows; its tables
//! list the operations and options that there are, and no others.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::client::Client;
use super::process::{Process, run};

const README: &str = include_str!("../../../README.md");

/// Where the README says that the server is.
const ADDRESS: &str = "127.0.0.1:5000";
/// Between the outputs of two steps; no answer has it.
const MARK: &str = "=== next step ===";

#[test]
fn the_session_prints_what_the_readme_shows() {
    let has_curl = Command::new("curl").arg("--version").stdout(Stdio::null()).status().is_ok();
    the_session_holds(if has_curl { Curl::Installed } else { Curl::StandIn });
}

/// The tests ask for no more than a compiler and Python, so the session must also run where there is no curl.
#[test]
fn the_session_runs_without_curl() {
    the_session_holds(Curl::StandIn);
}

/// What the session's `curl` is.
#[derive(Clone, Copy, PartialEq)]
enum Curl {
    Installed,
    StandIn,
}

fn the_session_holds(curl: Curl) {
    let steps = steps(section("A first session"));
    assert!(steps.len() > 1, "{steps:?}");
    let folder = TempDir::new().unwrap();
    let server = Process::serve(folder.path(), &[]);
    let address = server.address().to_string();
    let script: Vec<_> = steps.iter().map(|step| step.input.replace(ADDRESS, &address)).collect();
    let outputs = typed(&script, folder.path(), curl);
    assert_eq!(steps.len(), outputs.len());
    for (step, output) in steps.iter().zip(&outputs) {
        println!("{}\n{output}\n", step.input);
        let Step { input, output: shown } = step;
        assert!(
            shows(shown, output),
            "the README types\n{input}\nand shows\n{shown}\nbut it prints\n{output}"
        );
    }
}

#[tokio::test]
async fn the_table_of_operations_is_complete() {
    let folder = TempDir::new().unwrap();
    let server = Process::serve(folder.path(), &[]);
    let description: Value = Client::of(&server).get("/openapi.json").await;
    let mut described = BTreeSet::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        let methods = operations.as_object().unwrap().keys();
        described.extend(methods.map(|method| (method.to_uppercase(), path.clone())));
    }
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let (method, path) = (cells.next()?, cells.next()?);
        Some((method.to_owned(), path.strip_prefix('`')?.strip_suffix('`')?.to_owned()))
    };
    let listed: BTreeSet<_> = section("Operations").lines().filter_map(row).collect();
    assert_eq!(listed, described);
}

#[test]
fn the_table_of_options_is_complete() {
    let folder = TempDir::new().unwrap();
    let help = run(folder.path(), &["--help"]).stdout;
    assert_eq!(settings(section("Configuration")), settings(&help));
}

/// The options and variables that a text speaks of, but those that every program has.
fn settings(text: &str) -> BTreeSet<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let is_option = |word: &str| word.starts_with("--") && !word.starts_with("---");
    text.split(|c| !is_part(c))
        .filter(|word| is_option(word) || word.starts_with("KHATA_"))
        .filter(|word| !["--help", "--version"].contains(word))
        .collect()
}

fn section(title: &str) -> &'static str {
    let (_, section) = README.split_once(&format!("\n## {title}\n")).expect("the README has the section");
    section.split("\n## ").next().unwrap_or_default()
}

/// What one types, and what the README shows of the answer.
#[derive(Debug)]
struct Step {
    input: String,
    output: String,
}

/// The `sh` blocks of a section, each with the `json` block that follows it, if one does.
fn steps(section: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    // Text and fenced blocks take turns.
    for block in section.split("\n```").skip(1).step_by(2) {
        let (language, content) = block.split_once('\n').expect("a block has a first line");
        match language {
            "sh" => steps.push(Step { input: content.to_owned(), output: String::new() }),
            "json" => content.clone_into(&mut steps.last_mut().expect("an answer follows a question").output),
            other => panic!("the section has a block of `{other}`"),
        }
    }
    steps
}

/// Runs the steps in one shell, as somebody would who types them one after the other.
fn typed(steps: &[String], folder: &Path, curl: Curl) -> Vec<String> {
    let mut script = steps.join(&format!("\necho; echo '{MARK}'\n"));
    if curl == Curl::StandIn {
        let stand_in = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/program/curl.py");
        script = format!("curl() {{ python3 '{stand_in}' \"$@\"; }}\n{script}");
    }
    let shell = Command::new("sh").args(["-eu", "-c", &script]).current_dir(folder).output().unwrap();
    let complaints = String::from_utf8_lossy(&shell.stderr);
    assert!(shell.status.success() && complaints.is_empty(), "{}: {complaints}", shell.status);
    let printed = String::from_utf8(shell.stdout).unwrap();
    printed.split(MARK).map(|output| output.trim().to_owned()).collect()
}

/// Whether the README shows that output: white space doesn't count, and an ellipsis stands for anything.
fn shows(shown: &str, output: &str) -> bool {
    let dense = |text: &str| text.split_whitespace().collect::<String>();
    let (shown, output) = (dense(shown), dense(output));
    let mut pieces = shown.split('…');
    let mut rest = output.strip_prefix(pieces.next().unwrap_or_default());
    let mut last = "";
    for piece in pieces {
        rest = rest.and_then(|rest| rest.split_once(piece)).map(|(_, rest)| rest);
        last = piece;
    }
    // What is found early may also be at the end.
    rest.is_some_and(|rest| rest.is_empty() || (shown.contains('…') && output.ends_with(last)))
}

#[test]
fn an_ellipsis_stands_for_anything_and_white_space_for_nothing() {
    for (shown, output) in [
        ("", ""),
        ("{\"a\": 1}", "{\"a\":1}"),
        ("{ \"id\": \"…\",\n  \"b\": 2 }", "{\"id\":\"x\",\"b\":2}"),
        ("{\"a\": 1, …}", "{\"a\":1,\"b\":{\"c\":2}}"),
        ("…", "anything"),
    ] {
        assert!(shows(shown, output), "{shown}");
    }
    for (shown, output) in [
        ("", "{}"),
        ("{\"a\": 1}", "{\"a\":1,\"b\":2}"),
        ("{\"a\": 1, …}", "{\"a\":2,\"b\":2}"),
        ("{…, \"b\": 2}", "{\"a\":1,\"b\":2,\"c\":3}"),
        ("{…, \"b\": 2, …, \"b\": 2}", "{\"a\":1,\"b\":2}"),
    ] {
        assert!(!shows(shown, output), "{shown}");
    }
}
