//! A call of core under way: waited for, or awaited by asyncio.

use std::sync::{Mutex, PoisonError};

use futures::future::BoxFuture;
use khata_core::Error;
use khata_core::money::Currency;
use pyo3::IntoPyObjectExt as _;
use pyo3::exceptions::{PyRuntimeError, PyStopIteration};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use tokio::runtime::Runtime;
use tokio::task::AbortHandle;

use crate::record::{Row, Shown};
use crate::{error, runtime};

/// A type of answers that Python gets.
pub(crate) trait Answer: Send + 'static {
    fn into_answer(self, py: Python<'_>) -> PyResult<Py<PyAny>>;
}

impl<T> Answer for T
where
    T: for<'py> IntoPyObject<'py> + Send + 'static,
{
    fn into_answer(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.into_py_any(py)
    }
}

/// An empty answer: Python's `None`. What pyo3 makes of `()` is an empty tuple.
pub(crate) struct Nothing;

impl Answer for Nothing {
    fn into_answer(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(py.None())
    }
}

/// An answer that is made from what core answers, in the shop's currency.
pub(crate) trait FromCore<T> {
    fn from_core(value: T, currency: Currency) -> Self;
}

impl<T: Answer> FromCore<T> for T {
    fn from_core(value: T, _: Currency) -> Self {
        value
    }
}

impl FromCore<()> for Nothing {
    fn from_core((): (), _: Currency) -> Self {
        Self
    }
}

impl<R: Shown> FromCore<R> for Row {
    fn from_core(record: R, currency: Currency) -> Self {
        Self::new(&record, currency)
    }
}

impl<R: Shown> FromCore<Vec<R>> for Rows {
    fn from_core(records: Vec<R>, currency: Currency) -> Self {
        Self(records.iter().map(|record| Row::new(record, currency)).collect())
    }
}

/// Records: a list of Python's.
pub(crate) struct Rows(Vec<Row>);

impl Answer for Rows {
    fn into_answer(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.0.into_iter().map(|row| row.instance(py)).collect::<PyResult<Vec<_>>>()?.into_py_any(py)
    }
}

impl Answer for Row {
    fn into_answer(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.instance(py)
    }
}

/// A call that was prepared, and does nothing until somebody waits for it.
pub(crate) struct Call<T> {
    runtime: &'static Runtime,
    future: BoxFuture<'static, Result<T, Error>>,
    /// Whether it goes on when who awaits it is cancelled.
    kept: bool,
}

impl<T: Send + 'static> Call<T> {
    /// A call that reads: it ends when who awaits it is cancelled.
    pub(crate) fn read(
        runtime: &'static Runtime,
        future: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Self {
        Self { runtime, future: Box::pin(future), kept: false }
    }

    /// A call that changes a book: once begun, it is done, whoever is cancelled.
    pub(crate) fn write(
        runtime: &'static Runtime,
        future: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Self {
        Self { kept: true, ..Self::read(runtime, future) }
    }

    /// The same call, with another answer made of what it comes to.
    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U + Send + 'static) -> Call<U> {
        let Self { runtime, future, kept } = self;
        Call { runtime, future: Box::pin(async move { future.await.map(f) }), kept }
    }

    /// Waits for it.
    pub(crate) fn wait(self, py: Python<'_>) -> PyResult<T> {
        runtime::wait(py, self.runtime, self.future)?.map_err(|failed| error::exception(py, &failed))
    }
}

impl<T: Answer> Call<T> {
    /// Something to await.
    pub(crate) fn coroutine(self) -> Coroutine {
        let start = move |py: Python<'_>| {
            let event_loop = running_loop(py)?;
            let future = event_loop.call_method0("create_future")?;
            let (event_loop, waiting) = (event_loop.unbind(), future.clone().unbind());
            let Self { runtime: threads, future: call, kept } = self;
            // A task of its own: what was begun does not depend on who waits for it.
            let task = threads.spawn(async move {
                let outcome = call.await;
                runtime::attached(|py| tell(py, &event_loop, waiting, outcome));
            });
            Ok((future.call_method0("__await__")?.unbind(), (!kept).then(|| task.abort_handle())))
        };
        Coroutine { step: Mutex::new(Step::Fresh(Box::new(start))) }
    }
}

fn running_loop(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    static RUNNING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    RUNNING.import(py, "asyncio", "get_running_loop")?.call0()
}

/// Hands the outcome over to the thread of the event loop.
fn tell<T: Answer>(py: Python<'_>, event_loop: &Py<PyAny>, future: Py<PyAny>, outcome: Result<T, Error>) {
    let settle = move |py: Python<'_>| {
        outcome.map_err(|failed| error::exception(py, &failed)).and_then(|answer| answer.into_answer(py))
    };
    let settling = Settling { future, outcome: Mutex::new(Some(Box::new(settle))) };
    // It fails only if the loop was closed meanwhile: then nobody waits any more.
    let _ = event_loop.call_method1(py, "call_soon_threadsafe", (settling,));
}

type Outcome = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

/// What the event loop calls to settle a future.
#[pyclass(frozen)]
struct Settling {
    future: Py<PyAny>,
    outcome: Mutex<Option<Outcome>>,
}

#[pymethods]
impl Settling {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        let future = self.future.bind(py);
        let outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Who was cancelled takes nothing out of a list that somebody else goes on with.
        if future.call_method0("done")?.is_truthy()? {
            return Ok(());
        }
        let outcome = outcome.ok_or_else(|| PyRuntimeError::new_err("settled twice"))?;
        match outcome(py) {
            Ok(answer) => future.call_method1("set_result", (answer,)),
            Err(failed) => future.call_method1("set_exception", (failed,)),
        }?;
        Ok(())
    }
}

type Start = Box<dyn FnOnce(Python<'_>) -> PyResult<Waiting> + Send>;

/// The iterator of a future of asyncio's, which does all the waiting; and what to end with it.
type Waiting = (Py<PyAny>, Option<AbortHandle>);

enum Step {
    Fresh(Start),
    Waiting(Waiting),
    Ready(Py<PyAny>),
    Over,
}

/// A coroutine: it begins when it is awaited, or when a task is made of it.
#[pyclass(frozen, module = "khata._khata", name = "_Coroutine")]
pub(crate) struct Coroutine {
    step: Mutex<Step>,
}

impl Coroutine {
    /// One whose answer is there already.
    pub(crate) fn ready(answer: Py<PyAny>) -> Self {
        Self { step: Mutex::new(Step::Ready(answer)) }
    }

    fn take(&self) -> Step {
        std::mem::replace(&mut *self.step.lock().unwrap_or_else(PoisonError::into_inner), Step::Over)
    }

    fn put(&self, step: Step) {
        *self.step.lock().unwrap_or_else(PoisonError::into_inner) = step;
    }
}

#[pymethods]
impl Coroutine {
    fn send(&self, py: Python<'_>, value: Py<PyAny>) -> PyResult<Py<PyAny>> {
        let (waiting, task) = match self.take() {
            Step::Fresh(start) => start(py)?,
            Step::Waiting(waiting) => waiting,
            Step::Ready(answer) => return Err(PyStopIteration::new_err((answer,))),
            Step::Over => return Err(PyRuntimeError::new_err("cannot reuse already awaited coroutine")),
        };
        let sent = waiting.call_method1(py, "send", (value,));
        if sent.is_ok() {
            self.put(Step::Waiting((waiting, task)));
        }
        sent
    }

    #[pyo3(signature = (*exception))]
    fn throw(&self, py: Python<'_>, exception: &Bound<'_, pyo3::types::PyTuple>) -> PyResult<Py<PyAny>> {
        let Step::Waiting((waiting, task)) = self.take() else {
            return Err(PyErr::from_value(exception.get_item(0)?));
        };
        if let Some(task) = task {
            task.abort();
        }
        waiting.call_method1(py, "throw", exception)
    }

    fn close(&self) {
        if let Step::Waiting((_, Some(task))) = self.take() {
            task.abort();
        }
    }

    fn __await__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.send(py, py.None())
    }
}
