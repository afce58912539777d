//! Benches of the stores beside each other; here what they share. Each bench says how to run it.

mod shops;

pub use shops::Shops;

/// Whether the bench is to measure, as `cargo bench` has it. Otherwise it only shows that it runs.
#[must_use]
pub fn is_measured() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}
