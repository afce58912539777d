//! Ageing of receivables.

use std::collections::BTreeMap;

use super::Side;
use super::line::{out_of_range, sum};
use crate::calendar::Date;
use crate::id::CustomerId;
use crate::money::Money;
use crate::record::Record;
use crate::store::{Account, OpenSum, Outstanding, StoreError};
use crate::text::Name;

/// Amounts that customers owed at the end of a day, by age, from entries that had taken effect by then.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct Ageing {
    /// The day.
    #[field(name = "asOf")]
    pub as_of: Date,
    /// Customers with open amounts, including archived ones, by name.
    #[field(name = "customers", list)]
    pub customers: Vec<CustomerAgeing>,
    /// Sums over all customers.
    #[field(name = "total", record)]
    pub total: AgeingBuckets,
}

/// Amounts that a customer owed, by age.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct CustomerAgeing {
    /// The customer.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// Current name of the customer.
    #[field(name = "name")]
    pub name: Name,
    /// Amounts by age.
    #[field(flatten)]
    pub buckets: AgeingBuckets,
}

/// Amounts by the days between their due date and the day of the report. Together with the credit on account they add up
/// to the balance of that day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct AgeingBuckets {
    /// Due on the day, or later.
    #[field(name = "notDue")]
    pub not_due: Money,
    /// Due 1 to 30 days before.
    #[field(name = "days1To30", column = "days_1_to_30")]
    pub days_1_to_30: Money,
    /// Due 31 to 60 days before.
    #[field(name = "days31To60", column = "days_31_to_60")]
    pub days_31_to_60: Money,
    /// Due 61 to 90 days before.
    #[field(name = "days61To90", column = "days_61_to_90")]
    pub days_61_to_90: Money,
    /// Due 91 to 120 days before.
    #[field(name = "days91To120", column = "days_91_to_120")]
    pub days_91_to_120: Money,
    /// Due 121 days before, or earlier.
    #[field(name = "over120", column = "over_120")]
    pub over_120: Money,
    /// Credit on account, zero or less.
    #[field(name = "unapplied")]
    pub unapplied: Money,
    /// Balance: positive if the customer owed, negative if the shop did.
    #[field(name = "balance")]
    pub balance: Money,
}

impl AgeingBuckets {
    fn parts(&self) -> [Money; 7] {
        [
            self.not_due,
            self.days_1_to_30,
            self.days_31_to_60,
            self.days_61_to_90,
            self.days_91_to_120,
            self.over_120,
            self.unapplied,
        ]
    }

    fn is_empty(&self) -> bool {
        self.balance.is_zero() && self.parts().into_iter().all(Money::is_zero)
    }

    fn add(&mut self, open: &OpenSum, as_of: Date) -> Result<(), StoreError> {
        let (bucket, amount) = match open.side {
            Side::Credit => (&mut self.unapplied, open.amount.checked_neg().ok_or_else(out_of_range)?),
            Side::Debit => (self.bucket(as_of.days_since(open.due)), open.amount),
        };
        *bucket = sum([*bucket, amount])?;
        Ok(())
    }

    fn bucket(&mut self, days: i64) -> &mut Money {
        match days {
            ..=0 => &mut self.not_due,
            1..=30 => &mut self.days_1_to_30,
            31..=60 => &mut self.days_31_to_60,
            61..=90 => &mut self.days_61_to_90,
            91..=120 => &mut self.days_91_to_120,
            _ => &mut self.over_120,
        }
    }

    fn plus(&self, other: &Self) -> Result<Self, StoreError> {
        Ok(Self {
            not_due: sum([self.not_due, other.not_due])?,
            days_1_to_30: sum([self.days_1_to_30, other.days_1_to_30])?,
            days_31_to_60: sum([self.days_31_to_60, other.days_31_to_60])?,
            days_61_to_90: sum([self.days_61_to_90, other.days_61_to_90])?,
            days_91_to_120: sum([self.days_91_to_120, other.days_91_to_120])?,
            over_120: sum([self.over_120, other.over_120])?,
            unapplied: sum([self.unapplied, other.unapplied])?,
            balance: sum([self.balance, other.balance])?,
        })
    }
}

/// Computes the ageing of a shop as of a date.
///
/// # Errors
/// [`StoreError::Corrupt`] if the open amounts of a customer don't add up to the balance of the entries.
pub fn ageing(outstanding: &Outstanding, as_of: Date) -> Result<Ageing, StoreError> {
    let mut buckets: BTreeMap<CustomerId, AgeingBuckets> = BTreeMap::new();
    for open in &outstanding.open {
        buckets.entry(open.customer).or_default().add(open, as_of)?;
    }
    let mut customers = Vec::new();
    let mut total = AgeingBuckets::default();
    for Account { customer, name, balance, later } in &outstanding.accounts {
        let mut buckets = buckets.remove(customer).unwrap_or_default();
        buckets.balance = balance.checked_sub(*later).ok_or_else(out_of_range)?;
        if sum(buckets.parts())? != buckets.balance {
            return Err(StoreError::corrupt("the open amounts of a customer don't add up to the balance"));
        }
        if !buckets.is_empty() {
            total = total.plus(&buckets)?;
            customers.push(CustomerAgeing { customer: *customer, name: name.clone(), buckets });
        }
    }
    if !buckets.is_empty() {
        return Err(StoreError::corrupt("a customer without entries has an open amount"));
    }
    customers.sort_by_cached_key(|row| (crate::search::sort_key(row.name.as_str()), row.customer));
    Ok(Ageing { as_of, customers, total })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn paise(minor: i64) -> Money {
        Money::from_minor(minor)
    }

    fn account(name: &str, balance: i64, later: i64) -> Account {
        Account {
            customer: CustomerId::generate(),
            name: Name::parse(name).unwrap(),
            balance: paise(balance),
            later: paise(later),
        }
    }

    #[test]
    fn amounts_are_sorted_by_the_days_since_they_were_due() {
        let as_of = day("2026-11-24");
        let account = account("Ravi", 365, 0);
        let days = [-100, -1, 0, 1, 30, 31, 60, 61, 90, 91, 120, 121, 9_000];
        let open = |(n, days): (usize, i64)| OpenSum {
            customer: account.customer,
            side: Side::Debit,
            due: as_of.plus_days(-days).unwrap(),
            amount: paise([1, 2, 4, 8, 16, 32, 64][n % 7]),
        };
        let open: Vec<_> = days.into_iter().enumerate().map(open).collect();
        let balance: i64 = open.iter().map(|sum| sum.amount.minor()).sum();
        let outstanding =
            Outstanding { accounts: vec![Account { balance: paise(balance), ..account }], open };
        let ageing = ageing(&outstanding, as_of).unwrap();
        let expected = AgeingBuckets {
            not_due: paise(1 + 2 + 4),
            days_1_to_30: paise(8 + 16),
            days_31_to_60: paise(32 + 64),
            days_61_to_90: paise(1 + 2),
            days_91_to_120: paise(4 + 8),
            over_120: paise(16 + 32),
            unapplied: Money::ZERO,
            balance: paise(balance),
        };
        assert_eq!(ageing.customers[0].buckets, expected);
        assert_eq!(ageing.total, expected);
    }

    #[test]
    fn credit_is_in_a_column_of_its_own_and_negative() {
        let as_of = day("2026-11-24");
        let owes = account("b", 100, 30);
        let owed = account("A", -50, 0);
        let even = account("c", 0, 0);
        let sum = |account: &Account, side, amount| OpenSum {
            customer: account.customer,
            side,
            due: as_of,
            amount: paise(amount),
        };
        let open = vec![sum(&owes, Side::Debit, 70), sum(&owed, Side::Credit, 50)];
        let accounts = vec![owes, owed, even];
        let ageing = ageing(&Outstanding { accounts, open }, as_of).unwrap();
        let rows: Vec<_> = ageing
            .customers
            .iter()
            .map(|row| (row.name.as_str(), row.buckets.not_due, row.buckets.unapplied, row.buckets.balance))
            .collect();
        let expected = [("A", paise(0), paise(-50), paise(-50)), ("b", paise(70), paise(0), paise(70))];
        assert_eq!(rows, expected);
        assert_eq!((ageing.total.balance, ageing.total.unapplied), (paise(20), paise(-50)));
    }

    #[test]
    fn what_does_not_add_up_is_not_reported() {
        let as_of = day("2026-11-24");
        let account = account("Ravi", 100, 0);
        let open =
            |customer, amount| OpenSum { customer, side: Side::Debit, due: as_of, amount: paise(amount) };
        let short = Outstanding { accounts: vec![account.clone()], open: vec![open(account.customer, 99)] };
        assert!(matches!(ageing(&short, as_of), Err(StoreError::Corrupt { .. })));
        let stray = Outstanding { accounts: vec![], open: vec![open(account.customer, 99)] };
        assert!(matches!(ageing(&stray, as_of), Err(StoreError::Corrupt { .. })));
    }
}
