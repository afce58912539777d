//! The servers that tests and trials need.

use std::fs;
use std::path::{Path, PathBuf};
use std::{env, io};

use crate::mongo::Mongo;
use crate::postgres::Postgres;
use crate::server::Server;
use crate::step::Failed;
use crate::stores::Stores;

/// Those that run for the tests, and how the tests find them.
#[derive(Debug, Default)]
pub(crate) struct Servers {
    variables: Vec<(&'static str, String)>,
    running: Vec<Server>,
}

/// What is kept of the servers between runs: programs that were downloaded, and what the last ones wrote.
pub(crate) fn folder() -> Result<PathBuf, Failed> {
    let program = env::current_exe().map_err(|error| Failed::new("finding the target folder", error))?;
    let target = program.ancestors().nth(2).expect("cargo puts programs into a folder of the target folder");
    let folder = target.join("servers");
    fs::create_dir_all(&folder).map_err(|error| Failed::at(&folder, &error))?;
    Ok(folder)
}

/// Fills a folder that is there only once it is whole: `fill` may be stopped at any time, and is given another.
pub(crate) fn make_whole(
    folder: &Path,
    fill: impl FnOnce(&Path) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let part = folder.with_extension("part");
    for old in [folder, &part] {
        match fs::remove_dir_all(old) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Failed::at(old, &error)),
            _ => {}
        }
    }
    fs::create_dir_all(&part).map_err(|error| Failed::at(&part, &error))?;
    fill(&part)?;
    fs::rename(&part, folder).map_err(|error| Failed::at(&part, &error))
}

impl Servers {
    /// Starts what these stores need and the environment does not name.
    pub(crate) fn start(stores: &Stores) -> Result<Self, Failed> {
        let mut servers = Self::default();
        // All programs first: one that can't be had is to be said at once.
        let postgres = stores.include("postgres").then(Postgres::obtain).transpose()?;
        let mongo = stores.include("mongo").then(Mongo::obtain).transpose()?;
        if let Some(postgres) = postgres {
            servers.set("KHATA_TEST_POSTGRES_BIN", postgres.bin().display());
            servers.provide("KHATA_TEST_POSTGRES_URL", || postgres.start())?;
        }
        if let Some(mongo) = mongo {
            servers.set("KHATA_TEST_MONGOD", mongo.mongod().display());
            servers.provide("KHATA_TEST_MONGODB_URL", || mongo.start())?;
        }
        Ok(servers)
    }

    /// The environment of the tests.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.variables.iter().map(|(name, value)| (*name, value.as_str()))
    }

    fn set(&mut self, variable: &'static str, value: impl ToString) {
        self.variables.push((variable, value.to_string()));
    }

    fn provide(
        &mut self,
        variable: &'static str,
        start: impl FnOnce() -> Result<Server, Failed>,
    ) -> Result<(), Failed> {
        if env::var(variable).is_ok_and(|url| !url.is_empty()) {
            return Ok(());
        }
        let server = start()?;
        self.set(variable, server.url());
        self.running.push(server);
        Ok(())
    }
}
