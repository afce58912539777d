//! The systems that are measured, and the servers that they run as.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// What is measured, in the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum System {
    /// Express and Mongoose, on the same `mongod` as [`Self::KhataMongo`].
    Peer,
    /// Khata over MongoDB.
    KhataMongo,
    /// Khata over PostgreSQL.
    KhataPostgres,
    /// Khata over SQLite.
    KhataSqlite,
    /// A server that only verifies a token, parses an invoice and sends it back.
    Echo,
}

impl System {
    /// Khata over each store.
    pub(crate) const KHATA: [Self; 3] = [Self::KhataMongo, Self::KhataPostgres, Self::KhataSqlite];

    /// Name on the command line, in the table and in the results.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Peer => "peer",
            Self::KhataMongo => "khata-mongo",
            Self::KhataPostgres => "khata-postgres",
            Self::KhataSqlite => "khata-sqlite",
            Self::Echo => "echo",
        }
    }
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A running server of a system, written `SYSTEM:PORT:PID`, and `:PID` after it of its database if that is another process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    /// What it is.
    pub(crate) system: System,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Its process.
    pub(crate) pid: u32,
    /// The process of its database, which may have others below it.
    pub(crate) database: Option<u32>,
}

impl FromStr for Server {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("`{text}` is not SYSTEM:PORT:PID[:PID]");
        let mut parts = text.split(':');
        let system = System::from_str(parts.next().unwrap_or_default(), false)?;
        let port: u16 = parts.next().and_then(|port| port.parse().ok()).ok_or_else(wrong)?;
        let pid = parts.next().and_then(|pid| pid.parse().ok()).ok_or_else(wrong)?;
        let database = parts.next().map(str::parse).transpose().map_err(|_| wrong())?;
        Ok(Self { system, address: (Ipv4Addr::LOCALHOST, port).into(), pid, database })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_written_with_its_port_and_processes() {
        let server: Server = "khata-mongo:5000:17:4".parse().unwrap();
        assert_eq!(server.system, System::KhataMongo);
        assert_eq!(server.address, "127.0.0.1:5000".parse().unwrap());
        assert_eq!((server.pid, server.database), (17, Some(4)));
        assert_eq!("echo:5000:17".parse::<Server>().unwrap().database, None);
        for wrong in ["mysql:1:2", "echo:1", "echo:1:2:x", ""] {
            assert!(wrong.parse::<Server>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_name_is_the_same_everywhere() {
        for system in System::value_variants() {
            assert_eq!(System::from_str(system.name(), false).as_ref(), Ok(system));
            assert_eq!(serde_json::to_value(system).unwrap(), system.name());
        }
    }
}
