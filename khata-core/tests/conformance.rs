//! The store in memory passes the suite.

use std::sync::Arc;

use khata_core::conformance::{self, Case, Fixture, Fresh};
use khata_core::store::MemoryStore;
use libtest_mimic::{Arguments, Trial};

struct Memory;

#[async_trait::async_trait]
impl Fixture for Memory {
    async fn fresh(&self) -> Fresh {
        Fresh::new(Arc::new(MemoryStore::new()))
    }
}

fn main() {
    let trial = |case: Case| {
        Trial::test(case.name(), move || {
            case.run(&Memory);
            Ok(())
        })
    };
    let trials = conformance::cases().into_iter().map(trial).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
