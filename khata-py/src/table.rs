//! What Python code of the package does with results: tables and pages for notebooks.

use pyo3::prelude::*;

/// Calls a function of `khata._tables` on a result.
pub(crate) fn call<'py>(result: &Bound<'py, PyAny>, function: &str) -> PyResult<Bound<'py, PyAny>> {
    result.py().import("khata._tables")?.call_method1(function, (result,))
}
