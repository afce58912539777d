//! Statements of a customer's account over a period.

use super::EntryKind;
use super::line::{LedgerLine, sum};
use crate::calendar::Date;
use crate::customer::CustomerView;
use crate::id::ItemId;
use crate::money::Money;
use crate::number::DocumentNumber;
use crate::page::{Limit, Page};
use crate::record::Record;
use crate::store::{Extract, StoreError};
use crate::text::Note;

/// A position in a customer's account, which is ordered by date, then `seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementCursor {
    /// Effective date of the entry.
    pub date: Date,
    /// `seq` of the entry.
    pub seq: u64,
}

/// A page of a customer's statement. Both ends of the period are included; dates are effective dates.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct Statement {
    /// The customer as it stands today.
    #[field(name = "customer", record)]
    pub customer: CustomerView,
    /// First day of the period; none if the statement begins with the account.
    #[field(name = "from")]
    pub from: Option<Date>,
    /// Last day of the period.
    #[field(name = "to")]
    pub to: Date,
    /// Balance before the period, the same on every page.
    #[field(name = "openingBalance")]
    pub opening: Money,
    /// Lines of this page, by date, then `seq`.
    #[field(name = "entries", list)]
    pub entries: Vec<StatementEntry>,
    /// Balance at the end of the period, the same on every page.
    #[field(name = "closingBalance")]
    pub closing: Money,
    /// Where the next page begins, if there is one.
    #[field(skip)]
    pub next: Option<StatementCursor>,
}

/// A line of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct StatementEntry {
    /// `seq` of the entry.
    #[field(name = "seq")]
    pub seq: u64,
    /// Effective date.
    #[field(name = "date")]
    pub date: Date,
    /// Kind of the entry.
    #[field(name = "kind")]
    pub kind: EntryKind,
    /// Number of the document; for a void, of the voided document. An opening balance has none.
    #[field(name = "number")]
    pub number: Option<DocumentNumber>,
    /// The document; for a void, the voided document. An opening balance has none.
    #[field(name = "documentId")]
    pub document: Option<ItemId>,
    /// Amount that it adds to the balance; zero for a credit.
    #[field(name = "debit")]
    pub debit: Money,
    /// Amount that it subtracts from the balance; zero for a debit.
    #[field(name = "credit")]
    pub credit: Money,
    /// Balance after it, in the order of the statement.
    #[field(name = "balance")]
    pub balance: Money,
    /// Note on the document; for a void, its reason.
    #[field(name = "note")]
    pub note: Option<Note>,
}

impl StatementEntry {
    fn new(line: LedgerLine, balance: Money) -> Self {
        let LedgerLine { seq, date, kind, number, document, debit, credit, note, .. } = line;
        Self { seq, date, kind, number, document, debit, credit, balance, note }
    }
}

impl Statement {
    /// Creates a page of at most `limit` lines from an extract with up to one more.
    pub(crate) fn new(
        extract: Extract,
        from: Option<Date>,
        to: Date,
        limit: Limit,
        today: Date,
    ) -> Result<Self, StoreError> {
        let Extract { customer, before, passed, within, lines } = extract;
        let page =
            Page::cut(lines, limit, |last| StatementCursor { date: last.entry.date, seq: last.entry.seq });
        let mut balance = sum([before, passed])?;
        let entries = page.items.iter().map(|line| {
            balance = sum([balance, line.entry.amount])?;
            Ok(StatementEntry::new(LedgerLine::read(line)?, balance))
        });
        Ok(Self {
            customer: customer.on(today)?,
            from,
            to,
            opening: before,
            entries: entries.collect::<Result<_, StoreError>>()?,
            closing: sum([before, within])?,
            next: page.next,
        })
    }
}
