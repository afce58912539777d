//! The summary of a shop.

use super::ItemKind;
use super::line::sum;
use crate::calendar::Date;
use crate::customer::Customer;
use crate::id::CustomerId;
use crate::money::Money;
use crate::record::Record;
use crate::store::{Overview, StoreError};
use crate::text::Name;

/// Maximum number of debtors in a summary.
pub const DEBTORS_MAX: u32 = 10;

/// Summary of a shop. Balances include all recorded entries; the overdue amount and the figures of today go by effective
/// dates.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct Summary {
    /// Today, by the shop's clock.
    #[field(name = "today", programs)]
    pub today: Date,
    /// Number of customers, without archived ones.
    #[field(name = "customers")]
    pub customers: u64,
    /// Amount that customers owe: the sum of the balances above zero.
    #[field(name = "receivable")]
    pub receivable: Money,
    /// Amount that the shop owes customers: the sum of the balances below zero, without its sign.
    #[field(name = "advances")]
    pub advances: Money,
    /// Sum of today's invoices, less those voided with effect of today.
    #[field(name = "invoicedToday")]
    pub invoiced_today: Money,
    /// Sum of today's receipts, less those voided with effect of today.
    #[field(name = "receivedToday")]
    pub received_today: Money,
    /// Amount that was due before today and is not paid.
    #[field(name = "overdue")]
    pub overdue: Money,
    /// The customers who owe most, at most ten, the largest balance first.
    #[field(name = "topDebtors", list)]
    pub top_debtors: Vec<Debtor>,
}

/// A customer who owes.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct Debtor {
    /// The customer.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// Name of the customer.
    #[field(name = "name")]
    pub name: Name,
    /// Balance of the customer.
    #[field(name = "balance")]
    pub balance: Money,
}

impl From<Customer> for Debtor {
    fn from(customer: Customer) -> Self {
        Self { customer: customer.id, balance: customer.balance(), name: customer.name }
    }
}

impl Summary {
    pub(crate) fn new(overview: Overview, today: Date) -> Result<Self, StoreError> {
        let moved = |kind: ItemKind| {
            sum(overview.sums.iter().filter(|sum| sum.item_kind == kind).map(|sum| sum.amount))
        };
        Ok(Self {
            today,
            customers: overview.customers,
            receivable: overview.receivable,
            advances: negated(overview.advances)?,
            invoiced_today: moved(ItemKind::Invoice)?,
            received_today: negated(moved(ItemKind::Receipt)?)?,
            overdue: overview.overdue,
            top_debtors: overview.debtors.into_iter().map(Debtor::from).collect(),
        })
    }
}

fn negated(amount: Money) -> Result<Money, StoreError> {
    amount.checked_neg().ok_or_else(super::line::out_of_range)
}
