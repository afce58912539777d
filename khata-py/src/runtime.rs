//! Where Rust works while Python waits: one runtime of threads for the process, and none of its locks held meanwhile.

use std::pin::pin;
use std::process;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};

/// How often a caller who waits looks whether Ctrl-C was pressed.
const SIGNALS_INTERVAL: Duration = Duration::from_millis(50);

/// The runtime of this process. A process that was forked off has none of its parent's threads, and gets its own.
pub(crate) fn runtime() -> PyResult<&'static Runtime> {
    static RUNTIME: Mutex<Option<(u32, &'static Runtime)>> = Mutex::new(None);
    let mut known = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    match *known {
        Some((pid, runtime)) if pid == process::id() => Ok(runtime),
        _ => {
            let runtime = Builder::new_multi_thread().thread_name("khata").enable_all().build()?;
            // It lasts as long as the process: threads that wait for Python must not outlive what they work for.
            let runtime = Box::leak(Box::new(runtime));
            *known = Some((process::id(), runtime));
            Ok(runtime)
        }
    }
}

/// Waits for the answer, with the interpreter free for others. Ctrl-C ends the waiting.
pub(crate) fn wait<T: Send>(
    py: Python<'_>,
    runtime: &Runtime,
    answer: impl Future<Output = T> + Send,
) -> PyResult<T> {
    let mut answer = pin!(answer);
    loop {
        let step =
            || runtime.block_on(async { tokio::time::timeout(SIGNALS_INTERVAL, answer.as_mut()).await });
        match py.detach(step) {
            Ok(answer) => return Ok(answer),
            Err(_) => py.check_signals()?,
        }
    }
}
