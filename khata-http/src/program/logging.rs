//! The log: to standard error, for people or for machines.

use std::io::{self, BufWriter, IsTerminal as _};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

use super::args::{LogArgs, LogFormat};

/// Starts the log. A thread of its own writes it, many lines at once if there are many, and all of them: whoever logs faster
/// than it can be written waits. What is left is written when the guard is dropped.
///
/// # Errors
/// If there is one already.
pub(super) fn init(args: LogArgs) -> Result<WorkerGuard, TryInitError> {
    let builder = NonBlockingBuilder::default().lossy(false).thread_name("khata-log");
    let (writer, guard) = builder.finish(BufWriter::with_capacity(1 << 16, io::stderr()));
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    let layer = match args.format {
        LogFormat::Json => layer.json().flatten_event(true).with_span_list(false).boxed(),
        // On a terminal, the library itself honours NO_COLOR.
        LogFormat::Text if io::stderr().is_terminal() => layer.boxed(),
        LogFormat::Text => layer.with_ansi(false).boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(args.filter)).try_init()?;
    Ok(guard)
}
