//! Shop owners on the wire.

use khata_core::calendar::{Date, TimeZone, Timestamp};
use khata_core::gst::Gstin;
use khata_core::id::OwnerId;
use khata_core::money::Currency;
use khata_core::owner::Owner;
use khata_core::phone::MobileNumber;
use khata_core::text::Name;
use khata_core::upi::UpiId;
use serde::Serialize;
use utoipa::ToSchema;

use super::schema;

/// Profile of a shop owner.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShopOwner {
    #[schema(value_type = schema::Id)]
    id: OwnerId,
    /// Name of the shop.
    #[schema(value_type = schema::Name)]
    shop_name: Name,
    /// Name of the owner.
    #[schema(value_type = schema::Name)]
    proprietor_name: Name,
    #[schema(value_type = schema::MobileNumber)]
    mobile_number: MobileNumber,
    #[schema(value_type = Option<schema::Gstin>, required)]
    gst_number: Option<Gstin>,
    /// State that the shop is located in.
    #[schema(value_type = Option<schema::Name>, required)]
    state: Option<Name>,
    /// Currency of all amounts; it cannot be changed.
    #[schema(value_type = schema::Currency)]
    currency: Currency,
    /// Time zone of the shop's dates; it cannot be changed.
    #[schema(value_type = schema::TimeZone)]
    time_zone: TimeZone,
    /// UPI id that customers can pay to.
    #[schema(value_type = Option<schema::UpiId>, required)]
    upi_id: Option<UpiId>,
    /// Last day of the locked period, in which nothing can be added or voided.
    #[schema(value_type = Option<schema::Date>, required)]
    locked_until: Option<Date>,
    #[schema(value_type = schema::Timestamp)]
    created_at: Timestamp,
    #[schema(value_type = schema::Timestamp)]
    updated_at: Timestamp,
}

impl From<Owner> for ShopOwner {
    fn from(owner: Owner) -> Self {
        Self {
            id: owner.id,
            shop_name: owner.shop_name,
            proprietor_name: owner.proprietor_name,
            mobile_number: owner.mobile,
            gst_number: owner.gst_number,
            state: owner.state,
            currency: owner.currency,
            time_zone: owner.time_zone,
            upi_id: owner.upi_id,
            locked_until: owner.locked_until,
            created_at: owner.created_at,
            updated_at: owner.updated_at,
        }
    }
}

/// Request to register a shop owner.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Registered {
    pub(crate) shop_owner: ShopOwner,
}

/// New session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoggedIn<'a> {
    pub(crate) shop_owner: ShopOwner,
    /// JWT to send as `Authorization: Bearer …`.
    pub(crate) token: &'a str,
    /// Expiry of the token.
    #[schema(value_type = schema::Timestamp)]
    pub(crate) expires_at: Timestamp,
}

/// Registered shop owner.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct Registration {
    /// Name of the shop.
    shop_name: schema::Name,
    /// Name of the owner.
    proprietor_name: schema::Name,
    /// Mobile number to log in with; unique among shop owners.
    mobile_number: schema::MobileNumberInput,
    password: schema::Password,
    /// GSTIN of the shop. If set, every invoice must state its tax.
    gst_number: Option<schema::Gstin>,
    /// State that the shop is located in.
    state: Option<schema::Name>,
    /// Currency of all amounts. Defaults to INR.
    currency: Option<schema::Currency>,
    /// Time zone of the shop's dates. Defaults to Asia/Kolkata.
    time_zone: Option<schema::TimeZone>,
    /// UPI id that customers can pay to.
    upi_id: Option<schema::UpiId>,
}

/// Login credentials.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct Credentials {
    mobile_number: schema::MobileNumberInput,
    password: String,
}

/// Update of a profile. Absent fields keep their value; `null` clears an optional field.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct ShopOwnerUpdate {
    /// Name of the shop.
    #[schema(nullable = false)]
    shop_name: Option<schema::Name>,
    /// Name of the owner.
    #[schema(nullable = false)]
    proprietor_name: Option<schema::Name>,
    /// Mobile number to log in with; unique among shop owners.
    #[schema(nullable = false)]
    mobile_number: Option<schema::MobileNumberInput>,
    gst_number: Option<schema::Gstin>,
    /// State that the shop is located in.
    state: Option<schema::Name>,
    /// UPI id that customers can pay to.
    upi_id: Option<schema::UpiId>,
    /// Last day of the period to lock, in which nothing can be added or voided.
    locked_until: Option<schema::DateInput>,
    /// New password. Requires `currentPassword` and ends all other sessions.
    #[schema(nullable = false)]
    password: Option<schema::Password>,
    /// Current password.
    #[schema(nullable = false)]
    current_password: Option<String>,
}
