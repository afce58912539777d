//! The body of a problem (RFC 9457).

use khata_core::error::FieldError;
use serde::Serialize;
use utoipa::ToSchema;

use super::schema;
use crate::request_id::RequestId;

/// Error response (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// Always `about:blank`; see `code`.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// Reason phrase of the status.
    #[schema(examples("Not Found"))]
    pub(crate) title: &'static str,
    /// HTTP status code.
    #[schema(examples(404))]
    pub(crate) status: u16,
    /// Description of the error for people.
    pub(crate) detail: &'a str,
    /// Stable error code for programs.
    #[schema(examples("not_found"), pattern = "^[a-z_]+$")]
    pub(crate) code: &'static str,
    /// Id of the request in the server's log; also in the `X-Request-Id` header.
    #[schema(value_type = schema::Id)]
    pub(crate) request_id: RequestId,
    /// All validation errors, with status 422.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<FieldProblem<'a>>,
}

/// Validation error of one field or parameter.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FieldProblem<'a> {
    /// JSON Pointer into the body without its leading slash, or name of the query parameter. If fields contradict each
    /// other, the one to correct.
    #[schema(examples("allocations/1/amount"))]
    field: &'a str,
    /// Stable error code for programs.
    #[schema(examples("too_precise"), pattern = "^[a-z_]+$")]
    code: &'static str,
    /// Description of what is valid, for people.
    message: &'a str,
}

impl<'a> From<&'a FieldError> for FieldProblem<'a> {
    fn from(error: &'a FieldError) -> Self {
        Self { field: &error.field, code: error.code, message: &error.message }
    }
}
