//! Queries for reports: rows of a period or a day, and sums over many rows. [`ledger`](crate::ledger) interprets them.

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

/// An entry without its allocations, and the document of its item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The entry.
    pub entry: Entry,
    /// Document of the item; for a void, the voided document. An opening balance has none.
    pub document: Option<Document>,
}

/// Selection of lines of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtractSelection {
    /// First day of the period.
    pub from: Date,
    /// Last day of the period, not before `from`.
    pub to: Date,
    /// Position after which the lines begin, in the period.
    pub after: Option<StatementCursor>,
    /// Maximum number of lines to return.
    pub limit: u32,
}

/// Lines of a customer's account, with sums for the opening and closing balance, read at a single point in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extract {
    /// Current state of the customer.
    pub customer: Customer,
    /// Sum of the entries dated before the period.
    pub before: Money,
    /// Sum of the period's entries up to the position `after`, inclusive; zero without a position.
    pub passed: Money,
    /// Sum of all entries of the period.
    pub within: Money,
    /// First lines of the selection, by (date, `seq`), without entries of no amount.
    pub lines: Vec<Line>,
}

/// A line of a day book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayLine {
    /// Current name of the customer.
    pub customer_name: Name,
    /// The line.
    pub line: Line,
}

/// A customer's balance, and the part of it that is dated after a day.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[record(internal, table = "customers")]
pub struct Account {
    /// The customer.
    #[field(column = "id")]
    pub customer: CustomerId,
    /// Current name of the customer.
    pub name: Name,
    /// Current balance.
    pub balance: Money,
    /// Sum of the entries dated after the day.
    pub later: Money,
}

/// The open amount of a customer's items of one side and due date at the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Record)]
#[record(internal, table = "items")]
pub struct OpenSum {
    /// The customer.
    #[field(column = "customer_id")]
    pub customer: CustomerId,
    /// Debits or credits.
    pub side: Side,
    /// Due date.
    pub due: Date,
    /// Open amount, not zero.
    pub amount: Money,
}

/// The open amounts of a shop at the end of a day, read at a single point in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outstanding {
    /// Every customer with an entry, including archived ones, by id.
    pub accounts: Vec<Account>,
    /// Open amounts by (customer, side, due): the sum, over the items dated on or before the day, of their current open
    /// amounts, of the amounts of allocations from or to them effective after the day, and of the amounts of those voided
    /// by an entry dated after the day. A sum of zero is left out.
    pub open: Vec<OpenSum>,
}

/// The sum of the entries of one day and kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Record)]
#[record(internal, table = "entries")]
pub struct DaySum {
    /// Kind of the entries.
    pub kind: EntryKind,
    /// Kind of their items; for voids, of the voided items.
    pub item_kind: ItemKind,
    /// Number of entries, at least one.
    pub count: u64,
    /// Sum of their signed amounts.
    pub amount: Money,
}

/// Figures of a shop for its summary, read at a single point in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// Number of customers who are not archived.
    pub customers: u64,
    /// Sum of the recorded balances above zero.
    pub receivable: Money,
    /// Sum of the recorded balances below zero.
    pub advances: Money,
    /// Sum of [`Outstanding::open`] of the day, over debits due before it.
    pub overdue: Money,
    /// Sums of the entries dated on the day, by (kind, item kind).
    pub sums: Vec<DaySum>,
    /// First customers with a balance above zero and without entries dated after the day, including archived ones, in
    /// [`CustomerOrder::Balance`](super::CustomerOrder::Balance).
    pub debtors: Vec<Customer>,
    /// Every customer with entries dated after the day, by [`Customer::post_dated`], by id.
    pub post_dated: Vec<Customer>,
}

/// Queries for reports.
#[async_trait]
pub trait ReportRepository: fmt::Debug + Send + Sync + 'static {
    /// Gets lines of a customer's account. The sums don't read a row per entry: a page of a long account costs as much as
    /// one of a short account, except for the aggregation over an index.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], also for a customer of another shop.
    async fn extract(
        &self,
        owner: OwnerId,
        customer: CustomerId,
        selection: &ExtractSelection,
    ) -> Result<Extract, StoreError>;

    /// Lists the first `limit` entries of a day with a `seq` above `after`, in order.
    ///
    /// # Errors
    /// Only errors of the database; a shop that doesn't exist has no entries.
    async fn day(
        &self,
        owner: OwnerId,
        date: Date,
        after: u64,
        limit: u32,
    ) -> Result<Vec<DayLine>, StoreError>;

    /// Gets the open amounts at the end of a day. The number of statements doesn't depend on the number of customers. A store
    /// reads the entries and allocations that took effect after the day, or those that took effect by it, if they are fewer.
    ///
    /// # Errors
    /// Only errors of the database; a shop that doesn't exist has no open amounts.
    async fn outstanding(&self, owner: OwnerId, as_of: Date) -> Result<Outstanding, StoreError>;

    /// Gets the figures of a shop for the summary of a day, with at most `debtors` debtors. The number of statements
    /// doesn't depend on the number of customers.
    ///
    /// # Errors
    /// Only errors of the database; a shop that doesn't exist has no customers.
    async fn overview(&self, owner: OwnerId, day: Date, debtors: u32) -> Result<Overview, StoreError>;
}
