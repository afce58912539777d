//! Measures the cases of a work: the systems take turns, round by round, so that what else the machine does meets all.

use std::collections::BTreeMap;
use std::process;
use std::time::Duration;

use crate::error::Error;
use crate::load::{Load, Tally};
use crate::results::{Figures, Rounds};
use crate::scene::{Builder, Site};
use crate::statistics::percentile;
use crate::system::{Server, System};
use crate::usage::{cpu_seconds, machine_cpu_seconds, resident_mb};
use crate::work::{Case, Scene, Work};

/// How long it takes until those who were told to come later have come again.
const FLOOD_WARM_UP: Duration = Duration::from_millis(1500);

/// What is slow shows only in a longer span.
const FLOOD_SPAN: Duration = Duration::from_secs(3);

/// How long the peer runs before the first round, which it takes its engine to compile it.
const PEER_COMPILES: Duration = Duration::from_secs(3);

/// How often and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timing {
    /// Number of rounds.
    pub(crate) rounds: usize,
    /// Time before each measurement with the same load.
    pub(crate) warm_up: Duration,
    /// Time of each measurement.
    pub(crate) span: Duration,
}

impl Timing {
    /// For one of a flood, at least as long as it takes for slow answers to come.
    fn of(self, case: &Case) -> Self {
        if case.flood == 0 {
            return self;
        }
        Self { warm_up: self.warm_up.max(FLOOD_WARM_UP), span: self.span.max(FLOOD_SPAN), ..self }
    }
}

/// Measures these cases of the work.
///
/// # Errors
/// If anything was answered by an error, or a server can't be reached.
pub(crate) fn measure(
    work: &Work,
    cases: &[&Case],
    servers: &[Server],
    timing: Timing,
) -> Result<Vec<Rounds>, Error> {
    let mut builders: BTreeMap<_, _> = servers.iter().map(|server| (server.system, Builder::new())).collect();
    let mut measured = Vec::new();
    for case in cases {
        let name = format!("{}/{}", work.name, case.name);
        let mut sites = Vec::new();
        for server in servers.iter().filter(|server| case.systems.contains(&server.system)) {
            let Scene { shops, customers, invoices } = case.scene;
            eprintln!(
                "{name}: {}: shops: {shops}, × {customers} customers × {invoices} invoices",
                server.system
            );
            let builder = builders.get_mut(&server.system).expect("each has its builder");
            let site = builder.build(server, case)?;
            if server.system == System::Peer {
                let mut load = Load::open(server.address, site.connections(case))?;
                load.warm_up(PEER_COMPILES)?;
                load.finish()?;
            }
            sites.push((site, Vec::new()));
        }
        for round in 1..=timing.rounds {
            for (site, rounds) in &mut sites {
                let figures = one_round(site, case, timing.of(case))?;
                let system = site.server.system;
                eprintln!(
                    "{name}: {system}: round {round}: {:.0}/s, p99 {:.1} ms",
                    figures.rate, figures.p99_ms
                );
                rounds.push(figures);
            }
        }
        measured.extend(sites.into_iter().map(|(site, rounds)| Rounds {
            work: work.name.to_owned(),
            case: case.name.to_owned(),
            system: site.server.system,
            rounds,
        }));
    }
    Ok(measured)
}

fn one_round(site: &Site, case: &Case, timing: Timing) -> Result<Figures, Error> {
    let mut load = Load::open(site.server.address, site.connections(case))?;
    load.warm_up(timing.warm_up)?;
    let before = Usage::of(&site.server)?;
    let tally = load.run_for(timing.span)?;
    let after = Usage::of(&site.server)?;
    load.finish()?;
    let memory_mb = resident_mb(site.server.pid)?;
    figures(tally, before, after, memory_mb)
}

/// CPU seconds until now.
#[derive(Debug, Clone, Copy)]
struct Usage {
    server: f64,
    database: f64,
    load: f64,
    machine: f64,
}

impl Usage {
    fn of(server: &Server) -> Result<Self, Error> {
        Ok(Self {
            server: cpu_seconds(server.pid)?,
            database: server.database.map_or(Ok(0.0), cpu_seconds)?,
            load: cpu_seconds(process::id())?,
            machine: machine_cpu_seconds()?,
        })
    }
}

fn figures(mut tally: Tally, before: Usage, after: Usage, memory_mb: f64) -> Result<Figures, Error> {
    tally.latencies_us.sort_unstable();
    let latency_ms = |percent| {
        let micros = percentile(&tally.latencies_us, percent);
        micros
            .map(|micros| f64::from(micros) / 1000.0)
            .ok_or_else(|| Error::Unexpected("no answer in time".into()))
    };
    let seconds = tally.elapsed.as_secs_f64();
    let answers = tally.latencies_us.len() as f64;
    let cpu = |of: fn(&Usage) -> f64| of(&after) - of(&before);
    let known = cpu(|usage| usage.server + usage.database + usage.load);
    let figures = Figures {
        rate: answers / seconds,
        p50_ms: latency_ms(50)?,
        p99_ms: latency_ms(99)?,
        server_cpu_s: cpu(|usage| usage.server) / answers * 1000.0,
        database_cpu_s: cpu(|usage| usage.database) / answers * 1000.0,
        load_cpu_s: cpu(|usage| usage.load) / answers * 1000.0,
        other_cores: ((cpu(|usage| usage.machine) - known) / seconds).max(0.0),
        memory_mb,
        logins: tally.flood as f64 / seconds,
        put_off: tally.put_off as f64 / seconds,
    };
    Ok(figures.rounded())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_per_second_and_per_thousand_requests() {
        let latencies_us = (1..=2000).rev().collect();
        let tally = Tally { latencies_us, elapsed: Duration::from_secs(2), flood: 10, ..Tally::default() };
        let before = Usage { server: 1.0, database: 2.0, load: 3.0, machine: 10.0 };
        let after = Usage { server: 2.0, database: 2.5, load: 3.2, machine: 12.7 };
        let figures = figures(tally, before, after, 64.0).unwrap();
        let expected = Figures {
            rate: 1000.0,
            p50_ms: 1.0,
            p99_ms: 1.98,
            server_cpu_s: 0.5,
            database_cpu_s: 0.25,
            load_cpu_s: 0.1,
            other_cores: 0.5,
            memory_mb: 64.0,
            logins: 5.0,
            put_off: 0.0,
        };
        assert_eq!(figures, expected);
    }

    #[test]
    fn nothing_is_no_figure() {
        let usage = Usage { server: 0.0, database: 0.0, load: 0.0, machine: 0.0 };
        assert!(figures(Tally::default(), usage, usage, 0.0).is_err());
    }
}
