//! The results as a chart: for each case a group of bars, on a scale of their own.

use std::fmt::Write as _;

use crate::evaluate::find;
use crate::results::{Outcome, Results};
use crate::system::System;
use crate::table::thousands;
use crate::work::Headline;

const WIDTH: f64 = 860.0;
const BAR_LEFT: f64 = 130.0;
const BAR_RIGHT: f64 = 660.0;
const BAR: f64 = 18.0;
const TITLE: f64 = 30.0;
const MARGIN: f64 = 14.0;

/// The results as an SVG image. What only shows the limit of the machine is left out: beside it all else would be short.
pub(crate) fn chart(results: &Results) -> String {
    let outcomes: Vec<_> = results.outcomes.iter().filter(|outcome| outcome.system != System::Echo).collect();
    let mut groups = String::new();
    let mut top = MARGIN;
    for group in outcomes.chunk_by(|first, second| first.name == second.name) {
        top = write_group(&mut groups, group, top);
    }
    let height = top + MARGIN;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{groups}</svg>\n"
    )
}

/// Writes the bars of a case, and returns where the next begins.
fn write_group(svg: &mut String, group: &[&Outcome], top: f64) -> f64 {
    let headline = headline(group[0]);
    let longest =
        group.iter().map(|outcome| outcome.medians.headline(headline)).fold(f64::MIN_POSITIVE, f64::max);
    let title = format!("{}: {}", escaped(&group[0].title), measure(headline));
    text(svg, MARGIN, top + TITLE - 10.0, " font-weight=\"bold\"", &title);
    let mut y = top + TITLE;
    for outcome in group {
        let value = outcome.medians.headline(headline);
        let width = (BAR_RIGHT - BAR_LEFT) * value / longest;
        let color = color(outcome.system);
        text(svg, MARGIN, y + BAR - 6.0, " fill=\"#444444\"", outcome.system.name());
        let height = BAR - 4.0;
        writeln!(
            svg,
            "<rect x=\"{BAR_LEFT}\" y=\"{y}\" width=\"{width:.1}\" height=\"{height}\" fill=\"{color}\"/>"
        )
        .expect("memory takes everything");
        text(svg, BAR_LEFT + width + 6.0, y + BAR - 6.0, "", &label(outcome, headline));
        y += BAR;
    }
    y
}

fn text(svg: &mut String, x: f64, y: f64, attributes: &str, text: &str) {
    writeln!(svg, "<text x=\"{x:.1}\" y=\"{y}\"{attributes}>{text}</text>").expect("memory takes everything");
}

fn label(outcome: &Outcome, headline: Headline) -> String {
    let value = outcome.medians.headline(headline);
    let (value, ratio) = match headline {
        Headline::Rate => (thousands(value), outcome.ratios.rate_of_peer),
        Headline::P50 => (format!("{value:.2} ms"), outcome.ratios.p50_of_peer),
        Headline::P99 => (format!("{value:.2} ms"), outcome.ratios.p99_of_first),
    };
    ratio.map_or_else(|| value.clone(), |ratio| format!("{value} ({ratio:.1} ×)"))
}

fn measure(headline: Headline) -> &'static str {
    match headline {
        Headline::Rate => "requests per second",
        Headline::P50 => "median latency (shorter is faster)",
        Headline::P99 => "99th percentile of the latency (shorter is faster)",
    }
}

fn headline(outcome: &Outcome) -> Headline {
    let case = outcome.name.split_once('/').and_then(|(work, case)| find(work, case));
    case.map_or(Headline::Rate, |(_, case)| case.headline)
}

/// Colours that those who don't tell red from green tell apart (Okabe and Ito).
fn color(system: System) -> &'static str {
    match system {
        System::Peer | System::Echo => "#999999",
        System::KhataMongo => "#009e73",
        System::KhataPostgres => "#0072b2",
        System::KhataSqlite => "#d55e00",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::goal::Ratios;
    use crate::machine::Machine;
    use crate::results::Figures;

    fn outcome(name: &str, system: System, rate: f64) -> Outcome {
        Outcome {
            name: name.into(),
            title: "a < b".into(),
            system,
            rounds: Vec::new(),
            medians: Figures { rate, p50_ms: 1.5, ..Figures::default() },
            spread: 0.0,
            ratios: Ratios { rate_of_peer: Some(2.0), ..Ratios::default() },
            goals: Vec::new(),
        }
    }

    #[test]
    fn each_group_has_a_scale_of_its_own() {
        let machine = Machine { cpu: String::new(), cores: 1, memory_mb: 1.0, versions: BTreeMap::new() };
        let outcomes = vec![
            outcome("invoices/one-shop", System::Peer, 500.0),
            outcome("invoices/one-shop", System::KhataSqlite, 1000.0),
            outcome("invoices/one-shop", System::Echo, 90_000.0),
            outcome("invoices/one-connection", System::KhataSqlite, 10.0),
        ];
        let svg = chart(&Results { machine, outcomes });
        assert_eq!(svg.matches("width=\"530.0\"").count(), 2, "{svg}");
        assert_eq!(svg.matches("width=\"265.0\"").count(), 1, "{svg}");
        assert!(svg.contains(">1,000 (2.0 ×)<") && svg.contains(">1.50 ms<"), "{svg}");
        assert!(svg.contains("a &lt; b") && !svg.contains("90,000"), "{svg}");
    }
}
