//! The customer, and how a customer stands.

use khata_core::calendar::{Date, Timestamp};
use khata_core::customer;
use khata_core::ledger::views;
use khata_core::money::{Currency, Money};
use uuid::Uuid;

use super::{Of, record};
use crate::field::Amount;

record! {
    /// A customer of a shop.
    Customer {
        /// The customer.
        id: Uuid,
        /// The shop.
        shop_owner_id: Uuid,
        /// The customer's name.
        name: String,
        /// The firm's name.
        firm_name: Option<String>,
        /// In international form; unique in the shop, archived customers included.
        mobile_number: String,
        /// The city.
        city: Option<String>,
        /// The state.
        state: Option<String>,
        /// The customer's GSTIN.
        gst_number: Option<String>,
        /// How much the customer may owe.
        credit_limit: Option<Amount>,
        /// What the customer owes; negative where the shop owes. It counts all that is recorded, whatever its date.
        balance: Amount,
        /// Since when the customer is in the archive.
        archived_at: Option<Timestamp>,
        /// When the customer was added.
        created_at: Timestamp,
        /// When the customer's particulars last changed.
        updated_at: Timestamp,
        /// Changes with the customer, the balance included: what `update_customer` takes as `revision`.
        revision: u64,
    }
}

impl Of<customer::Customer> for Customer {
    fn of(customer: customer::Customer, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        Self {
            balance: amount(customer.balance()),
            id: customer.id.uuid(),
            shop_owner_id: customer.owner.uuid(),
            name: customer.name.to_string(),
            firm_name: customer.firm_name.map(|name| name.to_string()),
            mobile_number: customer.mobile.to_string(),
            city: customer.city.map(|city| city.to_string()),
            state: customer.state.map(|state| state.to_string()),
            gst_number: customer.gst_number.map(|gstin| gstin.to_string()),
            credit_limit: customer.credit_limit.map(amount),
            archived_at: customer.archived_at,
            created_at: customer.created_at,
            updated_at: customer.updated_at,
            revision: customer.revision,
        }
    }
}

record! {
    /// How a customer stood at the end of a day.
    Balance {
        /// What the customer owed; negative where the shop owed.
        balance: Amount,
        /// All invoices.
        invoiced: Amount,
        /// All receipts.
        received: Amount,
        /// What was on account: credit not yet used to pay anything.
        unapplied: Amount,
        /// What was due before that day and not paid.
        overdue: Amount,
        /// The day.
        as_of: Date,
    }
}

impl Of<views::Balance> for Balance {
    fn of(balance: views::Balance, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        Self {
            balance: amount(balance.balance),
            invoiced: amount(balance.invoiced),
            received: amount(balance.received),
            unapplied: amount(balance.unapplied),
            overdue: amount(balance.overdue),
            as_of: balance.as_of,
        }
    }
}
