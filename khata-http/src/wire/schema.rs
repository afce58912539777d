//! The schemas of single values that have no format of their own, or that are read in more ways than they are written.

use serde_json::{Value, json};
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

fn text(description: &str, example: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::String))
        .description(Some(description))
        .examples([json!(example)])
}

fn known(format: KnownFormat) -> Option<SchemaFormat> {
    Some(SchemaFormat::KnownFormat(format))
}

macro_rules! schemas {
    ($($(#[$doc:meta])* $name:ident => $schema:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                RefOr::T(Schema::from($schema))
            }
        }

        impl ToSchema for $name {}
    )+};
}

schemas! {
    /// Every id.
    Id => text("UUID version 7.", "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b")
        .format(Some(SchemaFormat::Custom("uuid".into())));
    /// `khata_core::ledger::ChainHash`, and the hash of a document's body.
    Hash => text(
        "SHA-256 hash in hexadecimal.",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    )
    .pattern(Some("^[0-9a-f]{64}$"));
    /// `khata_core::calendar::Timestamp`.
    Timestamp => text("RFC 3339 timestamp in UTC with milliseconds.", "2026-11-24T08:16:20.123Z")
        .format(known(KnownFormat::DateTime));
    /// `khata_core::calendar::Date` in answers.
    Date => text("Date from 1900-01-01 to 2199-12-31.", "2026-11-24").format(known(KnownFormat::Date));
    /// `khata_core::calendar::Date` in requests.
    DateInput => text("Date as YYYY-MM-DD or DD/MM/YYYY.", "2026-11-24")
        .pattern(Some(r"^([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{2}/[0-9]{2}/[0-9]{4})$"));
    /// `khata_core::money::Money` in requests, zero or more.
    AmountInput => amount(number().minimum(Some(0)), r"^[0-9]+(\.[0-9]+)?$", json!(1180.5));
    /// `khata_core::money::Money` in requests, above zero.
    PositiveAmountInput => amount(number().exclusive_minimum(Some(0)), r"^[0-9]+(\.[0-9]+)?$", json!(1180.5));
    /// `khata_core::money::Money` in requests, of either sign.
    SignedAmountInput => amount(number(), r"^-?[0-9]+(\.[0-9]+)?$", json!(-0.4));
}

fn number() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::new(Type::Number))
}

/// A number, or a text, for clients whose numbers are binary floats.
fn amount(number: ObjectBuilder, digits: &str, example: Value) -> OneOfBuilder {
    let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).pattern(Some(digits));
    OneOfBuilder::new()
        .description(Some(
            "Amount in the shop's currency, with no more decimal places than the currency has.",
        ))
        .examples([example])
        .item(number)
        .item(text)
}
