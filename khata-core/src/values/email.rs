//! Email addresses.

use std::fmt;

use email_address::{EmailAddress, Options};

use crate::error::Violation;
use crate::text::serde_as_text;

/// An email address (RFC 5321 and 6531) with a domain, in the case in which it was written.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

serde_as_text!(Email, Email::parse);

impl Email {
    /// Parses an address without a display name. Surrounding white space is dropped.
    ///
    /// # Errors
    /// `invalid_email`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let text = text.trim();
        let plain = Options::default().with_required_tld().without_display_text().without_domain_literal();
        match EmailAddress::parse_with_options(text, plain) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(_) => {
                Err(Violation::new("invalid_email", "must be an email address such as ravi@example.com"))
            }
        }
    }

    /// Returns the address as a string slice.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_written() {
        for text in ["ravi@example.com", "Ravi.Kumar+shop@Example.co.in", "रवि@उदाहरण.भारत"]
        {
            assert_eq!(Email::parse(&format!(" {text}\n")).unwrap().as_str(), text);
        }
    }

    #[test]
    fn other_text_is_refused() {
        for text in
            ["", "ravi", "@example.com", "ravi@", "ravi@localhost", "Ravi <ravi@example.com>", "a b@c.de"]
        {
            assert_eq!(Email::parse(text).unwrap_err().code, "invalid_email", "{text}");
        }
        assert!(Email::parse(&format!("{}@example.com", "a".repeat(300))).is_err(), "RFC 5321, 4.5.3.1");
    }

    #[test]
    fn serde_checks_what_it_reads() {
        let email = Email::parse("ravi@example.com").unwrap();
        assert_eq!(serde_json::to_string(&email).unwrap(), "\"ravi@example.com\"");
        assert!(serde_json::from_str::<Email>("\"ravi\"").is_err());
    }
}
