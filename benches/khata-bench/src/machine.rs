//! Where a run took place: without it, no figure says anything.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::thread;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::usage::{field_kib, megabytes, read};

/// The machine, and the versions of what ran on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Machine {
    /// Model of the processor.
    pub(crate) cpu: String,
    /// Number of its cores that the run had.
    pub(crate) cores: usize,
    /// Memory in megabytes.
    pub(crate) memory_mb: f64,
    /// Versions by what they are of.
    pub(crate) versions: BTreeMap<String, String>,
}

impl Machine {
    /// This machine.
    ///
    /// # Errors
    /// If the system is no Linux.
    pub(crate) fn read(versions: &[Version]) -> Result<Self, Error> {
        let memory = field_kib(&read("/proc/meminfo")?, "MemTotal").unwrap_or_default();
        let cores = thread::available_parallelism().map_err(Error::io("counting cores"))?;
        Ok(Self {
            cpu: model(&read("/proc/cpuinfo")?).unwrap_or("unknown").to_owned(),
            cores: cores.get(),
            memory_mb: megabytes(memory).round(),
            versions: versions.iter().map(|Version { of, is }| (of.clone(), is.clone())).collect(),
        })
    }
}

/// A version, written `OF=IS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    of: String,
    is: String,
}

impl FromStr for Version {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (of, is) = text.split_once('=').ok_or("must be OF=IS")?;
        Ok(Self { of: of.to_owned(), is: is.to_owned() })
    }
}

/// The model of the first processor; on ARM there is none.
fn model(cpuinfo: &str) -> Option<&str> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(": ").map(|(_, model)| model.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_says_what_it_is() {
        let machine = Machine::read(&["node=v20".parse().unwrap()]).unwrap();
        assert!(machine.cores > 0 && machine.memory_mb > 0.0);
        assert_eq!(machine.versions["node"], "v20");
        assert_eq!(model("processor\t: 0\nmodel name\t: A B\n"), Some("A B"));
        assert_eq!(model(""), None);
    }
}
