//! `cargo xtask …`: what a developer does that is not `cargo build`. Only the standard library, so that it is there at
//! once.

mod apt;
mod bench;
mod bson;
mod find;
mod message;
mod mongo;
mod mutants;
mod postgres;
mod program;
mod python;
mod readers;
mod server;
mod servers;
mod step;
mod stores;
mod tools;
mod wheel;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use servers::Servers;
use step::{Failed, Step};
use stores::Stores;

const HELP: &str = "\
cargo xtask <command>

  test     builds everything once, then runs every test, the README's session and the Python package's included. Starts
           the database servers that they need, and gets those that are not installed, and hledger and Beancount
    --stores memory,sqlite    over these stores only, of memory, sqlite, postgres and mongo
  check    what must hold besides, changing nothing: format, lints, each feature alone, documentation, packages to publish
  ci       check, then test
  fix      formats, and applies the lints' own corrections
  wheel    builds the Python package's wheel into target/wheels
  python   runs only the Python package's tests, over the stores that the environment names as for `test`
  stubs    writes the Python package's types and stubs again, from what the built module says of itself
  readme   runs only the README's session, and shows it
  mutants  changes the rules in small ways, one at a time, and lists the changes that no test notices
    --shard 0/20       which mutants: of every 20 the one with this number
    --minutes 30       the time for all of them
  bench    measures Khata beside an Express server on the same MongoDB and beside a ceiling, all started for it and all
           durable, prints a table, and writes target/bench/results.json and chart.svg. Takes Linux, and Node 20 or later
    --quick            within five minutes, without the works that take long
    --only receipts    one work, or receipts/300, one case of it
    --systems khata-sqlite,peer    these only, of peer, khata-mongo, khata-postgres, khata-sqlite and echo
    --rounds 3         how often each is measured
  serve postgres|mongo
           starts an empty database server to try things with, until Ctrl-C
";

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let commands: Vec<_> = arguments.iter().map(String::as_str).collect();
    let done = match commands[..] {
        ["test"] => test(None),
        ["test", "--stores", stores] => test(Some(stores)),
        ["check"] => check(),
        ["ci"] => check().and_then(|()| test(None)),
        ["fix"] => fix(),
        ["wheel"] => python::wheel(),
        ["python"] => python(None),
        ["python", "--stores", stores] => python(Some(stores)),
        ["stubs"] => python::stubs(),
        ["readme"] => readme(),
        ["bench", ref options @ ..] => bench::run(options),
        ["mutants", ref options @ ..] => mutants::run(options),
        ["serve", store] => servers::serve(store),
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

fn test(stores: Option<&str>) -> Result<(), Failed> {
    let stores = Stores::wanted(stores)?;
    let readers = readers::for_tests()?;
    let servers = Servers::for_tests(&stores)?;
    let step = Step::cargo("tests", &format!("test --workspace --all-features{}", stores.skips()));
    let variables = variables(&stores, &servers);
    let step = readers.iter().fold(step, |step, (name, path)| step.env(name, path));
    variables.iter().fold(step, |step, (name, value)| step.env(name, value)).run()?;
    python::test(&variables)
}

fn python(stores: Option<&str>) -> Result<(), Failed> {
    let stores = Stores::wanted(stores)?;
    let servers = Servers::for_tests(&stores)?;
    python::test(&variables(&stores, &servers))
}

/// What the tests are told of the stores.
fn variables(stores: &Stores, servers: &Servers) -> Vec<(&'static str, String)> {
    let servers = servers.variables().map(|(name, value)| (name, value.to_owned()));
    [(stores::VARIABLE, stores.list())].into_iter().chain(servers).collect()
}

fn check() -> Result<(), Failed> {
    Step::cargo("format", "fmt --all --check").run()?;
    // Said to the compiler for our own crates only: a flag for all of them would build every dependency again.
    let denied = "-- -D warnings";
    Step::cargo("lints", &format!("clippy --workspace --all-features --all-targets {denied}")).run()?;
    each_feature_alone(denied)?;
    free_threaded(denied)?;
    Step::cargo("documentation", "doc --workspace --all-features --no-deps")
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()?;
    // Whether each builds was found out above; to build them again as packages would take the registry.
    Step::cargo("packages to publish", "package --workspace --no-verify --allow-dirty --offline --quiet")
        .run()
}

/// Each package without its features, then with each by itself. Those of the Python package only pass on others', and it is
/// looked at without most of them for a free-threaded Python; `conformance` only adds to what tests have. Development
/// dependencies don't count: cargo leaves out theirs for what is no test.
fn each_feature_alone(denied: &str) -> Result<(), Failed> {
    let packages = "--workspace --exclude examples --exclude khata-bench --exclude xtask --exclude khata-py";
    let features = "--each-feature --exclude-features default,conformance --exclude-all-features";
    let arguments = format!("hack clippy {packages} {features} {denied}");
    tools::HACK.step("each feature alone", &arguments)?.run()
}

/// The Python package for a CPython without a lock of the interpreter's, of which pyo3's build is told as if one were here.
/// Without the stable ABI, so that what the tests build is not built again for it.
fn free_threaded(denied: &str) -> Result<(), Failed> {
    let lints = format!("clippy --package khata-py --no-default-features --features sqlite {denied}");
    Step::cargo("khata-py for a free-threaded Python", &lints)
        .env("PYO3_CONFIG_FILE", workspace().join("xtask/src/free_threaded.txt"))
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

/// Where cargo puts what it builds.
fn target() -> Result<PathBuf, Failed> {
    let program = env::current_exe().map_err(|error| Failed::new("finding the target folder", error))?;
    let target = program.ancestors().nth(2).expect("cargo puts programs into a folder of the target folder");
    Ok(target.to_owned())
}
