//! The log: to standard error, for people or for machines.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

use super::args::{LogArgs, LogFormat};

/// Starts the log.
///
/// # Errors
/// If there is one already.
pub(super) fn init(args: LogArgs) -> Result<(), TryInitError> {
    let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let layer = match args.format {
        LogFormat::Json => layer.json().flatten_event(true).with_span_list(false).boxed(),
        // On a terminal, the library itself honours NO_COLOR.
        LogFormat::Text if io::stderr().is_terminal() => layer.boxed(),
        LogFormat::Text => layer.with_ansi(false).boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(args.filter)).try_init()
}
