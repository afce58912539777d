//! Versions: `ETag`, `If-None-Match` and `If-Match` (RFC 9110, section 13).

use std::convert::Infallible;
use std::fmt::Write;

use axum::extract::FromRequestParts;
use axum::http::header::{IF_MATCH, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use khata_core::customer::Customer;
use khata_core::error::Error;
use khata_core::owner::Owner;
use sha2::{Digest, Sha256};

/// A strong entity tag: it changes whenever the answer does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ETag(String);

impl ETag {
    /// A customer's answer shows nothing but the row that its revision counts.
    pub(crate) fn of_customer(customer: &Customer) -> Self {
        Self(format!("c{}", customer.revision))
    }

    /// So does a profile's.
    pub(crate) fn of_owner(owner: &Owner) -> Self {
        Self(format!("o{}", owner.revision))
    }

    /// What is put together from several rows is known by its bytes.
    pub(crate) fn of_bytes(body: &[u8]) -> Self {
        let hash = Sha256::digest(body);
        Self(hash.iter().take(16).fold(String::from("b"), |mut tag, byte| {
            let _ = write!(tag, "{byte:02x}");
            tag
        }))
    }

    pub(crate) fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&format!("\"{}\"", self.0)).expect("a tag is ASCII")
    }
}

/// Which versions a header names.
#[derive(Debug, PartialEq, Eq)]
enum Condition {
    Absent,
    Any,
    /// None at all if the header can't be read: then nothing matches it.
    Tags(Vec<Tag>),
}

#[derive(Debug, PartialEq, Eq)]
struct Tag {
    weak: bool,
    opaque: String,
}

impl Condition {
    fn read(headers: &HeaderMap, name: HeaderName) -> Self {
        let lines: Vec<_> = headers.get_all(name).iter().map(|line| line.to_str().ok()).collect();
        if lines.is_empty() {
            return Self::Absent;
        }
        let Some(lines) = lines.into_iter().collect::<Option<Vec<_>>>() else {
            return Self::Tags(Vec::new());
        };
        match lines.as_slice() {
            [line] if line.trim() == "*" => Self::Any,
            lines => Self::Tags(read_tags(&lines.join(",")).unwrap_or_default()),
        }
    }
}

/// Reads a list of tags, each `"…"` or `W/"…"`.
fn read_tags(mut text: &str) -> Option<Vec<Tag>> {
    let mut tags = Vec::new();
    loop {
        text = text.trim_start_matches([',', ' ', '\t']);
        if text.is_empty() {
            return Some(tags);
        }
        let (weak, rest) = text.strip_prefix("W/").map_or((false, text), |rest| (true, rest));
        let (opaque, rest) = rest.strip_prefix('"')?.split_once('"')?;
        tags.push(Tag { weak, opaque: opaque.to_owned() });
        text = rest.trim_start();
        if !text.is_empty() && !text.starts_with(',') {
            return None;
        }
    }
}

/// What the client wants to change, if it said so.
#[derive(Debug)]
pub(crate) struct IfMatch(Condition);

impl IfMatch {
    /// The revision to insist on, given what is there now; `None` if the client doesn't mind.
    ///
    /// # Errors
    /// [`Error::Stale`] if the client wants another version.
    pub(crate) fn expectation(&self, now: &ETag, revision: u64) -> Result<Option<u64>, Error> {
        match &self.0 {
            Condition::Absent | Condition::Any => Ok(None),
            // A weak tag doesn't say that nothing at all has changed.
            Condition::Tags(tags) if tags.iter().any(|tag| !tag.weak && tag.opaque == now.0) => {
                Ok(Some(revision))
            }
            Condition::Tags(_) => Err(Error::Stale),
        }
    }
}

/// What the client has already.
#[derive(Debug)]
pub(crate) struct IfNoneMatch(Condition);

impl IfNoneMatch {
    /// Whether the client has this version.
    pub(crate) fn has(&self, now: &ETag) -> bool {
        match &self.0 {
            Condition::Absent => false,
            Condition::Any => true,
            Condition::Tags(tags) => tags.iter().any(|tag| tag.opaque == now.0),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(Condition::read(&parts.headers, IF_MATCH)))
    }
}

impl<S: Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(Condition::read(&parts.headers, IF_NONE_MATCH)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(lines: &[&'static str]) -> Condition {
        let headers = lines.iter().map(|line| (IF_MATCH, HeaderValue::from_static(line)));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value);
        }
        Condition::read(&map, IF_MATCH)
    }

    fn tag(weak: bool, opaque: &str) -> Tag {
        Tag { weak, opaque: opaque.to_owned() }
    }

    #[test]
    fn tags_are_read_from_lists_and_lines() {
        assert_eq!(condition(&[]), Condition::Absent);
        assert_eq!(condition(&[" * "]), Condition::Any);
        assert_eq!(condition(&["\"c1\""]), Condition::Tags(vec![tag(false, "c1")]));
        let several = Condition::Tags(vec![tag(false, "c1"), tag(true, "a,b"), tag(false, "")]);
        assert_eq!(condition(&["\"c1\" ,, W/\"a,b\"", "\"\""]), several);
    }

    #[test]
    fn what_is_no_tag_matches_nothing() {
        for wrong in ["", "c1", "\"c1", "\"c1\" \"c2\"", "w/\"c1\"", "\"c1\", *", "\"c1\"x"] {
            assert_eq!(condition(&[wrong]), Condition::Tags(vec![]), "{wrong}");
        }
    }

    #[test]
    fn an_expectation_is_about_the_very_version() {
        let now = ETag("c3".into());
        let expect = |lines: &[&'static str]| IfMatch(condition(lines)).expectation(&now, 3).ok();
        assert_eq!(expect(&[]), Some(None));
        assert_eq!(expect(&["*"]), Some(None));
        assert_eq!(expect(&["\"c2\", \"c3\""]), Some(Some(3)));
        for stale in ["\"c2\"", "W/\"c3\"", "c3", "\"o3\""] {
            assert_eq!(expect(&[stale]), None, "{stale}");
        }
    }

    #[test]
    fn a_weak_tag_is_good_enough_to_save_an_answer() {
        let now = ETag::of_bytes(b"x");
        let tag = now.header().to_str().unwrap().to_owned();
        let weak: &'static str = format!("W/{tag}").leak();
        assert!(IfNoneMatch(condition(&[weak])).has(&now));
        assert!(IfNoneMatch(condition(&["*"])).has(&now));
        assert!(!IfNoneMatch(condition(&[])).has(&now));
        assert!(!IfNoneMatch(condition(&["\"x\""])).has(&now));
        assert_ne!(ETag::of_bytes(b"y"), now);
    }
}
