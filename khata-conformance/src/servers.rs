//! Which stores the tests run over, and where the servers are that some of them need.

use std::env;

/// Names the stores to test, such as `memory,sqlite`; all of them where it is not set.
pub const STORES: &str = "KHATA_TEST_STORES";

/// Whether the tests are to run over this store: `memory`, `sqlite`, `postgres` or `mongo`.
#[must_use]
pub fn is_wanted(store: &str) -> bool {
    names(env::var(STORES).ok().as_deref(), store)
}

/// The URL of a server for the tests, as this variable has it.
///
/// # Panics
/// If it isn't set: a store that can't be had is a failure.
#[must_use]
pub fn server(variable: &str) -> String {
    env::var(variable).ok().filter(|url| !url.is_empty()).unwrap_or_else(|| {
        panic!(
            "{variable} is not set: `cargo xtask test` starts the servers that the tests need, and \
             {STORES}=memory,sqlite does without"
        )
    })
}

fn names(stores: Option<&str>, store: &str) -> bool {
    stores.is_none_or(|stores| stores.split(',').any(|name| name.trim() == store))
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn every_store_is_tested_unless_fewer_are_named() {
        assert!(names(None, "mongo"));
        assert!(names(Some("memory, sqlite"), "sqlite"));
        assert!(!names(Some("memory,sqlite"), "mongo"));
        assert!(!names(Some(""), "memory"));
    }
}
