//! PostgreSQL: one that is installed, or else Debian's package without installing it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::server::{Durability, Place, Server, random};
use crate::servers::Kind;
use crate::step::Failed;
use crate::{apt, find, program, servers};

/// Programs are the folder that they are in.
pub(crate) const KIND: Kind = Kind {
    store: "postgres",
    url: "KHATA_TEST_POSTGRES_URL",
    programs: "KHATA_TEST_POSTGRES_BIN",
    obtain,
    start,
};

const PROGRAMS: [&str; 2] = ["initdb", "postgres"];

/// Where systems put what they don't put into `PATH`: Debian, Fedora, Homebrew on either processor, one's own build.
const USUAL: [&str; 5] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/usr/local/pgsql/bin",
];

/// Makes a database and then becomes the server. The database sorts text as people do where it can, so that whatever
/// forgets to say how it wants things sorted shows in the tests.
const START: &str = r#"
bin=$1 folder=$2
shift 2
make() {
    "$bin/initdb" --pgdata="$folder/data" --username=postgres --auth=password --pwfile="$folder/password" \
        --encoding=UTF8 --locale=C --no-sync "$@"
}
make --locale-provider=icu --icu-locale=en-IN || make
exec "$bin/postgres" -D "$folder/data" "$@"
"#;

/// No query of ours is worth compiling.
const SETTINGS: [&str; 4] =
    ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300", "jit=off"];

/// What a power cut would lose may be lost.
const FOR_TESTS: [&str; 5] =
    ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0"];

/// As much memory as MongoDB is given, and checkpoints as rare as there; commits are on the disk by default.
const IN_EARNEST: [&str; 2] = ["shared_buffers=1GB", "max_wal_size=4GB"];

fn obtain() -> Result<PathBuf, Failed> {
    let tree = servers::folder()?.join("postgresql");
    let unpacked = tree.join("usr/lib/postgresql/*/bin").display().to_string();
    let find = |usual: &[&str]| find::folder_with(&PROGRAMS, usual);
    if let Some(bin) = program::named(KIND.programs).or_else(|| find(&USUAL)) {
        return wrapped(&bin, None);
    }
    if find(&[&unpacked]).is_none() {
        unpack(&tree)?;
    }
    let bin = find(&[&unpacked]).ok_or_else(|| missing("the package has no such programs"))?;
    wrapped(&bin, Some(&tree))
}

fn start(bin: &Path, durability: Durability) -> Result<Server, Failed> {
    let place = Place::new("postgres", durability)?;
    // Another user of this machine could have the server run programs as us.
    let password = format!("{:016x}", random());
    let file = place.folder.join("password");
    fs::write(&file, &password).map_err(|error| Failed::at(&file, &error))?;

    let mut command = Command::new("sh");
    command.args(["-ec", START, "postgres"]).args([bin, &place.folder]);
    command.args(["-p", &place.port.to_string()]);
    let more: &[&str] = match durability {
        Durability::Volatile => &FOR_TESTS,
        Durability::Durable => &IN_EARNEST,
    };
    command.args(SETTINGS.iter().chain(more).flat_map(|setting| ["-c", setting]));
    let url = format!("postgres://postgres:{password}@127.0.0.1:{}/postgres", place.port);
    // SIGQUIT: at once, without writing anything out.
    let mut server = Server::start("postgres", &command, "QUIT", place, url)?;
    server.wait_until(|server| is_ready(&server.folder().join("data/postmaster.pid")))?;
    Ok(server)
}

fn unpack(tree: &Path) -> Result<(), Failed> {
    if !apt::is_here() {
        return Err(missing("no such programs in PATH or in the usual places"));
    }
    let unpacked = servers::make_whole(tree, |part| apt::unpack(&["postgresql"], part));
    unpacked.map_err(missing)
}

fn missing(why: impl ToString) -> Failed {
    Failed::new("finding PostgreSQL's initdb and postgres", why.to_string()).hint(format!(
        "Install the server (dnf install postgresql-server, brew install postgresql@17), name the folder of its \
         programs in {} or a server in {}, or test fewer stores: \
         cargo xtask test --stores memory,sqlite",
        KIND.programs, KIND.url,
    ))
}

/// Programs that find their libraries, and that root may run too: PostgreSQL refuses root.
fn wrapped(bin: &Path, tree: Option<&Path>) -> Result<PathBuf, Failed> {
    let user = program::somebody_but_root(&["postgres", "nobody"]);
    let [initdb, postgres] = PROGRAMS.map(|name| program::wrapped(&bin.join(name), tree, user.as_ref()));
    initdb?;
    Ok(postgres?.parent().expect("a script lies in a folder").to_owned())
}

/// The eighth line says how far the server is, as `pg_ctl` reads it.
fn is_ready(pid_file: &Path) -> bool {
    let file = fs::read_to_string(pid_file).unwrap_or_default();
    file.lines().nth(7).is_some_and(|state| state.trim() == "ready")
}
