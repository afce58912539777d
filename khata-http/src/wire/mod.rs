//! What goes over the wire: records as answers show them, and the schemas of records and inputs, both made from their
//! descriptions. Requests themselves are read as forms (see `khata_core::form`).

mod json;
mod money;
pub(crate) mod parameter;
pub(crate) mod problem;
mod record;
pub(crate) mod schema;
pub(crate) mod session;

pub(crate) use json::{ToJson, Wire, WireList};
pub(crate) use record::{ChoiceSchema, Components, Read, Shown, TextSchema, reference};
use serde::Serialize;
use utoipa::ToSchema;

/// Confirmation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Message {
    /// Sentence for people.
    pub(crate) message: &'static str,
}
