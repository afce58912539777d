//! Entries on the wire: the lines of the ledger, as the hash chain covers them.

use khata_core::calendar::{Date, Timestamp};
use khata_core::id::{ActorId, CustomerId, EntryId, ItemId, OwnerId};
use khata_core::ledger::{self, EntryKind, ItemKind};
use khata_core::money::{Currency, Money};
use khata_core::text::Note;
use serde::Serialize;
use utoipa::ToSchema;

use super::money::Amount;
use super::schema;

/// Immutable entry of the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    /// Sequence number, gapless from 1.
    seq: u64,
    #[schema(value_type = schema::Id)]
    id: EntryId,
    #[schema(value_type = schema::Id)]
    shop_owner_id: OwnerId,
    /// Shop owner who caused it.
    #[schema(value_type = schema::Id)]
    actor_id: ActorId,
    #[schema(value_type = Kind)]
    kind: EntryKind,
    /// Customer whose balance it changes.
    #[schema(value_type = schema::Id)]
    customer_id: CustomerId,
    /// Item that it opened or, for a void, reversed: id of the document, or of the entry of an opening balance.
    #[schema(value_type = schema::Id)]
    item_id: ItemId,
    /// Effective date: the date of the document.
    #[schema(value_type = schema::Date)]
    date: Date,
    /// When it was recorded; never earlier than the previous entry.
    #[schema(value_type = schema::Timestamp)]
    recorded_at: Timestamp,
    /// Amount added to the balance; negative for a credit.
    amount: Amount,
    /// Reason, if the entry is a void.
    #[schema(value_type = Option<schema::Note>, required)]
    reason: Option<Note>,
    /// SHA-256 hash of the document's body; null if it has no document of its own.
    #[schema(value_type = Option<schema::Hash>, required)]
    body_hash: Option<String>,
    /// Allocations that it made and reversed.
    allocations: Vec<Allocation>,
    /// SHA-256 hash over the previous entry's hash and all of this entry.
    #[schema(value_type = schema::Hash)]
    hash: String,
}

/// Allocation of a part of a credit to a part of a debit.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EntryAllocation)]
pub(crate) struct Allocation {
    /// Item that is paid: an invoice, or an opening balance by the id of its entry.
    #[schema(value_type = schema::Id)]
    debit_id: ItemId,
    #[schema(value_type = PaidKind)]
    debit_kind: ItemKind,
    /// Item that pays: a receipt, a credit note, or an opening balance by the id of its entry.
    #[schema(value_type = schema::Id)]
    credit_id: ItemId,
    #[schema(value_type = PaidKind)]
    credit_kind: ItemKind,
    /// Amount; negative if it reverses an earlier allocation.
    amount: Amount,
    /// First day that it is effective on.
    #[schema(value_type = schema::Date)]
    effective_date: Date,
}

impl Entry {
    pub(crate) fn new(entry: ledger::Entry, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        let allocation = |row: ledger::Allocation| Allocation {
            debit_id: row.debit,
            debit_kind: row.debit_kind,
            credit_id: row.credit,
            credit_kind: row.credit_kind,
            amount: amount(row.amount),
            effective_date: row.effective,
        };
        Self {
            seq: entry.seq,
            id: entry.id,
            shop_owner_id: entry.owner,
            actor_id: entry.actor,
            kind: entry.kind,
            customer_id: entry.customer,
            item_id: entry.item,
            date: entry.date,
            recorded_at: entry.recorded_at,
            amount: amount(entry.amount),
            reason: entry.reason,
            body_hash: entry.body_hash.map(hex::encode),
            allocations: entry.allocations.into_iter().map(allocation).collect(),
            hash: entry.hash.to_string(),
        }
    }
}

/// Kind of an entry.
#[derive(ToSchema)]
#[schema(as = EntryKind, rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes the library's type of that name")]
pub(crate) enum Kind {
    Invoice,
    Receipt,
    CreditNote,
    OpeningBalance,
    Void,
}

/// What is paid, or pays.
#[derive(ToSchema)]
#[schema(as = ItemKind, rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes the library's `ItemKind`")]
pub(crate) enum PaidKind {
    Invoice,
    Receipt,
    CreditNote,
    OpeningBalance,
}
