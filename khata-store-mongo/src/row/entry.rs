//! `entries`.

use khata_core::id::{ActorId, CustomerId, EntryId, ItemId};
use khata_core::ledger::{Allocation, ChainHash, Entry, EntryKind};
use khata_core::text::Note;
use serde::{Deserialize, Serialize};

use super::hash::Hash;
use super::{Id, Key, Moment, Row, date, moment, money, named, read_option, signed, time, unsigned};
use crate::error::Unreadable;
use crate::schema::{Collection, ENTRIES};

/// An entry; its allocations are rows of their own.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntryRow {
    #[serde(rename = "_id")]
    key: Key,
    seq: i64,
    actor_id: Id,
    kind: String,
    customer_id: Id,
    item_id: Id,
    date: String,
    recorded_at: Moment,
    amount: i64,
    reason: Option<String>,
    body_hash: Option<Hash>,
    hash: Hash,
}

impl Row for EntryRow {
    const COLLECTION: &'static Collection = &ENTRIES;
}

impl From<&Entry> for EntryRow {
    fn from(entry: &Entry) -> Self {
        Self {
            key: (entry.owner, entry.id).into(),
            seq: signed(entry.seq),
            actor_id: entry.actor.uuid().into(),
            kind: entry.kind.as_str().to_owned(),
            customer_id: entry.customer.uuid().into(),
            item_id: entry.item.uuid().into(),
            date: entry.date.to_string(),
            recorded_at: moment(entry.recorded_at),
            amount: entry.amount.minor(),
            reason: entry.reason.as_ref().map(ToString::to_string),
            body_hash: entry.body_hash.map(Hash::from),
            hash: entry.hash.0.into(),
        }
    }
}

impl EntryRow {
    pub(crate) fn seq(&self) -> i64 {
        self.seq
    }

    /// The entry, with these allocations.
    pub(crate) fn entry(self, allocations: Vec<Allocation>) -> Result<Entry, Unreadable> {
        Ok(Entry {
            owner: self.key.owner(),
            seq: unsigned("entries.seq", self.seq)?,
            id: EntryId::from_uuid(self.key.bits()),
            actor: ActorId::from_uuid(self.actor_id.into()),
            kind: named("entries.kind", EntryKind::from_name(&self.kind))?,
            customer: CustomerId::from_uuid(self.customer_id.into()),
            item: ItemId::from_uuid(self.item_id.into()),
            date: date("entries.date", &self.date)?,
            recorded_at: time("entries.recordedAt", self.recorded_at)?,
            amount: money(self.amount),
            reason: read_option("entries.reason", self.reason, Note::parse)?,
            body_hash: self.body_hash.map(|hash| hash.bytes("entries.bodyHash")).transpose()?,
            allocations,
            hash: ChainHash(self.hash.bytes("entries.hash")?),
        })
    }
}
