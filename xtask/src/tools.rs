//! Subcommands of cargo that are not part of it, installed under `target`.

use std::path::PathBuf;

use crate::step::{Failed, Step};
use crate::target;

/// A subcommand, at the version that it is used with.
#[derive(Debug)]
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
}

/// Runs cargo for each feature alone.
pub(crate) const HACK: Tool = Tool { name: "cargo-hack", version: "0.6.46" };

/// Changes the code in small ways, and tells which changes no test notices.
pub(crate) const MUTANTS: Tool = Tool { name: "cargo-mutants", version: "27.1.0" };

impl Tool {
    /// A step that runs it, installed first if it isn't. `arguments` are as for [`Step::cargo`], with the subcommand's
    /// name before them.
    pub(crate) fn step(&self, name: &str, arguments: &str) -> Result<Step, Failed> {
        let program = self.obtain()?;
        Ok(Step::program(name, &program.display().to_string()).args(arguments.split(' ')))
    }

    fn obtain(&self) -> Result<PathBuf, Failed> {
        let Self { name, version } = self;
        // A folder for each version, so that what is there is what is wanted.
        let root = target()?.join("tools").join(format!("{name}-{version}"));
        let program = root.join("bin").join(name);
        if !program.is_file() {
            // They wait for cargo most of the time: to optimise them would take longer than it saves.
            let install = format!("install {name} --version ={version} --locked --debug --no-track");
            Step::cargo(&format!("installing {name}"), &install).arg("--root", &root).run()?;
        }
        Ok(program)
    }
}
