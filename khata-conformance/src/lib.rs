//! The test suite that every store of Khata must pass: a case for each sentence of the contracts in
//! [`khata_core::store`], and random books that are kept over the store and in a model side by side.
//!
//! # Testing a store of your own
//! Add this crate to the dev-dependencies, declare the test without the standard harness,
//!
//! ```toml
//! [dev-dependencies]
//! async-trait = "0.1"
//! khata-conformance = "0.1"
//!
//! [[test]]
//! name = "conformance"
//! harness = false
//! ```
//!
//! and say in `tests/conformance.rs` where fresh stores come from:
//!
//! ```
//! use std::process::ExitCode;
//! use std::sync::Arc;
//!
//! use khata_conformance::{Fixture, Fresh, Suite};
//! use khata_core::store::MemoryStore; // or a store of your own
//!
//! struct Memory;
//!
//! #[async_trait::async_trait]
//! impl Fixture for Memory {
//!     async fn fresh(&self) -> Fresh {
//!         Fresh::new(Arc::new(MemoryStore::new()))
//!     }
//! }
//!
//! fn main() -> ExitCode {
//!     Suite::new().over("memory", &Memory).run()
//! }
//! ```
//!
//! `cargo test --test conformance` runs every case, `cargo test --test conformance throttles` those whose name contains
//! that word. A store with several backends, or several ways to open it, calls [`Suite::over`] once for each.
//!
//! # Fixtures
//! Each case gets a store of its own from [`Fixture::fresh`], and panics with what it found wrong.
//! - A store whose database can be shared by several processes gives a second handle to it ([`Fresh::and_other`]), so
//!   that the cases see what another process would.
//! - What has to be deleted afterwards goes into [`Fresh::and_then`], which runs however the case ends.
//! - A database that can't be reached is a failure, not a reason to skip: `fresh` panics.
//!
//! # Beyond the suite
//! - [`tampering`] alters rows behind a store's back and checks that verification names each alteration.
//! - [`invariants`] checks what must be true of any book, for tests that make books of their own.
//! - [`sample`] has jobs and rows for a store's own tests, such as counts of statements.
//!
//! # Random books
//! They are made from the seed in `KHATA_TEST_SEED`, or from a fixed one where that is not set; a failure names it.

mod access;
mod atomicity;
mod batches;
mod cheques;
mod context;
mod credit_notes;
mod credited_parts;
mod customers;
mod debit_notes;
mod documents;
mod doubt;
mod entries;
mod export;
#[cfg(test)]
mod faulty;
pub mod invariants;
mod invoices;
mod keys;
mod model;
mod model_runner;
mod numbering;
mod obstacles;
mod opening_balances;
mod owners;
mod paging;
mod particulars;
mod post_dated;
mod previews;
mod races;
mod random;
mod reallocations;
mod receipts;
mod refunds;
mod replays;
mod reporting;
mod reports;
mod row_builder;
pub mod sample;
pub mod servers;
mod sessions;
mod shops;
pub mod tampering;
mod tenants;
mod throttles;
mod transact;
mod transfer;
mod unreliable;
mod values;
mod verify;
mod voids;
mod write_offs;
mod writes;

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use futures::future::{BoxFuture, LocalBoxFuture};
use khata_core::store::Store;
use libtest_mimic::{Arguments, Trial};

use context::TestContext;

/// The longest that a case may take: one that hangs is a failure, and not the end of the run.
const CASE_TIME_MAX: Duration = Duration::from_secs(300);

/// Where fresh stores come from.
#[async_trait]
pub trait Fixture: Send + Sync {
    /// A store with nothing in it, for one case.
    ///
    /// # Panics
    /// If there can be none.
    async fn fresh(&self) -> Fresh;
}

/// A store for one case, and how to clean up after it.
pub struct Fresh {
    store: Arc<dyn Store>,
    other: Arc<dyn Store>,
    cleanup: BoxFuture<'static, ()>,
}

impl Fresh {
    /// That store. What it leaves behind goes with its last handle.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { other: store.clone(), store, cleanup: std::future::ready(()).boxed() }
    }

    /// With a second handle on the same database, that shares nothing with the first: what another process has.
    #[must_use]
    pub fn and_other(mut self, other: Arc<dyn Store>) -> Self {
        self.other = other;
        self
    }

    /// With what is to be done when the case is over, however it ended; the handles are dropped by then. A guard can
    /// be moved in here (`async move { drop(directory) }`).
    #[must_use]
    pub fn and_then(mut self, cleanup: impl Future<Output = ()> + Send + 'static) -> Self {
        self.cleanup = cleanup.boxed();
        self
    }

    /// Runs a test over the store, which gets the second handle too, and then cleans up however it ended.
    ///
    /// # Panics
    /// As the test does.
    pub async fn test<T>(self, test: impl FnOnce(Arc<dyn Store>, Arc<dyn Store>) -> T)
    where
        T: Future<Output = ()>,
    {
        let Self { store, other, cleanup } = self;
        let ended = AssertUnwindSafe(async move { test(store, other).await }).catch_unwind().await;
        cleanup.await;
        if let Err(panic) = ended {
            resume_unwind(panic);
        }
    }
}

impl fmt::Debug for Fresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fresh").field("store", &self.store).finish_non_exhaustive()
    }
}

/// One test.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    name: &'static str,
    run: fn(TestContext) -> LocalBoxFuture<'static, ()>,
}

impl Case {
    /// Its subject and what it says: `throttles::of_many_that_put_one_revision_one_succeeds`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Runs it over a fresh store, on an asynchronous runtime of its own with several threads.
    ///
    /// # Panics
    /// With what is wrong with the store.
    pub fn run(&self, fixture: &dyn Fixture) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.expect("the system has threads to give").block_on(async {
            let case = async |store, other| {
                let case = tokio::time::timeout(CASE_TIME_MAX, (self.run)(TestContext::new(store, other)));
                assert!(case.await.is_ok(), "it has not ended after {CASE_TIME_MAX:?}");
            };
            fixture.fresh().await.test(case).await;
        });
    }
}

/// The cases over each of the stores that are to be tested, as a test program.
#[derive(Default)]
pub struct Suite {
    trials: Vec<Trial>,
}

impl Suite {
    /// A suite without stores.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds every case over the stores of that fixture. `name` begins the names of these tests.
    #[must_use]
    pub fn over(mut self, name: &str, fixture: &'static dyn Fixture) -> Self {
        self.trials.extend(cases().into_iter().map(|case| {
            Trial::test(format!("{name}::{}", case.name()), move || {
                case.run(fixture);
                Ok(())
            })
        }));
        self
    }

    /// Runs the tests that the arguments of the program select, in the manner of Rust's own test harness.
    #[must_use = "the exit code says whether all tests passed"]
    pub fn run(self) -> ExitCode {
        libtest_mimic::run(&Arguments::from_args(), self.trials).exit_code()
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite").field("tests", &self.trials.len()).finish()
    }
}

/// Makes `cases()` of the test functions of a file, which take a [`TestContext`].
macro_rules! suite {
    ($($case:ident),+ $(,)?) => {
        pub(super) fn cases() -> Vec<$crate::Case> {
            vec![$($crate::case(
                concat!(module_path!(), "::", stringify!($case)),
                |context| Box::pin($case(context)),
            )),+]
        }
    };
}
use suite;

fn case(path: &'static str, run: fn(TestContext) -> LocalBoxFuture<'static, ()>) -> Case {
    let name = path.strip_prefix(concat!(module_path!(), "::")).unwrap_or(path);
    Case { name, run }
}

/// Every case; the quick ones first.
#[must_use]
pub fn cases() -> Vec<Case> {
    let files = [
        owners::cases,
        sessions::cases,
        throttles::cases,
        transact::cases,
        keys::cases,
        writes::cases,
        atomicity::cases,
        customers::cases,
        documents::cases,
        entries::cases,
        reports::cases,
        values::cases,
        tenants::cases,
        access::cases,
        shops::cases,
        numbering::cases,
        obstacles::cases,
        opening_balances::cases,
        particulars::cases,
        replays::cases,
        reporting::cases,
        doubt::cases,
        paging::cases,
        invoices::cases,
        receipts::cases,
        voids::cases,
        cheques::cases,
        reallocations::cases,
        post_dated::cases,
        credit_notes::cases,
        credited_parts::cases,
        debit_notes::cases,
        refunds::cases,
        write_offs::cases,
        previews::cases,
        verify::cases,
        transfer::cases,
        export::cases,
        races::cases,
        batches::cases,
        random::cases,
    ];
    files.into_iter().flat_map(|cases| cases()).collect()
}
