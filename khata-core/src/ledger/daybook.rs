//! The day book: all that is dated on one day.

use std::collections::BTreeMap;

use super::EntryKind;
use super::line::{LedgerLine, sum};
use crate::calendar::Date;
use crate::money::Money;
use crate::receipt::PaymentType;
use crate::store::{DayLine, StoreError};
use crate::text::Name;

/// A page of a day's book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayBook {
    /// The day: the effective date of the entries.
    pub date: Date,
    /// The entries of this page, by `seq`.
    pub entries: Vec<DayEntry>,
    /// The sums over the whole day, on every page.
    pub totals: DayTotals,
    /// The `seq` after which the next page begins, if there is one.
    pub next: Option<u64>,
}

/// An entry of a day's book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayEntry {
    /// What the customer is called now.
    pub customer_name: Name,
    /// The entry.
    pub entry: LedgerLine,
}

impl DayEntry {
    /// The entry of that line.
    pub(crate) fn read(line: &DayLine) -> Result<Self, StoreError> {
        Ok(Self { customer_name: line.customer_name.clone(), entry: LedgerLine::read(&line.line)? })
    }
}

/// Sums over a day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DayTotals {
    /// What was added to balances.
    pub debit: Money,
    /// What was taken off balances.
    pub credit: Money,
    /// By what the entries record; kinds that don't occur are left out.
    pub by_kind: BTreeMap<EntryKind, KindTotal>,
    /// Money received, by how it came, less that of receipts voided with effect of the day; ways that don't occur are
    /// left out.
    pub by_payment_type: BTreeMap<PaymentType, Money>,
}

/// The entries of a day and kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KindTotal {
    /// How many.
    pub count: u64,
    /// What they added to balances.
    pub debit: Money,
    /// What they took off balances.
    pub credit: Money,
}

impl DayTotals {
    /// Counts an entry.
    pub(crate) fn add(&mut self, entry: &LedgerLine) -> Result<(), StoreError> {
        self.debit = sum([self.debit, entry.debit])?;
        self.credit = sum([self.credit, entry.credit])?;
        let kind = self.by_kind.entry(entry.kind).or_default();
        kind.count += 1;
        kind.debit = sum([kind.debit, entry.debit])?;
        kind.credit = sum([kind.credit, entry.credit])?;
        if let Some(payment_type) = entry.payment_type {
            let received = self.by_payment_type.entry(payment_type).or_default();
            let given_back = entry.debit.checked_neg().ok_or_else(super::line::out_of_range)?;
            *received = sum([*received, entry.credit, given_back])?;
        }
        Ok(())
    }
}
