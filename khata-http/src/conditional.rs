//! Versions: `ETag`, `If-None-Match` and `If-Match` (RFC 9110, section 13).

use std::convert::Infallible;
use std::fmt::Display;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use headers::{Header, HeaderMapExt};
use khata_core::customer::CustomerView;
use khata_core::error::Error;
use khata_core::owner::Owner;
use sha2::{Digest, Sha256};

/// A strong entity tag, which changes whenever the response does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ETag(headers::ETag);

impl ETag {
    /// The tag of a customer. The response shows nothing but the row that its revision counts, and how much of it is still to
    /// come: a post-dated day that has come changes the response and not the row.
    pub(crate) fn of_customer(customer: &CustomerView) -> Self {
        match customer.days_to_come {
            0 => Self::new(format_args!("c{}", customer.revision)),
            days => Self::new(format_args!("c{}-{days}", customer.revision)),
        }
    }

    /// The tag of a profile, for which the same holds.
    pub(crate) fn of_owner(owner: &Owner) -> Self {
        Self::new(format_args!("o{}", owner.revision))
    }

    /// The tag of a response that is put together from several rows.
    pub(crate) fn of_bytes(body: &[u8]) -> Self {
        let hash = Sha256::digest(body);
        Self::new(format_args!("b{}", hex::encode(&hash[..16])))
    }

    fn new(opaque: impl Display) -> Self {
        Self(format!("\"{opaque}\"").parse().expect("letters and digits make a tag"))
    }

    /// The header of that name.
    pub(crate) fn header(&self) -> headers::ETag {
        self.0.clone()
    }
}

/// A conditional header, if the request has it.
#[derive(Debug)]
pub(crate) struct Condition<H>(Option<H>);

/// The version that a change is based on, if the client names it.
pub(crate) type IfMatch = Condition<headers::IfMatch>;

/// The versions that the client has already.
pub(crate) type IfNoneMatch = Condition<headers::IfNoneMatch>;

impl IfMatch {
    /// The revision to insist on, given the current one; `None` if the client accepts any.
    ///
    /// # Errors
    /// [`Error::Stale`] if the client names other versions only. A weak tag names none.
    pub(crate) fn expectation(&self, current: &ETag, revision: u64) -> Result<Option<u64>, Error> {
        match &self.0 {
            None => Ok(None),
            Some(condition) if condition.is_any() => Ok(None),
            Some(condition) if condition.precondition_passes(&current.0) => Ok(Some(revision)),
            Some(_) => Err(Error::Stale),
        }
    }
}

impl IfNoneMatch {
    /// Whether the client has this version.
    pub(crate) fn has(&self, current: &ETag) -> bool {
        self.0.as_ref().is_some_and(|condition| !condition.precondition_passes(&current.0))
    }
}

impl<S: Sync, H: Header> FromRequestParts<S> for Condition<H> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.typed_get()))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    fn condition<H: Header>(name: HeaderName, lines: &[&str]) -> Condition<H> {
        let lines = lines.iter().map(|line| (name.clone(), HeaderValue::from_str(line).unwrap()));
        let mut headers = HeaderMap::new();
        headers.extend(lines);
        Condition(headers.typed_get())
    }

    fn expect(lines: &[&str]) -> Option<Option<u64>> {
        let if_match: IfMatch = condition(IF_MATCH, lines);
        if_match.expectation(&ETag::new("c3"), 3).ok()
    }

    #[test]
    fn an_expectation_is_about_the_very_version() {
        assert_eq!(expect(&[]), Some(None));
        assert_eq!(expect(&["*"]), Some(None));
        assert_eq!(expect(&["\"c3\""]), Some(Some(3)));
        for stale in ["\"c2\"", "W/\"c3\"", "\"o3\""] {
            assert_eq!(expect(&[stale]), None, "{stale}");
        }
    }

    #[test]
    fn versions_are_read_from_lists_and_lines() {
        for lines in [&["\"c2\" ,, W/\"a,b\",\"c3\""][..], &["\"c2\"", "\"c3\""], &["\"\"", "x, \"c3\""]] {
            assert_eq!(expect(lines), Some(Some(3)), "{lines:?}");
        }
        assert_eq!(expect(&["\"a,\"c3\",b\""]), None);
    }

    #[test]
    fn what_is_no_tag_matches_nothing() {
        for wrong in
            ["", "c3", "\"c3", "\"c3\" \"c3\"", "w/\"c3\"", "\"c3\"x", "*, x", "**", "\u{e9}", "W", "W/\""]
        {
            assert_eq!(expect(&[wrong]), None, "{wrong}");
            let if_none_match: IfNoneMatch = condition(IF_NONE_MATCH, &[wrong]);
            assert!(!if_none_match.has(&ETag::new("c3")), "{wrong}");
        }
    }

    #[test]
    fn a_weak_tag_is_good_enough_to_save_an_answer() {
        let current = ETag::of_bytes(b"x");
        let has = |lines: &[&str]| condition::<headers::IfNoneMatch>(IF_NONE_MATCH, lines).has(&current);
        let tag = format!("\"b{}\"", hex::encode(&Sha256::digest(b"x")[..16]));
        assert!(has(&[&tag]));
        assert!(has(&[&format!("W/{tag}")]));
        assert!(has(&["*"]));
        assert!(!has(&[]));
        assert!(!has(&["\"x\""]));
        assert_ne!(ETag::of_bytes(b"y"), current);
    }
}
