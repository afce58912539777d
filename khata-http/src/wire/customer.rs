//! Customers on the wire.

use khata_core::calendar::Timestamp;
use khata_core::gst::Gstin;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::money::Currency;
use khata_core::phone::MobileNumber;
use khata_core::text::Name;
use serde::Serialize;
use utoipa::ToSchema;

use super::money::Amount;
use super::schema;

/// Customer of a shop.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Customer {
    #[schema(value_type = schema::Id)]
    id: CustomerId,
    #[schema(value_type = schema::Id)]
    shop_owner_id: OwnerId,
    #[schema(value_type = schema::Name)]
    name: Name,
    /// Name of the customer's firm.
    #[schema(value_type = Option<schema::Name>, required)]
    firm_name: Option<Name>,
    #[schema(value_type = schema::MobileNumber)]
    mobile_number: MobileNumber,
    #[schema(value_type = Option<schema::Name>, required)]
    city: Option<Name>,
    #[schema(value_type = Option<schema::Name>, required)]
    state: Option<Name>,
    #[schema(value_type = Option<schema::Gstin>, required)]
    gst_number: Option<Gstin>,
    /// Maximum balance that the customer may owe.
    #[schema(required)]
    credit_limit: Option<Amount>,
    /// Amount that the customer owes; negative if the shop owes. Includes all entries, whatever their date.
    balance: Amount,
    /// When the customer was archived.
    #[schema(value_type = Option<schema::Timestamp>, required)]
    archived_at: Option<Timestamp>,
    #[schema(value_type = schema::Timestamp)]
    created_at: Timestamp,
    /// When the customer's details last changed.
    #[schema(value_type = schema::Timestamp)]
    updated_at: Timestamp,
}

impl Customer {
    pub(crate) fn new(customer: khata_core::customer::Customer, currency: Currency) -> Self {
        Self {
            balance: Amount::new(customer.balance(), currency),
            id: customer.id,
            shop_owner_id: customer.owner,
            name: customer.name,
            firm_name: customer.firm_name,
            mobile_number: customer.mobile,
            city: customer.city,
            state: customer.state,
            gst_number: customer.gst_number,
            credit_limit: customer.credit_limit.map(|limit| Amount::new(limit, currency)),
            archived_at: customer.archived_at,
            created_at: customer.created_at,
            updated_at: customer.updated_at,
        }
    }
}

/// Request to add a customer.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct NewCustomer {
    name: schema::Name,
    /// Mobile number; unique among the shop's customers, including archived ones.
    mobile_number: schema::MobileNumberInput,
    /// Name of the customer's firm.
    firm_name: Option<schema::Name>,
    city: Option<schema::Name>,
    state: Option<schema::Name>,
    gst_number: Option<schema::Gstin>,
    /// Amount that the customer owes from before the book began; negative if the shop owes.
    opening_balance: Option<schema::SignedAmountInput>,
    /// Date of the opening balance. Defaults to today.
    opening_date: Option<schema::DateInput>,
    /// Maximum balance that the customer may owe.
    credit_limit: Option<schema::AmountInput>,
}

/// Update of a customer. Absent fields keep their value; `null` clears an optional field.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct CustomerUpdate {
    #[schema(nullable = false)]
    name: Option<schema::Name>,
    /// Mobile number; unique among the shop's customers, including archived ones.
    #[schema(nullable = false)]
    mobile_number: Option<schema::MobileNumberInput>,
    /// Name of the customer's firm.
    firm_name: Option<schema::Name>,
    city: Option<schema::Name>,
    state: Option<schema::Name>,
    gst_number: Option<schema::Gstin>,
    /// Maximum balance that the customer may owe.
    credit_limit: Option<schema::AmountInput>,
}
