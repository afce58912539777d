//! `cargo xtask mutants`: whether the tests notice small changes of the rules. A change that they don't notice survives.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::step::Failed;
use crate::{target, tools};

/// A package's rules, and the tests that guard them.
struct Rules {
    package: &'static str,
    /// Patterns of cargo-mutants: one without a slash is a file's name, wherever it is.
    files: &'static str,
    /// What is said to cargo-mutants, and after `--` to `cargo test`.
    tests: &'static str,
}

const RULES: [Rules; 2] = [
    Rules {
        package: "khata-core",
        files: "khata-core/src/ledger/** money.rs number.rs gst.rs calendar.rs search.rs **/auth/throttle.rs **/auth/in_flight.rs",
        tests: "--all-features --test-package khata-core,khata-conformance",
    },
    Rules { package: "khata-http", files: "cursor.rs", tests: "--all-features -- --test http" },
];

/// Maximum time of the tests of one mutant, which may well go round in circles.
const TIMEOUT_SECONDS: u32 = 300;

/// Which mutants are tried, and for how long in all.
#[derive(Debug, PartialEq, Eq)]
struct Sample {
    shard: String,
    minutes: u64,
}

/// What came of the mutants.
#[derive(Debug, Default)]
struct Outcomes {
    caught: usize,
    survivors: Vec<String>,
}

/// Tries a sample of the mutants, and lists those that survive, which is a failure.
pub(crate) fn run(options: &[&str]) -> Result<(), Failed> {
    let sample = Sample::parse(options)
        .ok_or_else(|| Failed::new(options.join(" "), "the options are --shard K/N and --minutes M"))?;
    let deadline = Instant::now() + Duration::from_secs(60 * sample.minutes);
    let mut outcomes = Outcomes::default();
    for (done, rules) in RULES.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(RULES.len() - done).unwrap_or(1);
        outcomes.add(&rules.try_mutants(&sample.shard, Instant::now() + share)?);
    }
    outcomes.judge(&sample.shard)
}

impl Sample {
    fn parse(options: &[&str]) -> Option<Self> {
        let mut sample = Self { shard: "0/20".to_owned(), minutes: 30 };
        for option in options.chunks(2) {
            match *option {
                ["--shard", shard] => shard.clone_into(&mut sample.shard),
                ["--minutes", minutes] => sample.minutes = minutes.parse().ok()?,
                _ => return None,
            }
        }
        Some(sample)
    }
}

impl Rules {
    /// Tries mutants until the deadline, and gives the folder of what came of them.
    fn try_mutants(&self, shard: &str, deadline: Instant) -> Result<PathBuf, Failed> {
        let Self { package, files, tests } = self;
        let output = target()?.join("mutants").join(package);
        fs::create_dir_all(&output).map_err(|error| Failed::at(&output, &error))?;
        let files: String = files.split(' ').map(|file| format!(" --file {file}")).collect();
        let arguments = format!("mutants --package {package}{files} --shard {shard} --sharding round-robin");
        let step = tools::MUTANTS.step(&format!("mutants of {package}"), &arguments)?;
        let step = step.args(["--timeout", &TIMEOUT_SECONDS.to_string()]).arg("--output", &output);
        // Dependencies are built once, for the mutants and for everything else.
        let step = step.env("CARGO_TARGET_DIR", target()?);
        let step = step.env(crate::stores::VARIABLE, "memory").args(tests.split(' '));
        match step.run_until(deadline)? {
            // All caught, some survived, some timed out, or there was no more time.
            Some(0 | 2 | 3) | None => Ok(output.join("mutants.out")),
            Some(code) => Err(Failed::new(format!("mutants of {package}"), format!("exit code {code}"))),
        }
    }
}

impl Outcomes {
    fn add(&mut self, folder: &Path) {
        let list = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
        // Tests that no longer end have noticed something too.
        self.caught += list("caught.txt").lines().count() + list("timeout.txt").lines().count();
        self.survivors.extend(list("missed.txt").lines().map(str::to_owned));
    }

    fn judge(&self, shard: &str) -> Result<(), Failed> {
        let Self { caught, survivors } = self;
        let what = format!("mutants of shard {shard}: {caught} caught, {} survived", survivors.len());
        if !survivors.is_empty() {
            return Err(Failed::new(what, "no test notices these").hint(survivors.join("\n")));
        }
        if *caught == 0 {
            return Err(Failed::new(what, "there was no time for any"));
        }
        eprintln!("xtask: {what}");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_a_shard_and_a_time() {
        let sample = |shard: &str, minutes| Some(Sample { shard: shard.to_owned(), minutes });
        assert_eq!(Sample::parse(&[]), sample("0/20", 30));
        assert_eq!(Sample::parse(&["--minutes", "5", "--shard", "3/40"]), sample("3/40", 5));
        for options in [&["--shard"][..], &["--minutes", "some"], &["3/40", "5"]] {
            assert_eq!(Sample::parse(options), None);
        }
    }

    #[test]
    fn survivors_fail_the_run_and_so_does_having_tried_none() {
        let outcomes = |caught, survivors: &[&str]| Outcomes {
            caught,
            survivors: survivors.iter().map(|&survivor| survivor.to_owned()).collect(),
        };
        assert!(outcomes(3, &[]).judge("0/20").is_ok());
        assert!(outcomes(0, &[]).judge("0/20").is_err());
        let failed = outcomes(3, &["money.rs:1:1: replace + with -"]).judge("0/20").unwrap_err().to_string();
        assert!(failed.ends_with("\nmoney.rs:1:1: replace + with -"), "{failed}");
    }
}
