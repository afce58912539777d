//! The statement: a customer's account over a period, line by line.

use super::line::{LedgerLine, sum};
use crate::calendar::Date;
use crate::customer::Customer;
use crate::money::Money;
use crate::page::{Limit, Page};
use crate::store::{Extract, StoreError};

/// A place in a customer's account, which is by date, then `seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementCursor {
    /// The effective date.
    pub date: Date,
    /// The entry's place in the book.
    pub seq: u64,
}

/// A page of a customer's statement. Both ends of the period are included; dates are effective dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The customer as it is now.
    pub customer: Customer,
    /// The first day; none if the statement begins with the account.
    pub from: Option<Date>,
    /// The last day.
    pub to: Date,
    /// The balance before the period, on every page.
    pub opening: Money,
    /// The lines of this page, by date, then `seq`.
    pub lines: Vec<StatementLine>,
    /// The balance at the end of the period, on every page.
    pub closing: Money,
    /// Where the next page begins, if there is one.
    pub next: Option<StatementCursor>,
}

/// A line of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// The entry.
    pub entry: LedgerLine,
    /// The balance after it, in the order of the statement.
    pub balance: Money,
}

impl Statement {
    /// A page of at most `limit` lines, from an extract of one more.
    pub(crate) fn new(
        extract: Extract,
        from: Option<Date>,
        to: Date,
        limit: Limit,
    ) -> Result<Self, StoreError> {
        let Extract { customer, before, passed, within, lines } = extract;
        let page =
            Page::cut(lines, limit, |last| StatementCursor { date: last.entry.date, seq: last.entry.seq });
        let mut balance = sum([before, passed])?;
        let lines = page.items.iter().map(|line| {
            balance = sum([balance, line.entry.amount])?;
            Ok(StatementLine { entry: LedgerLine::read(line)?, balance })
        });
        Ok(Self {
            customer,
            from,
            to,
            opening: before,
            lines: lines.collect::<Result<_, StoreError>>()?,
            closing: sum([before, within])?,
            next: page.next,
        })
    }
}
