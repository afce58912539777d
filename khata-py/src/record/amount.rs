//! Amounts of money, as Python's decimals.

use khata_core::money::{Currency, Money};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// An amount with as many digits as its currency has: a `Decimal`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Amount {
    minor: i64,
    digits: u32,
}

impl Amount {
    pub(super) fn new(money: Money, currency: Currency) -> Self {
        Self { minor: money.minor(), digits: currency.exponent() }
    }

    fn text(self) -> String {
        let unit = 10_u64.pow(self.digits);
        let (whole, rest) = (self.minor.unsigned_abs() / unit, self.minor.unsigned_abs() % unit);
        let sign = if self.minor < 0 { "-" } else { "" };
        match self.digits as usize {
            0 => format!("{sign}{whole}"),
            width => format!("{sign}{whole}.{rest:0width$}"),
        }
    }

    /// Reads what [`text`](Self::text) wrote.
    fn read(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let minor = format!("{whole}{fraction}").parse().ok()?;
        let digits = u32::try_from(fraction.len()).ok().filter(|digits| *digits < 19)?;
        Some(Self { minor, digits })
    }

    pub(super) fn to_py<'py>(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        decimal_type(py)?.call1((self.text(),))
    }

    pub(super) fn from_py(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let text: String = value.str()?.extract()?;
        Self::read(&text).ok_or_else(|| PyValueError::new_err(format!("not an amount: {text}")))
    }
}

/// `decimal.Decimal`.
pub(crate) fn decimal_type(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    DECIMAL.import(py, "decimal", "Decimal")
}
