//! The body of a problem (RFC 9457).

use khata_core::error::FieldError;
use serde::Serialize;
use utoipa::ToSchema;

use super::schema;
use crate::request_id::RequestId;

/// Why a request did not succeed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// Always `about:blank`: `code` says more.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// The status in words.
    #[schema(examples("Not Found"))]
    pub(crate) title: &'static str,
    /// The status.
    #[schema(examples(404))]
    pub(crate) status: u16,
    /// What happened, in a sentence or two for people.
    pub(crate) detail: &'a str,
    /// What happened, for programs; it stays the same.
    #[schema(examples("not_found"), pattern = "^[a-z_]+$")]
    pub(crate) code: &'static str,
    /// What to quote when asking about it; also in `X-Request-Id`.
    #[schema(value_type = schema::Id)]
    pub(crate) request_id: RequestId,
    /// With 422: every fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<FieldProblem<'a>>,
}

/// A fault of one field or parameter.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FieldProblem<'a> {
    /// A JSON Pointer into the body without its leading slash, a query parameter's name, or, for a fault between
    /// fields, the one to correct.
    #[schema(examples("allocations/1/amount"))]
    field: &'a str,
    /// What is wrong, for programs; it stays the same.
    #[schema(examples("too_precise"), pattern = "^[a-z_]+$")]
    code: &'static str,
    /// What would be right, for people.
    message: &'a str,
}

impl<'a> From<&'a FieldError> for FieldProblem<'a> {
    fn from(error: &'a FieldError) -> Self {
        Self { field: &error.field, code: error.code, message: &error.message }
    }
}
