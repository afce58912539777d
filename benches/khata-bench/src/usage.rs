//! What processes use of the machine, as `/proc` of Linux tells it.

use std::fs;
use std::path::Path;

use crate::error::Error;

/// Ticks a second in `/proc/PID/stat`: `USER_HZ`, which is 100 on each architecture that Linux and Rust have in common.
const TICKS: f64 = 100.0;

/// Fields of `/proc/PID/stat` after the program's name, see proc_pid_stat(5): user and system time, of the process and
/// of the children that it has waited for.
const TIMES: std::ops::Range<usize> = 11..15;

/// CPU seconds of a process, and of all below it. Those that have ended are counted where their parent has noticed it.
///
/// # Errors
/// If there is no such process.
pub(crate) fn cpu_seconds(pid: u32) -> Result<f64, Error> {
    let stat = read(format!("/proc/{pid}/stat"))?;
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    // One that ends in between is missed: it had little time.
    let children = children.split_whitespace().filter_map(|child| cpu_seconds(child.parse().ok()?).ok());
    Ok(times(&stat) / TICKS + children.sum::<f64>())
}

/// CPU seconds of everything that runs on this machine.
///
/// # Errors
/// If the system is no Linux.
pub(crate) fn machine_cpu_seconds() -> Result<f64, Error> {
    let stat = read("/proc/stat")?;
    Ok(busy(&stat) / TICKS)
}

/// Memory of a process that is in RAM, in megabytes of 1,000,000 bytes.
///
/// # Errors
/// As [`cpu_seconds`].
pub(crate) fn resident_mb(pid: u32) -> Result<f64, Error> {
    let status = read(format!("/proc/{pid}/status"))?;
    let kib = field_kib(&status, "VmRSS").ok_or_else(|| Error::Unexpected("no VmRSS".into()))?;
    Ok(megabytes(kib))
}

/// As many megabytes.
pub(crate) fn megabytes(kib: u64) -> f64 {
    kib as f64 * 1024.0 / 1e6
}

/// A size in one of the files that have `Name:  123 kB` on each line.
pub(crate) fn field_kib(text: &str, name: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    value.split_whitespace().next()?.parse().ok()
}

/// Reads a file of the system's.
///
/// # Errors
/// If it can't be read.
pub(crate) fn read(path: impl AsRef<Path>) -> Result<String, Error> {
    let path = path.as_ref();
    fs::read_to_string(path).map_err(Error::io(path.display()))
}

fn times(stat: &str) -> f64 {
    // The name is between parentheses, and may have spaces and parentheses in it.
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let fields: Vec<_> = fields.split(' ').collect();
    fields.get(TIMES).unwrap_or_default().iter().filter_map(|ticks| ticks.parse::<f64>().ok()).sum()
}

/// All of the first line but idle time and waiting for disks. Guests' time is in the users' already.
fn busy(stat: &str) -> f64 {
    let line = stat.lines().next().unwrap_or_default();
    let fields: Vec<f64> = line.split_whitespace().skip(1).filter_map(|ticks| ticks.parse().ok()).collect();
    let [user, nice, system, _idle, _iowait, irq, softirq, ..] = fields[..] else { return 0.0 };
    user + nice + system + irq + softirq
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_after_the_name() {
        let stat = "17 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 100 20 3 4 20 0 30 0 99";
        assert!((times(stat) - 127.0).abs() < f64::EPSILON);
        assert!(times("").abs() < f64::EPSILON);
    }

    #[test]
    fn a_machine_is_busy_when_it_neither_idles_nor_waits() {
        let stat = "cpu  10 20 30 4000 500 6 7 8 9 0\ncpu0 1 2 3 4";
        assert!((busy(stat) - 73.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_size_has_a_name() {
        let status = "VmRSSx:\t 1 kB\nVmRSS:\t  2048 kB\n";
        assert_eq!(field_kib(status, "VmRSS"), Some(2048));
        assert!((megabytes(1000) - 1.024).abs() < f64::EPSILON);
    }

    #[test]
    fn this_process_uses_something() {
        let own = std::process::id();
        assert!(resident_mb(own).unwrap() > 0.1);
        assert!(cpu_seconds(own).unwrap() <= machine_cpu_seconds().unwrap());
        assert!(cpu_seconds(u32::MAX).is_err());
    }
}
