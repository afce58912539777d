//! What of all the works a run is to do.

use crate::error::Error;
use crate::system::System;
use crate::work::{Case, WORKS, Work};

/// What was chosen.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Selection {
    /// Only this work, as in `receipts`, or this case of one, as in `receipts/300`
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Option<String>,
    /// Only these systems, between commas
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) systems: Vec<System>,
    /// Fewer and shorter rounds, and none of the cases that take long
    #[arg(long)]
    pub(crate) quick: bool,
}

/// A work with those of its cases and systems that are to be measured.
#[derive(Debug)]
pub(crate) struct Chosen {
    /// The work.
    pub(crate) work: &'static Work,
    /// At least one of its cases.
    pub(crate) cases: Vec<&'static Case>,
    /// At least one system.
    pub(crate) systems: Vec<System>,
}

impl Selection {
    /// The works of the run, in order.
    ///
    /// # Errors
    /// If nothing is left.
    pub(crate) fn works(&self) -> Result<Vec<Chosen>, Error> {
        let chosen: Vec<_> = WORKS.iter().filter_map(|work| self.of(work)).collect();
        if chosen.is_empty() {
            let names: Vec<_> = WORKS.iter().flat_map(names).collect();
            return Err(Error::Unexpected(format!(
                "nothing to measure; the works are: {}",
                names.join(", ")
            )));
        }
        Ok(chosen)
    }

    fn of(&self, work: &'static Work) -> Option<Chosen> {
        let is_named = |case: &Case| match &self.only {
            None => !(self.quick && case.is_long),
            Some(only) => only == work.name || *only == format!("{}/{}", work.name, case.name),
        };
        let cases: Vec<_> = work.cases.iter().filter(|case| is_named(case)).collect();
        let is_wanted = |system: &System| self.systems.is_empty() || self.systems.contains(system);
        let mut systems: Vec<_> =
            cases.iter().flat_map(|case| case.systems).copied().filter(is_wanted).collect();
        systems.sort_unstable();
        systems.dedup();
        (!systems.is_empty()).then_some(Chosen { work, cases, systems })
    }
}

fn names(work: &Work) -> Vec<String> {
    let cases = work.cases.iter().map(|case| format!("{}/{}", work.name, case.name));
    std::iter::once(work.name.to_owned()).chain(cases).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(only: Option<&str>, systems: &[System], quick: bool) -> Result<Vec<String>, Error> {
        let selection = Selection { only: only.map(str::to_owned), systems: systems.to_vec(), quick };
        let works = selection.works()?;
        Ok(works.iter().map(|chosen| format!("{} {:?}", chosen.work.name, chosen.systems)).collect())
    }

    #[test]
    fn a_quick_run_leaves_out_what_takes_long_unless_it_is_named() {
        assert_eq!(chosen(None, &[], false).unwrap().len(), WORKS.len());
        let quick = chosen(None, &[], true).unwrap();
        assert!(
            quick.len() < WORKS.len() && !quick.iter().any(|work| work.starts_with("entries")),
            "{quick:?}"
        );
        assert_eq!(chosen(Some("entries"), &[], true).unwrap().len(), 1);
    }

    #[test]
    fn one_case_or_one_system_can_be_named() {
        let one = chosen(Some("receipts/2350"), &[], false).unwrap();
        assert_eq!(one, ["receipts [KhataMongo, KhataPostgres, KhataSqlite]"]);
        let one = chosen(Some("invoices"), &[System::KhataSqlite], false).unwrap();
        assert_eq!(one, ["invoices [KhataSqlite]"]);
    }

    #[test]
    fn what_is_not_there_is_told() {
        let error = chosen(Some("invoice"), &[], false).unwrap_err().to_string();
        assert!(error.contains("invoices/one-shop"), "{error}");
        assert!(chosen(Some("receipts"), &[System::Echo], false).is_err());
    }
}
