//! What is to be paid, by due date.

use std::collections::BTreeMap;

use super::Side;
use super::line::sum;
use crate::calendar::Date;
use crate::money::Money;
use crate::record::Record;
use crate::store::{Outstanding, StoreError};

/// Amounts to be paid at the end of a day, by due date, without what pays them on account.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct Dues {
    /// The day.
    #[field(name = "asOf")]
    pub as_of: Date,
    /// Due dates with an open amount, the earliest first.
    #[field(name = "days", list)]
    pub days: Vec<DueDay>,
    /// Sum of the amounts.
    #[field(name = "total")]
    pub total: Money,
}

/// Amount to be paid by a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct DueDay {
    /// Due date.
    #[field(name = "due")]
    pub due: Date,
    /// Open amount of the debits that are due.
    #[field(name = "amount")]
    pub amount: Money,
}

/// Adds up what is to be paid.
///
/// # Errors
/// [`StoreError::Corrupt`] if a sum is out of range.
pub(crate) fn dues(outstanding: &Outstanding, as_of: Date) -> Result<Dues, StoreError> {
    let mut days: BTreeMap<Date, Vec<Money>> = BTreeMap::new();
    for open in outstanding.open.iter().filter(|open| open.side == Side::Debit) {
        days.entry(open.due).or_default().push(open.amount);
    }
    let day = |(due, amounts): (Date, Vec<Money>)| Ok(DueDay { due, amount: sum(amounts)? });
    let days = days.into_iter().map(day).collect::<Result<Vec<_>, StoreError>>()?;
    let total = sum(days.iter().map(|day| day.amount))?;
    Ok(Dues { as_of, days, total })
}
