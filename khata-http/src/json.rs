//! A strict reader of JSON: numbers stay text, a name that occurs twice is an error, and there is a limit on
//! everything.

use std::collections::BTreeMap;
use std::fmt;

use khata_core::form::Raw;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// How deep values may nest; a request of Khata needs three levels. Each level reads its text once more, so this
/// also bounds the time.
const DEPTH_MAX: u32 = 16;

/// How many values a body may have in all; the longest that is allowed, a receipt with 500 allocations, has 1,509.
const VALUES_MAX: usize = 10_000;

/// Why a text can't be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("it is not UTF-8")]
    NotUtf8,
    #[error("it is empty")]
    Empty,
    #[error("{0}")]
    Syntax(String),
    #[error("an escape in a text stands for no character")]
    Escape,
    #[error("the name `{0}` occurs twice in one object")]
    RepeatedName(String),
    #[error("it nests deeper than {DEPTH_MAX} levels")]
    TooDeep,
    #[error("it has more than {VALUES_MAX} values")]
    TooManyValues,
}

/// Reads a JSON text.
pub(crate) fn read(bytes: &[u8]) -> Result<Raw, Unreadable> {
    let text = std::str::from_utf8(bytes).map_err(|_| Unreadable::NotUtf8)?;
    if text.trim_ascii().is_empty() {
        return Err(Unreadable::Empty);
    }
    // The whole is checked first, so that what is wrong can be told by its line and column.
    let whole: &RawValue = serde_json::from_str(text).map_err(|e| Unreadable::Syntax(e.to_string()))?;
    Reader { values_left: VALUES_MAX }.value(whole, DEPTH_MAX)
}

struct Reader {
    values_left: usize,
}

impl Reader {
    fn value(&mut self, raw: &RawValue, depth_left: u32) -> Result<Raw, Unreadable> {
        self.values_left = self.values_left.checked_sub(1).ok_or(Unreadable::TooManyValues)?;
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'{') => self.object(parse(text)?, deeper(depth_left)?),
            Some(b'[') => self.list(parse(text)?, deeper(depth_left)?),
            Some(b'"') => parse(text).map(Raw::Text),
            Some(b't') => Ok(Raw::Bool(true)),
            Some(b'f') => Ok(Raw::Bool(false)),
            Some(b'n') => Ok(Raw::Null),
            _ => Ok(Raw::Number(text.to_owned())),
        }
    }

    fn list(&mut self, Rows(rows): Rows<'_>, depth_left: u32) -> Result<Raw, Unreadable> {
        rows.into_iter().map(|row| self.value(row, depth_left)).collect::<Result<_, _>>().map(Raw::List)
    }

    fn object(&mut self, Members(members): Members<'_>, depth_left: u32) -> Result<Raw, Unreadable> {
        let mut fields = BTreeMap::new();
        for (name, raw) in members {
            let value = self.value(raw, depth_left)?;
            if fields.contains_key(&name) {
                return Err(Unreadable::RepeatedName(name.chars().take(64).collect()));
            }
            fields.insert(name, value);
        }
        Ok(Raw::Object(fields))
    }
}

fn deeper(depth_left: u32) -> Result<u32, Unreadable> {
    depth_left.checked_sub(1).ok_or(Unreadable::TooDeep)
}

/// Reads a part of a text that is sound as a whole: only the escapes of its strings were not looked at yet.
fn parse<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Unreadable> {
    serde_json::from_str(text).map_err(|_| Unreadable::Escape)
}

/// The rows of a list, unread; one more than may be, at most.
struct Rows<'de>(Vec<&'de RawValue>);

impl<'de> Deserialize<'de> for Rows<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;

        impl<'de> Visitor<'de> for Reading {
            type Value = Rows<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut rows = Vec::new();
                while rows.len() <= VALUES_MAX {
                    match seq.next_element()? {
                        Some(row) => rows.push(row),
                        None => return Ok(Rows(rows)),
                    }
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Rows(rows))
            }
        }

        deserializer.deserialize_seq(Reading)
    }
}

/// The members of an object in their order, unread; one more than may be, at most.
struct Members<'de>(Vec<(String, &'de RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;

        impl<'de> Visitor<'de> for Reading {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while members.len() <= VALUES_MAX {
                    match map.next_entry()? {
                        Some(member) => members.push(member),
                        None => return Ok(Members(members)),
                    }
                }
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Reading)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Raw {
        Raw::Text(text.to_owned())
    }

    fn number(text: &str) -> Raw {
        Raw::Number(text.to_owned())
    }

    #[test]
    fn numbers_stay_as_they_were_written() {
        for written in ["0", "-0", "1180.50", "1e400", "0.1000", "123456789012345678901234567890", "1E+2"] {
            assert_eq!(read(written.as_bytes()), Ok(number(written)));
        }
    }

    #[test]
    fn values_are_read() {
        let read =
            read(br#" { "a" : [ 1 , "x\u20b9\n" , null, true,false,{}] , "b\u0063" : {"d":[]} } "#).unwrap();
        let list =
            [number("1"), text("x₹\n"), Raw::Null, Raw::Bool(true), Raw::Bool(false), Raw::Object([].into())];
        let inner = Raw::Object([("d".to_owned(), Raw::List(vec![]))].into());
        let fields = [("a".to_owned(), Raw::List(list.into())), ("bc".to_owned(), inner)];
        assert_eq!(read, Raw::Object(fields.into()));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for wrong in [
            "{",
            "}",
            "{]",
            "nul",
            "NaN",
            "Infinity",
            "-",
            "01",
            "1.",
            ".5",
            "+1",
            "0x1",
            "'a'",
            "\"a",
            "{a:1}",
            "{\"a\":1,}",
            "[1,]",
            "{\"a\" 1}",
            "1 2",
            "{} {}",
            "\u{feff}{}",
            "/**/{}",
            "\"\t\"",
            "[NaN]",
            "{\"a\":NaN}",
        ] {
            assert!(matches!(read(wrong.as_bytes()), Err(Unreadable::Syntax(_))), "{wrong:?}");
        }
        for empty in ["", " \r\n\t"] {
            assert_eq!(read(empty.as_bytes()), Err(Unreadable::Empty));
        }
        assert_eq!(read(b"\"\xff\""), Err(Unreadable::NotUtf8));
        assert_eq!(read(br#"{"a":["\ud800"]}"#), Err(Unreadable::Escape));
        assert_eq!(read(br#"{"\udc00":1}"#), Err(Unreadable::Escape));
    }

    #[test]
    fn a_name_occurs_once_however_it_is_written() {
        for twice in [r#"{"a":1,"a":1}"#, r#"{"b":[{"a":1,"c":2,"\u0061":3}]}"#] {
            assert_eq!(read(twice.as_bytes()), Err(Unreadable::RepeatedName("a".into())));
        }
        assert!(read(br#"{"a":{"a":1},"A":1}"#).is_ok());
    }

    #[test]
    fn there_is_a_limit_on_depth_and_number() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(nested(16).as_bytes()).is_ok());
        assert_eq!(read(nested(17).as_bytes()), Err(Unreadable::TooDeep));
        assert_eq!(read(nested(500_000).as_bytes()), Err(Unreadable::TooDeep));
        assert!(read(format!("[{}1]", "1,".repeat(9_998)).as_bytes()).is_ok());
        assert_eq!(read(format!("[{}1]", "1,".repeat(9_999)).as_bytes()), Err(Unreadable::TooManyValues));
        assert_eq!(read(format!("[{}1]", "1,".repeat(99_999)).as_bytes()), Err(Unreadable::TooManyValues));
        let members: Vec<_> = (0..20_000).map(|at| format!("\"{at}\":1")).collect();
        assert_eq!(read(format!("{{{}}}", members.join(",")).as_bytes()), Err(Unreadable::TooManyValues));
    }
}
