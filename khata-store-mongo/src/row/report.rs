//! What reports read: sums over many rows.

use khata_core::id::CustomerId;
use khata_core::ledger::{EntryKind, ItemKind, Side};
use khata_core::store::{Account, DaySum, OpenSum};
use khata_core::text::Name;
use serde::Deserialize;

use super::{Id, Key, Row, date, money, named, read, unsigned};
use crate::error::Unreadable;
use crate::schema::{CUSTOMERS, Collection, ENTRIES, ITEMS};

/// The sums of an account: before a period, up to a place in it, and of all of it.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct AccountSumsRow {
    pub(crate) before: i64,
    pub(crate) passed: i64,
    pub(crate) within: i64,
}

impl Row for AccountSumsRow {
    const COLLECTION: &'static Collection = &ENTRIES;
}

/// A customer's name and balance.
#[derive(Debug, Deserialize)]
pub(crate) struct AccountRow {
    #[serde(rename = "_id")]
    key: Key,
    name: String,
    balance: i64,
}

impl Row for AccountRow {
    const COLLECTION: &'static Collection = &CUSTOMERS;
}

impl AccountRow {
    pub(crate) fn customer(&self) -> CustomerId {
        CustomerId::from_uuid(self.key.bits())
    }

    /// The account, of whose balance this much is later.
    pub(crate) fn account(self, later: i64) -> Result<Account, Unreadable> {
        Ok(Account {
            customer: self.customer(),
            name: read("customers.name", Name::parse(&self.name))?,
            balance: money(self.balance),
            later: money(later),
        })
    }
}

/// What a customer's entries after a day add up to.
#[derive(Debug, Deserialize)]
pub(crate) struct LaterRow {
    #[serde(rename = "_id")]
    customer: Id,
    pub(crate) amount: i64,
}

impl Row for LaterRow {
    const COLLECTION: &'static Collection = &ENTRIES;
}

impl LaterRow {
    pub(crate) fn customer(&self) -> CustomerId {
        CustomerId::from_uuid(self.customer.into())
    }
}

/// What was open of a customer's items of one side and due date.
#[derive(Debug, Deserialize)]
pub(crate) struct OpenSumRow {
    #[serde(rename = "_id")]
    group: OpenGroup,
    amount: i64,
}

#[derive(Debug, Deserialize)]
struct OpenGroup {
    customer: Id,
    side: String,
    due: String,
}

impl Row for OpenSumRow {
    const COLLECTION: &'static Collection = &ITEMS;
}

impl TryFrom<OpenSumRow> for OpenSum {
    type Error = Unreadable;

    fn try_from(row: OpenSumRow) -> Result<Self, Unreadable> {
        Ok(Self {
            customer: CustomerId::from_uuid(row.group.customer.into()),
            side: named("items.account.side", Side::from_name(&row.group.side))?,
            due: date("items.due", &row.group.due)?,
            amount: money(row.amount),
        })
    }
}

/// What was overdue.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct OverdueRow {
    pub(crate) amount: i64,
}

impl Row for OverdueRow {
    const COLLECTION: &'static Collection = &ITEMS;
}

/// How many customers there are, and what they owe and are owed in all.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct BalancesRow {
    pub(crate) customers: i64,
    pub(crate) receivable: i64,
    pub(crate) advances: i64,
}

impl Row for BalancesRow {
    const COLLECTION: &'static Collection = &CUSTOMERS;
}

/// The entries of a day and kind, added up; voids by the kind of what they void.
#[derive(Debug, Deserialize)]
pub(crate) struct DaySumRow {
    #[serde(rename = "_id")]
    group: DayGroup,
    count: i64,
    amount: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DayGroup {
    kind: String,
    item_kind: String,
}

impl Row for DaySumRow {
    const COLLECTION: &'static Collection = &ENTRIES;
}

impl TryFrom<DaySumRow> for DaySum {
    type Error = Unreadable;

    fn try_from(row: DaySumRow) -> Result<Self, Unreadable> {
        Ok(Self {
            kind: named("entries.kind", EntryKind::from_name(&row.group.kind))?,
            item_kind: named("items.kind", ItemKind::from_name(&row.group.item_kind))?,
            count: unsigned("count", row.count)?,
            amount: money(row.amount),
        })
    }
}
