//! Reading for reports: rows of a period or a day, and plain sums over many rows. What they mean is said by
//! [`ledger`](crate::ledger).

use std::fmt;

use async_trait::async_trait;

use super::StoreError;
use crate::calendar::Date;
use crate::customer::Customer;
use crate::documents::Document;
use crate::id::{CustomerId, OwnerId};
use crate::ledger::statement::StatementCursor;
use crate::ledger::{Entry, EntryKind, ItemKind, Side};
use crate::money::Money;
use crate::record::Record;
use crate::text::Name;

/// An entry, without its allocations, and the paper of its item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The entry.
    pub entry: Entry,
    /// The paper; of a void, that of what it voids. An opening balance has none.
    pub document: Option<Document>,
}

/// Which lines of an account to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtractSelection {
    /// The first day of the period.
    pub from: Date,
    /// The last day of it, not before `from`.
    pub to: Date,
    /// Only lines after this place, which lies in the period.
    pub after: Option<StatementCursor>,
    /// At most so many.
    pub limit: u32,
}

/// Lines of a customer's account, and the sums to begin and end with. Read at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extract {
    /// The customer as it is now.
    pub customer: Customer,
    /// The sum of the entries dated before the period.
    pub before: Money,
    /// The sum of the period's entries up to the place `after`, that one included; zero without one.
    pub passed: Money,
    /// The sum of all the period's entries.
    pub within: Money,
    /// The first lines of the selection, by (date, `seq`).
    pub lines: Vec<Line>,
}

/// A line of a day's book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayLine {
    /// What the customer is called now.
    pub customer_name: Name,
    /// The line.
    pub line: Line,
}

/// A customer's balance, and what of it is dated after a day.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[record(internal, table = "customers")]
pub struct Account {
    /// The customer.
    #[field(column = "id")]
    pub customer: CustomerId,
    /// What the customer is called now.
    pub name: Name,
    /// The balance now.
    pub balance: Money,
    /// The sum of the entries dated after the day.
    pub later: Money,
}

/// What of a customer's items of one side and due date was open at the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Record)]
#[record(internal, table = "items")]
pub struct OpenSum {
    /// Whose.
    #[field(column = "customer_id")]
    pub customer: CustomerId,
    /// Debits or credits.
    pub side: Side,
    /// When they are due.
    pub due: Date,
    /// How much; not zero.
    pub amount: Money,
}

/// What was open in a shop at the end of a day. Read at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outstanding {
    /// Every customer with an entry, archived ones too, by id.
    pub accounts: Vec<Account>,
    /// By (customer, side, due): the sum, over the items dated on or before the day, of what is open of them now, of
    /// the amounts of allocations from or to them effective after the day, and of the amounts of those voided by an
    /// entry dated after the day. A sum of zero is left out.
    pub open: Vec<OpenSum>,
}

/// The entries of one day and kind, added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Record)]
#[record(internal, table = "entries")]
pub struct DaySum {
    /// What they record.
    pub kind: EntryKind,
    /// What their items came from: of voids, what they void.
    pub item_kind: ItemKind,
    /// How many there are; at least one.
    pub count: u64,
    /// What they add to the balances.
    pub amount: Money,
}

/// A shop at a glance. Read at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// How many customers there are that are not archived.
    pub customers: u64,
    /// The sum of the balances above zero.
    pub receivable: Money,
    /// The sum of the balances below zero.
    pub advances: Money,
    /// The sum of [`Outstanding::open`] of the day, over debits due before it.
    pub overdue: Money,
    /// The entries dated that day, by (kind, item kind).
    pub sums: Vec<DaySum>,
    /// The first customers with a balance above zero, archived ones too, in
    /// [`CustomerOrder::Balance`](super::CustomerOrder::Balance).
    pub debtors: Vec<Customer>,
}

/// Rows and sums for reports.
#[async_trait]
pub trait ReportRepository: fmt::Debug + Send + Sync + 'static {
    /// Lines of a customer's account. The sums cost no row for each entry: a page of a long account costs as much as
    /// one of a short one, but for adding up what an index holds.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], also for a customer of another shop.
    async fn extract(
        &self,
        owner: OwnerId,
        customer: CustomerId,
        selection: &ExtractSelection,
    ) -> Result<Extract, StoreError>;

    /// The first `limit` entries of a day with a `seq` above `after`, in order.
    ///
    /// # Errors
    /// Those of the database only; a shop that isn't there has no entries.
    async fn day(
        &self,
        owner: OwnerId,
        date: Date,
        after: u64,
        limit: u32,
    ) -> Result<Vec<DayLine>, StoreError>;

    /// What was open at the end of a day. It takes the same number of statements however many customers there are,
    /// and reads no entry or allocation that took effect by the day.
    ///
    /// # Errors
    /// Those of the database only; in a shop that isn't there nothing is open.
    async fn outstanding(&self, owner: OwnerId, as_of: Date) -> Result<Outstanding, StoreError>;

    /// The shop at a glance, for a day, with at most so many debtors. It takes the same number of statements however
    /// many customers there are.
    ///
    /// # Errors
    /// Those of the database only; a shop that isn't there has no customers.
    async fn overview(&self, owner: OwnerId, day: Date, debtors: u32) -> Result<Overview, StoreError>;
}
