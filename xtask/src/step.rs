//! A command that is announced, timed, and must succeed.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fmt, io};

/// A call of a program from the root of the workspace.
#[derive(Debug)]
pub(crate) struct Step {
    name: String,
    /// The program as one would type it.
    program: String,
    command: Command,
}

/// Why it goes no further.
#[derive(Debug)]
pub(crate) struct Failed {
    what: String,
    why: String,
    hint: Option<String>,
}

fn is_about_the_package(variable: &OsStr) -> bool {
    let name = variable.to_string_lossy();
    ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| name.starts_with(prefix))
}

impl Step {
    /// `arguments` as one would type them; none of them has a space in it.
    pub(crate) fn cargo(name: &str, arguments: &str) -> Self {
        // The cargo that runs this, whatever `PATH` says.
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Self::new(name, "cargo", Command::new(cargo)).args(arguments.split(' '))
    }

    /// A program of the system.
    pub(crate) fn program(name: &str, program: &str) -> Self {
        Self::new(name, program, Command::new(program))
    }

    fn new(name: &str, program: &str, mut command: Command) -> Self {
        command.current_dir(crate::workspace());
        // What cargo said of this package would pass on, and has build scripts that look at it run again for nothing.
        for (name, _) in env::vars_os().filter(|(name, _)| is_about_the_package(name)) {
            command.env_remove(name);
        }
        Self { name: name.to_owned(), program: program.to_owned(), command }
    }

    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    /// An option that takes a path.
    pub(crate) fn arg(mut self, option: &str, path: &Path) -> Self {
        self.command.arg(option).arg(path);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn run(mut self) -> Result<(), Failed> {
        let line = self.announce();
        let begun = Instant::now();
        let status = self.command.status().map_err(|error| Failed::new(&line, error))?;
        if status.success() {
            eprintln!("xtask: {}: done in {:.1?}", self.name, begun.elapsed());
            Ok(())
        } else {
            Err(Failed::new(&line, status))
        }
    }

    /// Runs it for what it prints, which need not be announced.
    pub(crate) fn output(mut self) -> Result<String, Failed> {
        let line = self.line();
        let output = self.command.stderr(Stdio::inherit()).output();
        let output = output.map_err(|error| Failed::new(&line, error))?;
        if output.status.success() {
            String::from_utf8(output.stdout).map_err(|error| Failed::new(&line, error))
        } else {
            Err(Failed::new(&line, output.status))
        }
    }

    /// Runs it, and interrupts it at the deadline as Ctrl-C would. Gives its exit code, if it ended by itself.
    pub(crate) fn run_until(mut self, deadline: Instant) -> Result<Option<i32>, Failed> {
        let line = self.announce();
        let failed = |error: io::Error| Failed::new(&line, error);
        let mut child = self.command.spawn().map_err(failed)?;
        while Instant::now() < deadline {
            if let Some(status) = child.try_wait().map_err(failed)? {
                return Ok(Some(status.code().unwrap_or(-1)));
            }
            thread::sleep(Duration::from_millis(100));
        }
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().map_err(failed)?;
        child.wait().map_err(failed)?;
        Ok(None)
    }

    fn announce(&self) -> String {
        let line = self.line();
        eprintln!("xtask: {}: {}{line}", self.name, self.variables());
        line
    }

    /// The command as one would type it.
    fn line(&self) -> String {
        let words = self.command.get_args().map(|arg| arg.to_string_lossy().into_owned());
        [self.program.clone()].into_iter().chain(words).collect::<Vec<_>>().join(" ")
    }

    /// What goes before it.
    fn variables(&self) -> String {
        let variables = self.command.get_envs().filter_map(|(name, value)| {
            Some(format!("{}='{}' ", name.to_string_lossy(), value?.to_string_lossy()))
        });
        variables.collect()
    }
}

impl Failed {
    pub(crate) fn new(what: impl Into<String>, why: impl fmt::Display) -> Self {
        Self { what: what.into(), why: why.to_string(), hint: None }
    }

    /// What to know or do besides, in sentences of its own.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    pub(crate) fn at(path: &Path, error: &io::Error) -> Self {
        Self::new(path.display().to_string(), error)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "failed: {} ({})", self.what, self.why)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\n{hint}"))
    }
}
