//! Allocations of credits to debits.

use super::{Item, ItemKind};
use crate::calendar::Date;
use crate::id::{CustomerId, ItemId, OwnerId};
use crate::money::Money;
use crate::record::Record;

/// An allocation: a part of a credit item that pays a part of a debit item of the same customer. Allocations are only
/// added; a reversal is an allocation with a negative amount.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[record(name = "EntryAllocation", table = "allocations")]
pub struct Allocation {
    /// The shop.
    #[field(name = "shopOwnerId", column = "owner_id", internal, derived)]
    pub owner: OwnerId,
    /// `seq` of the entry that caused it.
    #[field(name = "seq", internal, derived)]
    pub seq: u64,
    /// Position among the allocations of that entry, from 0.
    #[field(name = "ordinal", internal, derived)]
    pub ordinal: u32,
    /// The customer of both items.
    #[field(name = "customerId", internal, derived)]
    pub customer: CustomerId,
    /// The item that is paid: an invoice, or an opening balance by the id of its entry.
    #[field(name = "debitId")]
    pub debit: ItemId,
    /// Kind of the item that is paid.
    #[field(name = "debitKind")]
    pub debit_kind: ItemKind,
    /// The item that pays: a receipt, a credit note, or an opening balance by the id of its entry.
    #[field(name = "creditId")]
    pub credit: ItemId,
    /// Kind of the item that pays.
    #[field(name = "creditKind")]
    pub credit_kind: ItemKind,
    /// Amount; negative for the reversal of an earlier allocation.
    #[field(name = "amount")]
    pub amount: Money,
    /// Day from which it is effective.
    #[field(name = "effectiveDate")]
    pub effective: Date,
}

impl Allocation {
    /// Returns whether the allocation is from or to an item.
    #[must_use]
    pub fn touches(&self, item: ItemId) -> bool {
        self.debit == item || self.credit == item
    }

    /// Returns the item at the other end of the allocation.
    pub(super) fn other(&self, item: ItemId) -> ItemId {
        if self.debit == item { self.credit } else { self.debit }
    }

    /// Returns the reversal of the allocation. It is effective from the date of the void, or of the allocation if that is
    /// later.
    pub(super) fn reversal(&self, caused: &Cause, ordinal: u32) -> Self {
        Self {
            seq: caused.seq,
            ordinal,
            amount: self.amount.checked_neg().expect("no allocation exceeds an item's amount"),
            effective: caused.date.max(self.effective),
            ..self.clone()
        }
    }
}

/// Allocates as much of a credit to a debit as both have open, at most `most`, and reduces the open amounts. The
/// allocation is effective from the latest of both items' `free_from` and the date of the posting that causes it, so that
/// 0 ≤ open ≤ amount on every day.
///
/// Returns `None` if there is nothing to allocate.
pub(super) fn allocate(
    debit: &mut Item,
    credit: &mut Item,
    most: Money,
    caused: &Cause,
    ordinal: u32,
) -> Option<Allocation> {
    debug_assert_eq!(debit.customer, credit.customer, "both items belong to one customer");
    let amount = most.min(debit.open).min(credit.open);
    if !amount.is_positive() {
        return None;
    }
    let effective = caused.date.max(debit.free_from).max(credit.free_from);
    for item in [&mut *debit, &mut *credit] {
        item.open = item.open.checked_sub(amount).expect("no more is allocated than is open");
        item.change(effective, caused.today, caused.recorded_at);
    }
    Some(Allocation {
        owner: debit.owner,
        seq: caused.seq,
        ordinal,
        customer: debit.customer,
        debit: debit.id,
        debit_kind: debit.kind,
        credit: credit.id,
        credit_kind: credit.kind,
        amount,
        effective,
    })
}

/// Returns the allocations that are in effect, given in the order of their entries. An entry that reverses one between two
/// items reverses all that there are between them by then; later ones may follow.
pub(super) fn live<'a>(rows: impl IntoIterator<Item = &'a Allocation>) -> Vec<&'a Allocation> {
    let mut live: Vec<&Allocation> = Vec::new();
    for row in rows {
        if row.amount.is_negative() {
            live.retain(|before| (before.debit, before.credit) != (row.debit, row.credit));
        } else {
            live.push(row);
        }
    }
    live
}

/// The posting that causes an allocation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cause {
    pub(super) seq: u64,
    pub(super) date: Date,
    /// The day on which it is recorded.
    pub(super) today: Date,
    pub(super) recorded_at: crate::calendar::Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Timestamp;
    use crate::ledger::Side;

    fn item(side: Side, open: i64, free_from: &str) -> Item {
        let (owner, customer) =
            (OwnerId::from_uuid(uuid::Uuid::nil()), CustomerId::from_uuid(uuid::Uuid::nil()));
        let kind = if side == Side::Debit { ItemKind::Invoice } else { ItemKind::Receipt };
        let date = Date::parse(free_from).unwrap();
        Item::new(owner, ItemId::generate(), customer, kind, side, Money::from_minor(open), date)
    }

    fn on(date: &str) -> Cause {
        let date = Date::parse(date).unwrap();
        Cause { seq: 3, date, today: date, recorded_at: Timestamp::MIN }
    }

    #[test]
    fn no_more_is_joined_than_both_have_open_and_than_was_asked() {
        for (debit, credit, most, joined) in [(5, 9, 9, 5), (9, 5, 9, 5), (9, 9, 5, 5)] {
            let mut debit = item(Side::Debit, debit, "2026-01-01");
            let mut credit = item(Side::Credit, credit, "2026-01-01");
            let (debit_open, credit_open) = (debit.open.minor(), credit.open.minor());
            let most = Money::from_minor(most);
            let row = allocate(&mut debit, &mut credit, most, &on("2026-01-01"), 0).unwrap();
            assert_eq!(row.amount.minor(), joined);
            assert_eq!(debit.open.minor(), debit_open - joined);
            assert_eq!(credit.open.minor(), credit_open - joined);
        }
    }

    #[test]
    fn nothing_open_joins_nothing() {
        let mut debit = item(Side::Debit, 5, "2026-01-01");
        let mut credit = item(Side::Credit, 0, "2026-01-01");
        assert_eq!(allocate(&mut debit, &mut credit, Money::DOCUMENT_MAX, &on("2026-01-01"), 0), None);
        assert_eq!(debit.open.minor(), 5);
    }

    #[test]
    fn an_allocation_is_effective_on_the_latest_of_the_three_dates() {
        for dates in [
            ["2026-01-01", "2026-01-02", "2026-01-03"],
            ["2026-01-03", "2026-01-01", "2026-01-02"],
            ["2026-01-02", "2026-01-03", "2026-01-01"],
        ] {
            let mut debit = item(Side::Debit, 5, dates[0]);
            let mut credit = item(Side::Credit, 5, dates[1]);
            let row = allocate(&mut debit, &mut credit, Money::DOCUMENT_MAX, &on(dates[2]), 0).unwrap();
            assert_eq!(row.effective.to_string(), "2026-01-03");
        }
    }

    #[test]
    fn an_item_is_pending_until_the_last_day_on_which_a_change_takes_effect() {
        let mut debit = item(Side::Debit, 9, "2026-01-01");
        let mut pay = |amount, date, today: &str| {
            let mut credit = item(Side::Credit, amount, date);
            let cause = Cause { today: Date::parse(today).unwrap(), ..on(date) };
            allocate(&mut debit, &mut credit, Money::DOCUMENT_MAX, &cause, 0).unwrap();
            assert_eq!(credit.pending_until, Some(cause.date).filter(|date| *date > cause.today));
            debit.pending_until.map(|until| until.to_string()).unwrap_or_default()
        };
        assert_eq!(pay(1, "2026-01-05", "2026-01-05"), "");
        assert_eq!(pay(1, "2026-02-01", "2026-01-05"), "2026-02-01");
        assert_eq!(pay(1, "2026-01-07", "2026-01-05"), "2026-02-01", "the last of them");
        assert_eq!(pay(1, "2026-02-01", "2026-02-01"), "", "it has come");
    }

    #[test]
    fn an_item_stands_on_a_day_without_what_takes_effect_later() {
        let mut debit = item(Side::Debit, 9, "2026-01-01");
        let rows = [(5, "2026-01-03"), (3, "2026-02-01")].map(|(amount, date)| {
            let mut credit = item(Side::Credit, amount, date);
            allocate(&mut debit, &mut credit, Money::DOCUMENT_MAX, &on(date), 0).unwrap()
        });
        let stands = |debit: &Item, day: &str| {
            let item = debit.on(Date::parse(day).unwrap(), &rows).unwrap();
            (item.open.minor(), item.is_void())
        };
        assert_eq!(["2026-01-02", "2026-01-03", "2026-02-01"].map(|day| stands(&debit, day).0), [9, 4, 1]);
        let mut void = item(Side::Debit, 9, "2026-01-01");
        (void.open, void.voided_on) = (Money::ZERO, Date::parse("2026-01-09").ok());
        assert_eq!(["2026-01-08", "2026-01-09"].map(|day| stands(&void, day)), [(9, false), (0, true)]);
    }
}
