//! Items computed from entries. They are a pure function of the entries, so that a book copied in order is always sound.

use std::collections::BTreeMap;

use crate::calendar::{Date, TimeZone};
use crate::documents::Document;
use crate::id::ItemId;
use crate::ledger::{Allocation, Credited, CreditedAmounts, Entry, EntryKind, Item, Side};
use crate::money::Money;
use crate::store::Posted;

/// The state of items after an entry of the book.
#[derive(Debug)]
pub(crate) struct Replay {
    /// Time zone of the shop, by which entries are recorded on a day.
    time_zone: TimeZone,
    items: BTreeMap<ItemId, Item>,
}

impl Replay {
    /// Starts from a state of items.
    pub(crate) fn new(time_zone: TimeZone, items: impl IntoIterator<Item = Item>) -> Self {
        Self { time_zone, items: items.into_iter().map(|item| (item.id, item)).collect() }
    }

    /// Returns the items that an entry changes, including its own.
    pub(crate) fn touched(posted: &Posted) -> impl Iterator<Item = ItemId> {
        let entry = &posted.entry;
        let joined = entry.allocations.iter().flat_map(|row| [row.debit, row.credit]);
        // A document that can't be parsed is told when the entry is carried out.
        let credits = credits(posted).unwrap_or_default().into_iter();
        joined.chain([entry.item]).chain(credits.map(|(invoice, _)| invoice))
    }

    /// Applies the next entry.
    ///
    /// # Errors
    /// Description of the contradiction with the entries before: the rest of a sentence about the entry.
    pub(crate) fn carry_out(&mut self, posted: &Posted) -> Result<(), &'static str> {
        let entry = &posted.entry;
        let today = self.time_zone.date_of(entry.recorded_at);
        if entry.kind.opens().is_some() {
            let item = opened(posted)?;
            for (invoice, amounts) in credits(posted)? {
                self.credit(invoice, entry, |before| before.plus(amounts))?;
            }
            self.items.insert(item.id, item);
        }
        for row in &entry.allocations {
            for id in [row.debit, row.credit] {
                self.item(id)?.allocate(row, entry, today)?;
            }
        }
        if entry.kind == EntryKind::Allocation {
            let item = self.item(entry.item)?;
            if !entry.amount.is_zero() || item.is_void() || item.side != Side::Credit {
                return Err("allocates what it can't allocate");
            }
            item.change(entry.date, today, entry.recorded_at);
        }
        if entry.kind.reverses() {
            let item = self.item(entry.item)?;
            if item.is_void() || signed(item) != entry.amount.checked_neg() {
                return Err("voids an item that it can't void");
            }
            (item.voided_on, item.open) = (Some(entry.date), Money::ZERO);
            item.bounced = entry.kind == EntryKind::Bounce;
            item.change(entry.date, today, entry.recorded_at);
            for (invoice, amounts) in credits(posted)? {
                self.credit(invoice, entry, |before| before.minus(amounts))?;
            }
        }
        Ok(())
    }

    /// Changes what is credited of an invoice.
    fn credit(
        &mut self,
        invoice: ItemId,
        by: &Entry,
        change: impl FnOnce(CreditedAmounts) -> Option<CreditedAmounts>,
    ) -> Result<(), &'static str> {
        let invoice = self.item(invoice)?;
        let credited = change(invoice.credited.as_ref().map(Credited::amounts).unwrap_or_default());
        let within = |total: Money| (Money::ZERO..=invoice.amount).contains(&total);
        let credited = credited.filter(|credited| credited.total().is_some_and(within));
        invoice.credited = Credited::of(credited.ok_or("credits more than the amount of the invoice")?);
        invoice.updated_at = by.recorded_at;
        Ok(())
    }

    /// Returns the items.
    pub(crate) fn into_items(self) -> Vec<Item> {
        self.items.into_values().collect()
    }

    /// Returns an item.
    pub(crate) fn get(&self, id: ItemId) -> Option<&Item> {
        self.items.get(&id)
    }

    fn item(&mut self, id: ItemId) -> Result<&mut Item, &'static str> {
        self.items.get_mut(&id).ok_or("changes an item that no entry before it opened")
    }
}

/// Returns the item that an entry opens, in its initial state.
fn opened(Posted { entry, item, .. }: &Posted) -> Result<Item, &'static str> {
    let is_its = (item.owner, item.id, item.customer) == (entry.owner, entry.item, entry.customer)
        && (item.seq, item.date) == (entry.seq, entry.date)
        && (ItemId::from(entry.id), entry.kind) == (item.id, item.kind.into())
        && signed(item) == Some(entry.amount);
    if !is_its {
        return Err("has an item that it did not open");
    }
    let (open, credited, updated_at) = (item.amount, None, entry.recorded_at);
    let (free_from, voided_on, bounced, pending_until) = (item.date, None, false, None);
    Ok(Item { open, credited, free_from, voided_on, bounced, pending_until, updated_at, ..item.clone() })
}

/// Returns the invoices that the document of an entry credits.
fn credits(posted: &Posted) -> Result<Vec<(ItemId, CreditedAmounts)>, &'static str> {
    let credits = posted.document.as_ref().map(Document::credits);
    credits.unwrap_or(Ok(Vec::new())).map_err(|_| "has a document that can't be parsed")
}

/// Returns the signed amount that an item adds to the balance.
fn signed(item: &Item) -> Option<Money> {
    match item.side {
        Side::Debit => Some(item.amount),
        Side::Credit => item.amount.checked_neg(),
    }
}

trait Allocate {
    fn allocate(&mut self, row: &Allocation, by: &Entry, today: Date) -> Result<(), &'static str>;
}

impl Allocate for Item {
    fn allocate(&mut self, row: &Allocation, by: &Entry, today: Date) -> Result<(), &'static str> {
        let open =
            self.open.checked_sub(row.amount).filter(|open| (Money::ZERO..=self.amount).contains(open));
        self.open = open.ok_or("allocates more than the open amount")?;
        self.change(row.effective, today, by.recorded_at);
        if row.amount.is_negative() {
            self.free_from = self.free_from.max(row.effective);
        }
        Ok(())
    }
}
