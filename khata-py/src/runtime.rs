//! Where Rust works while Python waits: one runtime of threads for the process, and none of its locks held meanwhile.

use std::pin::pin;
use std::process;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

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

/// How many threads of the runtime are about Python's business just now.
static ATTACHED: AtomicUsize = AtomicUsize::new(0);

/// Whether the interpreter is about to end.
static ENDING: AtomicBool = AtomicBool::new(false);

/// The longest that the interpreter's end waits for them. They take microseconds; but a process that was forked off may
/// have the count of threads that it hasn't.
const ENDING_TIME_MAX: Duration = Duration::from_secs(2);

/// Does something with the interpreter, from a thread of the runtime. During the interpreter's end there is nobody left to
/// do it for: a thread that then still waited for the interpreter would be killed in the middle of Rust, and the process
/// with it.
pub(crate) fn attached<T>(act: impl FnOnce(Python<'_>) -> T) -> Option<T> {
    ATTACHED.fetch_add(1, Ordering::SeqCst);
    let done = if ENDING.load(Ordering::SeqCst) { None } else { Python::try_attach(act) };
    ATTACHED.fetch_sub(1, Ordering::SeqCst);
    done
}

/// What the interpreter calls when it is about to end: from then on no thread of the runtime asks for it.
#[pyfunction]
pub(crate) fn _end(py: Python<'_>) {
    ENDING.store(true, Ordering::SeqCst);
    py.detach(|| {
        let begun = Instant::now();
        while ATTACHED.load(Ordering::SeqCst) > 0 && begun.elapsed() < ENDING_TIME_MAX {
            thread::sleep(Duration::from_millis(1));
        }
    });
}
