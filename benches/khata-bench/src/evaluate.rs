//! What follows from the rounds: medians, ratios, and which goals are met.

use crate::goal::{Goal, Judgement, Ratios};
use crate::results::{Figures, Outcome, Rounds, round};
use crate::system::System;
use crate::work::{Case, WORKS, Work};

/// Evaluates the rounds of a run.
pub(crate) fn evaluate(measured: &[Rounds]) -> Vec<Outcome> {
    measured.iter().filter_map(|rounds| outcome(rounds, measured)).collect()
}

/// The work and the case of these names.
pub(crate) fn find(work: &str, case: &str) -> Option<(&'static Work, &'static Case)> {
    let work = WORKS.iter().find(|known| known.name == work)?;
    work.cases.iter().find(|known| known.name == case).map(|case| (work, case))
}

/// Nothing for a case that there isn't.
fn outcome(rounds: &Rounds, measured: &[Rounds]) -> Option<Outcome> {
    let (work, case) = find(&rounds.work, &rounds.case)?;
    let medians = Figures::medians(&rounds.rounds).rounded();
    let ratios = ratios(rounds, work, &medians, measured);
    Some(Outcome {
        name: format!("{}/{}", work.name, case.name),
        title: case.title.to_owned(),
        system: rounds.system,
        rounds: rounds.rounds.clone(),
        medians,
        spread: round(rounds.spread(case.headline), 1000.0),
        goals: goals(case, rounds.system, &ratios, medians.memory_mb),
        ratios,
    })
}

fn ratios(rounds: &Rounds, work: &Work, medians: &Figures, measured: &[Rounds]) -> Ratios {
    let figures = |case: &str, system: System| {
        let found = measured
            .iter()
            .find(|other| other.work == rounds.work && other.case == case && other.system == system)?;
        Some(Figures::medians(&found.rounds))
    };
    let peer = figures(&rounds.case, System::Peer).filter(|_| rounds.system != System::Peer);
    let ceiling = figures(&rounds.case, System::Echo).filter(|_| rounds.system != System::Echo);
    let first_case = work.cases[0].name;
    let first = figures(first_case, rounds.system).filter(|_| rounds.case != first_case);
    Ratios {
        rate_of_peer: peer.map(|peer| round(medians.rate / peer.rate, 100.0)),
        rate_of_ceiling: ceiling.map(|ceiling| round(medians.rate / ceiling.rate, 1000.0)),
        p50_of_peer: peer.map(|peer| round(medians.p50_ms / peer.p50_ms, 100.0)),
        slower_than_first: first.map(|first| round(first.rate / medians.rate, 100.0)),
        p99_of_first: first.map(|first| round(medians.p99_ms / first.p99_ms, 100.0)),
    }
}

fn goals(case: &Case, system: System, ratios: &Ratios, memory_mb: f64) -> Vec<Judgement> {
    let goals: Vec<Goal> = if System::KHATA.contains(&system) { (case.goals)(system) } else { Vec::new() };
    goals.into_iter().map(|goal| goal.judge(ratios, memory_mb)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(work: &str, case: &str, system: System, rates: &[f64]) -> Rounds {
        let figures = |rate: &f64| Figures {
            rate: *rate,
            p50_ms: 1000.0 / rate,
            memory_mb: 50.0,
            ..Figures::default()
        };
        let rounds = rates.iter().map(figures).collect();
        Rounds { work: work.into(), case: case.into(), system, rounds }
    }

    #[test]
    fn khata_is_held_against_the_peer_and_the_ceiling() {
        let outcomes = evaluate(&[
            rounds("invoices", "one-shop", System::Peer, &[90.0, 100.0, 120.0]),
            rounds("invoices", "one-shop", System::KhataSqlite, &[2600.0]),
            rounds("invoices", "one-shop", System::Echo, &[20_000.0]),
        ]);
        let [peer, khata, echo] = &outcomes[..] else { panic!("{outcomes:?}") };
        assert_eq!(peer.ratios.rate_of_peer, None);
        assert!(peer.goals.is_empty() && echo.goals.is_empty());
        assert!((peer.spread - 0.3).abs() < 1e-9);
        assert_eq!(khata.ratios.rate_of_peer, Some(26.0));
        assert_eq!(khata.ratios.rate_of_ceiling, Some(0.13));
        let met: Vec<_> = khata.goals.iter().map(|judgement| judgement.met).collect();
        assert_eq!(met, [Some(true), Some(false), Some(true)]);
    }

    #[test]
    fn a_case_is_held_against_the_first_of_its_work() {
        let outcomes = evaluate(&[
            rounds("receipts", "10", System::KhataMongo, &[1000.0]),
            rounds("receipts", "300", System::KhataMongo, &[500.0]),
            rounds("receipts", "300", System::KhataSqlite, &[500.0]),
        ]);
        assert_eq!(outcomes[0].ratios.slower_than_first, None);
        assert_eq!(outcomes[1].ratios.slower_than_first, Some(2.0));
        assert_eq!(outcomes[1].goals[0].met, Some(false));
        assert_eq!(outcomes[2].goals[0].met, None, "its first case was not measured");
    }

    #[test]
    fn what_is_no_case_is_left_out() {
        assert!(evaluate(&[rounds("invoices", "no such", System::Peer, &[1.0])]).is_empty());
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> =
            WORKS.iter().flat_map(|work| work.cases.iter().map(move |case| (work.name, case.name))).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
