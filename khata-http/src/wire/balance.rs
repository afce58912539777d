//! A customer's balance on the wire.

use khata_core::calendar::Date;
use khata_core::money::{Currency, Money};
use serde::Serialize;
use utoipa::ToSchema;

use super::money::Amount;
use super::schema;

/// How a customer stood at the end of a day, by the dates on the papers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Balance {
    /// What the customer owed; negative where the shop owed.
    balance: Amount,
    /// All invoices, less voided ones.
    invoiced: Amount,
    /// All receipts, less voided ones.
    received: Amount,
    /// What was on account: received, but not yet used to pay anything.
    unapplied: Amount,
    /// What was due before that day and not paid.
    overdue: Amount,
    #[schema(value_type = schema::Date)]
    as_of: Date,
}

impl Balance {
    pub(crate) fn new(balance: &khata_core::ledger::Balance, currency: Currency) -> Self {
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
