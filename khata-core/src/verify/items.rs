//! The items: what each has open by the entries, beside what the store says it has.

use std::collections::HashMap;

use super::documents::Terms;
use super::fault::{FaultKind, Faults, Place};
use crate::calendar::{Date, Timestamp};
use crate::id::{CustomerId, InvoiceId, ItemId};
use crate::ledger::{Allocation, Entry, EntryKind, Item, ItemKind, Side};
use crate::money::Money;

/// Every item of a book, without its paper: some hundred bytes each.
#[derive(Debug, Default)]
pub(super) struct Items {
    places: HashMap<ItemId, usize>,
    all: Vec<Tracked>,
    /// What each allocation takes off its items, until the days are checked.
    shares: Vec<Share>,
    /// The items that the present entry touched.
    touched: Vec<usize>,
    /// Whether the store's rows may be as old as the entries seen by now: see [`settle`](Self::settle).
    settled: bool,
}

#[derive(Debug)]
struct Tracked {
    seq: u64,
    customer: CustomerId,
    kind: ItemKind,
    side: Side,
    amount: Money,
    date: Date,
    voided: Option<Date>,
    /// The invoice that it is on, of a credit note.
    invoice: Option<usize>,
    /// By the entries.
    is: Varying,
    /// By the store, and whether that was found to be right; none of an item that was not asked for.
    told: Option<(Varying, bool)>,
}

/// What changes of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Varying {
    open: Money,
    credited: Money,
    void: bool,
    /// Of a void item it says nothing, since that is never allocated again; so it is left out.
    free_from: Option<Date>,
    updated_at: Timestamp,
}

impl Varying {
    fn of(item: &Item) -> Self {
        let Item { open, credited, void, free_from, updated_at, .. } = *item;
        Self { open, credited, void, free_from: (!void).then_some(free_from), updated_at }
    }
}

/// A row's effect on one item.
#[derive(Debug, Clone, Copy)]
struct Share {
    item: usize,
    effective: Date,
    amount: Money,
}

/// How an entry changed what its customer has open in all, in minor units.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moved {
    pub(super) debits: i128,
    pub(super) credits: i128,
}

impl Moved {
    fn by(&mut self, side: Side, amount: i128) {
        match side {
            Side::Debit => self.debits += amount,
            Side::Credit => self.credits += amount,
        }
    }
}

impl Items {
    /// The kind of an item.
    pub(super) fn kind(&self, id: ItemId) -> Option<ItemKind> {
        self.find(id).map(|item| item.kind)
    }

    /// The place in the book of the entry that opened an item.
    pub(super) fn seq(&self, id: ItemId) -> Option<u64> {
        self.find(id).map(|item| item.seq)
    }

    fn find(&self, id: ItemId) -> Option<&Tracked> {
        self.places.get(&id).map(|place| &self.all[*place])
    }

    /// Does with the items what an entry does. `terms` are those of the item that it opened, if they are known, and
    /// `told` is that item as the store has it.
    pub(super) fn apply(
        &mut self,
        entry: &Entry,
        terms: Option<Terms>,
        told: Option<&Item>,
        faults: &mut Faults,
    ) -> Moved {
        let mut moved = Moved::default();
        if entry.kind != EntryKind::Void {
            self.open(entry, terms, told, &mut moved, faults);
        }
        for (ordinal, row) in (0..).zip(&entry.allocations) {
            if let Err(why) = self.allocate(entry, ordinal, row, &mut moved) {
                let detail = format!("its allocation {ordinal} {why}");
                faults.note(FaultKind::Allocation, Place::Entry(entry.seq), detail);
            }
        }
        if entry.kind == EntryKind::Void
            && let Err(why) = self.void(entry, &mut moved)
        {
            faults.note(FaultKind::Entry, Place::Entry(entry.seq), why);
        }
        for place in self.touched.drain(..) {
            let item = &mut self.all[place];
            item.is.updated_at = entry.recorded_at;
            if let (true, Some((told, right))) = (self.settled, &mut item.told) {
                *right |= *told == item.is;
            }
        }
        moved
    }

    fn open(
        &mut self,
        entry: &Entry,
        terms: Option<Terms>,
        told: Option<&Item>,
        moved: &mut Moved,
        faults: &mut Faults,
    ) {
        let place = Place::Entry(entry.seq);
        let Some((kind, side, amount)) = opened_by(entry) else {
            faults.note(FaultKind::Entry, place, "its amount can't be that of its kind");
            return;
        };
        let id = ItemId::from(entry.id);
        if entry.item != id {
            faults.note(FaultKind::Entry, place.clone(), "it opened an item of another id than its own");
        }
        let invoice = terms.and_then(|terms| terms.invoice);
        let invoice = match self.credit(entry, kind, invoice, amount) {
            Ok(invoice) => invoice,
            Err(why) => {
                faults.note(FaultKind::Entry, place.clone(), why);
                None
            }
        };
        let item = Tracked {
            seq: entry.seq,
            customer: entry.customer,
            kind,
            side,
            amount,
            date: entry.date,
            voided: None,
            invoice,
            is: Varying {
                open: amount,
                credited: Money::ZERO,
                void: false,
                free_from: Some(entry.date),
                updated_at: entry.recorded_at,
            },
            told: told.map(|told| (Varying::of(told), false)),
        };
        if let Some(told) = told
            && !(item.is_of(entry, told) && terms.is_none_or(|terms| terms.fit(told)))
        {
            let detail = "its item has another customer, kind, side, amount, date, due date or invoice";
            faults.note(FaultKind::Item, place, detail);
        }
        moved.by(side, i128::from(amount.minor()));
        let place = self.all.len();
        self.all.push(item);
        self.places.insert(id, place);
        self.touched.push(place);
    }

    /// Credits an invoice with a new credit note; the invoice.
    fn credit(
        &mut self,
        entry: &Entry,
        kind: ItemKind,
        invoice: Option<InvoiceId>,
        amount: Money,
    ) -> Result<Option<usize>, &'static str> {
        let Some(invoice) = invoice.filter(|_| kind == ItemKind::CreditNote) else { return Ok(None) };
        let place = self.places.get(&ItemId::from(invoice)).copied();
        let place = place.ok_or("it is on an invoice that no entry opened before")?;
        let item = &mut self.all[place];
        if item.kind != ItemKind::Invoice || item.customer != entry.customer || item.is.void {
            return Err("it is on what is no invoice of its customer's, or void");
        }
        item.is.credited = item.credited_by(amount).ok_or("it credits more than there is on its invoice")?;
        self.touched.push(place);
        Ok(Some(place))
    }

    fn allocate(
        &mut self,
        entry: &Entry,
        ordinal: u32,
        row: &Allocation,
        moved: &mut Moved,
    ) -> Result<(), &'static str> {
        if (row.owner, row.seq, row.ordinal, row.customer)
            != (entry.owner, entry.seq, ordinal, entry.customer)
        {
            return Err("is that of another entry");
        }
        let reverses = !row.amount.is_positive();
        if reverses && (entry.kind != EntryKind::Void || row.amount.is_zero() || !row.touches(entry.item)) {
            return Err("reverses what nothing voided");
        }
        let debit = self.joined(row, row.debit, (Side::Debit, row.debit_kind))?;
        let credit = self.joined(row, row.credit, (Side::Credit, row.credit_kind))?;
        let open = [debit, credit].map(|place| self.all[place].after(row.amount));
        let [Some(debit_open), Some(credit_open)] = open else {
            return Err("takes more than is open, or gives back more than was taken");
        };
        for (place, open) in [(debit, debit_open), (credit, credit_open)] {
            let item = &mut self.all[place];
            item.is.open = open;
            if reverses {
                item.is.free_from = item.is.free_from.max(Some(row.effective));
            }
            moved.by(item.side, -i128::from(row.amount.minor()));
            self.touched.push(place);
            self.shares.push(Share { item: place, effective: row.effective, amount: row.amount });
        }
        Ok(())
    }

    /// The item that an allocation names, if it fits.
    fn joined(
        &self,
        row: &Allocation,
        id: ItemId,
        (side, kind): (Side, ItemKind),
    ) -> Result<usize, &'static str> {
        let place = *self.places.get(&id).ok_or("joins an item that no entry opened before")?;
        let item = &self.all[place];
        if (item.side, item.kind, item.customer) != (side, kind, row.customer) {
            return Err("joins an item of another side, kind or customer");
        }
        if item.is.void {
            return Err("joins a void item");
        }
        if row.effective < item.date { Err("is effective before its item is") } else { Ok(place) }
    }

    fn void(&mut self, entry: &Entry, moved: &mut Moved) -> Result<(), &'static str> {
        let place = *self.places.get(&entry.item).ok_or("it voids an item that no entry opened before")?;
        let item = &mut self.all[place];
        if item.is.void {
            return Err("it voids an item that was void already");
        }
        let reversed = (item.side.opposite(), Some(item.amount)) == sized(entry.amount);
        if item.customer != entry.customer || !reversed || entry.date < item.date {
            return Err("it voids an item of another customer or amount, or before its date");
        }
        if item.is.open != item.amount || !item.is.credited.is_zero() {
            return Err("it leaves allocations of what it voids, or credit notes on it");
        }
        moved.by(item.side, -i128::from(item.amount.minor()));
        (item.is.open, item.is.void, item.is.free_from) = (Money::ZERO, true, None);
        item.voided = Some(entry.date);
        self.touched.push(place);
        // A day of its own to look at.
        self.shares.push(Share { item: place, effective: entry.date, amount: Money::ZERO });
        if let (Some(invoice), Some(back)) = (item.invoice, item.amount.checked_neg()) {
            let invoice_item = &mut self.all[invoice];
            invoice_item.is.credited = invoice_item.credited_by(back).unwrap_or_default();
            self.touched.push(invoice);
        }
        Ok(())
    }

    /// From now on, what the store told is as old as the last entry, or newer: it must agree with what is now, or with
    /// what comes of one of the entries that follow.
    pub(super) fn settle(&mut self) {
        self.settled = true;
        for item in &mut self.all {
            if let Some((told, right)) = &mut item.told {
                *right = *told == item.is;
            }
        }
    }

    /// On each day, each item has between nothing and its amount open.
    pub(super) fn check_days(&mut self, faults: &mut Faults) {
        let mut shares = std::mem::take(&mut self.shares);
        shares.sort_unstable_by_key(|share| (share.item, share.effective));
        let mut taken = 0;
        for (at, share) in shares.iter().enumerate() {
            taken += i128::from(share.amount.minor());
            let next = shares.get(at + 1).filter(|next| next.item == share.item);
            if next.is_some_and(|next| next.effective == share.effective) {
                continue;
            }
            let item = &self.all[share.item];
            let day = share.effective;
            let amount = i128::from(item.amount.minor());
            let open = if item.voided.is_some_and(|voided| voided <= day) { -taken } else { amount - taken };
            if !(0..=amount).contains(&open) {
                let detail = format!("its item has less than nothing or more than its amount open on {day}");
                faults.note(FaultKind::Day, Place::Entry(item.seq), detail);
            }
            if next.is_none() {
                taken = 0;
            }
        }
    }

    /// What the store told of each item is right.
    pub(super) fn check(&self, money: impl Fn(Money) -> String, faults: &mut Faults) {
        for item in &self.all {
            let Some((told, false)) = item.told else { continue };
            let (is, place) = (item.is, || Place::Entry(item.seq));
            if told.void != is.void {
                let (told, is) = (void(told.void), void(is.void));
                let detail = format!("its item is {told}, and by the entries {is}");
                faults.note(FaultKind::Void, place(), detail);
            } else if told.open != is.open {
                let (told, is) = (money(told.open), money(is.open));
                let detail = format!("its item has {told} open, and by its allocations {is}");
                faults.note(FaultKind::Open, place(), detail);
            } else if told.credited != is.credited {
                let (told, is) = (money(told.credited), money(is.credited));
                let detail = format!("on its item {told} is credited, and by the credit notes {is}");
                faults.note(FaultKind::Credited, place(), detail);
            } else if let (Some(told), Some(is)) = (told.free_from, is.free_from)
                && told != is
            {
                let detail = format!("its item is free from {told} on, and by its reversals from {is} on");
                faults.note(FaultKind::FreeFrom, place(), detail);
            } else {
                let (told, is) = (told.updated_at, is.updated_at);
                let detail = format!("its item was changed at {told}, and by the entries at {is}");
                faults.note(FaultKind::Touched, place(), detail);
            }
        }
    }
}

impl Tracked {
    /// What is open after an allocation of that much, if that can be.
    fn after(&self, amount: Money) -> Option<Money> {
        let open = self.is.open.checked_sub(amount)?;
        (Money::ZERO..=self.amount).contains(&open).then_some(open)
    }

    /// What is credited on it with a credit note of that much more, if that can be.
    fn credited_by(&self, amount: Money) -> Option<Money> {
        let credited = self.is.credited.checked_add(amount)?;
        (Money::ZERO..=self.amount).contains(&credited).then_some(credited)
    }

    /// Whether the store's item is the one that the entry opened, in what never changes and the entry says.
    fn is_of(&self, entry: &Entry, item: &Item) -> bool {
        (item.owner, item.id, item.customer, item.seq)
            == (entry.owner, entry.id.into(), self.customer, self.seq)
            && (item.kind, item.side, item.amount, item.date)
                == (self.kind, self.side, self.amount, self.date)
    }
}

/// The kind, side and amount of the item that an entry opens, if its amount is one of its kind.
fn opened_by(entry: &Entry) -> Option<(ItemKind, Side, Money)> {
    let kind = entry.kind.opens()?;
    let (side, amount) = sized(entry.amount);
    let amount = amount.filter(|amount| amount.is_positive())?;
    kind.side().is_none_or(|of_kind| of_kind == side).then_some((kind, side, amount))
}

/// The side and the size of a signed amount.
fn sized(amount: Money) -> (Side, Option<Money>) {
    if amount.is_negative() { (Side::Credit, amount.checked_neg()) } else { (Side::Debit, Some(amount)) }
}

fn void(void: bool) -> &'static str {
    if void { "void" } else { "not void" }
}
