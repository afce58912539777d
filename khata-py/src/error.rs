//! The one place where an error of core becomes an exception of Python's.

use std::error::Error as _;

use ::khata::OpenError;
use khata_core::error::{Excess, Refusal};
use khata_core::{Error, ErrorKind};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};

use crate::names;
use crate::record::decimal_type;

/// The exception of an error. Its causes are chained as `__cause__`.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    raised(py, error).unwrap_or_else(|failed| failed)
}

fn raised(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let more = PyDict::new(py);
    let class = match error.kind() {
        ErrorKind::Invalid => {
            let Error::Invalid(faults) = error else {
                return made_invalid(py, &error.to_string(), error.code(), Vec::new());
            };
            let faults =
                faults.iter().map(|fault| (names::place(&fault.field), fault.code, fault.message.clone()));
            let faults: Vec<_> = faults.collect();
            let told: Vec<_> = faults.iter().map(|(field, _, why)| format!("{field}: {why}")).collect();
            return made_invalid(py, &told.join("; "), error.code(), faults);
        }
        ErrorKind::NotFound => "NotFound",
        ErrorKind::Conflict | ErrorKind::Stale => {
            if let Error::Refused(refusal) = error {
                add_obstacle(py, &more, *refusal)?;
            }
            "Conflict"
        }
        ErrorKind::Unauthorized => "Unauthorized",
        ErrorKind::Forbidden => "Forbidden",
        ErrorKind::Throttled => {
            if let Error::Throttled { retry_after } = error {
                more.set_item("retry_after", retry_after.as_secs_f64())?;
            }
            "Throttled"
        }
        ErrorKind::Unavailable => "Unavailable",
        _ => "KhataError",
    };
    let raised = made(py, class, &error.to_string(), error.code(), &more)?;
    raised.set_cause(py, causes(py, error.source())?);
    Ok(raised)
}

/// Adds what is in the way of an operation.
fn add_obstacle(py: Python<'_>, more: &Bound<'_, PyDict>, refusal: Refusal) -> PyResult<()> {
    match refusal {
        Refusal::MobileTaken(Some(holder)) => {
            more.set_item("customer_id", holder.customer.uuid())?;
            more.set_item("archived", holder.archived)
        }
        Refusal::NumberTaken(holder) => {
            more.set_item("document_id", holder.document.uuid())?;
            more.set_item("void", holder.void)
        }
        Refusal::CreditLimitExceeded(Excess { limit, balance, over, currency }) => {
            for (name, amount) in [("limit", limit), ("balance", balance), ("over", over)] {
                more.set_item(name, decimal_type(py)?.call1((currency.format(amount),))?)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The exception of what breaks rules, with all its faults: field, code and message.
pub(crate) fn invalid(py: Python<'_>, message: &str, code: &str, faults: Vec<Violation>) -> PyErr {
    made_invalid(py, message, code, faults).unwrap_or_else(|failed| failed)
}

type Violation = (String, &'static str, String);

fn made_invalid(py: Python<'_>, message: &str, code: &str, faults: Vec<Violation>) -> PyResult<PyErr> {
    let more = PyDict::new(py);
    more.set_item("errors", faults)?;
    made(py, "Invalid", message, code, &more)
}

/// Why something can't be done that no rule of the book forbids: it was closed, it can't be opened.
pub(crate) fn refusal(py: Python<'_>, code: &str, message: &str) -> PyErr {
    made(py, "KhataError", message, code, &PyDict::new(py)).unwrap_or_else(|failed| failed)
}

/// The exception of a database that was not opened.
pub(crate) fn not_opened(py: Python<'_>, error: &OpenError) -> PyErr {
    let (class, code) = if error.is_unreachable() {
        ("Unavailable", "store_unavailable")
    } else {
        ("KhataError", "cannot_open")
    };
    failure(py, class, code, error)
}

/// The exception of an error outside core, with its causes.
pub(crate) fn failure(py: Python<'_>, class: &str, code: &str, error: &dyn std::error::Error) -> PyErr {
    let raised = made(py, class, &error.to_string(), code, &PyDict::new(py));
    let chained = raised.and_then(|raised| {
        raised.set_cause(py, causes(py, error.source())?);
        Ok(raised)
    });
    chained.unwrap_or_else(|failed| failed)
}

fn made(py: Python<'_>, class: &str, message: &str, code: &str, more: &Bound<'_, PyDict>) -> PyResult<PyErr> {
    more.set_item("code", code)?;
    let class = py.import("khata._errors")?.getattr(class)?;
    Ok(PyErr::from_value(class.call((message,), Some(more))?))
}

/// The chain of causes, as exceptions that each have the next as `__cause__`.
fn causes(py: Python<'_>, source: Option<&(dyn std::error::Error + 'static)>) -> PyResult<Option<PyErr>> {
    static CAUSE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let Some(source) = source else { return Ok(None) };
    let class = CAUSE.import(py, "khata._errors", "Cause")?;
    let cause = PyErr::from_value(class.call1((source.to_string(),))?);
    cause.set_cause(py, causes(py, source.source())?);
    Ok(Some(cause))
}
