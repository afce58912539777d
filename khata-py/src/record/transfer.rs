//! What came of an import: of a book, and of customers out of a table.

use khata_core::error::FieldError;
use khata_core::import;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};
use uuid::Uuid;

use super::record;
use crate::field::{Field, Rows};

record! {
    /// What came of the import of a book.
    Imported {
        /// Whose book.
        shop_owner_id: Uuid,
        /// How many entries the file has.
        entries: u64,
        /// How many of them the database had not.
        added: u64,
        /// How many customers the file has.
        customers: u64,
        /// Whether the owner logs in with the password that was given: not if the owner had one here already.
        password_set: bool,
    }
}

record! {
    /// What came of the import of customers.
    ImportedCustomers {
        /// How many were added; of a dry run, how many would be.
        added: u64,
        /// How many were in the book already, by their mobile number and name.
        known: u64,
        /// The rows that were left out.
        bad: Rows<BadRow>,
        /// The headers of columns that were not imported.
        unused: Vec<String>,
    }
}

record! {
    /// A row of a table that can't be imported.
    BadRow {
        /// The line of the file that it begins on, from 1.
        line: u64,
        /// All its faults; the field of each is the column's header.
        errors: Rows<RowFault>,
    }
}

impl From<import::BadRow> for BadRow {
    fn from(row: import::BadRow) -> Self {
        Self { line: row.line, errors: row.faults.into_iter().map(RowFault::from).collect() }
    }
}

/// One fault of a row: a `FieldError` of Python's.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct RowFault {
    field: String,
    code: String,
    message: String,
}

impl From<FieldError> for RowFault {
    fn from(FieldError { field, code, message }: FieldError) -> Self {
        Self { field, code: code.to_owned(), message }
    }
}

impl Field for RowFault {
    const COLUMN: &'static str = "tuple";

    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        static FIELD_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        let class = FIELD_ERROR.import(py, "khata._errors", "FieldError")?;
        class.call1((&*self.field, &*self.code, &*self.message))
    }

    fn from_py(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (field, code, message) = value.extract()?;
        Ok(Self { field, code, message })
    }

    fn to_plain<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let plain = PyDict::new(py);
        for (name, text) in [("field", &self.field), ("code", &self.code), ("message", &self.message)] {
            plain.set_item(name, text)?;
        }
        Ok(plain.into_any())
    }
}
