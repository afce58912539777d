//! The summary of a shop.

use std::cmp::Reverse;

use super::line::sum;
use super::{ItemKind, PostDated};
use crate::calendar::Date;
use crate::customer::{Customer, CustomerView};
use crate::id::CustomerId;
use crate::money::Money;
use crate::record::Record;
use crate::store::{Overview, StoreError};
use crate::text::Name;

/// Maximum number of debtors in a summary.
pub const DEBTORS_MAX: u32 = 10;

/// Summary of a shop as it stands today. Post-dated entries count from their dates on, and are summed up beside the rest.
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
    /// Sums of the post-dated entries of all customers.
    #[field(name = "postDated", record)]
    pub post_dated: PostDated,
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

impl From<&CustomerView> for Debtor {
    fn from(customer: &CustomerView) -> Self {
        Self { customer: customer.id, balance: customer.balance(), name: customer.name.clone() }
    }
}

impl Summary {
    pub(crate) fn new(overview: Overview, today: Date) -> Result<Self, StoreError> {
        let moved = |kind: ItemKind| {
            sum(overview.sums.iter().filter(|sum| sum.item_kind == kind).map(|sum| sum.amount))
        };
        let standing = overview.post_dated.iter().map(|customer| customer.clone().on(today));
        let standing = standing.collect::<Result<Vec<_>, _>>()?;
        // The sums have the recorded balances of these customers.
        let of_today = |all: Money, counts: fn(Money) -> bool| {
            let balance = |amount: Money| if counts(amount) { amount } else { Money::ZERO };
            let recorded = overview.post_dated.iter().map(|customer| balance(customer.totals.balance));
            let today = standing.iter().map(|customer| balance(customer.balance()));
            sum([all].into_iter().chain(today))?
                .checked_sub(sum(recorded)?)
                .ok_or_else(super::line::out_of_range)
        };
        let post_dated =
            standing.iter().try_fold(PostDated::default(), |sums, customer| sums.and(customer.post_dated));
        Ok(Self {
            today,
            customers: overview.customers,
            receivable: of_today(overview.receivable, Money::is_positive)?,
            advances: negated(of_today(overview.advances, Money::is_negative)?)?,
            invoiced_today: moved(ItemKind::Invoice)?,
            received_today: negated(moved(ItemKind::Receipt)?)?,
            overdue: overview.overdue,
            post_dated: post_dated.ok_or_else(super::line::out_of_range)?,
            top_debtors: top_debtors(overview.debtors, standing, today)?,
        })
    }
}

/// Merges the debtors without post-dated entries, largest balance first, with the customers who have some.
fn top_debtors(
    debtors: Vec<Customer>,
    post_dated: Vec<CustomerView>,
    today: Date,
) -> Result<Vec<Debtor>, StoreError> {
    let debtors = debtors.into_iter().map(|customer| customer.on(today)).collect::<Result<Vec<_>, _>>()?;
    let mut owing: Vec<_> = debtors.into_iter().chain(post_dated).collect();
    owing.retain(|customer| customer.balance().is_positive());
    owing.sort_by_key(|customer| Reverse((customer.balance(), customer.id)));
    owing.truncate(DEBTORS_MAX as usize);
    Ok(owing.iter().map(Debtor::from).collect())
}

fn negated(amount: Money) -> Result<Money, StoreError> {
    amount.checked_neg().ok_or_else(super::line::out_of_range)
}
