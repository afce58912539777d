//! The results as a table, in Markdown, with its columns aligned.

use crate::goal::Judgement;
use crate::results::{Figures, Outcome, Results};

/// Part of a core from which on what else ran is worth a warning.
const DISTURBANCE: f64 = 0.2;

const HEADINGS: [&str; 12] = [
    "work",
    "system",
    "per s",
    "±",
    "p50 ms",
    "p99 ms",
    "server",
    "database",
    "MB",
    "× peer",
    "of ceiling",
    "goals",
];

/// The results as text.
pub(crate) fn table(results: &Results) -> String {
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    let mut title = "";
    for outcome in &results.outcomes {
        // The name stands only once for all its systems.
        let shown = if title == outcome.title { "" } else { &outcome.title };
        rows.push(row(outcome, shown));
        title = &outcome.title;
    }
    format!("{}\n{}", aligned(&rows), notes(results))
}

fn row(outcome: &Outcome, title: &str) -> [String; 12] {
    let medians = &outcome.medians;
    let optional = |value: Option<f64>, show: fn(f64) -> String| value.map(show).unwrap_or_default();
    [
        title.to_owned(),
        outcome.system.to_string(),
        thousands(medians.rate),
        format!("{:.0} %", outcome.spread * 100.0),
        format!("{:.2}", medians.p50_ms),
        format!("{:.2}", medians.p99_ms),
        format!("{:.3}", medians.server_cpu_s),
        format!("{:.3}", medians.database_cpu_s),
        format!("{:.0}", medians.memory_mb),
        optional(outcome.ratios.rate_of_peer, |ratio| format!("{ratio:.1}")),
        optional(outcome.ratios.rate_of_ceiling, |ratio| format!("{:.1} %", ratio * 100.0)),
        outcome.goals.iter().map(goal).collect::<Vec<_>>().join("; "),
    ]
}

fn goal(judgement: &Judgement) -> String {
    let Judgement { goal, measured, met } = judgement;
    let mark = match met {
        Some(true) => "met",
        Some(false) => "NOT MET",
        None => "not measured",
    };
    let measured = measured.map(|measured| format!(" with {measured}")).unwrap_or_default();
    format!("{goal}: {mark}{measured}")
}

/// A whole number with commas, as in 12,345.
pub(crate) fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn aligned<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    let line = |cells: &[String; COLUMNS]| {
        let cells = cells.iter().zip(widths).map(|(cell, width)| format!(" {cell:width$} "));
        format!("|{}|\n", cells.collect::<Vec<_>>().join("|"))
    };
    let rule = widths.map(|width| "-".repeat(width));
    let (headings, body) = rows.split_first().expect("there are headings");
    let body: String = body.iter().map(&line).collect();
    format!("{}{}{body}", line(headings), line(&rule))
}

fn notes(results: &Results) -> String {
    let machine = &results.machine;
    let versions: Vec<_> = machine.versions.iter().map(|(of, is)| format!("{of} {is}")).collect();
    let mut notes = format!(
        "Medians of the rounds; ± is how far they lie apart. server and database: CPU seconds per 1,000 requests.\n\
         {}, {} cores, {:.0} MB; {}\n",
        machine.cpu,
        machine.cores,
        machine.memory_mb,
        versions.join(", "),
    );
    for outcome in results.outcomes.iter().filter(|outcome| outcome.medians.logins > 0.0) {
        let Figures { logins, put_off, .. } = outcome.medians;
        notes += &format!("{}: {logins:.0} logins a second, and {put_off:.0} put off\n", outcome.system);
    }
    let others = results.outcomes.iter().map(|outcome| outcome.medians.other_cores).fold(0.0, f64::max);
    if others > DISTURBANCE {
        notes += &format!(
            "Other programs used up to {others:.1} cores meanwhile: rates are too low, and ratios not sure.\n"
        );
    }
    notes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::goal::Ratios;
    use crate::machine::Machine;
    use crate::system::System;

    fn results() -> Results {
        let outcome = |system, rate, rate_of_peer| Outcome {
            name: "invoices/one-shop".into(),
            title: "create invoice".into(),
            system,
            rounds: Vec::new(),
            medians: Figures { rate, memory_mb: 52.4, ..Figures::default() },
            spread: 0.124,
            ratios: Ratios { rate_of_peer, ..Ratios::default() },
            goals: Vec::new(),
        };
        let mut khata = outcome(System::KhataSqlite, 12_345.0, Some(15.87));
        (khata.medians.logins, khata.medians.put_off) = (60.0, 7.0);
        khata
            .goals
            .push(Judgement { goal: "≥ 25 × peer".into(), measured: Some(15.87), met: Some(false) });
        let versions = BTreeMap::from([("node".to_owned(), "v20".to_owned())]);
        let machine = Machine { cpu: "A B".into(), cores: 2, memory_mb: 24_000.0, versions };
        Results { machine, outcomes: vec![outcome(System::Peer, 778.0, None), khata] }
    }

    #[test]
    fn a_table_has_a_row_for_each_system() {
        let table = table(&results());
        let lines: Vec<_> = table.lines().collect();
        assert!(lines[2].starts_with("| create invoice | peer         | 778    | 12 % |"), "{table}");
        assert!(lines[3].starts_with("|                | khata-sqlite | 12,345 | 12 % |"), "{table}");
        assert!(lines[3].contains("| 52 | 15.9   |"), "{table}");
        assert!(lines[3].ends_with("| ≥ 25 × peer: NOT MET with 15.87 |"), "{table}");
        let notes = "A B, 2 cores, 24000 MB; node v20\nkhata-sqlite: 60 logins a second, and 7 put off\n";
        assert!(table.ends_with(notes), "{table}");
    }

    #[test]
    fn numbers_are_grouped() {
        for (value, text) in [(0.0, "0"), (999.4, "999"), (1000.0, "1,000"), (1_234_567.0, "1,234,567")] {
            assert_eq!(thousands(value), text);
        }
    }

    #[test]
    fn results_are_read_as_they_were_written() {
        let results = results();
        let json = serde_json::to_value(&results).unwrap();
        assert_eq!(json["outcomes"][1]["system"], "khata-sqlite");
        assert_eq!(json["outcomes"][1]["medians"]["memoryMb"], 52.4);
        assert_eq!(json["outcomes"][1]["goals"][0]["met"], false);
        assert_eq!(json["machine"]["versions"]["node"], "v20");
        assert_eq!(serde_json::from_value::<Results>(json).unwrap(), results);
    }
}
