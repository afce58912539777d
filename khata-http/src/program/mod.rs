//! What the program does with its command line. All that goes wrong ends here, in one line and exit code 1.

mod args;
mod connection;
mod copy;
mod demo;
mod export;
mod head;
mod import;
mod logging;
mod open_files;
mod places;
mod progress;
mod refusal;
mod serve;
mod server;
mod shops;
mod signals;
mod signing_key;
mod socket;
mod verify;

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use self::args::Command;

/// Reads the command line and does what it says.
pub(crate) fn run() -> ExitCode {
    let command = args::read();
    let done = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_or_else(
        |error| Err(error.into()),
        |runtime| {
            let done = runtime.block_on(carry_out(command));
            // What the command didn't wait for, nobody waits for.
            runtime.shutdown_background();
            done
        },
    );
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // With standard error gone too, there is nobody left to tell.
            let _ = writeln!(io::stderr(), "khata: {}", one_line(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn carry_out(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Serve(args) => Ok(serve::run(args).await?),
        Command::Demo(args) => Ok(demo::run(&args).await?),
        Command::Copy(args) => Ok(copy::run(&args).await?),
        Command::Export(args) => Ok(export::run(&args).await?),
        Command::Import(args) => Ok(import::run(&args).await?),
        Command::Verify(args) => Ok(verify::run(&args).await?),
        Command::Head(args) => Ok(head::run(&args).await?),
    }
}

/// An error and what caused it, in one line; a cause that the line says already is not said again.
fn one_line(error: &dyn Error) -> String {
    let in_one_line = |error: &dyn Error| error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    let mut line = in_one_line(error);
    let mut source = error.source();
    while let Some(cause) = source {
        let text = in_one_line(cause);
        if !line.contains(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        source = cause.source();
    }
    line
}

/// Writes lines to standard output. That it may be closed is no reason to stop serving.
fn print(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        source: Option<Box<Layer>>,
    }

    #[test]
    fn an_error_is_told_with_its_causes_in_one_line() {
        let cause = |text, source: Option<Layer>| Layer { text, source: source.map(Box::new) };
        let root = cause("no such\nfile", None);
        let error = cause("can't open a.db", Some(cause("no such file", Some(root))));
        assert_eq!(one_line(&error), "can't open a.db: no such file");
        let repeated = cause("can't open a.db: locked", Some(cause("locked", None)));
        assert_eq!(one_line(&repeated), "can't open a.db: locked");
    }
}
