//! The `khata` program: serves the book over HTTP, and fills one to try it with. `khata --help` says the rest.

mod program;

fn main() -> std::process::ExitCode {
    program::run()
}
