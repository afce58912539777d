//! What is read from a request.

use crate::calendar::Date;
use crate::error::{Error, FieldError, Violation};
use crate::form::{self, Form, Raw};
use crate::money::{Currency, Money};
use crate::record::{Range, Type, Typed};

/// What is read from a request: all of its violations at once, the same whether it is read or made by hand.
pub trait Input: Sized {
    /// The fields, in order.
    const DESCRIPTION: &'static InputDescription;

    /// Reads it from a form, and notes every violation there. `None` if a field is missing or can't be read.
    fn read(form: &mut Form, currency: Currency) -> Option<Self>;

    /// Every rule that a value made by hand breaks.
    fn violations(&self, currency: Currency) -> Vec<FieldError>;

    /// Reads it from a form, whose amounts are in that currency. Fields that nothing reads are violations too.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every violation.
    fn from_form(mut form: Form, currency: Currency) -> Result<Self, Error> {
        let value = Self::read(&mut form, currency);
        form.finish(value)
    }

    /// Checks a value that was made by hand.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every violation.
    fn check(&self, currency: Currency) -> Result<(), Error> {
        let violations = self.violations(currency);
        if violations.is_empty() { Ok(()) } else { Err(Error::Invalid(violations)) }
    }
}

/// A part of an input that takes several fields of the form.
pub trait InputPart: Sized {
    /// Those fields.
    const FIELDS: &'static [InputField];

    /// Reads it from a form, and notes every violation there.
    fn read(form: &mut Form, currency: Currency) -> Option<Self>;

    /// Every rule that a value made by hand breaks.
    fn violations(&self, currency: Currency) -> Vec<FieldError>;
}

impl<T: Input> InputPart for T {
    const FIELDS: &'static [InputField] = T::DESCRIPTION.fields;

    fn read(form: &mut Form, currency: Currency) -> Option<Self> {
        T::read(form, currency)
    }

    fn violations(&self, currency: Currency) -> Vec<FieldError> {
        T::violations(self, currency)
    }
}

/// An input's name, documentation and fields.
#[derive(Debug)]
pub struct InputDescription {
    /// Name of the type, in documentation and schemas.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Its fields. One of [`InputType::Flatten`] stands for several.
    pub fields: &'static [InputField],
}

impl InputDescription {
    /// Every field, those of parts in their places.
    #[must_use]
    pub fn all_fields(&self) -> Vec<&'static InputField> {
        let fields = self.fields.iter().flat_map(|field| match field.ty {
            InputType::Flatten(fields) => fields.iter().collect(),
            _ => vec![field],
        });
        fields.collect()
    }
}

/// A field of an input.
#[derive(Debug)]
pub struct InputField {
    /// Name on the wire, in camel case. It never changes.
    pub name: &'static str,
    /// What it takes.
    pub ty: InputType,
    /// Whether it must be there.
    pub required: bool,
    /// Whether it may be `null`.
    pub nullable: bool,
    /// What it means.
    pub doc: &'static str,
}

/// What a field of an input takes.
#[derive(Debug, Clone, Copy)]
pub enum InputType {
    /// A single value.
    Value(Type),
    /// Inputs, at most so many.
    List(&'static InputDescription, usize),
    /// These fields, in the place of this one.
    Flatten(&'static [InputField]),
}

/// A type of single values that requests can have.
pub trait FormType: Typed + Sized {
    /// Reads a raw value, an amount in that currency.
    ///
    /// # Errors
    /// The rule that it breaks.
    fn from_raw(raw: &Raw, currency: Currency) -> Result<Self, Violation>;

    /// The rule that a value of this type breaks in a field of that type.
    fn violation(&self, _ty: Type) -> Option<Violation> {
        None
    }
}

/// Reads a value of a field of that type.
///
/// # Errors
/// The rule that it breaks.
pub fn read<T: FormType>(raw: &Raw, currency: Currency, ty: Type) -> Result<T, Violation> {
    let value = T::from_raw(raw, currency)?;
    value.violation(ty).map_or(Ok(value), Err)
}

/// The rule that a value breaks in a field of that type.
pub fn check<T: FormType>(value: &T, ty: Type) -> Option<Violation> {
    value.violation(ty)
}

/// The rules that a list breaks, and its rows.
pub fn violations_of_list<T: Input>(
    rows: &[T],
    name: &str,
    most: usize,
    currency: Currency,
) -> Vec<FieldError> {
    let too_many = (rows.len() > most).then(|| form::too_many_rows(most).at(name));
    let within = rows.iter().enumerate().flat_map(|(at, row)| {
        let row = row.violations(currency).into_iter();
        row.map(move |found| FieldError { field: format!("{name}/{at}/{}", found.field), ..found })
    });
    too_many.into_iter().chain(within).collect()
}

/// Makes a value of whatever parses as one: a text, or the value itself.
///
/// # Errors
/// [`Error::Invalid`] on that field.
pub fn parse<T, U>(value: U, name: &str) -> Result<T, Error>
where
    U: TryInto<T>,
    U::Error: Into<Violation>,
{
    value.try_into().map_err(|violation| Error::Invalid(vec![violation.into().at(name)]))
}

impl<T: FormType> FormType for Option<T> {
    fn from_raw(raw: &Raw, currency: Currency) -> Result<Self, Violation> {
        T::from_raw(raw, currency).map(Some)
    }

    fn violation(&self, ty: Type) -> Option<Violation> {
        self.as_ref()?.violation(ty)
    }
}

impl FormType for Date {
    fn from_raw(raw: &Raw, _: Currency) -> Result<Self, Violation> {
        form::date(raw)
    }
}

impl FormType for Money {
    fn from_raw(raw: &Raw, currency: Currency) -> Result<Self, Violation> {
        form::amount(currency)(raw)
    }

    fn violation(&self, ty: Type) -> Option<Violation> {
        let out_of_range = match ty {
            Type::Money(Range::ZeroOrMore) => form::at_least_zero(*self),
            Type::Money(Range::Positive) => form::above_zero(*self),
            _ => None,
        };
        out_of_range.or_else(|| form::too_large(*self))
    }
}
