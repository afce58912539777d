//! `entries`.

use khata_core::id::{ActorId, CustomerId, EntryId, ItemId, OwnerId};
use khata_core::ledger::{Allocation, ChainHash, Entry, EntryKind};
use khata_core::text::Note;
use sqlx::FromRow;
use sqlx::types::chrono::NaiveDate;
use uuid::Uuid;

use super::hash::Hash;
use super::{date, money, named, read_option, signed, time, unsigned};
use crate::error::Unreadable;

row! {
    /// An entry; its allocations are rows of their own.
    #[derive(Debug, FromRow)]
    pub(crate) struct EntryRow {
        owner_id: Uuid,
        seq: i64,
        id: Uuid,
        actor_id: Uuid,
        kind: String,
        customer_id: Uuid,
        item_id: Uuid,
        date: NaiveDate,
        recorded_at: i64,
        amount: i64,
        reason: Option<String>,
        body_hash: Option<Hash>,
        hash: Hash,
    }
}

impl From<&Entry> for EntryRow {
    fn from(entry: &Entry) -> Self {
        Self {
            owner_id: entry.owner.uuid(),
            seq: signed(entry.seq),
            id: entry.id.uuid(),
            actor_id: entry.actor.uuid(),
            kind: entry.kind.as_str().to_owned(),
            customer_id: entry.customer.uuid(),
            item_id: entry.item.uuid(),
            date: entry.date.naive(),
            recorded_at: entry.recorded_at.millis(),
            amount: entry.amount.minor(),
            reason: entry.reason.as_ref().map(ToString::to_string),
            body_hash: entry.body_hash.map(Hash::from),
            hash: entry.hash.0.into(),
        }
    }
}

impl EntryRow {
    /// The entry, with these allocations.
    pub(crate) fn entry(self, allocations: Vec<Allocation>) -> Result<Entry, Unreadable> {
        Ok(Entry {
            owner: OwnerId::from_uuid(self.owner_id),
            seq: unsigned("entries.seq", self.seq)?,
            id: EntryId::from_uuid(self.id),
            actor: ActorId::from_uuid(self.actor_id),
            kind: named("entries.kind", EntryKind::from_name(&self.kind))?,
            customer: CustomerId::from_uuid(self.customer_id),
            item: ItemId::from_uuid(self.item_id),
            date: date("entries.date", self.date)?,
            recorded_at: time("entries.recorded_at", self.recorded_at)?,
            amount: money(self.amount),
            reason: read_option("entries.reason", self.reason, Note::parse)?,
            body_hash: self.body_hash.map(|hash| hash.bytes("entries.body_hash")).transpose()?,
            allocations,
            hash: ChainHash(self.hash.bytes("entries.hash")?),
        })
    }
}
