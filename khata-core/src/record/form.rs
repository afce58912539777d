//! Reading untyped input (a JSON body, a query, keyword arguments) into valid types, with all its faults at once.
//!
//! A door turns what it received into a [`Form`]; each noun reads itself out of one (`NewCustomer::from_form`).
//! So the rules and the words of a refusal are the same through every door.

use std::collections::BTreeMap;

use crate::calendar::Date;
use crate::error::{Error, FieldError, Violation};
use crate::money::{Currency, Money};

/// A value as it came, its numbers still text so that no binary float comes in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raw {
    /// Nothing, said explicitly.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number, as it was written.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Raw>),
    /// Named values; the names are distinct.
    Object(BTreeMap<String, Raw>),
}

/// What a partial update does to an optional field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// Leaves it as it is.
    #[default]
    Keep,
    /// Empties it.
    Clear,
    /// Sets it.
    Set(T),
}

impl<T> Patch<T> {
    /// What it sets, if it sets something.
    pub fn set(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }

    /// The field after the update.
    pub fn apply(self, field: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *field = None,
            Self::Set(value) => *field = Some(value),
        }
    }
}

/// Named raw values that are taken out one by one; what is left over at the end is unknown, which is a fault, since
/// a typo must not lose data.
#[derive(Debug)]
pub struct Form {
    fields: BTreeMap<String, Raw>,
    prefix: String,
    faults: Vec<FieldError>,
}

impl Form {
    /// A form of these fields.
    #[must_use]
    pub fn new(fields: BTreeMap<String, Raw>) -> Self {
        Self { fields, prefix: String::new(), faults: Vec::new() }
    }

    /// Takes a field that must be there. `None` if it was faulty; the fault is then noted.
    pub fn required<T>(&mut self, name: &str, read: impl FnOnce(&Raw) -> Result<T, Violation>) -> Option<T> {
        match self.fields.remove(name) {
            None | Some(Raw::Null) => {
                self.fault(name, missing());
                None
            }
            Some(raw) => self.read(name, &raw, read),
        }
    }

    /// Takes a field that may be absent or null. The outer `None` means that it was faulty.
    pub fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Raw) -> Result<T, Violation>,
    ) -> Option<Option<T>> {
        match self.fields.remove(name) {
            None | Some(Raw::Null) => Some(None),
            Some(raw) => self.read(name, &raw, read).map(Some),
        }
    }

    /// Takes a field of a partial update that can be set but not cleared. The outer `None` means that it was faulty.
    pub fn settable<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Raw) -> Result<T, Violation>,
    ) -> Option<Option<T>> {
        match self.fields.remove(name) {
            None => Some(None),
            Some(Raw::Null) => {
                self.fault(name, Violation::new("required", "can't be cleared"));
                None
            }
            Some(raw) => self.read(name, &raw, read).map(Some),
        }
    }

    /// Takes a field of a partial update that can be set and cleared. `None` means that it was faulty.
    pub fn patch<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&Raw) -> Result<T, Violation>,
    ) -> Option<Patch<T>> {
        match self.fields.remove(name) {
            None => Some(Patch::Keep),
            Some(Raw::Null) => Some(Patch::Clear),
            Some(raw) => self.read(name, &raw, read).map(Patch::Set),
        }
    }

    /// Takes a list of at most `most` objects, each read as a form of its own; absent, null and `[]` are alike.
    /// `None` means that there was a fault in it.
    pub fn list<T>(
        &mut self,
        name: &str,
        most: usize,
        mut read: impl FnMut(&mut Form) -> Option<T>,
    ) -> Option<Vec<T>> {
        let rows = match self.fields.remove(name) {
            None | Some(Raw::Null) => return Some(Vec::new()),
            Some(Raw::List(rows)) => rows,
            Some(_) => {
                self.fault(name, wrong_type("a list"));
                return None;
            }
        };
        if rows.len() > most {
            self.fault(name, too_many_rows(most));
            return None;
        }
        let rows: Vec<_> = rows
            .into_iter()
            .enumerate()
            .map(|(at, row)| self.row(format!("{}{name}/{at}", self.prefix), row, &mut read))
            .collect();
        rows.into_iter().collect()
    }

    /// Notes a fault of a field, or between fields.
    pub fn fault(&mut self, name: &str, fault: Violation) {
        self.faults.push(fault.at(format!("{}{name}", self.prefix)));
    }

    /// Notes the fault of a rule between fields, if there is one.
    pub fn check(&mut self, rule: Option<FieldError>) {
        let prefixed =
            rule.map(|fault| FieldError { field: format!("{}{}", self.prefix, fault.field), ..fault });
        self.faults.extend(prefixed);
    }

    /// The result, or every fault found, fields that nobody took included.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there was any fault.
    ///
    /// # Panics
    /// If `value` is `None` although no fault was noted.
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, Error> {
        self.refuse_leftovers();
        if self.faults.is_empty() {
            Ok(value.expect("a value is missing only where a fault was noted"))
        } else {
            Err(Error::Invalid(self.faults))
        }
    }

    fn read<T>(
        &mut self,
        name: &str,
        raw: &Raw,
        read: impl FnOnce(&Raw) -> Result<T, Violation>,
    ) -> Option<T> {
        read(raw).map_err(|fault| self.fault(name, fault)).ok()
    }

    fn row<T>(&mut self, path: String, row: Raw, read: impl FnOnce(&mut Form) -> Option<T>) -> Option<T> {
        let Raw::Object(fields) = row else {
            self.faults.push(wrong_type("an object").at(path));
            return None;
        };
        let mut form = Form { fields, prefix: format!("{path}/"), faults: Vec::new() };
        let value = read(&mut form);
        form.refuse_leftovers();
        let sound = form.faults.is_empty();
        self.faults.append(&mut form.faults);
        value.filter(|_| sound)
    }

    fn refuse_leftovers(&mut self) {
        for name in std::mem::take(&mut self.fields).into_keys() {
            // As RFC 6901 section 3 has it: all other names are without these two.
            let name = name.replace('~', "~0").replace('/', "~1");
            self.fault(&name, Violation::new("unknown_field", "is not known in this request"));
        }
    }
}

/// The fault of a value of another type than it should be.
#[must_use]
pub fn wrong_type(wanted: &str) -> Violation {
    Violation::new("wrong_type", format!("must be {wanted}"))
}

/// The fault of a value that isn't there and must be.
#[must_use]
pub fn missing() -> Violation {
    Violation::new("missing", "is required")
}

/// The fault of a list that is longer than it may be.
#[must_use]
pub fn too_many_rows(most: usize) -> Violation {
    Violation::new("too_long", format!("must have at most {most} rows"))
}

/// The fault of a name that is none of these.
#[must_use]
pub fn no_choice(code: &'static str, names: &[&str]) -> Violation {
    let (last, others) = names.split_last().expect("there is something to choose");
    Violation::new(code, format!("must be {} or {last}", others.join(", ")))
}

/// Success if no rule was broken.
///
/// # Errors
/// [`Error::Invalid`] with every fault.
pub fn sound(rules: impl IntoIterator<Item = Option<FieldError>>) -> Result<(), Error> {
    let faults: Vec<_> = rules.into_iter().flatten().collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// Reads a text with `parse`.
pub fn text<T>(
    parse: impl FnOnce(&str) -> Result<T, Violation>,
) -> impl FnOnce(&Raw) -> Result<T, Violation> {
    move |raw| match raw {
        Raw::Text(text) => parse(text),
        _ => Err(wrong_type("a text")),
    }
}

/// Reads a date, as `YYYY-MM-DD` or `DD/MM/YYYY`.
///
/// # Errors
/// As [`Date::parse`], or `wrong_type`.
pub fn date(raw: &Raw) -> Result<Date, Violation> {
    text(Date::parse)(raw)
}

/// Reads an amount of either sign: a number, or a text of digits.
pub fn amount(currency: Currency) -> impl Fn(&Raw) -> Result<Money, Violation> {
    move |raw| match raw {
        Raw::Number(number) => currency.parse_amount(number),
        Raw::Text(text) => currency.parse_plain(text),
        _ => Err(wrong_type("a number")),
    }
}

/// The rule that an amount be zero or more.
#[must_use]
pub fn at_least_zero(money: Money) -> Option<Violation> {
    money.is_negative().then(|| Violation::new("negative", "must not be negative"))
}

/// The rule that an amount be above zero.
#[must_use]
pub fn above_zero(money: Money) -> Option<Violation> {
    (!money.is_positive()).then(|| Violation::new("not_positive", "must be above zero"))
}

/// The rule that an amount on a document be within ±[`Money::DOCUMENT_MAX`].
#[must_use]
pub fn too_large(money: Money) -> Option<Violation> {
    let most = Money::DOCUMENT_MAX.minor().unsigned_abs();
    (money.minor().unsigned_abs() > most).then(|| Violation::new("too_large", "is too large"))
}
