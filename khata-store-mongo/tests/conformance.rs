//! MongoDB keeps every promise of the store's contracts, in a database that two handles share.

use khata_core::conformance::{self, servers};
use khata_store_mongo::conformance::MongoFixture;
use libtest_mimic::{Arguments, Trial};

fn main() {
    let cases = if servers::is_wanted("mongo") { conformance::cases() } else { Vec::new() };
    let trial = |case: conformance::Case| {
        Trial::test(case.name(), move || {
            case.run(&MongoFixture);
            Ok(())
        })
    };
    libtest_mimic::run(&Arguments::from_args(), cases.into_iter().map(trial).collect()).exit();
}
