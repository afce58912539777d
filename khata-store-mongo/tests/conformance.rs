//! MongoDB keeps every promise of the store's contracts, in a database that two handles share.

use std::process::ExitCode;

use khata_conformance::{Suite, servers};
use khata_store_mongo::conformance::MongoFixture;

fn main() -> ExitCode {
    let suite = Suite::new();
    let suite = if servers::is_wanted("mongo") { suite.over("mongo", &MongoFixture) } else { suite };
    suite.run()
}
