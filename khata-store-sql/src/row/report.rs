//! What reports read: lines, and sums over many rows.

use khata_core::id::CustomerId;
use khata_core::ledger::{Entry, EntryKind, ItemKind, Side};
use khata_core::store::{Account, DaySum, OpenSum};
use khata_core::text::Name;
use sqlx::FromRow;
use sqlx::types::chrono::NaiveDate;
use uuid::Uuid;

use super::{EntryRow, date, money, named, read, unsigned};
use crate::error::Unreadable;
use crate::set::{Column, Columns};

/// An entry, and what its customer is called.
#[derive(Debug, FromRow)]
pub(crate) struct DayRow {
    #[sqlx(flatten)]
    entry: EntryRow,
    customer_name: String,
}

/// Those of the entry. The statement names the other.
impl Columns for DayRow {
    fn columns(name: &'static str) -> Vec<Column> {
        EntryRow::columns(name)
    }
}

impl DayRow {
    /// Both, the entry without its allocations.
    pub(crate) fn named_entry(self) -> Result<(Name, Entry), Unreadable> {
        Ok((read("customers.name", Name::parse(&self.customer_name))?, self.entry.entry(Vec::new())?))
    }
}

row! {
    /// The sums of an account: before a period, in it up to a place, and in all of it.
    #[derive(FromRow)]
    pub(crate) struct SumsRow {
        pub(crate) before: i64,
        pub(crate) passed: i64,
        pub(crate) within: i64,
    }
}

row! {
    /// A customer's balance, and what of it is later.
    #[derive(FromRow)]
    pub(crate) struct AccountRow {
        id: Uuid,
        name: String,
        balance: i64,
        later: i64,
    }
}

impl TryFrom<AccountRow> for Account {
    type Error = Unreadable;

    fn try_from(row: AccountRow) -> Result<Self, Unreadable> {
        Ok(Self {
            customer: CustomerId::from_uuid(row.id),
            name: read("customers.name", Name::parse(&row.name))?,
            balance: money(row.balance),
            later: money(row.later),
        })
    }
}

row! {
    /// How much was open.
    #[derive(FromRow)]
    pub(crate) struct OpenSumRow {
        customer_id: Uuid,
        side: String,
        due: NaiveDate,
        amount: i64,
    }
}

impl TryFrom<OpenSumRow> for OpenSum {
    type Error = Unreadable;

    fn try_from(row: OpenSumRow) -> Result<Self, Unreadable> {
        Ok(Self {
            customer: CustomerId::from_uuid(row.customer_id),
            side: named("items.side", Side::from_name(&row.side))?,
            due: date("items.due", row.due)?,
            amount: money(row.amount),
        })
    }
}

row! {
    /// How much is overdue.
    #[derive(FromRow)]
    pub(crate) struct OverdueRow {
        pub(crate) amount: i64,
    }
}

row! {
    /// How many customers there are, and what they owe and are owed.
    #[derive(FromRow)]
    pub(crate) struct BalancesRow {
        pub(crate) customers: i64,
        pub(crate) receivable: i64,
        pub(crate) advances: i64,
    }
}

row! {
    /// What the entries of a kind add up to.
    #[derive(FromRow)]
    pub(crate) struct DaySumRow {
        kind: String,
        item_kind: String,
        count: i64,
        amount: i64,
    }
}

impl TryFrom<DaySumRow> for DaySum {
    type Error = Unreadable;

    fn try_from(row: DaySumRow) -> Result<Self, Unreadable> {
        Ok(Self {
            kind: named("entries.kind", EntryKind::from_name(&row.kind))?,
            item_kind: named("items.kind", ItemKind::from_name(&row.item_kind))?,
            count: unsigned("count(*)", row.count)?,
            amount: money(row.amount),
        })
    }
}
