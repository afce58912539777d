//! Reading Python's values: keyword arguments become the [`Form`] that core reads an input from, so that its rules and
//! messages are those of the HTTP API too.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use chrono::{DateTime, NaiveDate, Utc};
use khata_core::Error;
use khata_core::calendar::{Date, TimeZone, Timestamp};
use khata_core::form::{Form, Raw};
use khata_core::id::ItemId;
use khata_core::money::Currency;
use khata_core::record::{FieldType, Input, Value};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDate, PyDateTime, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple, PyType};
use uuid::Uuid;

use crate::record::decimal_type;
use crate::{error, names};

/// Keyword arguments that are the fields of an input.
pub(crate) struct Fields<'a, 'py, N> {
    given: Option<&'a Bound<'py, PyDict>>,
    input: PhantomData<N>,
}

impl<'a, 'py, N: Input> Fields<'a, 'py, N> {
    pub(crate) fn new(given: Option<&'a Bound<'py, PyDict>>) -> Self {
        Self { given, input: PhantomData }
    }

    /// Reads the input: its amounts in that currency, a moment as its day in that time zone.
    pub(crate) fn read(self, py: Python<'_>, zone: TimeZone, currency: Currency) -> PyResult<N> {
        N::from_form(form(self.given, zone)?, currency).map_err(|failed| error::exception(py, &failed))
    }
}

/// The form of keyword arguments, their names as on the wire. A moment counts as its day in that time zone.
pub(crate) fn form(fields: Option<&Bound<'_, PyDict>>, zone: TimeZone) -> PyResult<Form> {
    let fields = fields.map(|fields| object(fields, zone, "")).transpose()?.unwrap_or_default();
    Ok(Form::new(fields))
}

fn object(fields: &Bound<'_, PyDict>, zone: TimeZone, path: &str) -> PyResult<BTreeMap<String, Raw>> {
    let field = |(name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        let name = name.cast::<PyString>().map_err(|_| PyTypeError::new_err("names must be of type str"))?;
        let name = name.to_str()?;
        Ok((names::wire(name), raw(&value, zone, &format!("{path}{name}"))?))
    };
    fields.iter().map(field).collect()
}

/// A value as it came; numbers as text, so that no binary float comes in between.
fn raw(value: &Bound<'_, PyAny>, zone: TimeZone, path: &str) -> PyResult<Raw> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Raw::Text(text.to_str()?.to_owned()));
    }
    if value.is_none() {
        return Ok(Raw::Null);
    }
    if let Ok(truth) = value.cast::<PyBool>() {
        return Ok(Raw::Bool(truth.is_true()));
    }
    if value.is_instance(decimal_type(value.py())?)? || value.is_instance_of::<PyInt>() {
        return Ok(Raw::Number(value.str()?.to_str()?.to_owned()));
    }
    if value.is_instance_of::<PyFloat>() {
        return Err(no_float(value, path));
    }
    if value.is_instance_of::<PyDate>() {
        return Ok(Raw::Text(day(value, zone)?.to_string()));
    }
    if value.is_instance(uuid_type(value.py())?)? {
        return Ok(Raw::Text(value.extract::<Uuid>()?.to_string()));
    }
    if let Ok(fields) = value.cast::<PyDict>() {
        // It is the caller's: a thread of theirs may change it meanwhile.
        return object(&fields.copy()?, zone, &format!("{path}/")).map(Raw::Object);
    }
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        let rows = value.try_iter()?.enumerate();
        return rows
            .map(|(at, row)| raw(&row?, zone, &format!("{path}/{at}")))
            .collect::<PyResult<_>>()
            .map(Raw::List);
    }
    Err(PyTypeError::new_err(format!("{path}: can't take a {}", value.get_type().qualname()?)))
}

fn no_float(value: &Bound<'_, PyAny>, path: &str) -> PyErr {
    let shown = value.repr().map_or_else(|_| "…".to_owned(), |text| text.to_string());
    PyTypeError::new_err(format!(
        "{path}: a float holds no exact amount (0.1 is 0.1000000000000000055…); write Decimal(\"{shown}\"), \
         \"{shown}\" or an int"
    ))
}

/// The day of a `date`, or of an aware `datetime` in that time zone.
pub(crate) fn day(value: &Bound<'_, PyAny>, zone: TimeZone) -> PyResult<NaiveDate> {
    if !value.is_instance_of::<PyDateTime>() {
        return value.extract();
    }
    if value.getattr("tzinfo")?.is_none() {
        let why =
            "a datetime without a time zone names no day of the shop's; give a date, or an aware datetime";
        return Err(PyTypeError::new_err(why));
    }
    let utc = value.call_method1("astimezone", (utc(value.py())?,))?;
    Ok(zone.date_of(Timestamp::from_datetime(utc.extract::<DateTime<Utc>>()?)).naive())
}

fn utc(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    py.import("datetime")?.getattr("timezone")?.getattr("utc")
}

fn uuid_type(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static UUID: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    UUID.import(py, "uuid", "UUID")
}

/// An optional day: a `date`, an aware `datetime`, or a text as core reads it.
pub(crate) fn optional_date(
    name: &'static str,
    value: Option<&Bound<'_, PyAny>>,
    zone: TimeZone,
) -> PyResult<Option<Date>> {
    let Some(value) = value else { return Ok(None) };
    let parsed = match raw(value, zone, name)? {
        Raw::Null => return Ok(None),
        Raw::Text(text) => Date::parse(&text),
        _ => return Err(PyTypeError::new_err(format!("{name}: must be a date"))),
    };
    parsed.map(Some).map_err(|fault| error::exception(value.py(), &Error::Invalid(vec![fault.at(name)])))
}

/// An id: a `UUID`, its text, or a result that has one. A text that is no id names nothing.
pub(crate) fn id<T: FieldType>(value: &Bound<'_, PyAny>) -> PyResult<T> {
    let not_found = || error::exception(value.py(), &Error::NotFound);
    let uuid = if let Ok(text) = value.cast::<PyString>() {
        ItemId::parse(text.to_str()?).map_err(|_| not_found())?.uuid()
    } else {
        let uuid = value.extract::<Uuid>().or_else(|_| value.getattr("id")?.extract::<Uuid>());
        uuid.map_err(|_| PyTypeError::new_err("an id must be a UUID, its text, or a result that has an id"))?
    };
    T::from_value(Value::Id(uuid)).map_err(|_| not_found())
}
