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
mod scalar;
mod session;
mod throttle;

use std::error::Error as StdError;

use bson::{Document, RawDocument, deserialize_from_slice};
use khata_core::calendar::{Date, Timestamp};
use khata_core::money::Money;
use khata_core::store::StoreError;
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
pub(crate) use scalar::{Id, Moment};
pub(crate) use session::SessionRow;
pub(crate) use throttle::ThrottleRow;

use crate::error::Unreadable;
use crate::schema::Collection;

/// A document of one collection.
pub(crate) trait Row: DeserializeOwned + Send + Sync + Unpin {
    /// Which.
    const COLLECTION: &'static Collection;
}

/// The row that the server sent.
pub(crate) fn from_bytes<R: Row>(bytes: &RawDocument) -> Result<R, StoreError> {
    deserialize_from_slice(bytes.as_bytes()).or_else(|error| match Document::try_from(bytes) {
        Ok(document) => Ok(from_document(document)?),
        Err(_) => Err(StoreError::corrupt(error)),
    })
}

/// The same, and if it can't be read, which field of it: to keep track of that takes longer than to read the row.
pub(crate) fn from_document<R: Row>(document: Document) -> Result<R, Unreadable> {
    serde_path_to_error::deserialize(bson::Deserializer::new(document.into())).map_err(|error| {
        let field = format!("{}.{}", R::COLLECTION.name, error.path());
        Unreadable::new(field, error.into_inner())
    })
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

fn time(field: &'static str, moment: Moment) -> Result<Timestamp, Unreadable> {
    Timestamp::from_millis(moment.millis()).ok_or_else(|| Unreadable::new(field, "a time out of range"))
}

/// A moment, for a field.
pub(crate) fn moment(time: Timestamp) -> Moment {
    Moment::from_millis(time.millis())
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

#[cfg(test)]
mod tests {
    use bson::{RawDocumentBuf, doc, serialize_to_raw_document_buf};

    use super::*;

    fn session(opened_at: impl Into<bson::Bson>) -> RawDocumentBuf {
        let id = || bson::Uuid::from(uuid::Uuid::now_v7());
        let document = doc! {
            "_id": { "ownerId": id(), "id": id() }, "currency": "INR", "timeZone": "Asia/Kolkata",
            "openedAt": opened_at.into(), "expiresAt": bson::DateTime::from_millis(1),
        };
        serialize_to_raw_document_buf(&document).unwrap()
    }

    #[test]
    fn a_row_is_read_as_it_was_written() {
        let sent = session(bson::DateTime::from_millis(-7));
        let row: SessionRow = from_bytes(&sent).unwrap();
        assert_eq!(serialize_to_raw_document_buf(&row).unwrap(), sent);
    }

    #[test]
    fn what_of_a_row_cannot_be_read_is_named() {
        for wrong in ["yesterday".into(), 7_i64.into(), bson::Bson::Null] {
            let StoreError::Corrupt { source } = from_bytes::<SessionRow>(&session(wrong)).err().unwrap()
            else {
                panic!("a row that can't be read is corrupt");
            };
            assert_eq!(source.to_string(), "`sessions.openedAt` can't be read");
        }
    }
}
