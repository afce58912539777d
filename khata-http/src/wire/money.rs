//! The schema of money as an exact JSON number.

use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// An amount in major units of its currency.
#[derive(Debug)]
pub(crate) enum Amount {}

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
