//! What goes over the wire: the answers, and for the description of the API the bodies of requests, which themselves
//! are read as forms (see `khata_core::form`).

pub(crate) mod balance;
pub(crate) mod credit_note;
pub(crate) mod customer;
pub(crate) mod entry;
pub(crate) mod explain;
pub(crate) mod invoice;
pub(crate) mod money;
pub(crate) mod parameter;
pub(crate) mod problem;
pub(crate) mod receipt;
pub(crate) mod report;
pub(crate) mod schema;
pub(crate) mod shopowner;
pub(crate) mod statement;
pub(crate) mod void;

use serde::Serialize;
use utoipa::ToSchema;

/// Confirmation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Message {
    /// Sentence for people.
    pub(crate) message: &'static str,
}
