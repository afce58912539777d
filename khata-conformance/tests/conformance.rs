//! The store in memory passes the suite.

use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use khata_conformance::{Fixture, Fresh, Suite};
use khata_core::store::MemoryStore;

struct Memory;

#[async_trait]
impl Fixture for Memory {
    async fn fresh(&self) -> Fresh {
        Fresh::new(Arc::new(MemoryStore::new()))
    }
}

fn main() -> ExitCode {
    Suite::new().over("memory", &Memory).run()
}
