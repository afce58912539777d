//! What is to be reached, as ratios within one run.

use serde::{Deserialize, Serialize};

/// A bound on a ratio, or on memory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// At least so many times the peer's rate.
    RateOfPeer(f64),
    /// At least this part of the ceiling's rate.
    RateOfCeiling(f64),
    /// At most this part of the peer's median latency.
    P50OfPeer(f64),
    /// At most so many times slower than the first case of the work.
    SlowerThanFirst(f64),
    /// At most so many times the 99th percentile of the first case of the work.
    P99OfFirst(f64),
    /// At most so much resident memory, in megabytes.
    MemoryMb(f64),
}

/// What a goal is held against.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ratios {
    /// Rate in multiples of the peer's.
    pub(crate) rate_of_peer: Option<f64>,
    /// Rate as a part of the ceiling's.
    pub(crate) rate_of_ceiling: Option<f64>,
    /// Median latency as a part of the peer's.
    pub(crate) p50_of_peer: Option<f64>,
    /// How many times the first case's rate is this one's.
    pub(crate) slower_than_first: Option<f64>,
    /// 99th percentile in multiples of the first case's.
    pub(crate) p99_of_first: Option<f64>,
}

/// Whether a goal is met.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Judgement {
    /// The goal in words.
    pub(crate) goal: String,
    /// What was measured; absent if what it is compared with was not.
    pub(crate) measured: Option<f64>,
    /// Whether it is met; absent if it wasn't measured.
    pub(crate) met: Option<bool>,
}

impl Goal {
    /// Holds the goal against what was measured.
    pub(crate) fn judge(self, ratios: &Ratios, memory_mb: f64) -> Judgement {
        let (measured, at_least, bound) = match self {
            Self::RateOfPeer(bound) => (ratios.rate_of_peer, true, bound),
            Self::RateOfCeiling(bound) => (ratios.rate_of_ceiling, true, bound),
            Self::P50OfPeer(bound) => (ratios.p50_of_peer, false, bound),
            Self::SlowerThanFirst(bound) => (ratios.slower_than_first, false, bound),
            Self::P99OfFirst(bound) => (ratios.p99_of_first, false, bound),
            Self::MemoryMb(bound) => (Some(memory_mb), false, bound),
        };
        let met = measured.map(|measured| if at_least { measured >= bound } else { measured <= bound });
        Judgement { goal: self.words(), measured, met }
    }

    fn words(self) -> String {
        match self {
            Self::RateOfPeer(bound) => format!("≥ {bound} × peer"),
            Self::RateOfCeiling(bound) => format!("≥ {:.0} % of ceiling", bound * 100.0),
            Self::P50OfPeer(bound) => format!("p50 ≤ {bound} × peer's"),
            Self::SlowerThanFirst(bound) => format!("within {bound} × of the first case"),
            Self::P99OfFirst(bound) => format!("p99 ≤ {bound} × the first case's"),
            Self::MemoryMb(bound) => format!("≤ {bound} MB"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_met_at_its_bound() {
        let ratios = Ratios { rate_of_peer: Some(15.0), p50_of_peer: Some(0.6), ..Ratios::default() };
        assert_eq!(Goal::RateOfPeer(15.0).judge(&ratios, 0.0).met, Some(true));
        assert_eq!(Goal::RateOfPeer(15.1).judge(&ratios, 0.0).met, Some(false));
        assert_eq!(Goal::P50OfPeer(0.6).judge(&ratios, 0.0).met, Some(true));
        assert_eq!(Goal::P50OfPeer(0.5).judge(&ratios, 0.0).met, Some(false));
        assert_eq!(Goal::MemoryMb(80.0).judge(&ratios, 80.1).met, Some(false));
    }

    #[test]
    fn what_was_not_measured_is_not_judged() {
        let judgement = Goal::RateOfCeiling(0.22).judge(&Ratios::default(), 0.0);
        assert_eq!(judgement.goal, "≥ 22 % of ceiling");
        assert_eq!((judgement.measured, judgement.met), (None, None));
    }
}
