//! Which stores the tests are to run over.

use std::env;

use crate::step::Failed;

/// Names the stores, as `khata_conformance::servers` has it.
pub(crate) const VARIABLE: &str = "KHATA_TEST_STORES";

const ALL: [&str; 4] = ["memory", "sqlite", "postgres", "mongo"];

/// Some of the stores there are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stores(Vec<String>);

impl Stores {
    /// Those that were named to the command, else by the variable, else all.
    pub(crate) fn wanted(named: Option<&str>) -> Result<Self, Failed> {
        let variable = env::var(VARIABLE).ok();
        named.or(variable.as_deref()).map_or_else(|| Ok(Self::all()), Self::parse)
    }

    pub(crate) fn include(&self, store: &str) -> bool {
        self.0.iter().any(|name| name == store)
    }

    /// As the variable has it.
    pub(crate) fn list(&self) -> String {
        self.0.join(",")
    }

    /// What to tell a run of tests, so that those over other stores are not counted as passed.
    pub(crate) fn skips(&self) -> String {
        let left_out = ALL.iter().filter(|store| !self.include(store));
        let skips: String = left_out.map(|store| format!(" --skip over_{store}::")).collect();
        if skips.is_empty() { skips } else { format!(" --{skips}") }
    }

    fn all() -> Self {
        Self(ALL.map(str::to_owned).into())
    }

    fn parse(list: &str) -> Result<Self, Failed> {
        let names: Vec<_> = list.split(',').map(|name| name.trim().to_owned()).collect();
        match names.iter().find(|name| !ALL.contains(&name.as_str())) {
            None => Ok(Self(names)),
            Some(name) => Err(Failed::new(format!("no store is called {name:?}"), ALL.join(", "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_named_in_a_list() {
        let stores = Stores::parse("memory, postgres").unwrap();
        assert!(stores.include("memory") && stores.include("postgres"));
        assert!(!stores.include("sqlite") && !stores.include("mongo"));
        assert_eq!(stores.list(), "memory,postgres");
        assert_eq!(Stores::all().list(), "memory,sqlite,postgres,mongo");
    }

    #[test]
    fn tests_over_other_stores_are_skipped() {
        assert_eq!(Stores::all().skips(), "");
        let stores = Stores::parse("memory,sqlite").unwrap();
        assert_eq!(stores.skips(), " -- --skip over_postgres:: --skip over_mongo::");
    }

    #[test]
    fn a_name_that_no_store_has_is_refused() {
        let failed = Stores::parse("memory,postgresql").unwrap_err().to_string();
        assert_eq!(failed, "failed: no store is called \"postgresql\" (memory, sqlite, postgres, mongo)");
        assert!(Stores::parse("").is_err());
    }
}
