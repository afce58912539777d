//! The program under test: started in a folder of its own, and never left running.

use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// The program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_khata");

/// How long anything may take on the slowest machine. It only bounds what will not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until there is an answer.
pub(crate) fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(since.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A running program. It is killed when it goes out of scope.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    stdout: Collected,
    stderr: Collected,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Process {
    /// Starts the program with nothing in its environment but what is said.
    pub(crate) fn spawn(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).env_clear().envs(environment.iter().copied()).current_dir(folder);
        Self::start(command)
    }

    /// Starts a command that becomes the program.
    pub(crate) fn start(mut command: Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = Collected::from(child.stdout.take().unwrap());
        let stderr = Collected::from(child.stderr.take().unwrap());
        Self { child, stdout, stderr }
    }

    /// Starts a server on a free port, and waits until it listens.
    pub(crate) fn serve(folder: &Path, arguments: &[&str]) -> Self {
        Self::serve_with(folder, arguments, &[])
    }

    /// The same, with an environment.
    pub(crate) fn serve_with(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let arguments: Vec<_> = arguments.iter().copied().chain(["--bind", "127.0.0.1:0"]).collect();
        let process = Self::spawn(folder, &arguments, environment);
        process.wait_until_it_listens();
        process
    }

    /// Waits for the last line that it prints when it starts.
    pub(crate) fn wait_until_it_listens(&self) {
        wait_for("the server", || {
            let log = self.log();
            assert!(!log.lines().any(|line| line.starts_with("khata: ")), "it ended: {log}");
            self.stdout().contains("Ctrl-C").then_some(())
        });
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        let stdout = self.stdout.text();
        let (_, rest) = stdout.split_once("listens on http://").unwrap();
        rest.lines().next().unwrap().parse().unwrap()
    }

    /// What it said on standard output so far.
    pub(crate) fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        self.stderr.text()
    }

    /// Waits until it has logged that.
    pub(crate) fn wait_for_log(&self, text: &str) {
        wait_for(text, || self.log().contains(text).then_some(()));
    }

    /// Sends a signal, by its name without SIG.
    pub(crate) fn signal(&self, name: &str) {
        // A shell has it built in, where a machine may lack the program.
        let command = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits until it ends by itself.
    pub(crate) fn ended(mut self) -> Ended {
        let status = wait_for("the program's end", || self.child.try_wait().unwrap());
        let [stdout, stderr] = [&mut self.stdout, &mut self.stderr].map(Collected::all);
        Ended { code: status.code(), stdout, stderr }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the program to its end.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Ended {
    Process::spawn(folder, arguments, &[]).ended()
}

/// What came out of a pipe, read by a thread so that the program never waits for its reader.
#[derive(Debug)]
struct Collected {
    text: Arc<Mutex<String>>,
    reader: Option<thread::JoinHandle<()>>,
}

impl Collected {
    fn from(pipe: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let collected = text.clone();
        let reader = thread::spawn(move || {
            for line in BufReader::new(pipe).lines() {
                let mut text = collected.lock().unwrap();
                text.push_str(&line.unwrap());
                text.push('\n');
            }
        });
        Self { text, reader: Some(reader) }
    }

    fn text(&self) -> String {
        self.text.lock().unwrap().clone()
    }

    /// All of it; the program must have ended.
    fn all(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.text()
    }
}
