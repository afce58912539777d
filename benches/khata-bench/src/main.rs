//! What `cargo xtask bench` measures with. It takes servers that run already, which `xtask` starts, and is not meant to be
//! called by hand.

#![expect(clippy::float_arithmetic, reason = "what is measured is no money")]

mod analyze;
mod ask;
mod chart;
mod connection;
mod echo;
mod error;
mod evaluate;
mod goal;
mod load;
mod machine;
mod measure;
mod request;
mod response;
mod results;
mod scene;
mod select;
mod shop;
mod statistics;
mod system;
mod table;
mod usage;
mod work;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::error::Error;
use crate::machine::{Machine, Version};
use crate::measure::{Timing, measure};
use crate::results::{Results, Rounds};
use crate::select::Selection;
use crate::system::Server;

const ROUNDS: usize = 3;
const ROUNDS_QUICK: usize = 2;

/// Measures Khata and its peer.
#[derive(Debug, Parser)]
enum Command {
    /// Print the works to be done, each with its systems
    Plan {
        #[command(flatten)]
        options: Options,
    },
    /// Measure one of them
    Measure {
        /// Name of the work
        work: String,
        #[command(flatten)]
        options: Options,
        /// A server: SYSTEM:PORT:PID, and the PID of its database after another colon
        #[arg(long = "server", value_name = "SERVER")]
        servers: Vec<Server>,
        /// Where to put the rounds
        #[arg(long, value_name = "FILE")]
        into: PathBuf,
    },
    /// Evaluate what was measured, print it as a table, and write it as JSON and as a chart
    Report {
        /// Rounds that were measured
        files: Vec<PathBuf>,
        /// A version: OF=IS
        #[arg(long = "version-of", value_name = "VERSION")]
        versions: Vec<Version>,
        /// Folder to write into
        #[arg(long, value_name = "FOLDER")]
        into: PathBuf,
    },
    /// Serve the ceiling
    Echo {
        /// Port of 127.0.0.1
        port: u16,
    },
}

/// What a developer may say of a run.
#[derive(Debug, Clone, clap::Args)]
struct Options {
    #[command(flatten)]
    selection: Selection,
    /// Number of rounds
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    rounds: Option<u8>,
}

fn main() -> ExitCode {
    match run(Command::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("khata-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Error> {
    match command {
        Command::Plan { options } => plan(&options),
        Command::Measure { work, options, servers, into } => {
            let works = options.selection.works()?;
            let chosen = works.iter().find(|chosen| chosen.work.name == work);
            let chosen = chosen.ok_or_else(|| Error::Unexpected(format!("no work {work} was chosen")))?;
            let rounds = measure(chosen.work, &chosen.cases, &servers, options.timing())?;
            write(&into, &serde_json::to_string(&rounds)?)
        }
        Command::Report { files, versions, into } => report(&files, &versions, &into),
        Command::Echo { port } => echo::run(port),
    }
}

fn plan(options: &Options) -> Result<(), Error> {
    for chosen in options.selection.works()? {
        let systems: Vec<_> = chosen.systems.iter().map(ToString::to_string).collect();
        println!("{} {}", chosen.work.name, systems.join(" "));
    }
    Ok(())
}

impl Options {
    fn timing(&self) -> Timing {
        let rounds = self.rounds.map(usize::from);
        if self.selection.quick {
            let (warm_up, span) = (Duration::from_millis(300), Duration::from_millis(1200));
            Timing { rounds: rounds.unwrap_or(ROUNDS_QUICK), warm_up, span }
        } else {
            let (warm_up, span) = (Duration::from_secs(1), Duration::from_secs(4));
            Timing { rounds: rounds.unwrap_or(ROUNDS), warm_up, span }
        }
    }
}

fn report(files: &[PathBuf], versions: &[Version], into: &Path) -> Result<(), Error> {
    let mut measured = Vec::new();
    for file in files {
        let rounds: Vec<Rounds> = serde_json::from_str(&usage::read(file)?)?;
        measured.extend(rounds);
    }
    let outcomes = evaluate::evaluate(&measured);
    let results = Results { machine: Machine::read(versions)?, outcomes };
    println!("{}", table::table(&results));
    write(&into.join("results.json"), &serde_json::to_string_pretty(&results)?)?;
    write(&into.join("chart.svg"), &chart::chart(&results))
}

fn write(file: &Path, text: &str) -> Result<(), Error> {
    fs::write(file, text).map_err(Error::io(file.display()))
}
