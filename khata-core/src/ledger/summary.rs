//! The summary: a shop at a glance.

use super::ItemKind;
use super::line::sum;
use crate::calendar::Date;
use crate::customer::Customer;
use crate::money::Money;
use crate::store::{Overview, StoreError};

/// How many debtors a summary names.
pub const DEBTORS_MAX: u32 = 10;

/// A shop at a glance. Balances count all that is recorded, as those of the customers do; what is overdue and what
/// happened today go by effective dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Today, by the shop's clock.
    pub today: Date,
    /// How many customers there are, without the archived ones.
    pub customers: u64,
    /// What customers owe: the sum of the balances above zero.
    pub receivable: Money,
    /// What the shop owes customers: the sum of the balances below zero, as an amount of zero or more.
    pub advances: Money,
    /// Today's invoices, less those voided with effect of today.
    pub invoiced_today: Money,
    /// Today's receipts, less those voided with effect of today.
    pub received_today: Money,
    /// What was due before today and is not paid.
    pub overdue: Money,
    /// The customers who owe most, at most [`DEBTORS_MAX`], the largest balance first.
    pub top_debtors: Vec<Customer>,
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
            top_debtors: overview.debtors,
        })
    }
}

fn negated(amount: Money) -> Result<Money, StoreError> {
    amount.checked_neg().ok_or_else(super::line::out_of_range)
}
