//! The servers that tests and trials need.

use std::fs;
use std::path::{Path, PathBuf};
use std::{env, io};

use crate::server::{Durability, Server};
use crate::step::Failed;
use crate::stores::Stores;
use crate::{mongo, postgres};

/// A database that is a server.
#[derive(Debug)]
pub(crate) struct Kind {
    /// What the store over it is called.
    pub(crate) store: &'static str,
    /// The variable that tells the tests where a server is.
    pub(crate) url: &'static str,
    /// The variable that tells them, and us, where its programs are.
    pub(crate) programs: &'static str,
    /// Finds the programs, or gets them.
    pub(crate) obtain: fn() -> Result<PathBuf, Failed>,
    /// Starts an empty server by them.
    pub(crate) start: fn(&Path, Durability) -> Result<Server, Failed>,
}

const KINDS: [Kind; 2] = [postgres::KIND, mongo::KIND];

/// Those that run, and how to find them.
#[derive(Debug, Default)]
pub(crate) struct Servers {
    variables: Vec<(&'static str, String)>,
    running: Vec<Server>,
}

/// What is kept of the servers between runs: programs that were downloaded, and what the last ones wrote.
pub(crate) fn folder() -> Result<PathBuf, Failed> {
    let folder = crate::target()?.join("servers");
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
    /// Those that these stores need and the environment does not name.
    pub(crate) fn for_tests(stores: &Stores) -> Result<Self, Failed> {
        let kinds = || KINDS.into_iter().filter(|kind| stores.include(kind.store));
        // One that can't be had is to be said before anything is started.
        let programs = kinds().map(|kind| (kind.obtain)()).collect::<Result<Vec<_>, _>>()?;
        let mut servers = Self::default();
        for (kind, programs) in kinds().zip(programs) {
            servers.variables.push((kind.programs, programs.display().to_string()));
            if env::var_os(kind.url).is_none_or(|url| url.is_empty()) {
                let server = (kind.start)(&programs, Durability::Volatile)?;
                servers.variables.push((kind.url, server.url().to_owned()));
                servers.running.push(server);
            }
        }
        Ok(servers)
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.variables.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

/// Starts a server for this store, says where it is, and waits until it ends, which it does not by itself.
pub(crate) fn serve(store: &str) -> Result<(), Failed> {
    let kind = KINDS.into_iter().find(|kind| kind.store == store).ok_or_else(|| {
        let stores = KINDS.map(|kind| kind.store).join(", ");
        Failed::new(format!("{store} has no server"), stores)
    })?;
    let programs = (kind.obtain)()?;
    let server = (kind.start)(&programs, Durability::Volatile)?;
    println!("KHATA_DATABASE_URL={}", server.url());
    println!("{}={}", kind.url, server.url());
    println!("{}={}", kind.programs, programs.display());
    Err(server.wait())
}
