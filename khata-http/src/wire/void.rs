//! Voids on the wire.

use utoipa::ToSchema;

use super::schema;

/// A void to be made.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct Void {
    /// Why.
    reason: schema::Note,
    /// From which day on the document doesn't count any more: not before its date, nor before the day on which a void
    /// last set a part of it free. The later of that and today if absent.
    date: Option<schema::DateInput>,
}
