//! The values of a record, as they are kept until Python looks at them.

use std::convert::Infallible;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use khata_core::calendar::{Date, Timestamp};
use khata_core::ledger::ChainHash;
use khata_core::money::Currency;
use khata_core::record::{Field, Record, Type, Value, Visibility, Visitor};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use uuid::Uuid;

use super::amount::Amount;
use super::class::{self, Shape};

/// The fields of a record that Python sees, in order. Copies are cheap.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Row(Arc<Fields>);

#[derive(PartialEq, Eq, Hash)]
struct Fields {
    shape: &'static Shape,
    cells: Vec<Cell>,
}

impl Row {
    /// The fields of a record, its amounts in that currency.
    pub(crate) fn new<R: Record>(record: &R, currency: Currency) -> Self {
        let shape = class::shape(R::DESCRIPTION);
        let mut reader = Reader { cells: Vec::with_capacity(shape.attributes.len()), currency };
        let Ok(()) = record.visit(&mut reader);
        Self(Arc::new(Fields { shape, cells: reader.cells }))
    }

    /// Reads the values of its attributes, in order.
    pub(super) fn from_values<'py>(shape: &'static Shape, values: &[Bound<'py, PyAny>]) -> PyResult<Self> {
        if values.len() != shape.attributes.len() {
            return Err(PyTypeError::new_err(format!("{} has other fields", shape.class.name)));
        }
        let fields = shape.attributes.iter().zip(values);
        let cells = fields.map(|(attribute, value)| Cell::from_py(attribute.field, value));
        Ok(Self(Arc::new(Fields { shape, cells: cells.collect::<PyResult<_>>()? })))
    }

    pub(super) fn shape(&self) -> &'static Shape {
        self.0.shape
    }

    /// An instance of its class.
    pub(crate) fn instance(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        (self.shape().class.instance)(py, self.clone())
    }

    /// The value of an attribute.
    pub(super) fn get<'py>(&self, py: Python<'py>, at: usize) -> PyResult<Bound<'py, PyAny>> {
        self.0.cells[at].to_py(py)
    }

    /// The text of an attribute.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let at = self.shape().attributes.iter().position(|attribute| attribute.name == name)?;
        match &self.0.cells[at] {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The values of its attributes, in order.
    pub(super) fn values<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.0.cells.iter().map(|cell| cell.to_py(py)).collect()
    }

    /// A dict of built-in types down to the last.
    pub(super) fn dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (attribute, cell) in self.shape().attributes.iter().zip(&self.0.cells) {
            dict.set_item(&attribute.name, cell.to_plain(py)?)?;
        }
        Ok(dict)
    }

    pub(super) fn repr(&self, py: Python<'_>) -> PyResult<String> {
        let fields = self.shape().attributes.iter().zip(&self.0.cells).map(|(attribute, cell)| {
            let value =
                if attribute.is_secret() { "'…'".to_owned() } else { cell.to_py(py)?.repr()?.extract()? };
            Ok(format!("{}={value}", attribute.name))
        });
        let fields = fields.collect::<PyResult<Vec<_>>>()?;
        Ok(format!("{}({})", self.shape().class.name, fields.join(", ")))
    }
}

/// The value of a field.
#[derive(PartialEq, Eq, Hash)]
enum Cell {
    Null,
    Id(Uuid),
    Integer(u64),
    Amount(Amount),
    Flag(bool),
    Text(Box<str>),
    /// One of the names of a choice.
    Name(&'static str),
    Date(Date),
    Time(Timestamp),
    Texts(Box<[String]>),
    Record(Row),
    List(List),
}

impl Cell {
    fn new(field: &Field, value: Value<'_>, currency: Currency) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Id(id) => Self::Id(id),
            Value::Integer(number) => Self::Integer(number),
            Value::Money(money) => Self::Amount(Amount::new(money, currency)),
            Value::Flag(flag) => Self::Flag(flag),
            Value::Text(text) => Self::text(field, text),
            Value::Date(date) => Self::Date(date),
            Value::Time(time) => Self::Time(time),
            Value::Hash(hash) => Self::Text(ChainHash(*hash).to_string().into()),
            Value::Texts(texts) => Self::Texts(texts.into()),
        }
    }

    fn text(field: &Field, text: &str) -> Self {
        let names = if let Type::Choice(choice) = field.ty { choice.names } else { &[] };
        let name = names.iter().find(|name| **name == text);
        name.map_or_else(|| Self::Text(text.into()), |name| Self::Name(name))
    }

    /// The value that Python sees: made when it is asked for, so that a result costs no more than what is looked at.
    fn to_py<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(match self {
            Self::Null => py.None().into_bound(py),
            Self::Id(id) => id.into_pyobject(py)?,
            Self::Integer(number) => number.into_pyobject(py)?.into_any(),
            Self::Amount(amount) => amount.to_py(py)?,
            Self::Flag(flag) => flag.into_pyobject(py)?.to_owned().into_any(),
            Self::Text(text) => PyString::new(py, text).into_any(),
            Self::Name(name) => PyString::intern(py, name).into_any(),
            Self::Date(date) => date.naive().into_pyobject(py)?.into_any(),
            Self::Time(time) => time.datetime().into_pyobject(py)?.into_any(),
            Self::Texts(texts) => PyTuple::new(py, texts)?.into_any(),
            Self::Record(row) => row.instance(py)?.into_bound(py),
            Self::List(list) => list.tuple(py)?.clone().into_any(),
        })
    }

    /// The same, of built-in types down to the last.
    fn to_plain<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Texts(texts) => Ok(PyList::new(py, texts)?.into_any()),
            Self::Record(row) => row.dict(py).map(Bound::into_any),
            Self::List(list) => {
                let rows = list.rows.iter().map(|row| row.dict(py)).collect::<PyResult<Vec<_>>>()?;
                Ok(PyList::new(py, rows)?.into_any())
            }
            _ => self.to_py(py),
        }
    }

    /// Reads what [`to_py`](Self::to_py) made.
    fn from_py(field: &Field, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        if value.is_none() {
            return Ok(Self::Null);
        }
        Ok(match field.ty {
            Type::Id => Self::Id(value.extract()?),
            Type::Integer => Self::Integer(value.extract()?),
            Type::Money(_) => Self::Amount(Amount::from_py(value)?),
            Type::Flag => Self::Flag(value.extract()?),
            Type::Text(_) | Type::Choice(_) | Type::Hash => Self::text(field, value.extract()?),
            Type::Date => Self::Date(date(value)?),
            Type::Time => Self::Time(Timestamp::from_datetime(value.extract()?)),
            Type::Texts => Self::Texts(value.extract::<Vec<_>>()?.into()),
            Type::Record(description) => Self::Record(class::row(class::shape(description), value)?),
            Type::List(description, _) => {
                let shape = class::shape(description);
                let rows = value.try_iter()?.map(|row| class::row(shape, &row?));
                Self::List(List::new(rows.collect::<PyResult<_>>()?))
            }
            Type::Flatten(_) => return Err(PyTypeError::new_err("a field that holds nothing itself")),
        })
    }
}

fn date(value: &Bound<'_, PyAny>) -> PyResult<Date> {
    Date::from_naive(value.extract()?).map_err(|violation| PyValueError::new_err(violation.message))
}

/// Records in a record. Python sees a tuple, which is made once.
struct List {
    rows: Vec<Row>,
    tuple: PyOnceLock<Py<PyTuple>>,
}

impl List {
    fn new(rows: Vec<Row>) -> Self {
        Self { rows, tuple: PyOnceLock::new() }
    }

    fn tuple<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyTuple>> {
        let made = self.tuple.get_or_try_init(py, || {
            let rows = self.rows.iter().map(|row| row.instance(py)).collect::<PyResult<Vec<_>>>()?;
            PyTuple::new(py, rows).map(Bound::unbind)
        });
        made.map(|tuple| tuple.bind(py))
    }
}

impl PartialEq for List {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}

impl Eq for List {}

impl Hash for List {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rows.hash(state);
    }
}

/// Reads the fields of a record that Python sees.
struct Reader {
    cells: Vec<Cell>,
    currency: Currency,
}

/// Whether Python sees a field.
pub(super) fn is_shown(field: &Field) -> bool {
    field.visibility != Visibility::Internal
}

impl Reader {
    fn push(&mut self, field: &Field, cell: impl FnOnce() -> Cell) -> Result<(), Infallible> {
        if is_shown(field) {
            self.cells.push(cell());
        }
        Ok(())
    }
}

impl Visitor<'_> for Reader {
    type Error = Infallible;

    fn value(&mut self, field: &'static Field, value: Value<'_>) -> Result<(), Infallible> {
        let currency = self.currency;
        self.push(field, || Cell::new(field, value, currency))
    }

    fn record<R: Record>(&mut self, field: &'static Field, record: Option<&R>) -> Result<(), Infallible> {
        let currency = self.currency;
        self.push(field, || record.map_or(Cell::Null, |record| Cell::Record(Row::new(record, currency))))
    }

    fn list<R: Record>(&mut self, field: &'static Field, rows: &[R]) -> Result<(), Infallible> {
        let currency = self.currency;
        self.push(field, || Cell::List(List::new(rows.iter().map(|row| Row::new(row, currency)).collect())))
    }
}
