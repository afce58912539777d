//! The databases under test.

use tempfile::TempDir;

use super::server::Server;
use crate::process::{Ended, Process};

/// All programs of a test share it, so that a login holds at each of them, and after each restart.
pub(super) const SECRET: (&str, &str) =
    ("KHATA_JWT_SECRET", "a secret for tests of thirty-two bytes and more");

/// How it is served: what waits in vain is to be told so soon.
pub(super) const OPTIONS: [&str; 4] = ["--request-timeout-seconds", "8", "--log", "error"];

/// A database with nothing in it, and the servers that keep it.
#[derive(Debug)]
pub(super) struct Database {
    folder: TempDir,
    url: String,
    servers: Vec<Server>,
}

impl Database {
    /// A file.
    pub(super) async fn sqlite() -> Self {
        Self::new("sqlite://khata.db".to_owned(), Vec::new())
    }

    /// A PostgreSQL server of its own.
    pub(super) async fn postgres() -> Self {
        let server = Server::postgres();
        Self::new(format!("postgres://postgres@{}/postgres", server.host()), vec![server])
    }

    /// A MongoDB server of its own.
    pub(super) async fn mongo() -> Self {
        Self::replica_set(1).await
    }

    /// So many MongoDB servers that form a replica set.
    pub(super) async fn replica_set(size: usize) -> Self {
        let servers: Vec<_> = (0..size).map(|_| Server::mongo()).collect();
        let hosts: Vec<_> = servers.iter().map(Server::host).collect();
        super::failover::initiate(&hosts).await;
        let set = super::server::REPLICA_SET;
        Self::new(format!("mongodb://{}/khata?replicaSet={set}", hosts.join(",")), servers)
    }

    fn new(url: String, servers: Vec<Server>) -> Self {
        Self { folder: TempDir::new().unwrap(), url, servers }
    }

    /// A program that serves it.
    pub(super) fn serve(&self) -> Process {
        let arguments = [&["--database", self.url.as_str()][..], &OPTIONS].concat();
        Process::serve_with(self.folder.path(), &arguments, &[SECRET])
    }

    /// Its servers.
    pub(super) fn servers(&mut self) -> &mut [Server] {
        &mut self.servers
    }

    /// Proves that every book is sound, and has so many documents in all.
    pub(super) fn assert_sound(&self, documents: usize) {
        let arguments = ["verify", "--database", &self.url];
        assert_sound(&Process::spawn(self.folder.path(), &arguments, &[SECRET]).ended(), documents);
    }
}

/// Verifying ended so.
pub(super) fn assert_sound(ended: &Ended, documents: usize) {
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let lines = ended.stdout.lines().filter_map(|line| line.split_once(" entries, ")?.1.split_once(' '));
    let counts = lines.map(|(count, _)| count.parse::<usize>().unwrap());
    assert_eq!(counts.sum::<usize>(), documents, "{}", ended.stdout);
}
