//! Short texts: names, notes and references. They are trimmed and in Unicode normalization form C (NFC), so that texts
//! that look equal are equal.

use std::fmt;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::error::Violation;

/// Implements serde for a type by its `Display` form and a parse function, so that stored values are checked like input.
macro_rules! serde_as_text {
    ($name:ident, $parse:expr) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                $parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use serde_as_text;

macro_rules! text_types {
    ($($(#[$doc:meta])* $name:ident: $most:literal, $lines:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        serde_as_text!($name, $name::parse);

        impl $name {
            /// Maximum number of characters (Unicode scalar values).
            pub const CHARACTERS_MAX: usize = $most;

            /// Parses a text. Surrounding white space is dropped.
            ///
            /// # Errors
            /// `empty`, `too_long` or `control_character`.
            pub fn parse(text: &str) -> Result<Self, Violation> {
                read(text, $most, $lines).map(Self)
            }

            /// Returns the text as a string slice.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

text_types! {
    /// The name of a person, a firm or a place: 1 to 200 characters on one line.
    Name: 200, Lines::One;
    /// A note: 1 to 2,000 characters, which may include tabs and line breaks.
    Note: 2_000, Lines::Many;
    /// An external reference of a payment, such as a cheque number: 1 to 200 characters on one line.
    Reference: 200, Lines::One;
}

/// Whether a text may have several lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    One,
    Many,
}

fn read(text: &str, characters_max: usize, lines: Lines) -> Result<String, Violation> {
    let mut text = normalized(text.trim());
    if lines == Lines::Many && text.contains('\r') {
        // Some systems send CR LF, which is stored as LF so that there is only one kind of line break.
        text = text.replace("\r\n", "\n");
    }
    if text.is_empty() {
        return Err(Violation::new("empty", "must not be empty"));
    }
    if text.chars().nth(characters_max).is_some() {
        return Err(Violation::new("too_long", format!("must have at most {characters_max} characters")));
    }
    if text.chars().any(|c| is_refused(c, lines)) {
        return Err(Violation::new("control_character", "must not contain control characters"));
    }
    Ok(text)
}

fn normalized(text: &str) -> String {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.to_owned(),
        IsNormalized::No | IsNormalized::Maybe => text.nfc().collect(),
    }
}

/// Returns whether a character is rejected. Control characters would break the lines of a statement or be rejected by a
/// store (NUL). U+2028 and U+2029 also break lines in some programs, though they are not control characters.
fn is_refused(c: char, lines: Lines) -> bool {
    match c {
        '\n' | '\t' => lines == Lines::One,
        '\u{2028}' | '\u{2029}' => true,
        _ => c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code<T>(result: Result<T, Violation>) -> Option<&'static str> {
        result.err().map(|fault| fault.code)
    }

    #[test]
    fn white_space_around_is_dropped() {
        assert_eq!(Name::parse("  Ravi  Kumar\n").unwrap().as_str(), "Ravi  Kumar");
        assert_eq!(Note::parse("\n\tone\n\ttwo \n").unwrap().as_str(), "one\n\ttwo");
        assert_eq!(Note::parse("one\r\ntwo").unwrap().as_str(), "one\ntwo");
    }

    #[test]
    fn nothing_is_refused() {
        for text in ["", " ", "\t\n\u{3000}\u{2028}"] {
            assert_eq!(code(Name::parse(text)), Some("empty"));
            assert_eq!(code(Note::parse(text)), Some("empty"));
            assert_eq!(code(Reference::parse(text)), Some("empty"));
        }
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert_eq!(code(Name::parse(&"क".repeat(200))), None);
        assert_eq!(code(Name::parse(&format!("  {}  ", "x".repeat(200)))), None);
        assert_eq!(code(Name::parse(&"x".repeat(201))), Some("too_long"));
        assert_eq!(code(Reference::parse(&"x".repeat(201))), Some("too_long"));
        assert_eq!(code(Note::parse(&"😀".repeat(2_000))), None);
        assert_eq!(code(Note::parse(&"x".repeat(2_001))), Some("too_long"));
        assert_eq!(code(Name::parse(&"e\u{301}".repeat(200))), None);
    }

    #[test]
    fn control_characters_are_refused() {
        for c in ['\0', '\u{1b}', '\u{7f}', '\u{85}', '\r', '\u{2028}', '\u{2029}'] {
            assert_eq!(code(Name::parse(&format!("a{c}b"))), Some("control_character"), "{c:?}");
            assert_eq!(code(Note::parse(&format!("a{c}b"))), Some("control_character"), "{c:?}");
        }
        for c in ['\n', '\t'] {
            assert_eq!(code(Name::parse(&format!("a{c}b"))), Some("control_character"));
            assert_eq!(code(Note::parse(&format!("a{c}b"))), None);
        }
    }

    #[test]
    fn what_looks_equal_is_equal() {
        assert_eq!(Name::parse("Jose\u{301}").unwrap(), Name::parse("Jos\u{e9}").unwrap());
        assert_eq!(Name::parse("क\u{200d}ष").unwrap().as_str(), "क\u{200d}ष");
    }

    #[test]
    fn serde_checks_what_it_reads() {
        let name = Name::parse("किराना").unwrap();
        assert_eq!(serde_json::to_string(&name).unwrap(), "\"किराना\"");
        assert_eq!(serde_json::from_str::<Name>("\"किराना\"").unwrap(), name);
        assert!(serde_json::from_str::<Name>("\"\"").is_err());
        assert!(serde_json::from_str::<Name>("\"a\\u0000b\"").is_err());
    }

    proptest! {
        #[test]
        fn reading_twice_changes_nothing(text in "\\PC{0,60}") {
            if let Ok(note) = Note::parse(&text) {
                prop_assert_eq!(Note::parse(note.as_str()), Ok(note));
            }
        }
    }
}
