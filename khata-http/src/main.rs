//! The `khata` program: serves the book over HTTP, and fills one to try it with. `khata --help` says the rest.

mod program;

/// Requests allocate on one thread and free on another, which the system's allocator takes ill: with this one the server
/// spends less on each posting, and gives back what it took for passwords.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    program::run()
}
