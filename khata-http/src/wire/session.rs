//! Registering and logging in, on the wire.

use khata_core::calendar::Timestamp;
use khata_core::owner::Owner;
use khata_core::phone::MobileNumber;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Shown, TextSchema, Wire, json, schema};

/// Registered shop owner.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Registered<'a> {
    #[schema(value_type = ShownOwner)]
    #[serde(serialize_with = "json::serialize")]
    pub(crate) shop_owner: Wire<'a, Owner>,
}

/// New session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoggedIn<'a> {
    #[schema(value_type = ShownOwner)]
    #[serde(serialize_with = "json::serialize")]
    pub(crate) shop_owner: Wire<'a, Owner>,
    /// JWT to send as `Authorization: Bearer …`.
    pub(crate) token: &'a str,
    /// Expiry of the token.
    #[schema(value_type = schema::Timestamp)]
    pub(crate) expires_at: Timestamp,
    /// Value to keep on the device and to send with the next login. It authenticates nobody.
    pub(crate) device: &'a str,
}

/// For the derive macros, which take a type with parameters for several.
type ShownOwner = Shown<Owner>;
type AskedMobileNumber = TextSchema<MobileNumber>;

/// Login credentials.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct Credentials {
    #[schema(value_type = AskedMobileNumber)]
    mobile_number: MobileNumber,
    password: String,
    /// `device` of an earlier login; the cookie of that name if absent.
    device: Option<String>,
}

/// Confirmation of who is calling.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct Confirmation {
    /// Current password. It is needed if the login is older than 5 minutes.
    current_password: Option<String>,
}
