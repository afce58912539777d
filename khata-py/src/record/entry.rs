//! The entry: a line of the ledger, as the chain has it.

use khata_core::calendar::{Date, Timestamp};
use khata_core::ledger;
use khata_core::money::{Currency, Money};
use uuid::Uuid;

use super::{Of, record};
use crate::field::{Amount, Rows, Word};

record! {
    /// An entry of the ledger. Entries never change.
    Entry {
        /// Its place: gapless from 1 in each shop.
        seq: u64,
        /// Its id.
        id: Uuid,
        /// The shop.
        shop_owner_id: Uuid,
        /// Who caused it.
        actor_id: Uuid,
        /// What it records.
        kind: Word,
        /// Whose balance it moves.
        customer_id: Uuid,
        /// The document or opening balance that it recorded or, of a void, reversed.
        item_id: Uuid,
        /// What the paper says.
        date: Date,
        /// When the book learnt of it.
        recorded_at: Timestamp,
        /// What it adds to the balance; negative for a credit.
        amount: Amount,
        /// Why, of a void.
        reason: Option<String>,
        /// SHA-256 of the document's body in hexadecimal; none where there is no paper.
        body_hash: Option<String>,
        /// What it caused to pay what.
        allocations: Rows<EntryAllocation>,
        /// SHA-256 over the hash before and the rest of the entry, in hexadecimal.
        hash: String,
    }
}

record! {
    /// A part of one item that pays another.
    EntryAllocation {
        /// What is paid.
        debit_id: Uuid,
        /// Its kind.
        debit_kind: Word,
        /// What pays.
        credit_id: Uuid,
        /// Its kind.
        credit_kind: Word,
        /// How much; negative where it takes back what an earlier entry allocated.
        amount: Amount,
        /// From which day on it holds.
        effective_date: Date,
    }
}

impl Of<ledger::Entry> for Entry {
    fn of(entry: ledger::Entry, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        let allocation = |row: ledger::Allocation| EntryAllocation {
            debit_id: row.debit.uuid(),
            debit_kind: row.debit_kind.as_str().into(),
            credit_id: row.credit.uuid(),
            credit_kind: row.credit_kind.as_str().into(),
            amount: amount(row.amount),
            effective_date: row.effective,
        };
        Self {
            seq: entry.seq,
            id: entry.id.uuid(),
            shop_owner_id: entry.owner.uuid(),
            actor_id: entry.actor.uuid(),
            kind: entry.kind.as_str().into(),
            customer_id: entry.customer.uuid(),
            item_id: entry.item.uuid(),
            date: entry.date,
            recorded_at: entry.recorded_at,
            amount: amount(entry.amount),
            reason: entry.reason.map(|reason| reason.to_string()),
            body_hash: entry.body_hash.map(|hash| ledger::ChainHash(hash).to_string()),
            allocations: entry.allocations.into_iter().map(allocation).collect(),
            hash: entry.hash.to_string(),
        }
    }
}
