//! Money as an exact JSON number.

use khata_core::money::{Currency, Money};
use serde::ser::Error;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// An amount in major units of its currency. Its digits go out as they are; no binary float comes in between.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amount {
    money: Money,
    currency: Currency,
}

impl Amount {
    pub(crate) fn new(money: Money, currency: Currency) -> Self {
        Self { money, currency }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = self.currency.format_short(self.money);
        RawValue::from_string(digits).map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::Number))
            .description(Some("Exact amount in the shop's currency: 1180.5 is ₹1180.50."))
            .examples([serde_json::json!(1180.5)])
            .into()
    }
}

impl ToSchema for Amount {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digit_goes_out() {
        for (code, minor, json) in [
            ("INR", 118_050, "1180.5"),
            ("INR", 100, "1"),
            ("INR", -5, "-0.05"),
            ("INR", 0, "0"),
            ("INR", i64::MAX, "92233720368547758.07"),
            ("JPY", i64::MIN, "-9223372036854775808"),
            ("KWD", 1, "0.001"),
        ] {
            let amount = Amount::new(Money::from_minor(minor), Currency::parse(code).unwrap());
            assert_eq!(serde_json::to_string(&[amount]).unwrap(), format!("[{json}]"));
        }
    }
}
