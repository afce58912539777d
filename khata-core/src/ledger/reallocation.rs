//! The rules of allocating a credit otherwise.

use super::book::Book;
use super::documents::{explicit, payable_after, unlocked};
use super::{Answer, Side, void};
use crate::documents::{NewAllocation, Reallocation};
use crate::error::{Error, Refusal, Violation};
use crate::id::{EntryId, ItemId, OwnerId};
use crate::money::Money;
use crate::number::DocumentKind;

/// Reverses what a credit pays, and has it pay other debits.
pub(super) fn reallocate(
    book: &mut Book<'_>,
    owner: OwnerId,
    id: EntryId,
    kind: DocumentKind,
    new: &Reallocation<ItemId>,
) -> Result<Answer, Error> {
    let document = book.document(owner, kind, new.credit).ok_or(Error::NotFound)?.clone();
    let item = book.item(owner, new.credit).ok_or(Error::NotFound)?.clone();
    if item.is_void() || item.side != Side::Credit {
        return Err(Error::Refused(Refusal::AlreadyVoid));
    }
    let rows = &new.terms.allocations;
    let sum = Money::checked_sum(rows.iter().map(|NewAllocation { amount, .. }| *amount));
    if sum.is_none_or(|sum| sum > item.amount) {
        let fault = Violation::new("over_allocated", "must not add up to more than the amount");
        return Err(Error::Invalid(vec![fault.at("allocations")]));
    }
    let head = book.head(owner).ok_or(Error::NotFound)?;
    let date = void::first_date(book, head, &item, new.terms.date, "allocated otherwise")?;
    payable_after(book, &item, rows)?;
    unlocked(head, date)?;
    book.reallocate(item, id, date, &explicit(rows));
    void::stands(book, document)
}
