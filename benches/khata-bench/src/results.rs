//! The form of the results: what was measured, and what follows from it.

use serde::{Deserialize, Serialize};

use crate::goal::{Judgement, Ratios};
use crate::machine::Machine;
use crate::statistics::{median, spread};
use crate::system::System;
use crate::work::Headline;

/// What was measured in one round.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Figures {
    /// Answers per second.
    pub(crate) rate: f64,
    /// Median latency, in milliseconds.
    pub(crate) p50_ms: f64,
    /// 99th percentile of the latency, in milliseconds.
    pub(crate) p99_ms: f64,
    /// CPU seconds of the server per 1,000 requests.
    pub(crate) server_cpu_s: f64,
    /// CPU seconds of the database's processes per 1,000 requests.
    pub(crate) database_cpu_s: f64,
    /// CPU seconds of the load generator per 1,000 requests.
    pub(crate) load_cpu_s: f64,
    /// How many cores were busy with what is none of these.
    pub(crate) other_cores: f64,
    /// Resident memory of the server at the end, in megabytes.
    pub(crate) memory_mb: f64,
    /// Logins per second, of those that log in meanwhile.
    pub(crate) logins: f64,
    /// Logins per second that were told to come again later.
    pub(crate) put_off: f64,
}

/// The rounds of a case over a system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rounds {
    /// Name of the work.
    pub(crate) work: String,
    /// Name of the case.
    pub(crate) case: String,
    /// The system.
    pub(crate) system: System,
    /// Each round.
    pub(crate) rounds: Vec<Figures>,
}

/// A case over a system, with what follows from the rounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outcome {
    /// Name of the case, after the work's and a slash.
    pub(crate) name: String,
    /// What the case is called in the table.
    pub(crate) title: String,
    /// The system.
    pub(crate) system: System,
    /// Each round.
    pub(crate) rounds: Vec<Figures>,
    /// Median of each figure.
    pub(crate) medians: Figures,
    /// How far the rounds lie apart in what the case is about, as a part of its median.
    pub(crate) spread: f64,
    /// Comparisons with other systems and cases.
    pub(crate) ratios: Ratios,
    /// The goals for it.
    pub(crate) goals: Vec<Judgement>,
}

/// All of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Results {
    /// Where it ran.
    pub(crate) machine: Machine,
    /// What it ran, in the order of works and systems.
    pub(crate) outcomes: Vec<Outcome>,
}

impl Figures {
    /// The median of each figure. Zero of no rounds.
    pub(crate) fn medians(rounds: &[Self]) -> Self {
        let of =
            |figure: fn(&Self) -> f64| median(&rounds.iter().map(figure).collect::<Vec<_>>()).unwrap_or(0.0);
        Self {
            rate: of(|round| round.rate),
            p50_ms: of(|round| round.p50_ms),
            p99_ms: of(|round| round.p99_ms),
            server_cpu_s: of(|round| round.server_cpu_s),
            database_cpu_s: of(|round| round.database_cpu_s),
            load_cpu_s: of(|round| round.load_cpu_s),
            other_cores: of(|round| round.other_cores),
            memory_mb: of(|round| round.memory_mb),
            logins: of(|round| round.logins),
            put_off: of(|round| round.put_off),
        }
    }

    /// The figure that a case is about.
    pub(crate) fn headline(&self, headline: Headline) -> f64 {
        match headline {
            Headline::Rate => self.rate,
            Headline::P50 => self.p50_ms,
            Headline::P99 => self.p99_ms,
        }
    }

    /// Rounds every figure to what is worth keeping.
    pub(crate) fn rounded(self) -> Self {
        Self {
            rate: round(self.rate, 1.0),
            p50_ms: round(self.p50_ms, 1000.0),
            p99_ms: round(self.p99_ms, 1000.0),
            server_cpu_s: round(self.server_cpu_s, 10_000.0),
            database_cpu_s: round(self.database_cpu_s, 10_000.0),
            load_cpu_s: round(self.load_cpu_s, 10_000.0),
            other_cores: round(self.other_cores, 100.0),
            memory_mb: round(self.memory_mb, 10.0),
            logins: round(self.logins, 10.0),
            put_off: round(self.put_off, 10.0),
        }
    }
}

impl Rounds {
    /// How far the rounds lie apart in the figure that the case is about.
    pub(crate) fn spread(&self, headline: Headline) -> f64 {
        let figures: Vec<_> = self.rounds.iter().map(|round| round.headline(headline)).collect();
        spread(&figures).unwrap_or(0.0)
    }
}

/// Rounds to so many parts of one.
pub(crate) fn round(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(rate: f64, p50_ms: f64) -> Figures {
        Figures { rate, p50_ms, ..Figures::default() }
    }

    #[test]
    fn each_figure_has_a_median_of_its_own() {
        let medians = Figures::medians(&[figures(10.0, 3.0), figures(30.0, 1.0), figures(20.0, 2.0)]);
        assert_eq!(medians, figures(20.0, 2.0));
        assert_eq!(Figures::medians(&[]), Figures::default());
    }

    #[test]
    fn spread_is_of_what_the_case_is_about() {
        let rounds = vec![figures(100.0, 1.0), figures(110.0, 1.0)];
        let rounds = Rounds { work: "w".into(), case: "c".into(), system: System::Echo, rounds };
        assert!((rounds.spread(Headline::Rate) - 10.0 / 105.0).abs() < 1e-9);
        assert!(rounds.spread(Headline::P50).abs() < 1e-9);
    }

    #[test]
    fn rounding_keeps_what_is_worth_it() {
        let rounded = figures(1234.56, 1.23456).rounded();
        assert_eq!(rounded, figures(1235.0, 1.235));
    }
}
