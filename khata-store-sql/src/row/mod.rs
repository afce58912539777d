//! The rows of the tables, one struct each, and how they become core's types and come of them.
//!
//! A row is read by the constructors that parse what comes in at a door, so what core gets is valid by construction.
//! Its fields are called as the columns are.

mod allocation;
mod customer;
mod document;
mod entry;
mod hash;
mod idempotency;
mod item;
mod key;
mod owner;
mod report;
mod session;
mod throttle;

use std::error::Error as StdError;

use khata_core::calendar::{Date, Timestamp};
use khata_core::money::Money;
use sqlx::types::chrono::NaiveDate;

pub(crate) use allocation::AllocationRow;
pub(crate) use customer::{BalanceRow, CustomerPutRow, CustomerRow, HolderRow, RarestRow, WordRow};
pub(crate) use document::{DocumentRow, NumberRow, StoredDocumentRow};
pub(crate) use entry::EntryRow;
pub(crate) use hash::Hash;
pub(crate) use idempotency::IdempotencyRow;
pub(crate) use item::{ItemChangeRow, ItemRow};
pub(crate) use key::{
    IdKey, MobileKey, NumberRowKey, OpenKey, OwnerKey, RequestKey, SeqKey, TriesKey, WordRange,
};
pub(crate) use owner::{ChainRow, CredentialsRow, HeadRow, NewOwnerRow, OwnerRow, PasswordRow};
pub(crate) use report::{AccountRow, BalancesRow, DayRow, DaySumRow, OpenSumRow, OverdueRow, SumsRow};
pub(crate) use session::LiveSessionRow;
pub(crate) use throttle::ThrottleRow;

use crate::error::Unreadable;

/// A value read by one of core's constructors.
fn read<T, E>(column: &'static str, value: Result<T, E>) -> Result<T, Unreadable>
where
    E: Into<Box<dyn StdError + Send + Sync>>,
{
    value.map_err(|error| Unreadable::new(column, error))
}

/// A value that may be absent, read by one of core's constructors.
fn read_option<T, E>(
    column: &'static str,
    value: Option<String>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, Unreadable>
where
    E: Into<Box<dyn StdError + Send + Sync>>,
{
    value.map(|value| read(column, parse(&value))).transpose()
}

/// A kind, a side or the like, by its stable name.
fn named<T>(column: &'static str, value: Option<T>) -> Result<T, Unreadable> {
    value.ok_or_else(|| Unreadable::new(column, "an unknown name"))
}

fn date(column: &'static str, value: NaiveDate) -> Result<Date, Unreadable> {
    read(column, Date::from_naive(value))
}

fn time(column: &'static str, millis: i64) -> Result<Timestamp, Unreadable> {
    Timestamp::from_millis(millis).ok_or_else(|| Unreadable::new(column, "a time out of range"))
}

pub(crate) fn money(minor: i64) -> Money {
    Money::from_minor(minor)
}

pub(crate) fn unsigned(column: &'static str, value: i64) -> Result<u64, Unreadable> {
    read(column, u64::try_from(value))
}

/// A `seq`, a revision or a count, for a column.
fn signed(value: u64) -> i64 {
    i64::try_from(value).expect("what counts rows stays far below 2^63")
}

/// A number that columns are compared with. One too large for a column is larger than any in it.
pub(crate) fn bound(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
