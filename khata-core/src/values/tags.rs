//! Tags, by which a shop groups its customers.

use crate::error::Violation;
use crate::form::{self, Raw};
use crate::money::Currency;
use crate::record::{FieldType, FormType, Type, Typed, Unreadable, Value};
use crate::text::Tag;

/// Tags of a customer: up to 20, each 1 to 40 characters, distinct without regard to case and accents, in the order in
/// which they were given.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Tags(Vec<String>);

impl Tags {
    /// Maximum number of tags.
    pub const MAX: usize = 20;

    /// Parses a list of tags.
    ///
    /// # Errors
    /// `too_many_tags`, `tag_repeated`, or that of a [`Tag`] that can't be parsed.
    ///
    /// ```
    /// use khata_core::tags::Tags;
    ///
    /// let tags = Tags::parse(["Wholesale", "Market Road"]).unwrap();
    /// assert_eq!(tags.as_slice(), ["Wholesale", "Market Road"]);
    /// assert_eq!(Tags::parse(["Wholesale", "wholesale"]).unwrap_err().code, "tag_repeated");
    /// ```
    pub fn parse<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Result<Self, Violation> {
        let mut tags: Vec<Tag> = Vec::new();
        for text in texts {
            let tag = Tag::parse(text.as_ref())
                .map_err(|fault| Violation::new(fault.code, format!("has a tag that {}", fault.message)))?;
            if tags.iter().any(|other| crate::search::tag_word(other) == crate::search::tag_word(&tag)) {
                return Err(Violation::new("tag_repeated", format!("has the tag {tag} twice")));
            }
            tags.push(tag);
        }
        if tags.len() > Self::MAX {
            return Err(Violation::new("too_many_tags", format!("must have at most {} tags", Self::MAX)));
        }
        Ok(Self(tags.into_iter().map(|tag| tag.as_str().to_owned()).collect()))
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns each tag.
    pub fn iter(&self) -> impl Iterator<Item = Tag> + '_ {
        self.0.iter().map(|tag| Tag::parse(tag).expect("a tag that was parsed"))
    }

    /// Returns the tags as a slice.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

impl Typed for Tags {
    const TYPE: Type = Type::Texts;
}

impl FieldType for Tags {
    fn value(&self) -> Value<'_> {
        Value::Texts(&self.0)
    }

    fn from_value(value: Value<'_>) -> Result<Self, Unreadable> {
        Ok(Self::parse(Vec::<String>::from_value(value)?)?)
    }
}

impl FormType for Tags {
    fn from_raw(raw: &Raw, _: Currency) -> Result<Self, Violation> {
        let Raw::List(rows) = raw else { return Err(form::wrong_type("a list of texts")) };
        let text = |row: &Raw| match row {
            Raw::Text(text) => Ok(text.clone()),
            _ => Err(form::wrong_type("a list of texts")),
        };
        Self::parse(rows.iter().map(text).collect::<Result<Vec<_>, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(texts: &[&str]) -> Option<&'static str> {
        Tags::parse(texts).err().map(|fault| fault.code)
    }

    #[test]
    fn tags_are_trimmed_and_keep_their_order() {
        assert_eq!(Tags::parse([" थोक ", "Café"]).unwrap().as_slice(), ["थोक", "Café"]);
        assert!(Tags::parse([""; 0]).unwrap().is_empty());
    }

    #[test]
    fn a_tag_that_is_empty_too_long_or_there_already_is_refused() {
        assert_eq!(code(&[" "]), Some("empty"));
        assert_eq!(code(&[&"x".repeat(40)]), None);
        assert_eq!(code(&[&"x".repeat(41)]), Some("too_long"));
        assert_eq!(code(&["Café", "CAFE"]), Some("tag_repeated"));
    }

    #[test]
    fn there_are_at_most_20() {
        let tags: Vec<_> = (0..21).map(|n| format!("tag {n}")).collect();
        assert!(Tags::parse(&tags[..20]).is_ok());
        assert_eq!(Tags::parse(&tags).unwrap_err().code, "too_many_tags");
    }

    #[test]
    fn a_request_has_them_as_a_list() {
        let read = |raw| Tags::from_raw(&raw, Currency::INR);
        let text = |text: &str| Raw::Text(text.to_owned());
        assert_eq!(read(Raw::List(vec![text("a"), text("b")])).unwrap().as_slice(), ["a", "b"]);
        assert_eq!(read(text("a")).unwrap_err().code, "wrong_type");
        assert_eq!(read(Raw::List(vec![Raw::Number("1".to_owned())])).unwrap_err().code, "wrong_type");
    }
}
