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

/// A shop owner's profile.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShopOwner {
    #[schema(value_type = schema::Id)]
    id: OwnerId,
    /// The shop's name.
    #[schema(value_type = schema::Name)]
    shop_name: Name,
    /// The owner's name.
    #[schema(value_type = schema::Name)]
    proprietor_name: Name,
    #[schema(value_type = schema::MobileNumber)]
    mobile_number: MobileNumber,
    #[schema(value_type = Option<schema::Gstin>, required)]
    gst_number: Option<Gstin>,
    /// The state that the shop lies in.
    #[schema(value_type = Option<schema::Name>, required)]
    state: Option<Name>,
    /// The currency of all amounts; it never changes.
    #[schema(value_type = schema::Currency)]
    currency: Currency,
    /// Where the shop's days begin; it never changes.
    #[schema(value_type = schema::TimeZone)]
    time_zone: TimeZone,
    /// Where customers can pay.
    #[schema(value_type = Option<schema::UpiId>, required)]
    upi_id: Option<UpiId>,
    /// Nothing can be added or voided that is dated on or before this day.
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

/// A new shop owner.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Registered {
    pub(crate) shop_owner: ShopOwner,
}

/// An open session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoggedIn<'a> {
    pub(crate) shop_owner: ShopOwner,
    /// A JWT, to be sent as `Authorization: Bearer …`.
    pub(crate) token: &'a str,
    /// When the token ends.
    #[schema(value_type = schema::Timestamp)]
    pub(crate) expires_at: Timestamp,
}

/// A registration.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct Registration {
    /// The shop's name.
    shop_name: schema::Name,
    /// The owner's name.
    proprietor_name: schema::Name,
    /// What the owner logs in with; no other owner may have it.
    mobile_number: schema::MobileNumberInput,
    password: schema::Password,
    /// A shop with one must say the tax on every invoice.
    gst_number: Option<schema::Gstin>,
    /// The state that the shop lies in.
    state: Option<schema::Name>,
    /// The currency of all amounts; INR if absent.
    currency: Option<schema::Currency>,
    /// Where the shop's days begin; Asia/Kolkata if absent.
    time_zone: Option<schema::TimeZone>,
    /// Where customers can pay.
    upi_id: Option<schema::UpiId>,
}

/// What to log in with.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct Credentials {
    mobile_number: schema::MobileNumberInput,
    password: String,
}

/// A change of the profile. What is absent stays as it is; `null` clears what can be cleared.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct ShopOwnerUpdate {
    /// The shop's name.
    #[schema(nullable = false)]
    shop_name: Option<schema::Name>,
    /// The owner's name.
    #[schema(nullable = false)]
    proprietor_name: Option<schema::Name>,
    /// What the owner logs in with; no other owner may have it.
    #[schema(nullable = false)]
    mobile_number: Option<schema::MobileNumberInput>,
    gst_number: Option<schema::Gstin>,
    /// The state that the shop lies in.
    state: Option<schema::Name>,
    /// Where customers can pay.
    upi_id: Option<schema::UpiId>,
    /// Nothing can be added from then on that is dated on or before this day.
    locked_until: Option<schema::DateInput>,
    /// A new password; it needs `currentPassword`, and ends all other sessions.
    #[schema(nullable = false)]
    password: Option<schema::Password>,
    /// The password as it is.
    #[schema(nullable = false)]
    current_password: Option<String>,
}
