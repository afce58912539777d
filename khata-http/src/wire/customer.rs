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

/// A customer of the shop.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Customer {
    #[schema(value_type = schema::Id)]
    id: CustomerId,
    #[schema(value_type = schema::Id)]
    shop_owner_id: OwnerId,
    #[schema(value_type = schema::Name)]
    name: Name,
    /// The firm's name.
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
    /// How much the customer may owe.
    #[schema(required)]
    credit_limit: Option<Amount>,
    /// What the customer owes; negative where the shop owes. It counts all that is recorded, whatever its date.
    balance: Amount,
    /// Since when the customer is in the archive.
    #[schema(value_type = Option<schema::Timestamp>, required)]
    archived_at: Option<Timestamp>,
    #[schema(value_type = schema::Timestamp)]
    created_at: Timestamp,
    /// When the customer's particulars last changed.
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

/// A customer to be added.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct NewCustomer {
    name: schema::Name,
    /// No other customer of the shop may have it, archived ones included.
    mobile_number: schema::MobileNumberInput,
    /// The firm's name.
    firm_name: Option<schema::Name>,
    city: Option<schema::Name>,
    state: Option<schema::Name>,
    gst_number: Option<schema::Gstin>,
    /// What the customer owes from before the book began; negative where the shop owes.
    opening_balance: Option<schema::SignedAmountInput>,
    /// The opening balance's date; today if absent.
    opening_date: Option<schema::DateInput>,
    /// How much the customer may owe.
    credit_limit: Option<schema::AmountInput>,
}

/// A change of a customer. What is absent stays as it is; `null` clears what can be cleared.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "it describes a body that is read as a form")]
pub(crate) struct CustomerUpdate {
    #[schema(nullable = false)]
    name: Option<schema::Name>,
    /// No other customer of the shop may have it, archived ones included.
    #[schema(nullable = false)]
    mobile_number: Option<schema::MobileNumberInput>,
    /// The firm's name.
    firm_name: Option<schema::Name>,
    city: Option<schema::Name>,
    state: Option<schema::Name>,
    gst_number: Option<schema::Gstin>,
    /// How much the customer may owe.
    credit_limit: Option<schema::AmountInput>,
}
