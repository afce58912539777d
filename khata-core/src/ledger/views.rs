//! Balances of a day, and the first responses about documents.

use super::{Allocation, Answer, Item, ItemKind, PostDated, Side, Totals};
use crate::documents::StoredDocument;
use crate::id::ItemId;
use crate::money::Money;
use crate::record::Record;
use crate::store::{Posted, Standing, StoreError};
use crate::values::calendar::Date;

/// Balance of a customer at the end of a day, by effective dates, and what it is made of: opening balance, invoices, debit
/// notes and refunds less receipts, credit notes and write-offs are the balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Record)]
pub struct Balance {
    /// Balance: positive if the customer owed, negative if the shop did.
    #[field(name = "balance")]
    pub balance: Money,
    /// Opening balance, of either sign.
    #[field(name = "opening")]
    pub opening: Money,
    /// Sum of the invoices, without voided ones.
    #[field(name = "invoiced")]
    pub invoiced: Money,
    /// Sum of the debit notes, without voided ones.
    #[field(name = "debited")]
    pub debited: Money,
    /// Sum of the refunds, without voided ones.
    #[field(name = "refunded")]
    pub refunded: Money,
    /// Sum of the receipts, without voided ones.
    #[field(name = "received")]
    pub received: Money,
    /// Sum of the credit notes, without voided ones.
    #[field(name = "credited")]
    pub credited: Money,
    /// Sum of the write-offs, without voided ones.
    #[field(name = "writtenOff")]
    pub written_off: Money,
    /// Amount on account: credit that has not paid anything yet.
    #[field(name = "unapplied")]
    pub unapplied: Money,
    /// Amount that was due before that day and not paid.
    #[field(name = "overdue")]
    pub overdue: Money,
    /// Sums of the entries that are dated after that day.
    #[field(name = "postDated", record)]
    pub post_dated: PostDated,
    /// The day.
    #[field(name = "asOf")]
    pub as_of: Date,
}

/// Computes the balance of a day: the current totals, less the entries that take effect later.
///
/// # Errors
/// [`StoreError::Corrupt`] if a sum is out of range, which can't happen in a sound book.
pub fn balance(standing: &Standing, as_of: Date) -> Result<Balance, StoreError> {
    let later = later_totals(standing)?;
    let totals = &standing.customer.totals;
    let open = |counts: fn(&Item, Date) -> bool| {
        let items = standing.items.iter().filter(|item| item.date <= as_of && counts(item, as_of));
        let open = items.map(|item| open_as_of(item, standing, as_of));
        sum(open.collect::<Result<Vec<_>, _>>()?)
    };
    let less = |all: Money, later: Money| all.checked_sub(later).ok_or_else(out_of_range);
    Ok(Balance {
        balance: less(totals.balance, later.balance)?,
        opening: less(totals.opening, later.opening)?,
        invoiced: less(totals.invoiced, later.invoiced)?,
        debited: less(totals.debited, later.debited)?,
        refunded: less(totals.refunded, later.refunded)?,
        received: less(totals.received, later.received)?,
        credited: less(totals.credited, later.credited)?,
        written_off: less(totals.written_off, later.written_off)?,
        unapplied: open(|item, _| item.side == Side::Credit)?,
        overdue: open(|item, as_of| item.side == Side::Debit && item.due < as_of)?,
        post_dated: post_dated(standing)?,
        as_of,
    })
}

/// Computes the totals of the entries that take effect later.
fn later_totals(standing: &Standing) -> Result<Totals, StoreError> {
    let mut entries = standing.later_entries.iter();
    entries.try_fold(Totals::default(), |totals, entry| {
        let kind = match entry.kind {
            kind if kind.reverses() => {
                let voided = standing.items.iter().find(|item| item.id == entry.item);
                voided.ok_or_else(|| StoreError::corrupt("a void without its item"))?.kind.into()
            }
            kind => kind,
        };
        totals.plus(kind, entry.amount).ok_or_else(out_of_range)
    })
}

/// Computes the sums of the entries that take effect later.
fn post_dated(standing: &Standing) -> Result<PostDated, StoreError> {
    let mut entries = standing.later_entries.iter();
    let sums = entries.try_fold(PostDated::default(), |sums, entry| sums.plus(entry.amount));
    sums.ok_or_else(out_of_range)
}

/// Computes the open amount of an item on the day of a standing, before later allocations and a later void took effect.
pub(super) fn open_as_of(item: &Item, standing: &Standing, as_of: Date) -> Result<Money, StoreError> {
    Ok(item.on(as_of, &standing.later_allocations)?.open)
}

/// Returns the first response about an entry, whatever changed since: the document as it stood on a day. `allocations` has
/// every one from or to the item of an entry that opened none.
pub(super) fn first_answer<'a>(
    posted: &Posted,
    allocations: impl Iterator<Item = &'a Allocation>,
    day: Date,
) -> Result<Answer, StoreError> {
    let Posted { entry, item, document } = posted;
    let document =
        document.clone().ok_or_else(|| StoreError::corrupt("the document of an entry is missing"))?;
    let mut item = item.clone();
    let allocations: Vec<_> = match entry.kind.opens() {
        Some(_) => entry.allocations.clone(),
        None => allocations.filter(|row| row.seq <= entry.seq).cloned().collect(),
    };
    if !entry.kind.reverses() {
        let paid = sum(allocations.iter().map(|row| row.amount))?;
        item.open = item.amount.checked_sub(paid).ok_or_else(out_of_range)?;
        (item.voided_on, item.bounced) = (None, false);
        item.updated_at = entry.recorded_at;
    }
    Ok(Answer::Document(Box::new(StoredDocument { document, item, allocations }.view(day)?)))
}

/// Returns the net amounts of allocations after reversals per item at the other end, in the order of the first
/// allocation.
pub(crate) fn net<'a>(
    allocations: impl IntoIterator<Item = &'a Allocation>,
    other: impl Fn(&Allocation) -> (ItemId, ItemKind),
) -> Vec<(ItemId, ItemKind, Money)> {
    let mut sums: Vec<(ItemId, ItemKind, Money)> = Vec::new();
    for row in allocations {
        let (id, kind) = other(row);
        match sums.iter_mut().find(|sum| sum.0 == id) {
            Some(sum) => sum.2 = sum.2.checked_add(row.amount).unwrap_or(sum.2),
            None => sums.push((id, kind, row.amount)),
        }
    }
    sums.retain(|sum| sum.2.is_positive());
    sums
}

fn sum(amounts: impl IntoIterator<Item = Money>) -> Result<Money, StoreError> {
    Money::checked_sum(amounts).ok_or_else(out_of_range)
}

pub(crate) fn out_of_range() -> StoreError {
    StoreError::corrupt("a sum of a customer is out of range")
}
