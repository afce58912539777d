//! The classes of records: which there are, and what they have in common.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use khata_core::record::{Description, Field, Type};
use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use super::CLASSES;
use super::own::Token;
use super::row::{Row, is_shown};
use crate::names;

/// A class of Python's.
pub(crate) struct Class {
    /// Its name.
    pub(super) name: &'static str,
    /// What its instances are made of.
    pub(super) description: &'static Description,
    pub(super) type_object: fn(Python<'_>) -> PyResult<Bound<'_, PyType>>,
    pub(super) instance: fn(Python<'_>, Row) -> PyResult<Py<PyAny>>,
}

/// A class, with the attributes of its instances.
pub(super) struct Shape {
    pub(super) class: &'static Class,
    pub(super) attributes: Vec<Attribute>,
}

/// An attribute of a record.
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) field: &'static Field,
}

impl Attribute {
    /// Whether `repr` hides it.
    pub(super) fn is_secret(&self) -> bool {
        matches!(self.field.ty, Type::Text(format) if format.name == Token::FORMAT.name)
    }

    /// What a column of a table of such attributes holds.
    fn column(&self) -> &'static str {
        match self.field.ty {
            Type::Id => "uuid",
            Type::Integer => "int",
            Type::Money(_) => "decimal",
            Type::Flag => "bool",
            Type::Text(_) | Type::Choice(_) | Type::Hash => "str",
            Type::Date => "date",
            Type::Time => "datetime",
            Type::Record(_) | Type::Flatten(_) => "record",
            Type::Texts | Type::List(..) => "tuple",
        }
    }
}

// There is one shape for each class.
impl PartialEq for Shape {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Shape {}

impl Hash for Shape {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.class.name.hash(state);
    }
}

/// The shapes, by the names of their descriptions.
static SHAPES: LazyLock<HashMap<&'static str, Shape>> = LazyLock::new(|| {
    let shape = |class: &'static Class| {
        let fields = class.description.all_fields().into_iter().filter(|field| is_shown(field));
        let attributes = fields.map(|field| Attribute { name: names::place(field.name), field });
        (class.description.name, Shape { class, attributes: attributes.collect() })
    };
    CLASSES.iter().map(shape).collect()
});

/// The shape of the records of a description.
pub(super) fn shape(description: &Description) -> &'static Shape {
    SHAPES.get(description.name).expect("every record that can be reached has a class")
}

/// Every shape, in the order of the classes.
pub(super) fn shapes() -> impl Iterator<Item = &'static Shape> {
    CLASSES.iter().map(|class| shape(class.description))
}

/// The name of the class of records of that description.
pub(crate) fn class_name(description: &Description) -> &'static str {
    shape(description).class.name
}

/// Name, documentation and fields of every class.
pub(crate) fn classes() -> impl Iterator<Item = (&'static str, &'static str, Vec<&'static Field>)> {
    shapes().map(|shape| {
        let fields = shape.attributes.iter().map(|attribute| attribute.field);
        (shape.class.name, shape.class.description.doc, fields.collect())
    })
}

/// The fields of an instance, or of a tuple of its values.
pub(super) fn row(shape: &'static Shape, instance: &Bound<'_, PyAny>) -> PyResult<Row> {
    match instance.cast::<Record>() {
        Ok(record) if record.get().0.shape() == shape => Ok(record.get().0.clone()),
        Ok(_) => Err(PyTypeError::new_err(format!("not a {}", shape.class.name))),
        Err(_) => Row::from_values(shape, &instance.extract::<Vec<_>>()?),
    }
}

/// What makes a record again where it is unpickled, and its arguments.
type Reduced<'py> = (Bound<'py, PyAny>, (Vec<Bound<'py, PyAny>>,));

/// A result: immutable, hashable, equal to another with the same fields; it can be pickled.
#[pyclass(frozen, subclass, module = "khata._khata", name = "_Record")]
pub(crate) struct Record(pub(super) Row);

#[pymethods]
impl Record {
    /// Its fields as a dict, of built-in types down to the last.
    fn asdict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.0.dict(py)
    }

    /// Makes one of its fields, in order.
    #[classmethod]
    fn _make(cls: &Bound<'_, PyType>, fields: Vec<Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        let name: String = cls.name()?.extract()?;
        let shape = shapes().find(|shape| shape.class.name == name);
        let shape = shape.ok_or_else(|| PyTypeError::new_err("not a class of records"))?;
        Row::from_values(shape, &fields)?.instance(cls.py())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Reduced<'py>> {
        Ok((slf.get_type().getattr("_make")?, (slf.get().0.values(slf.py())?,)))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.0.repr(py)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| other.get().0 == self.0)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        hasher.finish()
    }
}

/// Describes an attribute to Python, and reads it.
#[pyclass(frozen, module = "khata._khata", name = "_Attribute")]
struct Descriptor {
    shape: &'static Shape,
    at: usize,
    #[pyo3(get, name = "__name__")]
    name: &'static str,
    #[pyo3(get, name = "__doc__")]
    doc: String,
}

#[pymethods]
impl Descriptor {
    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        instance: Option<&Bound<'py, PyAny>>,
        _class: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some(instance) = instance else { return Ok(slf.clone().into_any()) };
        let Self { shape, at, name, .. } = slf.get();
        match instance.cast::<Record>() {
            Ok(record) if record.get().0.shape() == *shape => record.get().0.get(slf.py(), *at),
            _ => Err(PyTypeError::new_err(format!("`{name}` is an attribute of {}", shape.class.name))),
        }
    }

    fn __set__(&self, _instance: &Bound<'_, PyAny>, _value: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(PyAttributeError::new_err(format!("`{}` can't be set: results never change", self.name)))
    }
}

/// Adds the classes to the module, with their documentation and attributes.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    for shape in shapes() {
        let class = (shape.class.type_object)(py)?;
        if !class.is_subclass_of::<Record>()? {
            continue;
        }
        class.setattr("__doc__", names::doc(shape.class.description.doc))?;
        for (at, Attribute { name, field }) in shape.attributes.iter().enumerate() {
            class.setattr(name, Descriptor { shape, at, name, doc: names::doc(field.doc) })?;
        }
        let columns: Vec<_> =
            shape.attributes.iter().map(|attribute| (&attribute.name, attribute.column())).collect();
        class.setattr("_columns", columns)?;
        module.add(shape.class.name, class)?;
    }
    Ok(())
}
