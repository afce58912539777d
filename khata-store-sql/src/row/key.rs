//! What rows are asked for by.

use khata_core::id::{CustomerId, EntryId, ItemId, OwnerId, SessionId};
use khata_core::idempotency::IdempotencyKey;
use khata_core::ledger::Entry;
use khata_core::number::NumberKey;
use khata_core::phone::MobileNumber;
use khata_core::search::WORD_CHARACTERS_MAX;
use khata_core::store::{OpenItemsKey, ThrottleKey};
use uuid::Uuid;

use super::signed;

row! {
    /// A shop.
    pub(crate) struct OwnerKey {
        id: Uuid,
    }
}

impl From<&OwnerId> for OwnerKey {
    fn from(owner: &OwnerId) -> Self {
        Self { id: owner.uuid() }
    }
}

row! {
    /// What has an id in a shop.
    pub(crate) struct IdKey {
        pub(super) owner_id: Uuid,
        pub(super) id: Uuid,
    }
}

macro_rules! id_keys {
    ($($id:ident),+) => {$(
        impl From<&(OwnerId, $id)> for IdKey {
            fn from((owner, id): &(OwnerId, $id)) -> Self {
                Self { owner_id: owner.uuid(), id: id.uuid() }
            }
        }
    )+};
}

id_keys!(CustomerId, EntryId, ItemId, SessionId);

row! {
    /// An entry by its place.
    #[derive(PartialEq, Eq, PartialOrd, Ord)]
    pub(crate) struct SeqKey {
        pub(super) owner_id: Uuid,
        pub(super) seq: i64,
    }
}

impl From<&Entry> for SeqKey {
    fn from(entry: &Entry) -> Self {
        Self { owner_id: entry.owner.uuid(), seq: signed(entry.seq) }
    }
}

row! {
    /// A customer's mobile number.
    pub(crate) struct MobileKey<'a> {
        owner_id: Uuid,
        mobile: &'a str,
    }
}

impl<'a> From<&'a (OwnerId, MobileNumber)> for MobileKey<'a> {
    fn from((owner, mobile): &'a (OwnerId, MobileNumber)) -> Self {
        Self { owner_id: owner.uuid(), mobile: mobile.as_str() }
    }
}

row! {
    /// The key of a request.
    pub(crate) struct RequestKey<'a> {
        owner_id: Uuid,
        key: &'a str,
    }
}

impl<'a> From<&'a (OwnerId, IdempotencyKey)> for RequestKey<'a> {
    fn from((owner, key): &'a (OwnerId, IdempotencyKey)) -> Self {
        Self { owner_id: owner.uuid(), key: key.as_str() }
    }
}

row! {
    /// A document's number.
    pub(crate) struct NumberRowKey<'a> {
        owner_id: Uuid,
        kind: &'static str,
        year: i64,
        number: &'a str,
    }
}

impl<'a> From<&'a (OwnerId, NumberKey)> for NumberRowKey<'a> {
    fn from((owner, key): &'a (OwnerId, NumberKey)) -> Self {
        let series = key.series();
        Self {
            owner_id: owner.uuid(),
            kind: series.kind.as_str(),
            year: series.year.start_year().into(),
            number: key.number(),
        }
    }
}

row! {
    /// A customer's open items on one side, up to a sum.
    pub(crate) struct OpenKey {
        owner_id: Uuid,
        customer_id: Uuid,
        side: &'static str,
        up_to: i64,
    }
}

impl From<&(OwnerId, OpenItemsKey)> for OpenKey {
    fn from((owner, key): &(OwnerId, OpenItemsKey)) -> Self {
        Self {
            owner_id: owner.uuid(),
            customer_id: key.customer.uuid(),
            side: key.side.as_str(),
            up_to: key.up_to.minor(),
        }
    }
}

row! {
    /// What tries are counted by.
    pub(crate) struct TriesKey<'a> {
        key: &'a str,
    }
}

impl<'a> From<&'a ThrottleKey> for TriesKey<'a> {
    fn from(key: &'a ThrottleKey) -> Self {
        Self { key: key.as_str() }
    }
}

row! {
    /// The words that begin with one: from it on, the end excluded.
    pub(crate) struct WordRange {
        first: String,
        until: String,
    }
}

impl WordRange {
    /// Bytes of UTF-8 sort as the characters do, and after the word itself none can have so many of the last character.
    pub(crate) fn beginning_with(word: &str) -> Self {
        let last = char::MAX.to_string().repeat(WORD_CHARACTERS_MAX);
        Self { first: word.to_owned(), until: format!("{word}{last}") }
    }
}
