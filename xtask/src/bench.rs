//! `cargo xtask bench`: starts the systems that are measured, and has `khata-bench` measure them.

use std::ffi::OsString;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::server::{Durability, Place, Server, random};
use crate::step::{Failed, Step};
use crate::{find, mongo, postgres, target, workspace};

/// Names the database to the load generator.
const POSTGRES_URL: &str = "KHATA_BENCH_POSTGRES_URL";

/// The programs that a run takes, each built or found before anything is started.
#[derive(Debug, Default)]
struct Programs {
    bench: PathBuf,
    khata: PathBuf,
    mongod: Option<PathBuf>,
    postgres: Option<PathBuf>,
}

/// The databases of a work, started empty for it.
#[derive(Debug, Default)]
struct Databases {
    mongo: Option<Server>,
    postgres: Option<Server>,
}

/// Measures what `options` say, which `khata-bench` reads.
pub(crate) fn run(options: &[&str]) -> Result<(), Failed> {
    Step::cargo("building the load generator", "build --release --package khata-bench").run()?;
    let bench = target()?.join("release/khata-bench");
    let plan = Step::program("plan", &bench.display().to_string()).args(["plan"]).args(options).output()?;
    let works: Vec<Vec<&str>> = plan.lines().map(|line| line.split(' ').collect()).collect();
    let is_needed = |system: &str| works.iter().any(|work| work[1..].contains(&system));
    let programs = Programs::obtain(bench, is_needed)?;

    let folder = target()?.join("bench");
    fs::create_dir_all(&folder).map_err(|error| Failed::at(&folder, &error))?;
    let mut measured = Vec::new();
    for work in &works {
        let (name, systems) = work.split_first().expect("a work has a name");
        let into = folder.join(format!("{name}.json"));
        measure(name, systems, options, &programs, &into)?;
        measured.push(into);
    }
    let report = programs.bench("report").arg("--into", &folder).args(&measured);
    report.args(versions(&programs)?).run()?;
    eprintln!("xtask: {0}/results.json and {0}/chart.svg", folder.display());
    Ok(())
}

/// Measures one work on servers of its own, which end with it.
fn measure(
    work: &str,
    systems: &[&str],
    options: &[&str],
    programs: &Programs,
    into: &Path,
) -> Result<(), Failed> {
    let databases = Databases::start(systems, programs)?;
    let servers: Vec<_> =
        systems.iter().map(|system| start(system, &databases, programs)).collect::<Result<_, _>>()?;
    let mut step = programs.bench("measure").args([work]).arg("--into", into);
    for (system, server) in systems.iter().zip(&servers) {
        let mut words = vec![(*system).to_owned(), server.port().to_string(), server.pid()?.to_string()];
        if let Some(database) = databases.of(system) {
            words.push(database.pid()?.to_string());
        }
        step = step.args(["--server", &words.join(":")]);
    }
    // What only its owner knows, and the load generator needs to have statistics gathered.
    let step = databases.postgres.iter().fold(step, |step, server| step.env(POSTGRES_URL, server.url()));
    step.args(options).run()
}

impl Programs {
    fn obtain(bench: PathBuf, is_needed: impl Fn(&str) -> bool) -> Result<Self, Failed> {
        let mut programs = Self { bench, khata: target()?.join("release/khata"), ..Self::default() };
        if is_needed("peer") {
            install_peer()?;
        }
        if is_needed("peer") || is_needed("khata-mongo") {
            programs.mongod = Some((mongo::KIND.obtain)()?);
        }
        if is_needed("khata-postgres") {
            programs.postgres = Some((postgres::KIND.obtain)()?);
        }
        let build = "build --release --package khata-http --all-features --bin khata";
        Step::cargo("building the server", build).run()?;
        Ok(programs)
    }

    fn bench(&self, command: &str) -> Step {
        Step::program(command, &self.bench.display().to_string()).args([command])
    }
}

impl Databases {
    fn start(systems: &[&str], programs: &Programs) -> Result<Self, Failed> {
        let mongo = programs.mongod.as_deref().filter(|_| systems.iter().any(|system| is_on_mongo(system)));
        let postgres = programs.postgres.as_deref().filter(|_| systems.contains(&"khata-postgres"));
        Ok(Self {
            mongo: mongo.map(|mongod| (mongo::KIND.start)(mongod, Durability::Durable)).transpose()?,
            postgres: postgres.map(|bin| (postgres::KIND.start)(bin, Durability::Durable)).transpose()?,
        })
    }

    fn of(&self, system: &str) -> Option<&Server> {
        match system {
            "khata-postgres" => self.postgres.as_ref(),
            system if is_on_mongo(system) => self.mongo.as_ref(),
            _ => None,
        }
    }
}

fn is_on_mongo(system: &str) -> bool {
    ["peer", "khata-mongo"].contains(&system)
}

/// Starts a system over its database, and waits until it listens.
fn start(system: &str, databases: &Databases, programs: &Programs) -> Result<Server, Failed> {
    let database = databases.of(system).map(Server::url);
    let place = Place::new(system, Durability::Durable)?;
    let port = place.port.to_string();
    let (name, command) = match system {
        "peer" => ("peer", peer(&port, database.unwrap_or_default())),
        "echo" => ("echo", echo(&programs.bench, &port)),
        "khata-mongo" => ("khata-mongo", khata(&programs.khata, &port, database)),
        "khata-postgres" => ("khata-postgres", khata(&programs.khata, &port, database)),
        _ => {
            let file = format!("sqlite://{}", place.folder.join("khata.db").display());
            ("khata-sqlite", khata(&programs.khata, &port, Some(&file)))
        }
    };
    // SIGKILL: nobody needs what it would tidy up.
    let mut server = Server::start(name, &command, "KILL", place, format!("http://127.0.0.1:{port}"))?;
    server.wait_until(|server| TcpStream::connect(("127.0.0.1", server.port())).is_ok())?;
    Ok(server)
}

fn peer(port: &str, database: &str) -> Command {
    let mut node = Command::new("node");
    node.arg(peer_folder().join("src/server.js"));
    node.env("NODE_ENV", "production").env("PORT", port).env("JWT_SECRET", secret());
    node.env("MONGODB_URL", database.replace("/khata?", "/peer?"));
    node
}

fn echo(bench: &Path, port: &str) -> Command {
    let mut echo = Command::new(bench);
    echo.args(["echo", port]);
    echo
}

/// As anybody would run it, except that it believes in addresses of clients, which are made up, and that one shop may ask
/// for all that there is.
fn khata(khata: &Path, port: &str, database: Option<&str>) -> Command {
    let mut command = Command::new(khata);
    command.args(["--bind", &format!("127.0.0.1:{port}"), "--trusted-proxies", "127.0.0.0/8"]);
    command.args(["--shop-requests", "0", "--shop-writes", "0", "--shop-mib", "0"]);
    command.env("KHATA_DATABASE_URL", database.unwrap_or_default()).env("KHATA_JWT_SECRET", secret());
    // All shops of a bench register from one address.
    command.env("KHATA_REGISTRATIONS_PER_ADDRESS", u32::MAX.to_string());
    command
}

fn secret() -> String {
    (0..4).map(|_| format!("{:016x}", random())).collect()
}

fn peer_folder() -> PathBuf {
    workspace().join("benches/peer-express")
}

/// Installs the peer's packages as its lock file has them, unless they are there.
fn install_peer() -> Result<(), Failed> {
    if let Some(program) = ["node", "npm"].into_iter().find(|program| !find::has(program)) {
        return Err(Failed::new(format!("finding {program}"), "not in PATH").hint(
            "The peer takes Node 20 or later: install it (https://nodejs.org), or measure without the peer: \
             cargo xtask bench --systems khata-mongo,khata-postgres,khata-sqlite,echo",
        ));
    }
    let folder = peer_folder();
    // What npm writes last of all.
    let installed = modified(&folder.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(&folder.join("package-lock.json")) {
        return Ok(());
    }
    Step::program("the peer's packages", "npm")
        .args(["ci", "--no-audit", "--no-fund"])
        .arg("--prefix", &folder)
        .run()
}

fn modified(file: &Path) -> Option<std::time::SystemTime> {
    fs::metadata(file).ok()?.modified().ok()
}

/// What the report is told of versions.
fn versions(programs: &Programs) -> Result<Vec<OsString>, Failed> {
    let git = ["describe", "--always", "--dirty"];
    let versions = [
        ("rustc", said("rustc", &["--version"])),
        ("node", said("node", &["--version"])),
        ("mongod", programs.mongod.as_ref().and_then(|mongod| said(mongod, &["--version"]))),
        ("postgres", programs.postgres.as_ref().and_then(|bin| said(bin.join("postgres"), &["--version"]))),
        ("libsqlite3-sys", locked("libsqlite3-sys")?),
        ("commit", said("git", &git)),
    ];
    let known = versions.into_iter().filter_map(|(of, is)| Some((of, is?)));
    Ok(known.flat_map(|(of, is)| ["--version-of".into(), format!("{of}={is}").into()]).collect())
}

/// The version in the first line that a program says: the first word with a dot in it, or the only one.
fn said(program: impl AsRef<Path>, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program.as_ref());
    let output = command.args(arguments).current_dir(workspace()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    version(&text).map(str::to_owned)
}

fn version(text: &str) -> Option<&str> {
    let mut words = text.lines().next()?.split_whitespace();
    words.clone().find(|word| word.contains('.')).or_else(|| words.next())
}

/// The version of a package that is locked: SQLite is part of one.
fn locked(package: &str) -> Result<Option<String>, Failed> {
    let file = workspace().join("Cargo.lock");
    let text = fs::read_to_string(&file).map_err(|error| Failed::at(&file, &error))?;
    let after = text.split_once(&format!("name = \"{package}\"\nversion = \"")).map(|(_, after)| after);
    Ok(after.and_then(|after| after.split_once('"')).map(|(version, _)| version.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_say_their_versions_in_many_ways() {
        assert_eq!(version("rustc 1.95.0 (5980 2026-04-14)\n"), Some("1.95.0"));
        assert_eq!(version("db version v6.0.5\nBuild Info: {\n"), Some("v6.0.5"));
        assert_eq!(version("postgres (PostgreSQL) 15.3 (Debian 15.3-1)"), Some("15.3"));
        assert_eq!(version("v20.20.2\n"), Some("v20.20.2"));
        assert_eq!(version("c78f7a9-dirty\n"), Some("c78f7a9-dirty"));
        assert_eq!(version(""), None);
    }

    #[test]
    fn sqlite_is_locked() {
        assert!(locked("libsqlite3-sys").unwrap().is_some_and(|version| version.contains('.')));
        assert_eq!(locked("no-such-package").unwrap(), None);
    }
}
