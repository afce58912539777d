//! What is particular to PostgreSQL. Each case has a schema of its own.

mod book;
#[path = "../common/costs.rs"]
mod costs;
mod line;
mod open;
mod partitions;
mod proxy;

use std::future::Future;
use std::pin::Pin;

use khata_conformance::servers;
use libtest_mimic::{Arguments, Trial};

/// The cases of a file, which are functions without parameters.
macro_rules! cases {
    ($($case:ident),+ $(,)?) => {
        pub(crate) fn cases() -> Vec<(&'static str, $crate::Case)> {
            vec![$((concat!(module_path!(), "::", stringify!($case)), || Box::pin($case()))),+]
        }
    };
}
use cases;

type Case = fn() -> Pin<Box<dyn Future<Output = ()>>>;

fn main() {
    let files = [book::cases, line::cases, open::cases, partitions::cases];
    let wanted = files.into_iter().filter(|_| servers::is_wanted("postgres"));
    let trials = wanted.flat_map(|cases| cases()).map(|(path, case)| {
        let name = path.strip_prefix("postgres::").unwrap_or(path);
        Trial::test(name, move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.expect("the system has threads to give").block_on(case());
            Ok(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}
