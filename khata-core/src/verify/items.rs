//! Verification of items: open amounts computed from the entries, compared with the stored ones.

use std::collections::HashMap;

use super::documents::Terms;
use super::fault::{FaultKind, Faults, Place};
use crate::calendar::{Date, Timestamp};
use crate::id::{CustomerId, ItemId};
use crate::ledger::{Allocation, Credited, CreditedAmounts, Entry, EntryKind, Item, ItemKind, Side};
use crate::money::Money;

/// All items of a book, without their documents: some hundred bytes each.
#[derive(Debug, Default)]
pub(super) struct Items {
    places: HashMap<ItemId, usize>,
    all: Vec<Tracked>,
    /// Effects of allocations on their items, until the days are checked.
    shares: Vec<Share>,
    /// Items that the current entry changed.
    touched: Vec<usize>,
    /// Whether stored rows may be as old as the entries so far: see [`settle`](Self::settle).
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
    /// The invoices that a credit note credits.
    credits: Vec<(usize, CreditedAmounts)>,
    /// State computed from the entries.
    computed: Varying,
    /// State in the store, and whether it matches; none for an item that was not read.
    stored: Option<(Varying, bool)>,
}

/// The mutable part of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Varying {
    open: Money,
    credited: CreditedAmounts,
    voided_on: Option<Date>,
    bounced: bool,
    pending_until: Option<Date>,
    /// None for a void item, which is never allocated again.
    free_from: Option<Date>,
    updated_at: Timestamp,
}

impl Varying {
    fn of(item: &Item) -> Self {
        let Item { open, voided_on, bounced, pending_until, free_from, updated_at, .. } = *item;
        let credited = item.credited.as_ref().map(Credited::amounts).unwrap_or_default();
        let free_from = (!item.is_void()).then_some(free_from);
        Self { open, credited, voided_on, bounced, pending_until, free_from, updated_at }
    }

    /// Notes a change that is recorded on a day, and takes effect on another.
    fn change(&mut self, effective: Date, today: Date) {
        self.pending_until = self.pending_until.max(Some(effective)).filter(|until| *until > today);
    }

    fn is_void(&self) -> bool {
        self.voided_on.is_some()
    }
}

/// The effect of an allocation on an item.
#[derive(Debug, Clone, Copy)]
struct Share {
    item: usize,
    effective: Date,
    amount: Money,
}

/// The change of a customer's total open amounts by an entry, in minor units.
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
    /// Returns the kind of an item.
    pub(super) fn kind(&self, id: ItemId) -> Option<ItemKind> {
        self.find(id).map(|item| item.kind)
    }

    /// Returns the `seq` of the entry that opened an item.
    pub(super) fn seq(&self, id: ItemId) -> Option<u64> {
        self.find(id).map(|item| item.seq)
    }

    fn find(&self, id: ItemId) -> Option<&Tracked> {
        self.places.get(&id).map(|place| &self.all[*place])
    }

    /// Applies an entry, which was recorded on a day, to the items. `terms` are the terms of the item that it opened, if they are known, and `stored` is
    /// the stored state of that item.
    pub(super) fn apply(
        &mut self,
        entry: &Entry,
        today: Date,
        terms: Option<Terms>,
        stored: Option<&Item>,
        faults: &mut Faults,
    ) -> Moved {
        let mut moved = Moved::default();
        if entry.kind.opens().is_some() {
            self.open(entry, terms, stored, &mut moved, faults);
        }
        for (ordinal, row) in (0..).zip(&entry.allocations) {
            if let Err(why) = self.allocate(entry, today, ordinal, row, &mut moved) {
                let detail = format!("its allocation {ordinal} {why}");
                faults.note(FaultKind::Allocation, Place::Entry(entry.seq), detail);
            }
        }
        let about = match entry.kind {
            EntryKind::Void | EntryKind::Bounce => self.void(entry, today, &mut moved),
            EntryKind::Allocation => self.allocated(entry, today),
            _ => Ok(()),
        };
        if let Err(why) = about {
            faults.note(FaultKind::Entry, Place::Entry(entry.seq), why);
        }
        for place in self.touched.drain(..) {
            let item = &mut self.all[place];
            item.computed.updated_at = entry.recorded_at;
            if let (true, Some((stored, right))) = (self.settled, &mut item.stored) {
                *right |= *stored == item.computed;
            }
        }
        moved
    }

    fn open(
        &mut self,
        entry: &Entry,
        terms: Option<Terms>,
        stored: Option<&Item>,
        moved: &mut Moved,
        faults: &mut Faults,
    ) {
        let place = Place::Entry(entry.seq);
        let Some((kind, side, amount)) = opened_by(entry) else {
            faults.note(FaultKind::Entry, place, "its amount doesn't match its kind");
            return;
        };
        let id = ItemId::from(entry.id);
        if entry.item != id {
            faults.note(FaultKind::Entry, place.clone(), "it opened an item with another id");
        }
        let credits = terms.as_ref().map_or(&[][..], |terms| &terms.credits);
        let credits = self.credit_all(entry, credits).unwrap_or_else(|why| {
            faults.note(FaultKind::Entry, place.clone(), why);
            Vec::new()
        });
        let item = Tracked {
            seq: entry.seq,
            customer: entry.customer,
            kind,
            side,
            amount,
            date: entry.date,
            credits,
            computed: Varying {
                open: amount,
                credited: CreditedAmounts::default(),
                voided_on: None,
                bounced: false,
                pending_until: None,
                free_from: Some(entry.date),
                updated_at: entry.recorded_at,
            },
            stored: stored.map(|stored| (Varying::of(stored), false)),
        };
        if let Some(stored) = stored
            && !(item.is_of(entry, stored) && terms.is_none_or(|terms| terms.fit(stored)))
        {
            let detail = "its item differs in customer, kind, side, amount, date, due date or invoice";
            faults.note(FaultKind::Item, place, detail);
        }
        moved.by(side, i128::from(amount.minor()));
        let place = self.all.len();
        self.all.push(item);
        self.places.insert(id, place);
        self.touched.push(place);
    }

    /// Credits the invoices of a new credit note, and returns them.
    fn credit_all(
        &mut self,
        entry: &Entry,
        credits: &[(ItemId, CreditedAmounts)],
    ) -> Result<Vec<(usize, CreditedAmounts)>, &'static str> {
        let credits = credits.iter().map(|(invoice, amounts)| self.credit(entry, *invoice, *amounts));
        credits.collect()
    }

    fn credit(
        &mut self,
        entry: &Entry,
        invoice: ItemId,
        amounts: CreditedAmounts,
    ) -> Result<(usize, CreditedAmounts), &'static str> {
        let place = self.places.get(&invoice).copied();
        let place = place.ok_or("no entry before it opened its invoice")?;
        let item = &mut self.all[place];
        if item.kind != ItemKind::Invoice || item.customer != entry.customer || item.computed.is_void() {
            return Err("its invoice is void, belongs to another customer, or is not an invoice");
        }
        item.computed.credited =
            item.credited_by(amounts).ok_or("it credits more than the amount of its invoice")?;
        self.touched.push(place);
        Ok((place, amounts))
    }

    fn allocate(
        &mut self,
        entry: &Entry,
        today: Date,
        ordinal: u32,
        row: &Allocation,
        moved: &mut Moved,
    ) -> Result<(), &'static str> {
        if (row.owner, row.seq, row.ordinal, row.customer)
            != (entry.owner, entry.seq, ordinal, entry.customer)
        {
            return Err("belongs to another entry");
        }
        let reverses = !row.amount.is_positive();
        let opens = entry.kind.opens().is_some();
        if reverses && (opens || row.amount.is_zero() || !row.touches(entry.item)) {
            return Err("is a reversal without a void");
        }
        let debit = self.joined(row, row.debit, (Side::Debit, row.debit_kind))?;
        let credit = self.joined(row, row.credit, (Side::Credit, row.credit_kind))?;
        let open = [debit, credit].map(|place| self.all[place].after(row.amount));
        let [Some(debit_open), Some(credit_open)] = open else {
            return Err("exceeds the open amount, or reverses more than was allocated");
        };
        for (place, open) in [(debit, debit_open), (credit, credit_open)] {
            let item = &mut self.all[place];
            item.computed.open = open;
            item.computed.change(row.effective, today);
            if reverses {
                item.computed.free_from = item.computed.free_from.max(Some(row.effective));
            }
            moved.by(item.side, -i128::from(row.amount.minor()));
            self.touched.push(place);
            self.shares.push(Share { item: place, effective: row.effective, amount: row.amount });
        }
        Ok(())
    }

    /// Returns the item that an allocation refers to, if they match.
    fn joined(
        &self,
        row: &Allocation,
        id: ItemId,
        (side, kind): (Side, ItemKind),
    ) -> Result<usize, &'static str> {
        let place = *self.places.get(&id).ok_or("refers to an item that no entry before it opened")?;
        let item = &self.all[place];
        if (item.side, item.kind, item.customer) != (side, kind, row.customer) {
            return Err("refers to an item of another side, kind or customer");
        }
        if item.computed.is_void() {
            return Err("refers to a void item");
        }
        if row.effective < item.date { Err("is effective before its item") } else { Ok(place) }
    }

    /// Checks an entry that only allocates.
    fn allocated(&mut self, entry: &Entry, today: Date) -> Result<(), &'static str> {
        let place = *self.places.get(&entry.item).ok_or("it allocates what no entry before it opened")?;
        let item = &mut self.all[place];
        if item.computed.is_void() || item.customer != entry.customer || item.side != Side::Credit {
            return Err("it allocates what is void, no credit, or another customer's");
        }
        if !entry.amount.is_zero() || entry.date < item.date {
            return Err("it allocates, and has an amount or an earlier date");
        }
        item.computed.change(entry.date, today);
        self.touched.push(place);
        Ok(())
    }

    fn void(&mut self, entry: &Entry, today: Date, moved: &mut Moved) -> Result<(), &'static str> {
        let place = *self.places.get(&entry.item).ok_or("it voids an item that no entry before it opened")?;
        let item = &mut self.all[place];
        if item.computed.is_void() {
            return Err("it voids an item that was already void");
        }
        let reversed = (item.side.opposite(), Some(item.amount)) == sized(entry.amount);
        if item.customer != entry.customer || !reversed || entry.date < item.date {
            return Err("it voids an item of another customer or amount, or before its date");
        }
        if item.computed.open != item.amount || item.computed.credited != CreditedAmounts::default() {
            return Err("it voids an item that keeps allocations or credit notes");
        }
        moved.by(item.side, -i128::from(item.amount.minor()));
        if entry.kind == EntryKind::Bounce && item.kind != ItemKind::Receipt {
            return Err("it bounces what is no receipt");
        }
        (item.computed.open, item.computed.voided_on, item.computed.free_from) =
            (Money::ZERO, Some(entry.date), None);
        item.computed.bounced = entry.kind == EntryKind::Bounce;
        item.computed.change(entry.date, today);
        self.touched.push(place);
        // The date of the void is checked too.
        self.shares.push(Share { item: place, effective: entry.date, amount: Money::ZERO });
        for (invoice, amounts) in std::mem::take(&mut item.credits) {
            let computed = &mut self.all[invoice].computed;
            computed.credited = computed.credited.minus(amounts).unwrap_or_default();
            self.touched.push(invoice);
        }
        Ok(())
    }

    /// Marks the point from which stored rows are compared. They are as new as the last entry or newer, so they must match
    /// the computed state now or after one of the entries that follow.
    pub(super) fn settle(&mut self) {
        self.settled = true;
        for item in &mut self.all {
            if let Some((stored, right)) = &mut item.stored {
                *right = *stored == item.computed;
            }
        }
    }

    /// Checks that the open amount of each item is between zero and its amount on every day.
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
            let open = if item.computed.voided_on.is_some_and(|voided| voided <= day) {
                -taken
            } else {
                amount - taken
            };
            if !(0..=amount).contains(&open) {
                let detail =
                    format!("the open amount of its item is below zero or above its amount on {day}");
                faults.note(FaultKind::Day, Place::Entry(item.seq), detail);
            }
            if next.is_none() {
                taken = 0;
            }
        }
    }

    /// Checks that the stored state of every item matches.
    pub(super) fn check(&self, money: impl Fn(Money) -> String, faults: &mut Faults) {
        for item in &self.all {
            let Some((stored, false)) = item.stored else { continue };
            let (computed, place) = (item.computed, || Place::Entry(item.seq));
            if (stored.voided_on, stored.bounced) != (computed.voided_on, computed.bounced) {
                let (stored, computed) = (void(&stored), void(&computed));
                let detail = format!("its item is {stored}, but {computed} by the entries");
                faults.note(FaultKind::Void, place(), detail);
            } else if stored.pending_until != computed.pending_until {
                let (stored, computed) = (pending(stored.pending_until), pending(computed.pending_until));
                let detail =
                    format!("changes of its item are pending {stored}, but {computed} by the entries");
                faults.note(FaultKind::Pending, place(), detail);
            } else if stored.open != computed.open {
                let (stored, computed) = (money(stored.open), money(computed.open));
                let detail =
                    format!("the open amount of its item is {stored}, but {computed} by its allocations");
                faults.note(FaultKind::Open, place(), detail);
            } else if stored.credited != computed.credited {
                let sum = |amounts: CreditedAmounts| amounts.total().map_or_else(String::new, &money);
                let (stored, computed) = (sum(stored.credited), sum(computed.credited));
                let detail = format!(
                    "what is credited of its item is {stored}, but {computed} by the credit notes, or divided otherwise"
                );
                faults.note(FaultKind::Credited, place(), detail);
            } else if let (Some(stored), Some(computed)) = (stored.free_from, computed.free_from)
                && stored != computed
            {
                let detail = format!(
                    "its item can be allocated from {stored} on, but from {computed} on by its reversals"
                );
                faults.note(FaultKind::FreeFrom, place(), detail);
            } else {
                let (stored, computed) = (stored.updated_at, computed.updated_at);
                let detail =
                    format!("its item was last changed at {stored}, but at {computed} by the entries");
                faults.note(FaultKind::Touched, place(), detail);
            }
        }
    }
}

impl Tracked {
    /// Returns the open amount after an allocation, or `None` if the allocation is impossible.
    fn after(&self, amount: Money) -> Option<Money> {
        let open = self.computed.open.checked_sub(amount)?;
        (Money::ZERO..=self.amount).contains(&open).then_some(open)
    }

    /// Returns the credited amount after another credit note, or `None` if the credit note is impossible.
    fn credited_by(&self, amounts: CreditedAmounts) -> Option<CreditedAmounts> {
        let credited = self.computed.credited.plus(amounts)?;
        (Money::ZERO..=self.amount).contains(&credited.total()?).then_some(credited)
    }

    /// Returns whether the immutable part of a stored item matches the entry that opened it.
    fn is_of(&self, entry: &Entry, item: &Item) -> bool {
        (item.owner, item.id, item.customer, item.seq)
            == (entry.owner, entry.id.into(), self.customer, self.seq)
            && (item.kind, item.side, item.amount, item.date)
                == (self.kind, self.side, self.amount, self.date)
    }
}

/// Returns the kind, side and amount of the item that an entry opens, if its amount matches its kind.
fn opened_by(entry: &Entry) -> Option<(ItemKind, Side, Money)> {
    let kind = entry.kind.opens()?;
    let (side, amount) = sized(entry.amount);
    let amount = amount.filter(|amount| amount.is_positive())?;
    kind.side().is_none_or(|of_kind| of_kind == side).then_some((kind, side, amount))
}

/// Returns the side and the absolute value of a signed amount.
fn sized(amount: Money) -> (Side, Option<Money>) {
    if amount.is_negative() { (Side::Credit, amount.checked_neg()) } else { (Side::Debit, Some(amount)) }
}

fn void(item: &Varying) -> String {
    let why = if item.bounced { "bounced" } else { "void" };
    item.voided_on.map_or_else(|| format!("not {why}"), |on| format!("{why} from {on} on"))
}

fn pending(until: Option<Date>) -> String {
    until.map_or_else(|| "no longer".to_owned(), |until| format!("until {until}"))
}
