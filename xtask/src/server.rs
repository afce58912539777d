//! A server that ends with us, however we end.

use std::fs::{self, DirBuilder, File};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, io};

use crate::servers;
use crate::step::Failed;

const SUPERVISE: &str = include_str!("supervise.sh");

/// Where that writes the server's process, in its folder.
const PID_FILE: &str = "supervised.pid";

/// How long a server may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// Many times what the data of all the tests takes, so that whoever uses the memory otherwise has enough.
const ENOUGH_KIB: u64 = 4 << 20;

/// How much of what a server wrote is shown when it failed.
const LINES_SHOWN: usize = 30;

/// What becomes of what is written if the machine loses its power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It may be lost, which is quick: for tests.
    Volatile,
    /// What was answered is on a disk, as one would run a server in earnest.
    Durable,
}

/// What a server needs to be started, and may use.
#[derive(Debug)]
pub(crate) struct Place {
    /// A folder for its data, that only we can read and that goes when the server ends.
    pub(crate) folder: PathBuf,
    /// A port of 127.0.0.1 that is free.
    pub(crate) port: u16,
}

/// One that runs. It is stopped when this is dropped, and by the system's closing of the pipe if it never is.
#[derive(Debug)]
pub(crate) struct Server {
    name: &'static str,
    supervisor: Child,
    /// Nothing is written to it: that it is open says that we live.
    alive: Option<ChildStdin>,
    place: Place,
    url: String,
    log: PathBuf,
}

impl Place {
    pub(crate) fn new(name: &str, durability: Durability) -> Result<Self, Failed> {
        let parent = match durability {
            Durability::Volatile => quick_folder(),
            Durability::Durable => disk_folder()?,
        };
        let folder = parent.join(format!("khata-{name}-{:016x}", random()));
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).map_err(|error| Failed::at(&folder, &error))?;
        let port = free_port().map_err(|error| Failed::new("finding a free port", error))?;
        Ok(Self { folder, port })
    }
}

impl Server {
    /// Starts `command`; `signal` is to end it.
    pub(crate) fn start(
        name: &'static str,
        command: &Command,
        signal: &str,
        place: Place,
        url: String,
    ) -> Result<Self, Failed> {
        let log = servers::folder()?.join(format!("{name}.log"));
        let output = File::create(&log).map_err(|error| Failed::at(&log, &error))?;
        let errors = output.try_clone().map_err(|error| Failed::at(&log, &error))?;

        let mut shell = Command::new("sh");
        shell.args(["-c", SUPERVISE, "supervise.sh", signal]).arg(&place.folder);
        shell.arg(command.get_program()).args(command.get_args());
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.stdin(Stdio::piped()).stdout(output).stderr(errors);
        // Ctrl-C goes to a whole group of processes. This one is to see that we are gone, and then to tidy up.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut shell, 0);
        let mut supervisor = shell.spawn().map_err(|error| Failed::new("sh", error))?;
        let alive = supervisor.stdin.take();
        Ok(Self { name, supervisor, alive, place, url, log })
    }

    /// The process of the server itself.
    pub(crate) fn pid(&self) -> Result<u32, Failed> {
        let file = self.place.folder.join(PID_FILE);
        let text = fs::read_to_string(&file).map_err(|error| Failed::at(&file, &error))?;
        text.trim().parse().map_err(|error| Failed::new(file.display().to_string(), error))
    }

    pub(crate) fn port(&self) -> u16 {
        self.place.port
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.place.folder
    }

    /// Asks until the server `is_ready`.
    pub(crate) fn wait_until(&mut self, is_ready: impl Fn(&Self) -> bool) -> Result<(), Failed> {
        let begun = Instant::now();
        while !is_ready(self) {
            if begun.elapsed() > PATIENCE {
                return Err(self.failed(format!("not ready after {PATIENCE:?}")));
            }
            if let Ok(Some(status)) = self.supervisor.try_wait() {
                return Err(self.failed(status));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Waits for the server to end by itself, which it does only if something is wrong.
    pub(crate) fn wait(mut self) -> Failed {
        match self.supervisor.wait() {
            Ok(status) => self.failed(status),
            Err(error) => self.failed(error),
        }
    }

    fn failed(&self, why: impl ToString) -> Failed {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        let last = lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n");
        Failed::new(self.name, why.to_string()).hint(format!("the end of {}:\n{last}", self.log.display()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.alive.take());
        // An error means that it has ended already.
        _ = self.supervisor.wait();
    }
}

/// Where throw-away data is best: in memory, since MongoDB writes through to the disk whatever one tells it, and makes
/// dozens of files for each test.
fn quick_folder() -> PathBuf {
    let in_memory = Path::new("/dev/shm");
    let chosen = env::var_os("TMPDIR").is_some();
    if !chosen && free_kib(in_memory).is_some_and(|free| free >= ENOUGH_KIB) {
        in_memory.to_owned()
    } else {
        env::temp_dir()
    }
}

/// Where data is on a disk: beside what is built, which nobody keeps in memory.
fn disk_folder() -> Result<PathBuf, Failed> {
    let folder = crate::target()?.join("bench/data");
    fs::create_dir_all(&folder).map_err(|error| Failed::at(&folder, &error))?;
    Ok(folder)
}

/// How much room there is in a folder; nothing if there is no such folder.
fn free_kib(folder: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg(folder).output().ok()?;
    let table = String::from_utf8(output.stdout).ok()?;
    table.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

/// A number that nobody else can tell.
pub(crate) fn random() -> u64 {
    // What keeps the keys of a `HashMap` from being guessed.
    RandomState::new().build_hasher().finish()
}

/// One that the system had free a moment ago.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_measured_where_there_is_any() {
        assert!(free_kib(&env::temp_dir()).is_some());
        assert_eq!(free_kib(Path::new("/a/folder/that/nobody/has")), None);
    }
}
