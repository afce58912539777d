//! Voids on the wire.

use utoipa::ToSchema;

use super::schema;

/// Request to void a document.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct Void {
    /// Reason.
    reason: schema::Note,
    /// First day on which the document no longer counts: not before its date, nor before the date of the last void that
    /// freed a part of it. Defaults to today, or to that date if it is later.
    date: Option<schema::DateInput>,
}
