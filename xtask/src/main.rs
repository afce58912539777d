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
    Step::cargo("tests", "test --workspace --all-features").run()
}

fn check() -> Result<(), Failed> {
    Step::cargo("format", "fmt --all --check").run()?;
    // Said to the compiler for our own crates only: a flag for all of them would build every dependency again.
    let denied = "-- -D warnings";
    Step::cargo("lints", &format!("clippy --workspace --all-features --all-targets {denied}")).run()?;
    for selection in features::each_alone(workspace())? {
        Step::cargo(&selection.to_string(), &format!("clippy {} {denied}", selection.arguments())).run()?;
    }
    Step::cargo("documentation", "doc --workspace --all-features --no-deps")
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()
}

fn fix() -> Result<(), Failed> {
    let forced = "--allow-dirty --allow-staged";
    Step::cargo("lints", &format!("clippy --fix {forced} --workspace --all-features --all-targets")).run()?;
    Step::cargo("format", "fmt --all").run()
}

fn readme() -> Result<(), Failed> {
    let test = "test --package khata-http --all-features --test program readme -- --nocapture";
    Step::cargo("the README's session", test).run()
}

/// Where the workspace was when this was compiled, which `cargo xtask` does wherever it is.
fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace")
}
