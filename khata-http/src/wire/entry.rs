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

/// A line of the ledger. It never changes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    /// Its place in the book: gapless from 1.
    seq: u64,
    #[schema(value_type = schema::Id)]
    id: EntryId,
    #[schema(value_type = schema::Id)]
    shop_owner_id: OwnerId,
    /// Who caused it.
    #[schema(value_type = schema::Id)]
    actor_id: ActorId,
    #[schema(value_type = Kind)]
    kind: EntryKind,
    /// Whose balance it moves.
    #[schema(value_type = schema::Id)]
    customer_id: CustomerId,
    /// What it opened or, of a void, reversed: the id of the invoice or receipt, or that of the entry of an opening
    /// balance.
    #[schema(value_type = schema::Id)]
    item_id: ItemId,
    /// The effective date: what the paper says.
    #[schema(value_type = schema::Date)]
    date: Date,
    /// When the book learnt of it; never earlier than the entry before.
    #[schema(value_type = schema::Timestamp)]
    recorded_at: Timestamp,
    /// What it adds to the balance; negative for a credit.
    amount: Amount,
    /// Why, of a void.
    #[schema(value_type = Option<schema::Note>, required)]
    reason: Option<Note>,
    /// SHA-256 of the paper's body; null where there is no paper of its own.
    #[schema(value_type = Option<schema::Hash>, required)]
    body_hash: Option<String>,
    /// Which credits pay which debits since it, and which do not any more.
    allocations: Vec<Allocation>,
    /// SHA-256 over the hash of the entry before and all of this one.
    #[schema(value_type = schema::Hash)]
    hash: String,
}

/// A part of a credit that pays a part of a debit.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EntryAllocation)]
pub(crate) struct Allocation {
    /// What is paid: an invoice, or an opening balance by its entry's id.
    #[schema(value_type = schema::Id)]
    debit_id: ItemId,
    #[schema(value_type = PaidKind)]
    debit_kind: ItemKind,
    /// What pays: a receipt or a credit note, or an opening balance by its entry's id.
    #[schema(value_type = schema::Id)]
    credit_id: ItemId,
    #[schema(value_type = PaidKind)]
    credit_kind: ItemKind,
    /// How much; negative where it takes back what an earlier entry allocated.
    amount: Amount,
    /// From which day on it holds.
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

/// What an entry records.
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
