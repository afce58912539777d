//! The body of a problem (RFC 9457).

use khata_core::error::{Excess, FieldError, Refusal};
use khata_core::id::{CustomerId, ItemId};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::money::Amount;
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
    /// What is in the way, with status 409.
    #[serde(flatten)]
    pub(crate) obstacle: Obstacle,
}

/// What is in the way of an operation: ids and figures for programs.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Obstacle {
    /// Of `mobile_taken`: the customer who has the mobile number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    customer_id: Option<CustomerId>,
    /// Of `mobile_taken`: whether that customer is archived, and can be restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    archived: Option<bool>,
    /// Of `number_taken`: the document that has the number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    document_id: Option<ItemId>,
    /// Of `number_taken`: whether that document is void.
    #[serde(skip_serializing_if = "Option::is_none")]
    void: Option<bool>,
    /// Of `credit_limit_exceeded`: the credit limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>)]
    limit: Option<Box<RawValue>>,
    /// Of `credit_limit_exceeded`: what the customer owes without the new document.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>)]
    balance: Option<Box<RawValue>>,
    /// Of `credit_limit_exceeded`: by how much the limit would be exceeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>)]
    over: Option<Box<RawValue>>,
}

impl From<Refusal> for Obstacle {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::MobileTaken(Some(holder)) => Self {
                customer_id: Some(holder.customer),
                archived: Some(holder.archived),
                ..Self::default()
            },
            Refusal::NumberTaken(holder) => {
                Self { document_id: Some(holder.document), void: Some(holder.void), ..Self::default() }
            }
            Refusal::CreditLimitExceeded(Excess { limit, balance, over, currency }) => {
                let number = |amount| RawValue::from_string(currency.format_short(amount)).ok();
                Self { limit: number(limit), balance: number(balance), over: number(over), ..Self::default() }
            }
            _ => Self::default(),
        }
    }
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
