//! `cargo xtask …`: what a developer does that is not `cargo build`. Only the standard library, so that it is there at
//! once.

mod features;
mod step;

use std::env;
use std::path::Path;
use std::process::ExitCode;

use step::{Failed, Step};

const HELP: &str = "\
cargo xtask <command>

  test     builds everything once, then runs every test, the README's session included
  check    what must hold besides, changing nothing: format, lints, each feature alone, documentation
  ci       check, then test
  fix      formats, and applies the lints' own corrections
  readme   runs only the README's session, and shows it
";

/// The workspace with all its features: the one build that most steps share.
const WHOLE: [&str; 2] = ["--workspace", "--all-features"];
/// Passed on to the compiler for the workspace's own crates only, so that nothing else is built again.
const DENY_WARNINGS: [&str; 3] = ["--", "-D", "warnings"];

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let commands: Vec<_> = arguments.iter().map(String::as_str).collect();
    let done = match commands[..] {
        ["test"] => test(),
        ["check"] => check(),
        ["ci"] => check().and_then(|()| test()),
        ["fix"] => fix(),
        ["readme"] => readme(),
        ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("\nxtask: {failed}");
            ExitCode::FAILURE
        }
    }
}

fn test() -> Result<(), Failed> {
    Step::cargo("tests", "test").args(WHOLE).run()
}

fn check() -> Result<(), Failed> {
    Step::cargo("format", "fmt").args(["--all", "--check"]).run()?;
    Step::cargo("lints", "clippy").args(WHOLE).args(["--all-targets"]).args(DENY_WARNINGS).run()?;
    for selection in features::each_alone(workspace())? {
        let name = format!("lints of {selection}");
        Step::cargo(&name, "clippy").args(selection.arguments()).args(DENY_WARNINGS).run()?;
    }
    Step::cargo("documentation", "doc")
        .args(WHOLE)
        .args(["--no-deps"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()
}

fn fix() -> Result<(), Failed> {
    Step::cargo("lints", "clippy").args(["--fix", "--allow-dirty", "--all-targets"]).args(WHOLE).run()?;
    Step::cargo("format", "fmt").args(["--all"]).run()
}

fn readme() -> Result<(), Failed> {
    Step::cargo("the README's session", "test")
        .args(["--package", "khata-http", "--all-features", "--test", "readme", "--", "--nocapture"])
        .run()
}

/// Where the workspace was when this was compiled, which `cargo xtask` does wherever it is.
fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace")
}
