//! Numbering of a shop's own: what its automatic numbers look like, and where they go on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calendar::FinancialYear;
use crate::error::{Error, FieldError, Violation};
use crate::form;
use crate::money::Currency;
use crate::number::{DocumentKind, DocumentNumber, NumberKey, Series};
use crate::owner::Owner;
use crate::record::{self, FieldType, Input, Record, TextFormat, Type, Typed, Unreadable, Value};

/// Numbering of a series that the shop has set: a prefix, and a position with leading zeros up to a width.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbering {
    prefix: String,
    width: usize,
    /// Position of the first number that is assigned.
    first: u64,
}

impl Numbering {
    /// Creates the numbering that goes on with a number: its last digits are the position.
    ///
    /// # Errors
    /// `no_position` if it doesn't end with digits, or these are zero.
    pub fn from_next(number: &DocumentNumber) -> Result<Self, Violation> {
        let text = number.as_str();
        let prefix = text.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = &text[prefix.len()..];
        // At most 16 digits, so that only a text without any is no number.
        let first = digits.parse().ok().filter(|first| *first > 0);
        let first =
            first.ok_or_else(|| Violation::new("no_position", "must end with a number above zero"))?;
        Ok(Self { prefix: prefix.to_owned(), width: digits.len(), first })
    }

    /// Creates the numbering that goes on after a number.
    ///
    /// # Errors
    /// `no_position` if it doesn't end with digits, `series_exhausted` if no number can follow it.
    pub fn after(number: &DocumentNumber) -> Result<Self, Violation> {
        let no_position = || Violation::new("no_position", "must end with digits");
        let prefix = number.as_str().trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
        let digits = &number.as_str()[prefix.len()..];
        let last: u64 = digits.parse().map_err(|_| no_position())?;
        let numbering = Self { prefix, width: digits.len(), first: last + 1 };
        match numbering.number(numbering.first) {
            Some(_) => Ok(numbering),
            None => Err(Violation::new("series_exhausted", "is the last number of its length")),
        }
    }

    /// Returns the number at a position, or `None` if it would be too long.
    #[must_use]
    pub fn number(&self, position: u64) -> Option<DocumentNumber> {
        let Self { prefix, width, .. } = self;
        DocumentNumber::parse(&format!("{prefix}{position:0width$}")).ok()
    }

    /// Returns the position of a number, compared without case, or `None` if it is not one of the numbering.
    #[must_use]
    pub fn position(&self, number: &DocumentNumber) -> Option<u64> {
        let digits = number.as_str().get(self.prefix.len()..)?;
        let position = Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        let position = position.parse().ok()?;
        let same = self.number(position)?;
        same.as_str().eq_ignore_ascii_case(number.as_str()).then_some(position)
    }

    /// Returns the position of the first number that is assigned.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.first
    }

    /// Returns what the numbers of a series look like.
    #[must_use]
    pub fn pattern(&self, series: Series) -> NumberPattern {
        NumberPattern { series, prefix: self.prefix.to_ascii_uppercase(), width: self.width as u64 }
    }
}

/// What the numbers of a [`Numbering`] look like in a series, without case: the prefix, and digits, as many as the width, or
/// more of which the first is not zero.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Record)]
#[record(internal, table = "documents")]
pub struct NumberPattern {
    /// The series.
    #[field(flatten)]
    pub series: Series,
    /// Prefix in upper case.
    pub prefix: String,
    /// Minimum number of digits, above zero.
    pub width: u64,
}

impl NumberPattern {
    /// Returns whether it is the pattern of a number, given in upper case.
    #[must_use]
    pub fn fits(&self, number: &str) -> bool {
        let digits = number.strip_prefix(&*self.prefix).unwrap_or_default();
        let width = usize::try_from(self.width).unwrap_or(usize::MAX);
        let long_enough = digits.len() == width || (digits.len() > width && !digits.starts_with('0'));
        long_enough && digits.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// The numberings that a shop has set, by series.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Numberings {
    by_series: BTreeMap<Series, Numbering>,
    /// Its JSON, as stores keep it.
    json: String,
}

/// An object of document kinds, each an object of the start years of financial years.
type Written = BTreeMap<DocumentKind, BTreeMap<u16, Numbering>>;

impl Numberings {
    /// Returns the numbering of a series, if the shop has set one.
    #[must_use]
    pub fn get(&self, series: Series) -> Option<&Numbering> {
        self.by_series.get(&series)
    }

    /// Returns the numberings by series.
    pub fn iter(&self) -> impl Iterator<Item = (Series, &Numbering)> {
        self.by_series.iter().map(|(series, numbering)| (*series, numbering))
    }

    /// Returns them with another numbering of a series.
    #[must_use]
    pub fn with(&self, series: Series, numbering: Numbering) -> Self {
        let mut by_series = self.by_series.clone();
        by_series.insert(series, numbering);
        Self::new(by_series)
    }

    fn new(by_series: BTreeMap<Series, Numbering>) -> Self {
        let mut written = Written::new();
        for (Series { kind, year }, numbering) in &by_series {
            written.entry(*kind).or_default().insert(year.start_year(), numbering.clone());
        }
        let json = serde_json::to_string(&written).expect("texts and numbers always have a JSON form");
        Self { by_series, json }
    }
}

const NUMBERINGS: TextFormat = TextFormat::new(
    "Numberings",
    "Numberings of series, as JSON.",
    r#"{"invoice":{"2026":{"prefix":"","width":5,"first":15423}}}"#,
);

impl Typed for Numberings {
    const TYPE: Type = Type::Text(&NUMBERINGS);
}

impl FieldType for Numberings {
    fn value(&self) -> Value<'_> {
        Value::Text(&self.json)
    }

    fn from_value(value: Value<'_>) -> Result<Self, Unreadable> {
        let Value::Text(json) = value else { return Err(Unreadable::wrong_type()) };
        let written: Written = serde_json::from_str(json).map_err(Unreadable::new)?;
        let by_series = written.into_iter().flat_map(|(kind, years)| {
            let series = move |year| Series { kind, year: FinancialYear::from_start_year(year) };
            years.into_iter().map(move |(year, numbering)| (series(year), numbering))
        });
        Ok(Self::new(by_series.collect()))
    }
}

impl Owner {
    /// Returns the automatic number at a position of a series, or `None` if there is none.
    #[must_use]
    pub fn automatic_number(&self, series: Series, position: u64) -> Option<DocumentNumber> {
        match self.numbering(series) {
            Some(numbering) => numbering.number(position),
            None => series.number(position),
        }
    }

    /// Returns the position in the series of a number that looks like an automatic one.
    #[must_use]
    pub fn position(&self, key: &NumberKey) -> Option<u64> {
        match self.numbering(key.series()) {
            Some(numbering) => numbering.position(key.document_number()),
            None => key.series().position(key.document_number()),
        }
    }

    /// Returns the numbering of a series, if the shop has set one.
    #[must_use]
    pub fn numbering(&self, series: Series) -> Option<&Numbering> {
        self.numberings.as_ref()?.get(series)
    }
}

/// Where the automatic numbers of a kind and financial year go on.
#[derive(Debug, Clone, PartialEq, Eq, Input)]
#[input(rules = NewNumbering::rules)]
#[non_exhaustive]
pub struct NewNumbering {
    /// Kind of the documents.
    #[field(name = "kind")]
    pub kind: DocumentKind,
    /// Financial year of the dates on the documents, by the year in which it starts; the present one if absent.
    #[field(name = "year", setter)]
    pub year: Option<FinancialYear>,
    /// The next number, such as `A/0001`: what is before its last digits stays, and these are counted on, with at least as
    /// many digits.
    #[field(name = "next", setter = parse)]
    pub next: Option<DocumentNumber>,
    /// In place of the next number, the last one so far, such as that of the old book: after `15422` comes `15423`.
    #[field(name = "after", setter = parse)]
    pub after: Option<DocumentNumber>,
}

impl NewNumbering {
    /// Creates a numbering that begins with a number, as a typed value or as a text to parse.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it can't be parsed.
    pub fn from_next<N>(kind: DocumentKind, next: N) -> Result<Self, Error>
    where
        N: TryInto<DocumentNumber, Error: Into<Violation>>,
    {
        Ok(Self { kind, year: None, next: Some(record::parse(next, "next")?), after: None })
    }

    /// Creates a numbering that goes on after a number, as a typed value or as a text to parse.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it can't be parsed.
    pub fn after_last<N>(kind: DocumentKind, last: N) -> Result<Self, Error>
    where
        N: TryInto<DocumentNumber, Error: Into<Violation>>,
    {
        Ok(Self { kind, year: None, next: None, after: Some(record::parse(last, "after")?) })
    }

    fn rules(parts: &NewNumberingParts<'_>, _: Currency) -> Vec<Option<FieldError>> {
        let (next, after) = (parts.next.and_then(Option::as_ref), parts.after.and_then(Option::as_ref));
        let given = match (parts.next, parts.after, next, after) {
            (_, _, Some(_), Some(_)) => {
                Some(Violation::new("exclusive", "must be absent if next is given").at("after"))
            }
            (Some(None), Some(None), ..) => Some(form::missing().at("next")),
            _ => None,
        };
        let fault = |read: Result<Numbering, Violation>, field: &str| read.err().map(|fault| fault.at(field));
        vec![
            given,
            next.and_then(|next| fault(Numbering::from_next(next), "next")),
            after.and_then(|after| fault(Numbering::after(after), "after")),
        ]
    }

    /// Returns the numbering, and the field that says it.
    pub(crate) fn numbering(&self) -> Result<(Numbering, &'static str), Error> {
        let (read, field) = match (&self.next, &self.after) {
            (Some(next), _) => (Numbering::from_next(next), "next"),
            (None, Some(last)) => (Numbering::after(last), "after"),
            (None, None) => (Err(form::missing()), "next"),
        };
        let numbering = read.map_err(|fault| Error::Invalid(vec![fault.at(field)]))?;
        Ok((numbering, field))
    }
}

/// The automatic numbers of a kind and financial year.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[record(name = "NumberSeries")]
#[non_exhaustive]
pub struct NumberSeries {
    /// Kind of the documents.
    #[field(name = "kind")]
    pub kind: DocumentKind,
    /// Financial year of the dates on the documents, by the year in which it starts.
    #[field(name = "year")]
    pub year: FinancialYear,
    /// The next automatic number; none if they are used up.
    #[field(name = "next")]
    pub next: Option<DocumentNumber>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> DocumentNumber {
        DocumentNumber::parse(text).unwrap()
    }

    fn invoices() -> Series {
        Series { kind: DocumentKind::Invoice, year: FinancialYear::from_start_year(2026) }
    }

    #[test]
    fn numbers_go_on_with_the_same_prefix_and_width() {
        for (next, positions, numbers) in [
            ("15423", [15_423, 99_999, 100_000], ["15423", "99999", "100000"]),
            ("KS/0042", [42, 9_999, 10_000], ["KS/0042", "KS/9999", "KS/10000"]),
            ("a-9", [9, 10, 100], ["a-9", "a-10", "a-100"]),
        ] {
            let numbering = Numbering::from_next(&number(next)).unwrap();
            assert_eq!(numbering.first(), positions[0]);
            for (position, text) in positions.into_iter().zip(numbers) {
                assert_eq!(numbering.number(position).unwrap().as_str(), text);
                assert_eq!(numbering.position(&number(&text.to_uppercase())), Some(position), "{text}");
            }
        }
    }

    #[test]
    fn other_numbers_have_no_position() {
        let numbering = Numbering::from_next(&number("KS/0042")).unwrap();
        for other in ["KS/042", "KS/00042", "KS0042", "KS/", "KS/A042", "0042", "KS/0042/1"] {
            assert_eq!(numbering.position(&number(other)), None, "{other}");
            assert!(!numbering.pattern(invoices()).fits(other), "{other}");
        }
        for own in ["KS/0001", "KS/12345"] {
            assert!(numbering.position(&number(own)).is_some() && numbering.pattern(invoices()).fits(own));
        }
    }

    #[test]
    fn after_the_last_number_comes_the_next() {
        let after = |text| Numbering::after(&number(text)).map(|numbering| numbering.number(numbering.first));
        assert_eq!(after("15422").unwrap(), Some(number("15423")));
        assert_eq!(after("A/009").unwrap(), Some(number("A/010")));
        assert_eq!(after("A/000").unwrap(), Some(number("A/001")));
        assert_eq!(after("9999999999999999").unwrap_err().code, "series_exhausted");
        assert_eq!(after("A/").unwrap_err().code, "no_position");
        assert_eq!(Numbering::from_next(&number("A/00")).unwrap_err().code, "no_position");
    }

    #[test]
    fn a_number_is_too_long_at_last() {
        let numbering = Numbering::from_next(&number("ABCDEFGHIJKLMN99")).unwrap();
        assert!(numbering.number(99).is_some());
        assert_eq!(numbering.number(100), None);
    }

    #[test]
    fn they_are_kept_as_a_text() {
        let next = |text| Numbering::from_next(&number(text)).unwrap();
        let receipts = Series { kind: DocumentKind::Receipt, ..invoices() };
        let numberings = Numberings::default().with(receipts, next("R-01")).with(invoices(), next("15423"));
        let Value::Text(json) = numberings.value() else { panic!("a text") };
        let expected = concat!(
            r#"{"invoice":{"2026":{"prefix":"","width":5,"first":15423}},"#,
            r#""receipt":{"2026":{"prefix":"R-","width":2,"first":1}}}"#
        );
        assert_eq!(json, expected);
        assert_eq!(Numberings::from_value(Value::Text(json)).unwrap(), numberings);
        for other in ["", "[]", r#"{"bill":{}}"#, r#"{"invoice":{"2026":{"prefix":""}}}"#] {
            assert!(Numberings::from_value(Value::Text(other)).is_err(), "{other}");
        }
    }

    #[test]
    fn either_the_next_or_the_last_number_is_given() {
        let faults = |next: Option<&str>, after: Option<&str>| {
            let new = NewNumbering {
                kind: DocumentKind::Invoice,
                year: None,
                next: next.map(number),
                after: after.map(number),
            };
            match new.check(Currency::INR) {
                Ok(()) => Vec::new(),
                Err(Error::Invalid(faults)) => {
                    faults.iter().map(|f| format!("{} {}", f.field, f.code)).collect()
                }
                Err(other) => panic!("{other}"),
            }
        };
        assert_eq!(faults(Some("1"), None), [""; 0]);
        assert_eq!(faults(None, Some("1")), [""; 0]);
        assert_eq!(faults(None, None), ["next missing"]);
        assert_eq!(faults(Some("1"), Some("1")), ["after exclusive"]);
        assert_eq!(faults(Some("A"), None), ["next no_position"]);
    }
}
