//! Short texts: names, notes and references. They are trimmed and in Unicode normalization form C (NFC), so that texts
//! that look equal are equal.

mod invisible;

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

        // Stored, and covered by hashes: as it is.
        serde_as_text!($name, $name::from_stored);

        impl $name {
            /// Maximum number of characters (Unicode scalar values).
            pub const CHARACTERS_MAX: usize = $most;

            /// Parses a text. Surrounding white space is dropped, and so are invisible characters that programs insert:
            /// zero-width spaces, marks of direction, soft hyphens. Joiners stay where scripts need them.
            ///
            /// # Errors
            /// `empty`, `too_long`, `control_character`, or `invisible_character` if a text could look like another one.
            pub fn parse(text: &str) -> Result<Self, Violation> {
                read(&invisible::without(text), $most, $lines).and_then(invisible::checked).map(Self)
            }

            /// Reads a text as it was stored, when less was refused.
            pub(crate) fn from_stored(text: &str) -> Result<Self, Violation> {
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
    /// A tag: 1 to 40 characters on one line.
    Tag: 40, Lines::One;
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

    #[test]
    fn what_turns_the_direction_of_text_or_looks_like_nothing_is_refused() {
        for c in "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}\u{206e}\u{3164}\u{2800}\u{e0041}"
            .chars()
        {
            for text in [format!("Ravi{c}Kumar"), format!("{c}Ravi"), format!("Ravi{c}")] {
                let violation = Name::parse(&text).unwrap_err();
                assert_eq!(violation.code, "invisible_character", "{text:?}");
                assert!(violation.message.contains(&format!("U+{:04X}", u32::from(c))), "{violation}");
                assert_eq!(code(Note::parse(&text)), Some("invisible_character"));
                assert_eq!(code(Reference::parse(&text)), Some("invisible_character"));
            }
        }
    }

    #[test]
    fn what_programs_insert_is_dropped() {
        for c in ['\u{200b}', '\u{200e}', '\u{200f}', '\u{61c}', '\u{2060}', '\u{ad}', '\u{feff}'] {
            for text in [format!("Ra{c}vi"), format!("{c}Ravi"), format!("Ravi {c}")] {
                assert_eq!(Name::parse(&text).unwrap().as_str(), "Ravi", "{text:?}");
            }
            assert_eq!(code(Name::parse(&c.to_string())), Some("empty"));
        }
        assert_eq!(Name::parse("pay\u{200d}pal\u{200c}").unwrap().as_str(), "paypal");
    }

    #[test]
    fn joiners_stay_where_scripts_need_them() {
        for text in [
            "क\u{200d}ष",
            "क्\u{200d}",
            "शर्\u{200c}मा",
            "അവന്\u{200d} മാധവന്\u{200d}",
            "می\u{200c}خواهم",
            "ک\u{200c}ے",
            "👨\u{200d}👩\u{200d}👧 ❤\u{fe0f}\u{200d}🔥",
        ] {
            assert_eq!(Note::parse(text).unwrap().as_str(), text, "{text:?}");
        }
    }

    #[test]
    fn visible_signs_of_category_format_are_kept() {
        for text in ["\u{600}١٢", "\u{6dd}", "\u{110bd}"] {
            assert_eq!(Name::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_was_stored_before_is_read_as_it_is() {
        for text in ["Ravi\u{202e}Kumar", "Ra\u{200b}vi", "\u{feff}Ravi"] {
            assert_eq!(Name::from_stored(text).unwrap().as_str(), text);
            let json = serde_json::to_string(text).unwrap();
            assert_eq!(serde_json::from_str::<Note>(&json).unwrap().as_str(), text);
            let value = crate::record::Value::Text(text);
            assert_eq!(<Name as crate::record::FieldType>::from_value(value).unwrap().as_str(), text);
        }
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
