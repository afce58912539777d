//! The documents of the collections, one struct each, and how they become core's types and come of them.
//!
//! A row is read by the constructors that parse what comes in at a door, so what core gets is valid by construction.

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

use bson::DateTime;
use khata_core::calendar::{Date, Timestamp};
use khata_core::money::Money;
use serde::de::DeserializeOwned;

pub(crate) use allocation::{AllocationRow, Ordinal};
pub(crate) use customer::{BalanceChange, CustomerRow, MobileRow, WordUsesRow};
pub(crate) use document::{DocumentRow, NumberRow};
pub(crate) use entry::EntryRow;
pub(crate) use idempotency::IdempotencyRow;
pub(crate) use item::{AccountSide, ItemChange, ItemRow};
pub(crate) use key::{Key, NamedKey};
pub(crate) use owner::{OwnerChange, OwnerMobileRow, OwnerRow};
pub(crate) use report::{
    AccountRow, AccountSumsRow, BalancesRow, DaySumRow, LaterRow, OpenSumRow, OverdueRow,
};
pub(crate) use session::SessionRow;
pub(crate) use throttle::ThrottleRow;

use crate::error::Unreadable;
use crate::schema::Collection;

/// A document of one collection.
pub(crate) trait Row: DeserializeOwned + Send + Sync + Unpin {
    /// Which.
    const COLLECTION: &'static Collection;
}

/// A value read by one of core's constructors.
fn read<T, E>(field: &'static str, value: Result<T, E>) -> Result<T, Unreadable>
where
    E: Into<Box<dyn StdError + Send + Sync>>,
{
    value.map_err(|error| Unreadable::new(field, error))
}

/// A value that may be absent, read by one of core's constructors.
fn read_option<T, E>(
    field: &'static str,
    value: Option<String>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, Unreadable>
where
    E: Into<Box<dyn StdError + Send + Sync>>,
{
    value.map(|value| read(field, parse(&value))).transpose()
}

/// A kind, a side or the like, by its stable name.
fn named<T>(field: &'static str, value: Option<T>) -> Result<T, Unreadable> {
    value.ok_or_else(|| Unreadable::new(field, "an unknown name"))
}

fn date(field: &'static str, value: &str) -> Result<Date, Unreadable> {
    read(field, Date::parse(value))
}

fn time(field: &'static str, moment: DateTime) -> Result<Timestamp, Unreadable> {
    Timestamp::from_millis(moment.timestamp_millis())
        .ok_or_else(|| Unreadable::new(field, "a time out of range"))
}

/// A moment, for a field.
pub(crate) fn moment(time: Timestamp) -> DateTime {
    DateTime::from_millis(time.millis())
}

pub(crate) fn money(minor: i64) -> Money {
    Money::from_minor(minor)
}

pub(crate) fn unsigned(field: &'static str, value: i64) -> Result<u64, Unreadable> {
    read(field, u64::try_from(value))
}

/// A `seq`, a revision or a count, for a field.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).expect("what counts rows stays far below 2^63")
}

/// A number that fields are compared with. One too large for a field is larger than any in it.
pub(crate) fn bound(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
