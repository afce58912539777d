//! The rules of voiding a document.

use super::book::{Book, Reversal};
use super::customers::revive;
use super::documents::{post_datable, signed, sums, unlocked};
use super::{Answer, Item};
use crate::documents::{StoredDocument, Void};
use crate::error::{Error, Refusal, Violation};
use crate::id::{EntryId, ItemId, OwnerId};
use crate::money::Money;
use crate::number::DocumentKind;
use crate::store::Head;
use crate::values::calendar::Date;

pub(super) fn void(
    book: &mut Book<'_>,
    owner: OwnerId,
    id: EntryId,
    kind: DocumentKind,
    void: &Void<ItemId>,
) -> Result<Answer, Error> {
    let head = book.head(owner).ok_or(Error::NotFound)?;
    let document = book.document(owner, kind, void.document).ok_or(Error::NotFound)?.clone();
    let item = book.item(owner, void.document).ok_or(Error::NotFound)?.clone();
    // Checked first: the date of a document that is already void doesn't matter.
    if item.is_void() {
        return Err(Error::Refused(Refusal::AlreadyVoid));
    }
    let customer = book.customer(owner, item.customer).ok_or(Error::NotFound)?;
    let date = date(book, head, &item, void.terms.date)?;
    if item.credited.is_some() {
        return Err(Error::Refused(Refusal::HasCreditNotes));
    }
    unlocked(head, date)?;
    let amount = reversed(&item);
    let totals = sums(customer, item.kind.into(), amount, "")?;
    post_datable(book, owner, item.customer, date, amount)?;

    for (invoice, amounts) in document.credits()? {
        book.credit(owner, invoice, |before| before.minus(amounts));
    }
    let (item_id, customer) = (item.id, item.customer);
    book.reverse(item, Reversal { id, date, reason: void.terms.reason.clone(), amount, totals });
    let today = book.head(owner).map(|head| book.today(head)).ok_or(Error::NotFound)?;
    if !book.customer(owner, customer).ok_or(Error::NotFound)?.is_settled_on(today)? {
        revive(book, owner, customer);
    }
    let item = book.item(owner, item_id).ok_or(Error::NotFound)?.clone();
    let allocations = book.allocations(owner, item_id).cloned().collect();
    let view = StoredDocument { document, item, allocations }.view(today)?;
    Ok(Answer::Document(Box::new(view)))
}

/// Returns the date of the void: the given one, or else today or the first possible date after.
fn date(book: &Book<'_>, head: &Head, item: &Item, given: Option<Date>) -> Result<Date, Error> {
    let date = given.unwrap_or_else(|| book.today(head).max(item.free_from));
    if date < item.free_from {
        let fault = format!(
            "must not be before {}, the first date on which the document can be voided",
            item.free_from
        );
        return Err(Error::Invalid(vec![Violation::new("too_early", fault).at("date")]));
    }
    Ok(date)
}

/// Returns the amount that the void adds to the customer's balance.
fn reversed(item: &Item) -> Money {
    signed(item.side.opposite(), item.amount).expect("amounts of items are positive")
}
