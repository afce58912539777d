//! Open items: debits to be paid, and credits that pay them.

use super::{Allocation, Credited, ItemKind};
use crate::calendar::{Date, Timestamp};
use crate::id::{CustomerId, InvoiceId, ItemId, OwnerId};
use crate::invoice::InvoiceStatus;
use crate::money::Money;
use crate::record::{Record, choice};
use crate::store::StoreError;

choice! {
    /// Side of the account that an item is on.
    pub enum Side {
        /// The customer owes the amount.
        Debit = "debit",
        /// The amount pays debits.
        Credit = "credit",
    }
}

impl Side {
    /// Returns the opposite side.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Debit => Self::Credit,
            Self::Credit => Self::Debit,
        }
    }
}

/// An item with its open amount. `open`, `credited`, `free_from`, `voided_on`, `bounced`, `pending_until` and `updated_at`
/// change, the rest doesn't. They count all that is recorded, also what takes effect later: see [`on`](Self::on).
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[record(table = "items")]
pub struct Item {
    /// The shop.
    #[field(name = "shopOwnerId", column = "owner_id")]
    pub owner: OwnerId,
    /// The item: the same bits as the entry that opened it and as its document.
    #[field(name = "id")]
    pub id: ItemId,
    /// The customer.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// Kind of the item.
    #[field(name = "kind")]
    pub kind: ItemKind,
    /// Debit or credit.
    #[field(name = "side")]
    pub side: Side,
    /// Amount with which it was opened, above zero.
    #[field(name = "amount", range = positive)]
    pub amount: Money,
    /// Open amount, from zero to `amount`; zero for a void item.
    #[field(name = "open", range = zero_or_more)]
    pub open: Money,
    /// The invoice of a credit note.
    #[field(name = "invoiceId")]
    pub invoice: Option<InvoiceId>,
    /// What the credit notes on an invoice that are not void took of it, with a sum from zero to `amount`; none if there is
    /// none. It is a cache: the credit notes are authoritative.
    #[field(name = "credited")]
    pub credited: Option<Credited>,
    /// Effective date.
    #[field(name = "date")]
    pub date: Date,
    /// Due date; the effective date if there is none.
    #[field(name = "due")]
    pub due: Date,
    /// Day from which it can be allocated: its date, or that of the latest reversal of one of its allocations.
    #[field(name = "freeFrom")]
    pub free_from: Date,
    /// `seq` of the entry that opened it.
    #[field(name = "seq")]
    pub seq: u64,
    /// Date of its void; none if it was not voided.
    #[field(name = "voidedOn")]
    pub voided_on: Option<Date>,
    /// Whether it is void since its cheque bounced.
    #[field(name = "bounced")]
    pub bounced: bool,
    /// Last day on which an allocation from or to it, or its void, takes effect, if that was after the day on which it was
    /// last changed. From that day on it is what is recorded.
    #[field(name = "pendingUntil")]
    pub pending_until: Option<Date>,
    /// Time of the last change.
    #[field(name = "updatedAt")]
    pub updated_at: Timestamp,
}

impl Item {
    /// Creates an item that is due on its date. The book sets its `seq` and its time.
    pub(crate) fn new(
        owner: OwnerId,
        id: ItemId,
        customer: CustomerId,
        kind: ItemKind,
        side: Side,
        amount: Money,
        date: Date,
    ) -> Self {
        Self {
            owner,
            id,
            customer,
            kind,
            side,
            amount,
            open: amount,
            invoice: None,
            credited: None,
            date,
            due: date,
            free_from: date,
            seq: 0,
            voided_on: None,
            bounced: false,
            pending_until: None,
            updated_at: Timestamp::MIN,
        }
    }

    /// Returns whether it was voided, on whatever date.
    #[must_use]
    pub fn is_void(&self) -> bool {
        self.voided_on.is_some()
    }

    /// Notes a change that is recorded at a time, on a day, and takes effect on another.
    pub(crate) fn change(&mut self, effective: Date, today: Date, recorded_at: Timestamp) {
        self.pending_until = self.pending_until.max(Some(effective)).filter(|until| *until > today);
        self.updated_at = recorded_at;
    }

    /// Returns the item as it stands at the end of a day, without what takes effect later. `allocations` has every one from
    /// or to it that is effective after the day.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the open amount is out of range, which can't happen in a sound book.
    pub fn on<'a>(
        &self,
        day: Date,
        allocations: impl IntoIterator<Item = &'a Allocation>,
    ) -> Result<Self, StoreError> {
        let later = allocations.into_iter().filter(|row| row.touches(self.id) && row.effective > day);
        let later = later.map(|row| row.amount);
        let voided_on = self.voided_on.filter(|on| *on <= day);
        let bounced = self.bounced && voided_on.is_some();
        let voided_later = (self.voided_on != voided_on).then_some(self.amount);
        let open = Money::checked_sum([self.open].into_iter().chain(later).chain(voided_later));
        let open = open.ok_or_else(|| StoreError::corrupt("the open amount of an item is out of range"))?;
        Ok(Self { open, voided_on, bounced, ..self.clone() })
    }

    /// Returns the payment status of the item.
    #[must_use]
    pub fn status(&self) -> InvoiceStatus {
        if self.is_void() {
            InvoiceStatus::Void
        } else if self.open == self.amount {
            InvoiceStatus::Unpaid
        } else if self.open.is_zero() {
            InvoiceStatus::Paid
        } else {
            InvoiceStatus::Partial
        }
    }

    /// Returns the sort key of payment order, in which a customer's debits are paid and credits are used.
    #[must_use]
    pub fn payment_order(&self) -> (Date, u64) {
        (self.due, self.seq)
    }
}
