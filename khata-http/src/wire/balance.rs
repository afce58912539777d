//! A customer's balance on the wire.

use khata_core::calendar::Date;
use khata_core::money::{Currency, Money};
use serde::Serialize;
use utoipa::ToSchema;

use super::money::Amount;
use super::schema;

/// Balance of a customer at the end of a day, by document date.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Balance {
    /// Amount that the customer owed; negative if the shop owed.
    balance: Amount,
    /// Total of invoices that are not void.
    invoiced: Amount,
    /// Total of receipts that are not void.
    received: Amount,
    /// Amount on account: received, but not allocated.
    unapplied: Amount,
    /// Amount that was due before that day and not paid.
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
