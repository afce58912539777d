//! What statements and ageing have besides their attributes: tables, and pages of a notebook.

use pyo3::prelude::*;

use super::{Ageing, Statement};
use crate::table;

/// Makes those methods, over functions of `khata._tables`.
macro_rules! tables {
    ($($class:ident: $html:literal, $arrow:literal;)+) => {$(
        #[pymethods]
        impl $class {
            fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
                table::call(slf.as_any(), $html)
            }

            /// The rows as a `pyarrow.Table`, its amounts exact decimals.
            fn to_arrow<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
                table::call(slf.as_any(), $arrow)
            }

            /// The rows as a `pandas.DataFrame`, its amounts exact decimals of Arrow.
            fn to_pandas<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
                table::call(slf.as_any(), "to_pandas")
            }

            /// The rows as a `polars.DataFrame`, its amounts exact decimals.
            fn to_polars<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
                table::call(slf.as_any(), "to_polars")
            }
        }
    )+};
}

tables! {
    Statement: "statement_html", "statement_to_arrow";
    Ageing: "ageing_html", "ageing_to_arrow";
}
