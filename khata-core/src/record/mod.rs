//! Records and inputs, each described once.
//!
//! A [`Record`] is what is stored and shown: a customer, an entry, a line of a report. An [`Input`] is what is read
//! from a request. `#[derive(Record)]` and `#[derive(Input)]` describe their fields by the struct itself: the name on
//! the wire, the type, whether the field may be absent, its documentation. Whoever needs the fields (the stores, the
//! HTTP API and its OpenAPI document, exports, the Python package and its stubs) walks that [`Description`] or visits
//! a value with a [`Visitor`], and lists nothing again.
//!
//! To add a field, add it to the struct; to add a type of field, implement [`FieldType`] for it, and [`FormType`] if
//! requests have it.

mod field;
pub mod form;
mod input;
pub mod json;
mod types;

pub use field::{Choice, Field, FieldType, Range, TextFormat, Type, Typed, Unreadable, Value, Visibility};
pub use input::{
    FormType, Input, InputDescription, InputField, InputPart, InputType, check, parse, read,
    violations_of_list,
};
pub use khata_derive::{Input, Record};
pub(crate) use types::choice;

/// What is stored and shown, with named and typed fields.
pub trait Record {
    /// The fields, in order.
    const DESCRIPTION: &'static Description;

    /// Shows each field to the visitor, in the order of the description.
    ///
    /// # Errors
    /// The visitor's first error, which ends the visit.
    fn visit<'r, V: Visitor<'r>>(&'r self, visitor: &mut V) -> Result<(), V::Error>;
}

/// A record that stores keep.
pub trait Stored: Record + Sized {
    /// The name of its table or collection.
    const TABLE: &'static str;

    /// Reads a record, field by field in the order of the description.
    ///
    /// # Errors
    /// The source's first error.
    fn build<S: Source>(source: &mut S) -> Result<Self, S::Error>;
}

/// A record's name, documentation and fields.
#[derive(Debug)]
pub struct Description {
    /// Name of the type, in documentation and schemas.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Its fields. One of [`Type::Flatten`] stands for the fields of another record.
    pub fields: &'static [Field],
}

impl Description {
    /// Calls `each` with every field, those of flattened records in their places.
    pub fn for_each(&self, each: &mut impl FnMut(&'static Field)) {
        for field in self.fields {
            match field.ty {
                Type::Flatten(within) => within.for_each(each),
                _ => each(field),
            }
        }
    }

    /// Every field, those of flattened records in their places.
    #[must_use]
    pub fn all_fields(&self) -> Vec<&'static Field> {
        let mut fields = Vec::new();
        self.for_each(&mut |field| fields.push(field));
        fields
    }
}

/// Sees the fields of a record, which it may borrow for `'r`.
pub trait Visitor<'r> {
    /// Why a visit ends early.
    type Error;

    /// A single value.
    ///
    /// # Errors
    /// Ends the visit.
    fn value(&mut self, field: &'static Field, value: Value<'r>) -> Result<(), Self::Error>;

    /// A record within the record; `None` if there is none.
    ///
    /// # Errors
    /// Ends the visit.
    fn record<R: Record>(&mut self, field: &'static Field, record: Option<&'r R>) -> Result<(), Self::Error>;

    /// A list of records.
    ///
    /// # Errors
    /// Ends the visit.
    fn list<R: Record>(&mut self, field: &'static Field, rows: &'r [R]) -> Result<(), Self::Error>;
}

/// Yields the fields of a record that is being read.
pub trait Source {
    /// Why a record can't be read.
    type Error;

    /// The value of a field.
    ///
    /// # Errors
    /// If it isn't there, or can't be read.
    fn value<T: FieldType>(&mut self, field: &'static Field) -> Result<T, Self::Error>;

    /// The rows of a list; none if the source keeps them elsewhere.
    ///
    /// # Errors
    /// If they can't be read.
    fn list<R: Stored>(&mut self, field: &'static Field) -> Result<Vec<R>, Self::Error>;
}
