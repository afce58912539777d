//! What a field is, and the values that it can have.

use std::fmt;

use uuid::Uuid;

use super::Description;
use crate::calendar::{Date, Timestamp};
use crate::error::Violation;
use crate::money::Money;

/// A field of a record.
#[derive(Debug)]
pub struct Field {
    /// Name on the wire, in camel case: in JSON, CSV and exports. It never changes.
    pub name: &'static str,
    /// Name in stores and in Python, in snake case.
    pub column: &'static str,
    /// What it holds.
    pub ty: Type,
    /// Whether it may hold nothing.
    pub optional: bool,
    /// What it means.
    pub doc: &'static str,
    /// Who sees it.
    pub visibility: Visibility,
    /// Whether it follows from the rest of the book, so that an export leaves it out.
    pub derived: bool,
}

/// Who sees a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Programs that embed the library, in Rust or Python. The HTTP API says it otherwise (an `ETag`).
    Programs,
    /// Stores, and programs in Rust.
    Internal,
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub enum Type {
    /// A UUID.
    Id,
    /// A whole number, from 0.
    Integer,
    /// An amount in minor units of the shop's currency.
    Money(Range),
    /// Yes or no.
    Flag,
    /// A text of that format.
    Text(&'static TextFormat),
    /// One of some names.
    Choice(&'static Choice),
    /// A day of the calendar.
    Date,
    /// A moment, in whole milliseconds.
    Time,
    /// A SHA-256.
    Hash,
    /// Texts for people.
    Texts,
    /// Another record.
    Record(&'static Description),
    /// Records, at most so many.
    List(&'static Description, usize),
    /// The fields of another record, in the place of this one.
    Flatten(&'static Description),
}

/// Which amounts are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// Any, of either sign.
    Any,
    /// Zero and above.
    ZeroOrMore,
    /// Above zero.
    Positive,
}

/// The format of a text, as schemas and documentation tell it.
#[derive(Debug)]
pub struct TextFormat {
    /// Name of the type.
    pub name: &'static str,
    /// What the text is.
    pub doc: &'static str,
    /// One that is right.
    pub example: &'static str,
    /// Minimum number of characters.
    pub characters_min: Option<usize>,
    /// Maximum number of characters.
    pub characters_max: Option<usize>,
    /// A regular expression that it matches in answers.
    pub pattern: Option<&'static str>,
    /// How requests may write it, if in more ways than answers show it.
    pub request: Option<&'static TextFormat>,
    /// Whether it is not to be shown while it is typed.
    pub secret: bool,
}

impl TextFormat {
    /// A text of which no more is said.
    #[must_use]
    pub const fn new(name: &'static str, doc: &'static str, example: &'static str) -> Self {
        Self {
            name,
            doc,
            example,
            characters_min: None,
            characters_max: None,
            pattern: None,
            request: None,
            secret: false,
        }
    }

    /// Returns the format that requests may have.
    #[must_use]
    pub fn in_requests(&self) -> &Self {
        self.request.unwrap_or(self)
    }
}

/// An enumeration by stable names.
#[derive(Debug)]
pub struct Choice {
    /// Name of the type.
    pub name: &'static str,
    /// What it tells apart.
    pub doc: &'static str,
    /// The names.
    pub names: &'static [&'static str],
}

/// The value of a field, borrowed from its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// Of [`Type::Id`].
    Id(Uuid),
    /// Of [`Type::Integer`].
    Integer(u64),
    /// Of [`Type::Money`].
    Money(Money),
    /// Of [`Type::Flag`].
    Flag(bool),
    /// Of [`Type::Text`] and [`Type::Choice`].
    Text(&'a str),
    /// Of [`Type::Date`].
    Date(Date),
    /// Of [`Type::Time`].
    Time(Timestamp),
    /// Of [`Type::Hash`].
    Hash(&'a [u8; 32]),
    /// Of [`Type::Texts`]; a store may give back the [text](Self::Text) of a JSON array instead.
    Texts(&'a [String]),
}

/// A type of single values.
pub trait Typed {
    /// What it holds.
    const TYPE: Type;
}

/// A type of single values that the fields of records can have.
pub trait FieldType: Typed + Sized {
    /// The value, as stores keep it and doors show it.
    fn value(&self) -> Value<'_>;

    /// Reads what [`value`](Self::value) showed, with the checks of input from outside: a value from a store is valid
    /// by construction too.
    ///
    /// # Errors
    /// [`Unreadable`] if it is of another type, or breaks a rule.
    fn from_value(value: Value<'_>) -> Result<Self, Unreadable>;
}

/// Why a stored value can't be read.
#[derive(Debug)]
pub struct Unreadable(Box<dyn std::error::Error + Send + Sync>);

impl Unreadable {
    /// A value of another type than its field has.
    #[must_use]
    pub fn wrong_type() -> Self {
        Self("a value of another type".into())
    }

    /// A value that breaks a rule.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Unreadable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl From<Violation> for Unreadable {
    fn from(violation: Violation) -> Self {
        Self::new(violation)
    }
}

impl<T: Typed> Typed for Option<T> {
    const TYPE: Type = T::TYPE;
}

impl<T: FieldType> FieldType for Option<T> {
    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, T::value)
    }

    fn from_value(value: Value<'_>) -> Result<Self, Unreadable> {
        match value {
            Value::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}
