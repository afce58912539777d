//! Database servers that can be killed, and started again with what they had.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs};

use tempfile::TempDir;

use crate::process::wait_for;

/// The variable that names the folder of PostgreSQL's programs.
const POSTGRES_BIN: &str = "KHATA_TEST_POSTGRES_BIN";

/// The variable that names the program of MongoDB.
const MONGOD: &str = "KHATA_TEST_MONGOD";

/// The name of the set that MongoDB's servers form.
pub(super) const REPLICA_SET: &str = "rs0";

/// A server on a port of this machine. It is killed when it goes out of scope.
#[derive(Debug)]
pub(super) struct Server {
    kind: Kind,
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Postgres,
    Mongo,
    /// MongoDB that is no part of a replica set.
    MongoAlone,
}

impl Server {
    /// A PostgreSQL server with an empty database, which whoever comes from this machine may use.
    pub(super) fn postgres() -> Self {
        let mut server = Self::new(Kind::Postgres);
        let made = Command::new(program(POSTGRES_BIN).join("initdb"))
            .arg("--pgdata")
            .arg(server.data())
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        server.start();
        server
    }

    /// A MongoDB server that is to become part of a replica set.
    pub(super) fn mongo() -> Self {
        Self::mongod(Kind::Mongo)
    }

    /// A MongoDB server by itself.
    pub(super) fn mongo_alone() -> Self {
        Self::mongod(Kind::MongoAlone)
    }

    fn mongod(kind: Kind) -> Self {
        let mut server = Self::new(kind);
        fs::create_dir(server.data()).unwrap();
        server.start();
        server
    }

    fn new(kind: Kind) -> Self {
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        // What is in memory outlives a server too, and costs no disk its time.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
        Self { kind, folder: folder.unwrap(), port, child: None }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Where it listens.
    pub(super) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Starts it with what it had, and waits until it answers.
    pub(super) fn start(&mut self) {
        wait_for("the database server", || {
            // After a kill, what is left of the old one may be in the way for a moment.
            if self.child.as_mut().is_none_or(|child| child.try_wait().unwrap().is_some()) {
                self.child =
                    Some(self.command().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
            }
            self.answers().then_some(())
        });
    }

    fn command(&self) -> Command {
        let port = self.port.to_string();
        match self.kind {
            Kind::Postgres => {
                let mut command = Command::new(program(POSTGRES_BIN).join("postgres"));
                command.arg("-D").arg(self.data()).args(["-p", &port]);
                // What the system was given outlives the server; only a power cut would take it.
                for setting in
                    ["fsync=off", "listen_addresses=127.0.0.1", "unix_socket_directories=", "jit=off"]
                {
                    command.args(["-c", setting]);
                }
                command
            }
            Kind::Mongo | Kind::MongoAlone => {
                let mut command = Command::new(program(MONGOD));
                command.arg("--dbpath").arg(self.data()).args(["--port", &port]);
                if self.kind == Kind::Mongo {
                    command.args(["--replSet", REPLICA_SET]);
                }
                command.args(["--bind_ip", "127.0.0.1", "--nounixsocket", "--wiredTigerCacheSizeGB", "0.25"]);
                command.args(["--setParameter", "diagnosticDataCollectionEnabled=false"]);
                // What a killed process has begun holds its shops for so long; a minute, if nobody says.
                command.args(["--setParameter", "transactionLifetimeLimitSeconds=8"]);
                command
            }
        }
    }

    fn answers(&self) -> bool {
        match self.kind {
            Kind::Postgres => {
                let child = self.child.as_ref().map(Child::id);
                is_ready(&self.data().join("postmaster.pid"), child)
            }
            Kind::Mongo | Kind::MongoAlone => std::net::TcpStream::connect(self.host()).is_ok(),
        }
    }

    /// Ends it as a crash would.
    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The first line is the server's process, and the eighth says how far it is, as `pg_ctl` reads it.
fn is_ready(pid_file: &Path, child: Option<u32>) -> bool {
    let file = fs::read_to_string(pid_file).unwrap_or_default();
    let mut lines = file.lines();
    let is_its = lines.next().and_then(|pid| pid.trim().parse().ok()) == child;
    is_its && lines.nth(6).is_some_and(|state| state.trim() == "ready")
}

fn program(variable: &str) -> PathBuf {
    let path = env::var_os(variable).filter(|path| !path.is_empty());
    PathBuf::from(path.unwrap_or_else(|| {
        panic!(
            "{variable} is not set: `cargo xtask test` finds the servers that the tests need, and \
             KHATA_TEST_STORES=memory,sqlite does without"
        )
    }))
}
