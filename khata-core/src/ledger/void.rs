//! The rules of voiding a document.

use super::book::{Book, Reversal};
use super::customers::revive;
use super::documents::{self, post_datable, signed, sums, unlocked};
use super::{Answer, EntryKind, Item, Posting};
use crate::documents::void::VoidTerms;
use crate::documents::{Document, NewDocument, StoredDocument, Void};
use crate::error::{Error, Refusal, Violation};
use crate::id::{EntryId, ItemId, OwnerId};
use crate::money::Money;
use crate::number::DocumentKind;
use crate::store::Head;
use crate::text::Note;
use crate::values::calendar::Date;

pub(super) fn void(
    book: &mut Book<'_>,
    owner: OwnerId,
    id: EntryId,
    kind: DocumentKind,
    void: &Void<ItemId>,
) -> Result<Answer, Error> {
    let document = book.document(owner, kind, void.document).ok_or(Error::NotFound)?.clone();
    reverse(book, &document, id, EntryKind::Void, &void.terms)?;
    let today = book.head(owner).map(|head| book.today(head)).ok_or(Error::NotFound)?;
    if !book.customer(owner, document.customer).ok_or(Error::NotFound)?.is_settled_on(today)? {
        revive(book, owner, document.customer);
    }
    stands(book, document)
}

/// Returns a document, which is loaded with its allocations, as it stands today.
pub(super) fn stands(book: &Book<'_>, document: Document) -> Result<Answer, Error> {
    let (owner, id) = (document.owner, document.id);
    let today = book.head(owner).map(|head| book.today(head)).ok_or(Error::NotFound)?;
    let item = book.item(owner, id).ok_or(Error::NotFound)?.clone();
    let allocations = book.allocations(owner, id).cloned().collect();
    let view = StoredDocument { document, item, allocations }.view(today)?;
    Ok(Answer::Document(Box::new(view)))
}

/// Voids an opening balance on the first possible date, if one is named, and posts another in its place.
pub(super) fn replace_opening(
    book: &mut Book<'_>,
    posting: &Posting,
    id: EntryId,
    voids: Option<(ItemId, EntryId)>,
    new: &NewDocument,
) -> Result<Answer, Error> {
    if let Some((voided, reversal)) = voids {
        let kind = DocumentKind::OpeningBalance;
        let document = book.document(posting.owner, kind, voided).ok_or(Error::NotFound)?.clone();
        let free_from = book.item(posting.owner, voided).ok_or(Error::NotFound)?.free_from;
        let reason = Note::parse("Another opening balance was entered").expect("it is a note");
        let terms = VoidTerms { reason, date: Some(free_from) };
        reverse(book, &document, reversal, EntryKind::Void, &terms)?;
    }
    documents::post(book, posting, id, new)
}

/// Posts an entry that reverses a document, which is loaded with its allocations. All rules are checked before anything
/// changes.
pub(super) fn reverse(
    book: &mut Book<'_>,
    document: &Document,
    id: EntryId,
    kind: EntryKind,
    terms: &VoidTerms,
) -> Result<(), Error> {
    let item = book.item(document.owner, document.id).ok_or(Error::NotFound)?.clone();
    // Checked first: the date of a document that is already void doesn't matter.
    if item.is_void() {
        return Err(Error::Refused(Refusal::AlreadyVoid));
    }
    let head = book.head(item.owner).ok_or(Error::NotFound)?;
    let customer = book.customer(item.owner, item.customer).ok_or(Error::NotFound)?;
    let date = first_date(book, head, &item, terms.date, "voided")?;
    if item.credited.is_some() {
        return Err(Error::Refused(Refusal::HasCreditNotes));
    }
    unlocked(head, date)?;
    let amount = reversed(&item);
    let totals = sums(customer, item.kind.into(), amount, "")?;
    post_datable(book, item.owner, item.customer, date, amount)?;

    for (invoice, amounts) in document.credits()? {
        book.credit(item.owner, invoice, |before| before.minus(amounts));
    }
    book.reverse(item, Reversal { id, kind, date, reason: terms.reason.clone(), amount, totals });
    Ok(())
}

/// Returns the date from which an item is voided or allocated otherwise: the given one, or else today or the first possible
/// date after.
pub(super) fn first_date(
    book: &Book<'_>,
    head: &Head,
    item: &Item,
    given: Option<Date>,
    what: &str,
) -> Result<Date, Error> {
    let date = given.unwrap_or_else(|| book.today(head).max(item.free_from));
    if date < item.free_from {
        let fault = format!(
            "must not be before {}, the first date on which the document can be {what}",
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
