//! Ledger entries, which change balances. They are never changed or deleted themselves.

use super::{Allocation, ChainHash, EntryKind};
use crate::calendar::{Date, Timestamp};
use crate::id::{ActorId, CustomerId, EntryId, ItemId, OwnerId};
use crate::money::Money;
use crate::record::Record;
use crate::text::Note;

/// One line of a shop's ledger.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[record(table = "entries")]
pub struct Entry {
    /// Sequence number in the book: from 1, without gaps in each shop.
    #[field(name = "seq")]
    pub seq: u64,
    /// The entry. Its id is made before it is first sent.
    #[field(name = "id")]
    pub id: EntryId,
    /// The shop.
    #[field(name = "shopOwnerId", column = "owner_id", derived)]
    pub owner: OwnerId,
    /// The author of the entry.
    #[field(name = "actorId")]
    pub actor: ActorId,
    /// Kind of the entry.
    #[field(name = "kind")]
    pub kind: EntryKind,
    /// The customer whose balance it moves.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// The item that it opened, reversed or allocated otherwise: the id of the document.
    #[field(name = "itemId")]
    pub item: ItemId,
    /// Effective date: the date on the document.
    #[field(name = "date")]
    pub date: Date,
    /// Time at which it was recorded; never earlier than the entry before.
    #[field(name = "recordedAt")]
    pub recorded_at: Timestamp,
    /// Signed amount that it adds to the balance; negative for a credit, zero for an allocation.
    #[field(name = "amount")]
    pub amount: Money,
    /// Reason of a void or a bounce.
    #[field(name = "reason")]
    pub reason: Option<Note>,
    /// SHA-256 of the document's body; none for an entry without a document of its own.
    #[field(name = "bodyHash", derived)]
    pub body_hash: Option<[u8; 32]>,
    /// Allocations that the entry caused, by ordinal.
    #[field(name = "allocations", list)]
    pub allocations: Vec<Allocation>,
    /// SHA-256 over the hash of the entry before and the rest of this one: see [`entry_bytes`](super::entry_bytes).
    #[field(name = "hash")]
    pub hash: ChainHash,
}

/// Totals of a customer's entries, in which voided entries cancel out. They are caches: the entries are authoritative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Record)]
#[record(table = "customers")]
pub struct Totals {
    /// Recorded balance: positive if the customer owes, negative if the shop does. It includes all recorded entries,
    /// whatever their dates; [`CustomerView`](crate::customer::CustomerView) has that of today.
    #[field(name = "balance", internal, derived)]
    pub balance: Money,
    /// Sum of the invoices, without voided ones.
    #[field(name = "invoiced", internal, derived)]
    pub invoiced: Money,
    /// Sum of the receipts, without voided ones.
    #[field(name = "received", internal, derived)]
    pub received: Money,
    /// Opening balance, of either sign; 0 if it was voided.
    #[field(name = "opening", internal, derived)]
    pub opening: Money,
    /// Sum of the debit notes, without voided ones.
    #[field(name = "debited", internal, derived)]
    pub debited: Money,
    /// Sum of the credit notes, without voided ones.
    #[field(name = "credited", internal, derived)]
    pub credited: Money,
    /// Sum of the refunds, without voided ones.
    #[field(name = "refunded", internal, derived)]
    pub refunded: Money,
    /// Sum of the write-offs, without voided ones.
    #[field(name = "writtenOff", internal, derived)]
    pub written_off: Money,
}

impl Totals {
    /// Adds an entry to the totals. Returns `None` on overflow. A void is added with the kind of the voided document, so that
    /// it reduces the same sums.
    #[must_use]
    pub fn plus(self, kind: EntryKind, amount: Money) -> Option<Self> {
        let mut totals = Self { balance: self.balance.checked_add(amount)?, ..self };
        let (sum, amount) = match kind {
            EntryKind::OpeningBalance => (&mut totals.opening, amount),
            EntryKind::Invoice => (&mut totals.invoiced, amount),
            EntryKind::DebitNote => (&mut totals.debited, amount),
            EntryKind::Refund => (&mut totals.refunded, amount),
            EntryKind::Receipt => (&mut totals.received, amount.checked_neg()?),
            EntryKind::CreditNote => (&mut totals.credited, amount.checked_neg()?),
            EntryKind::WriteOff => (&mut totals.written_off, amount.checked_neg()?),
            EntryKind::Void | EntryKind::Bounce | EntryKind::Allocation => return Some(totals),
        };
        *sum = sum.checked_add(amount)?;
        Some(totals)
    }
}
