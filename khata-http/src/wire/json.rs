//! The JSON of answers. A record is an object of its public fields, `null` where there is nothing.
//!
//! It is written straight from the values of the record: serde could write an amount, whose digits go out as they are, only
//! by way of a text of its own, and lists of a thousand records have several thousand amounts.

use std::fmt::Write as _;

use khata_core::money::Currency;
use khata_core::record::{Field, Record, Value, Visibility, Visitor};
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use uuid::Uuid;

/// What has a form as JSON.
pub(crate) trait ToJson {
    /// Appends it.
    fn write_json(&self, json: &mut String);

    /// Returns it.
    fn to_json(&self) -> String {
        let mut json = String::with_capacity(512);
        self.write_json(&mut json);
        json
    }
}

impl<T: Serialize> ToJson for T {
    fn write_json(&self, json: &mut String) {
        *json += &serde_json::to_string(self).expect("an answer holds nothing that JSON can't");
    }
}

/// A record as the object that answers show, with amounts in that currency.
#[derive(Debug)]
pub(crate) struct Wire<'a, R>(pub(crate) &'a R, pub(crate) Currency);

/// Several of them, as an array.
#[derive(Debug)]
pub(crate) struct WireList<'a, R>(pub(crate) &'a [R], pub(crate) Currency);

impl<R: Record> ToJson for Wire<'_, R> {
    fn write_json(&self, json: &mut String) {
        json.push('{');
        let Ok(()) = self.0.visit(&mut Members { json, currency: self.1, is_first: true });
        json.push('}');
    }
}

impl<R: Record> ToJson for WireList<'_, R> {
    fn write_json(&self, json: &mut String) {
        write_list(json, self.0, |json, record| Wire(record, self.1).write_json(json));
    }
}

/// Serializes a record within something else.
pub(crate) fn serialize<R: Record, S: Serializer>(wire: &Wire<'_, R>, to: S) -> Result<S::Ok, S::Error> {
    RawValue::from_string(wire.to_json()).map_err(S::Error::custom)?.serialize(to)
}

/// Writes the members of an object.
struct Members<'j> {
    json: &'j mut String,
    currency: Currency,
    is_first: bool,
}

impl Members<'_> {
    /// Writes the name of a field, unless it isn't shown.
    fn begin(&mut self, field: &'static Field) -> bool {
        if field.visibility != Visibility::Public {
            return false;
        }
        *self.json += if self.is_first { "\"" } else { ",\"" };
        self.is_first = false;
        *self.json += field.name;
        *self.json += "\":";
        true
    }

    fn write(&mut self, value: Value<'_>) {
        match value {
            Value::Null => *self.json += "null",
            Value::Flag(flag) => *self.json += if flag { "true" } else { "false" },
            Value::Money(money) => self.currency.push_short(money, self.json),
            Value::Text(text) => write_text(self.json, text),
            Value::Texts(texts) => write_list(self.json, texts, |json, text| write_text(json, text)),
            Value::Id(id) => {
                let mut buffer = Uuid::encode_buffer();
                write_plain(self.json, id.hyphenated().encode_lower(&mut buffer));
            }
            Value::Hash(hash) => write_plain(self.json, &hex::encode(hash)),
            Value::Integer(number) => write!(self.json, "{number}").expect("a string takes everything"),
            Value::Date(date) => write!(self.json, "\"{date}\"").expect("a string takes everything"),
            Value::Time(time) => write!(self.json, "\"{time}\"").expect("a string takes everything"),
        }
    }
}

impl Visitor<'_> for Members<'_> {
    type Error = std::convert::Infallible;

    fn value(&mut self, field: &'static Field, value: Value<'_>) -> Result<(), Self::Error> {
        if self.begin(field) {
            self.write(value);
        }
        Ok(())
    }

    fn record<R: Record>(&mut self, field: &'static Field, record: Option<&R>) -> Result<(), Self::Error> {
        if self.begin(field) {
            match record {
                Some(record) => Wire(record, self.currency).write_json(self.json),
                None => *self.json += "null",
            }
        }
        Ok(())
    }

    fn list<R: Record>(&mut self, field: &'static Field, rows: &[R]) -> Result<(), Self::Error> {
        if self.begin(field) {
            WireList(rows, self.currency).write_json(self.json);
        }
        Ok(())
    }
}

fn write_list<T>(json: &mut String, rows: &[T], each: impl Fn(&mut String, &T)) {
    json.push('[');
    for (at, row) in rows.iter().enumerate() {
        if at > 0 {
            json.push(',');
        }
        each(json, row);
    }
    json.push(']');
}

/// Writes a text.
fn write_text(json: &mut String, text: &str) {
    if text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        *json += &serde_json::to_string(text).expect("a text has a form as JSON");
    } else {
        write_plain(json, text);
    }
}

/// Writes a text that has nothing to be escaped.
fn write_plain(json: &mut String, text: &str) {
    json.push('"');
    *json += text;
    json.push('"');
}

#[cfg(test)]
mod tests {
    use khata_core::calendar::{Date, Timestamp};
    use khata_core::ledger::ChainHash;
    use khata_core::money::Money;

    use super::*;

    #[derive(Record)]
    struct Part {
        #[field(name = "amount")]
        amount: Money,
    }

    #[derive(Record)]
    struct Whole {
        #[field(name = "id")]
        id: Uuid,
        #[field(name = "text")]
        text: String,
        #[field(name = "absent")]
        absent: Option<u64>,
        #[field(name = "number")]
        number: u64,
        #[field(name = "flag")]
        flag: bool,
        #[field(name = "date")]
        date: Date,
        #[field(name = "time")]
        time: Timestamp,
        #[field(name = "hash")]
        hash: ChainHash,
        #[field(name = "texts")]
        texts: Vec<String>,
        #[field(name = "parts", list)]
        parts: Vec<Part>,
    }

    fn part(minor: i64) -> Part {
        Part { amount: Money::from_minor(minor) }
    }

    #[test]
    fn every_digit_of_an_amount_goes_out() {
        for (code, minor, json) in [
            ("INR", 118_050, "1180.5"),
            ("INR", 100, "1"),
            ("INR", -5, "-0.05"),
            ("INR", 0, "0"),
            ("INR", i64::MAX, "92233720368547758.07"),
            ("JPY", i64::MIN, "-9223372036854775808"),
            ("KWD", 1, "0.001"),
        ] {
            let shown = Wire(&part(minor), Currency::parse(code).unwrap()).to_json();
            assert_eq!(shown, format!(r#"{{"amount":{json}}}"#));
        }
    }

    #[test]
    fn every_type_has_its_form() {
        let whole = Whole {
            id: Uuid::from_u128(7),
            text: "कि \"राना\"\n\\ \u{7f}\u{2028}".to_owned(),
            absent: None,
            number: u64::MAX,
            flag: true,
            date: Date::parse("2026-04-01").unwrap(),
            time: Timestamp::from_millis(1_795_000_000_007).unwrap(),
            hash: ChainHash([0xab; 32]),
            texts: vec!["a".to_owned(), "\u{1}".to_owned()],
            parts: vec![part(1), part(250)],
        };
        let shown: serde_json::Value = serde_json::from_str(&Wire(&whole, Currency::INR).to_json()).unwrap();
        let expected = serde_json::json!({
            "id": "00000000-0000-0000-0000-000000000007", "text": whole.text, "absent": null, "number": u64::MAX,
            "flag": true, "date": "2026-04-01", "time": "2026-11-18T11:06:40.007Z", "hash": "ab".repeat(32),
            "texts": ["a", "\u{1}"], "parts": [{ "amount": 0.01 }, { "amount": 2.5 }],
        });
        assert_eq!(shown, expected);
    }
}
