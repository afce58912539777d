//! UPI ids: payment addresses of India's Unified Payments Interface.

use std::fmt;

use crate::error::Violation;
use crate::text::serde_as_text;

/// A UPI id (virtual payment address), in the case in which it was written: `name@bank`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UpiId(String);

serde_as_text!(UpiId, UpiId::parse);

impl UpiId {
    /// Parses an id of the form `[A-Za-z0-9._-]{1,256}@[A-Za-z][A-Za-z0-9]{1,63}`. Surrounding white space is dropped.
    ///
    /// # Errors
    /// `invalid_upi_id`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let text = text.trim();
        match text.split_once('@') {
            Some((name, handle)) if is_name(name) && is_handle(handle) => Ok(Self(text.to_owned())),
            _ => Err(Violation::new("invalid_upi_id", "must be a UPI id such as name@bank")),
        }
    }

    /// Returns the id as a string slice.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UpiId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_name(text: &str) -> bool {
    (1..=256).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

fn is_handle(text: &str) -> bool {
    (2..=64).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_written() {
        for text in ["ravi@okaxis", "Ravi.Kumar-1_2@YBL", "9876543210@paytm", "a@b2"] {
            assert_eq!(UpiId::parse(text).unwrap().as_str(), text);
        }
        assert_eq!(UpiId::parse(" ravi@okaxis\n").unwrap().to_string(), "ravi@okaxis");
        assert!(UpiId::parse(&format!("{}@{}", "a".repeat(256), "b".repeat(64))).is_ok());
    }

    #[test]
    fn other_text_is_refused() {
        let long_name = format!("{}@ok", "a".repeat(257));
        let long_handle = format!("a@{}", "b".repeat(65));
        for text in [
            "",
            "@",
            "ravi",
            "ravi@",
            "@okaxis",
            "ravi@o",
            "ravi@1ok",
            "ra vi@ok",
            "ravi@ok.com",
            "a@b@cd",
            "रवि@ok",
            &long_name,
            &long_handle,
        ] {
            assert_eq!(UpiId::parse(text).unwrap_err().code, "invalid_upi_id", "{text}");
        }
    }

    #[test]
    fn serde_checks_what_it_reads() {
        let id = UpiId::parse("ravi@okaxis").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"ravi@okaxis\"");
        assert_eq!(serde_json::from_str::<UpiId>("\"ravi@okaxis\"").unwrap(), id);
        assert!(serde_json::from_str::<UpiId>("\"ravi\"").is_err());
    }
}
