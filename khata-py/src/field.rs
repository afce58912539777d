//! What the fields of results are made of, and how Python sees each: made when it is asked for, so that a result
//! costs no more than what is looked at.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use khata_core::calendar::{Date, Timestamp};
use khata_core::money::{Currency, Money};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyTuple, PyType};
use uuid::Uuid;

/// A field of a result.
pub(crate) trait Field: Sized {
    /// What a column of a table of such fields holds: `decimal`, `date`, `datetime`, `uuid`, `str`, `int`, `bool`, or
    /// nothing of these.
    const COLUMN: &'static str;

    /// As Python sees it.
    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>>;

    /// What Python saw, back again.
    fn from_py(value: &Bound<'_, PyAny>) -> PyResult<Self>;

    /// The same, of built-in types down to the last.
    fn to_plain<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.to_py(py)
    }

    /// As `repr` writes it.
    fn repr(&self, py: Python<'_>) -> PyResult<String> {
        self.to_py(py)?.repr()?.extract()
    }
}

macro_rules! as_pyo3_has_it {
    ($($field:ty => $column:literal;)+) => {$(
        impl Field for $field {
            const COLUMN: &'static str = $column;

            fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                Ok(self.into_pyobject(py)?.to_owned().into_any())
            }

            fn from_py(value: &Bound<'_, PyAny>) -> PyResult<Self> {
                value.extract()
            }
        }
    )+};
}

as_pyo3_has_it! {
    Uuid => "uuid";
    String => "str";
    u64 => "int";
    bool => "bool";
}

/// A word of a fixed choice: a kind, a status.
pub(crate) type Word = Cow<'static, str>;

impl Field for Word {
    const COLUMN: &'static str = "str";

    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(pyo3::types::PyString::intern(py, self).into_any())
    }

    fn from_py(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Cow::Owned(value.extract()?))
    }
}

/// A text that is not shown where the result is: whoever has it can act as its owner.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Secret(pub(crate) String);

impl Field for Secret {
    const COLUMN: &'static str = "str";

    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.to_py(py)
    }

    fn from_py(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self(value.extract()?))
    }

    fn repr(&self, _py: Python<'_>) -> PyResult<String> {
        Ok("'…'".to_owned())
    }
}

impl Field for Date {
    const COLUMN: &'static str = "date";

    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.naive().into_pyobject(py)?.into_any())
    }

    fn from_py(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        Self::from_naive(value.extract()?).map_err(|fault| PyValueError::new_err(fault.message))
    }
}

impl Field for Timestamp {
    const COLUMN: &'static str = "datetime";

    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.datetime().into_pyobject(py)?.into_any())
    }

    fn from_py(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self::from_datetime(value.extract()?))
    }
}

/// An amount with as many digits as its currency has: a `Decimal`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Amount {
    minor: i64,
    digits: u32,
}

impl Amount {
    pub(crate) fn new(money: Money, currency: Currency) -> Self {
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
}

/// `decimal.Decimal`.
pub(crate) fn decimal_type(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    DECIMAL.import(py, "decimal", "Decimal")
}

impl Field for Amount {
    const COLUMN: &'static str = "decimal";

    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        decimal_type(py)?.call1((self.text(),))
    }

    fn from_py(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let text: String = value.str()?.extract()?;
        Self::read(&text).ok_or_else(|| PyValueError::new_err(format!("not an amount: {text}")))
    }
}

impl<F: Field> Field for Option<F> {
    const COLUMN: &'static str = F::COLUMN;

    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.as_ref().map_or_else(|| Ok(py.None().into_bound(py)), |field| field.to_py(py))
    }

    fn from_py(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        if value.is_none() { Ok(None) } else { F::from_py(value).map(Some) }
    }

    fn to_plain<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.as_ref().map_or_else(|| Ok(py.None().into_bound(py)), |field| field.to_plain(py))
    }
}

impl Field for Vec<String> {
    const COLUMN: &'static str = "tuple";

    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyTuple::new(py, self)?.into_any())
    }

    fn from_py(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        value.extract()
    }

    fn to_plain<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(PyList::new(py, self)?.into_any())
    }
}

/// Results in a result. Python sees a tuple, which is made once.
pub(crate) struct Rows<R> {
    rows: Vec<R>,
    tuple: PyOnceLock<Py<PyTuple>>,
}

impl<R> Rows<R> {
    pub(crate) fn tuple<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyTuple>>
    where
        R: Field,
    {
        let made = self.tuple.get_or_try_init(py, || {
            let rows = self.rows.iter().map(|row| row.to_py(py)).collect::<PyResult<Vec<_>>>()?;
            PyTuple::new(py, rows).map(Bound::unbind)
        });
        made.map(|tuple| tuple.bind(py))
    }
}

impl<R> FromIterator<R> for Rows<R> {
    fn from_iter<I: IntoIterator<Item = R>>(rows: I) -> Self {
        Self { rows: rows.into_iter().collect(), tuple: PyOnceLock::new() }
    }
}

impl<R: Clone> Clone for Rows<R> {
    fn clone(&self) -> Self {
        self.rows.iter().cloned().collect()
    }
}

impl<R: PartialEq> PartialEq for Rows<R> {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}

impl<R: Eq> Eq for Rows<R> {}

impl<R: Hash> Hash for Rows<R> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rows.hash(state);
    }
}

impl<R: Field> Field for Rows<R> {
    const COLUMN: &'static str = "tuple";

    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.tuple(py)?.clone().into_any())
    }

    fn from_py(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        value.try_iter()?.map(|row| R::from_py(&row?)).collect()
    }

    fn to_plain<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let rows = self.rows.iter().map(|row| row.to_plain(py)).collect::<PyResult<Vec<_>>>()?;
        Ok(PyList::new(py, rows)?.into_any())
    }
}
