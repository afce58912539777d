//! What reports read: lines, and sums over many rows.

use khata_core::id::CustomerId;
use khata_core::ledger::{Entry, EntryKind, ItemKind, Side};
use khata_core::store::{Account, DaySum, OpenSum};
use khata_core::text::Name;
use sqlx::FromRow;
use uuid::Uuid;

use super::{EntryRow, date, money, named, read, unsigned};
use crate::error::Unreadable;

/// An entry, and what its customer is called.
#[derive(Debug, FromRow)]
pub(crate) struct DayRow {
    #[sqlx(flatten)]
    entry: EntryRow,
    customer_name: String,
}

impl DayRow {
    /// Both, the entry without its allocations.
    pub(crate) fn named_entry(self) -> Result<(Name, Entry), Unreadable> {
        Ok((read("customers.name", Name::parse(&self.customer_name))?, self.entry.entry(Vec::new())?))
    }
}

/// Customer, name, balance, and what of it is later.
#[derive(Debug, FromRow)]
pub(crate) struct AccountRow(Uuid, String, i64, i64);

impl TryFrom<AccountRow> for Account {
    type Error = Unreadable;

    fn try_from(AccountRow(customer, name, balance, later): AccountRow) -> Result<Self, Unreadable> {
        Ok(Self {
            customer: CustomerId::from_uuid(customer),
            name: read("customers.name", Name::parse(&name))?,
            balance: money(balance),
            later: money(later),
        })
    }
}

/// Customer, side, due date, and how much was open.
#[derive(Debug, FromRow)]
pub(crate) struct OpenSumRow(Uuid, String, String, i64);

impl TryFrom<OpenSumRow> for OpenSum {
    type Error = Unreadable;

    fn try_from(OpenSumRow(customer, side, due, amount): OpenSumRow) -> Result<Self, Unreadable> {
        Ok(Self {
            customer: CustomerId::from_uuid(customer),
            side: named("items.side", Side::from_name(&side))?,
            due: date("items.due", &due)?,
            amount: money(amount),
        })
    }
}

/// Kind, kind of the item, how many, and how much.
#[derive(Debug, FromRow)]
pub(crate) struct DaySumRow(String, String, i64, i64);

impl TryFrom<DaySumRow> for DaySum {
    type Error = Unreadable;

    fn try_from(DaySumRow(kind, item_kind, count, amount): DaySumRow) -> Result<Self, Unreadable> {
        Ok(Self {
            kind: named("entries.kind", EntryKind::from_name(&kind))?,
            item_kind: named("items.kind", ItemKind::from_name(&item_kind))?,
            count: unsigned("count(*)", count)?,
            amount: money(amount),
        })
    }
}
