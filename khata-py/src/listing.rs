//! Lists that fetch their pages as they are iterated.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use khata_core::Error;
use pyo3::exceptions::{PyRuntimeError, PyStopAsyncIteration, PyStopIteration};
use pyo3::prelude::*;
use pyo3::types::PyType;
use tokio::sync::Mutex;

use crate::call::{Answer, Call, Coroutine};
use crate::fork::ForkGuard;
use crate::table;

type Rows = VecDeque<Py<PyAny>>;

/// A page, whose rows are made when there is an interpreter to make them with.
pub(crate) struct Page {
    is_empty: bool,
    rows: Box<dyn FnOnce(Python<'_>) -> PyResult<Rows> + Send>,
}

/// A list, page by page.
pub(crate) struct Pages {
    pub(crate) stream: BoxStream<'static, Result<Page, Error>>,
    /// The class of its rows.
    pub(crate) class: Py<PyType>,
    /// Number of digits that its amounts have after the point.
    pub(crate) digits: u32,
}

/// A page of such rows.
pub(crate) fn page<R>(rows: Vec<R>) -> Page
where
    R: Answer,
{
    let is_empty = rows.is_empty();
    Page { is_empty, rows: Box::new(|py| rows.into_iter().map(|row| row.into_answer(py)).collect()) }
}

/// The position in a list. Several threads or tasks may iterate one list together, each getting other rows.
struct Walk {
    guard: ForkGuard,
    state: Arc<Mutex<State>>,
    class: Py<PyType>,
    digits: u32,
}

struct State {
    stream: BoxStream<'static, Result<Page, Error>>,
    page: Option<Page>,
    rows: Rows,
    over: bool,
}

/// The next row, as far as it is known without waiting.
enum Look {
    Row(Py<PyAny>),
    NoneInHand,
    Over,
}

impl Walk {
    fn new(guard: ForkGuard, pages: Pages) -> Self {
        let Pages { stream, class, digits } = pages;
        let state = State { stream, page: None, rows: VecDeque::new(), over: false };
        Self { guard, state: Arc::new(Mutex::new(state)), class, digits }
    }

    fn call<T: Answer>(
        &self,
        py: Python<'_>,
        answer: impl FnOnce(Arc<Mutex<State>>) -> T + Send + 'static,
    ) -> PyResult<Call<T>> {
        let state = self.state.clone();
        Ok(Call::read(self.guard.runtime(py)?, async move {
            fetch(&state).await?;
            Ok(answer(state))
        }))
    }
}

/// Fetches the next page if there are no rows left. Nothing is lost if it is dropped halfway.
async fn fetch(state: &Mutex<State>) -> Result<(), Error> {
    let mut state = state.lock().await;
    while state.rows.is_empty() && state.page.is_none() && !state.over {
        match state.stream.next().await.transpose()? {
            Some(page) => state.page = Some(page).filter(|page| !page.is_empty),
            None => state.over = true,
        }
    }
    Ok(())
}

fn look(py: Python<'_>, state: &Mutex<State>) -> PyResult<Look> {
    // Where somebody else is fetching a page, there is none in hand.
    let Ok(mut state) = state.try_lock() else { return Ok(Look::NoneInHand) };
    if let Some(page) = state.page.take() {
        state.rows = (page.rows)(py)?;
    }
    Ok(match state.rows.pop_front() {
        Some(row) => Look::Row(row),
        None if state.over => Look::Over,
        None => Look::NoneInHand,
    })
}

/// A list to iterate with `for`, which fetches its pages as they are needed.
#[pyclass(frozen, module = "khata")]
pub(crate) struct Listing(Walk);

impl Listing {
    pub(crate) fn new(guard: ForkGuard, pages: Pages) -> Self {
        Self(Walk::new(guard, pages))
    }
}

#[pymethods]
impl Listing {
    #[classmethod]
    #[pyo3(signature = (row, /))]
    fn __class_getitem__(cls: &Bound<'_, PyType>, row: &Bound<'_, PyAny>) -> Py<PyType> {
        let _ = row;
        cls.clone().unbind()
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        loop {
            match look(py, &self.0.state)? {
                Look::Row(row) => return Ok(row),
                Look::Over => return Err(PyStopIteration::new_err(())),
                Look::NoneInHand => self.0.call(py, |_| ())?.wait(py)?,
            }
        }
    }

    /// The class of its rows, and the number of digits that its amounts have after the point.
    #[getter]
    fn _shape(&self, py: Python<'_>) -> (Py<PyType>, u32) {
        (self.0.class.clone_ref(py), self.0.digits)
    }

    /// The rest of it as a `pyarrow.Table`, its amounts exact decimals.
    fn to_arrow<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        table::call(slf.as_any(), "listing_to_arrow")
    }

    /// The rest of it as a `pandas.DataFrame`, its amounts exact decimals of Arrow.
    fn to_pandas<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        table::call(slf.as_any(), "to_pandas")
    }

    /// The rest of it as a `polars.DataFrame`, its amounts exact decimals.
    fn to_polars<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        table::call(slf.as_any(), "to_polars")
    }
}

/// A list to iterate with `async for`, which fetches its pages as they are needed.
#[pyclass(frozen, module = "khata")]
pub(crate) struct AsyncListing(Walk);

impl AsyncListing {
    pub(crate) fn new(guard: ForkGuard, pages: Pages) -> Self {
        Self(Walk::new(guard, pages))
    }
}

/// The next row, taken when the one who awaits it is sure to get it.
struct Next(Arc<Mutex<State>>);

impl Answer for Next {
    fn into_answer(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match look(py, &self.0)? {
            Look::Row(row) => Ok(row),
            Look::Over => Err(PyStopAsyncIteration::new_err(())),
            Look::NoneInHand => Err(PyRuntimeError::new_err("two tasks go through this list at once")),
        }
    }
}

#[pymethods]
impl AsyncListing {
    #[classmethod]
    #[pyo3(signature = (row, /))]
    fn __class_getitem__(cls: &Bound<'_, PyType>, row: &Bound<'_, PyAny>) -> Py<PyType> {
        let _ = row;
        cls.clone().unbind()
    }

    fn __aiter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __anext__(&self, py: Python<'_>) -> PyResult<Coroutine> {
        match look(py, &self.0.state)? {
            Look::Row(row) => Ok(Coroutine::ready(row)),
            Look::Over | Look::NoneInHand => Ok(self.0.call(py, Next)?.coroutine()),
        }
    }

    /// The class of its rows, and the number of digits that its amounts have after the point.
    #[getter]
    fn _shape(&self, py: Python<'_>) -> (Py<PyType>, u32) {
        (self.0.class.clone_ref(py), self.0.digits)
    }

    /// The rest of it as a `pyarrow.Table`, its amounts exact decimals.
    fn to_arrow<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        table::call(slf.as_any(), "async_listing_to_arrow")
    }

    /// The rest of it as a `pandas.DataFrame`, its amounts exact decimals of Arrow.
    fn to_pandas<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        table::call(slf.as_any(), "async_to_pandas")
    }

    /// The rest of it as a `polars.DataFrame`, its amounts exact decimals.
    fn to_polars<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        table::call(slf.as_any(), "async_to_polars")
    }
}
