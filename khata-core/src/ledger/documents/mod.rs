//! The rules of posting documents: what they have in common, and a file for what differs of each kind.
//!
//! A kind says what it needs to be loaded, and makes a [`Prepared`] document, or refuses. Adding a kind is a file here
//! beside its file in [`documents`](crate::documents).

mod credit_note;
mod invoice;
mod receipt;

use super::book::{Book, Draft};
use super::required_keys::RequiredKeys;
use super::{Answer, EntryKind, Item, Posting, Side, Totals};
use crate::customer::Customer;
use crate::documents::{DocumentBody, Heading, NewDocument};
use crate::error::{Error, FieldError, Refusal, Violation};
use crate::id::{CustomerId, EntryId, ItemId, OwnerId};
use crate::money::Money;
use crate::number::{DocumentNumber, NumberKey, Series};
use crate::store::Head;
use crate::values::calendar::Date;

/// The rules of a kind of document.
pub(super) trait PostingRules {
    /// The rows that it needs, as far as it says so itself.
    fn require(&self, owner: OwnerId, keys: &mut RequiredKeys);

    /// The amount that it opens on a side of a customer's account, if it says so itself.
    fn opens(&self) -> Option<(CustomerId, Side, Money)>;

    /// The document that it needs to be loaded first, to know whose it is.
    fn refers_to(&self) -> Option<ItemId> {
        None
    }

    /// The document, ready to be posted; or why it is refused.
    fn prepare(&self, book: &Book, posting: &Posting, id: EntryId) -> Result<Prepared, Error>;
}

/// The rules of a document of whatever kind.
pub(super) fn rules(new: &NewDocument) -> &dyn PostingRules {
    match new {
        NewDocument::Invoice(new) => new,
        NewDocument::Receipt(new) => new,
        NewDocument::CreditNote(new) => new,
    }
}

/// A document that may be posted: all rules have been checked.
pub(super) struct Prepared {
    numbered: Numbered,
    body: DocumentBody,
    /// The item that it opens.
    item: Item,
    /// The customer's sums with the entry.
    totals: Totals,
    /// What its item is to pay first, and how much of each; all of it is open.
    explicit: Vec<(ItemId, Money)>,
}

pub(super) fn post(
    book: &mut Book,
    posting: &Posting,
    id: EntryId,
    new: &NewDocument,
) -> Result<Answer, Error> {
    let Prepared { numbered, body, item, totals, explicit } = rules(new).prepare(book, posting, id)?;
    let (owner, item_id) = (item.owner, item.id);
    if let Some(invoice) = item.invoice {
        book.credit(owner, invoice.into(), item.amount);
    }
    if let Some(position) = numbered.position {
        book.advance_series(owner, numbered.key.series(), position);
    }
    let amount = signed(item.side, item.amount).ok_or_else(|| too_large(""))?;
    let document = Some((numbered.key, body.to_json()));
    let entry = book.post(Draft { id, kind: item.kind.into(), amount, totals, item, document, explicit });
    let item = book.item(owner, item_id).ok_or(Error::NotFound)?;
    Ok(Answer::Document(Box::new(body.view(item, &entry.allocations, entry.recorded_at))))
}

/// What an amount on a side of the account adds to the balance; `None` if it overflows.
pub(super) fn signed(side: Side, amount: Money) -> Option<Money> {
    match side {
        Side::Debit => Some(amount),
        Side::Credit => amount.checked_neg(),
    }
}

/// A number, and where it stands in its series if it has the automatic form.
struct Numbered {
    number: DocumentNumber,
    key: NumberKey,
    position: Option<u64>,
}

/// The number given, if it is free, or else the next of the series.
fn choose_number(
    book: &Book,
    owner: OwnerId,
    series: Series,
    given: Option<&DocumentNumber>,
    field: &str,
) -> Result<Numbered, Error> {
    if let Some(number) = given {
        let key = NumberKey::new(series, number);
        if book.is_taken(owner, &key) {
            return Err(Error::Refused(Refusal::NumberTaken));
        }
        return Ok(Numbered { number: number.clone(), key, position: series.position(number) });
    }
    let next = book.last_number(owner, series).checked_add(1);
    let numbered = next.and_then(|next| Some((next, series.number(next)?)));
    let (position, number) = numbered.ok_or_else(|| {
        Error::invalid(field, "series_exhausted", "is required, since the automatic numbers are used up")
    })?;
    Ok(Numbered { key: NumberKey::new(series, &number), number, position: Some(position) })
}

/// The customer, if there is one who can be posted to; or what is wrong with the request, all of it.
fn postable(
    book: &Book,
    owner: OwnerId,
    id: CustomerId,
    other: Option<FieldError>,
) -> Result<&Customer, Error> {
    let customer = book.customer(owner, id);
    let fault = match customer {
        None => Some(crate::id::not_found()),
        Some(customer) if customer.archived_at.is_some() => {
            Some(Violation::new("archived", "is in the archive; restore the customer first"))
        }
        Some(_) => None,
    };
    let faults: Vec<_> = fault.map(|fault| fault.at("customerId")).into_iter().chain(other).collect();
    customer.filter(|_| faults.is_empty()).ok_or(Error::Invalid(faults))
}

/// A posting dated on or before the shop's lock date is refused, so that all reports up to then are frozen.
pub(super) fn unlocked(head: &Head, date: Date) -> Result<(), Error> {
    match head.owner.locked_until {
        Some(locked) if date <= locked => Err(Error::Refused(Refusal::PeriodLocked)),
        _ => Ok(()),
    }
}

pub(super) fn sums(
    customer: &Customer,
    kind: EntryKind,
    amount: Money,
    field: &str,
) -> Result<Totals, Error> {
    customer.totals.plus(kind, amount).ok_or_else(|| too_large(field))
}

fn too_large(field: &str) -> Error {
    Error::invalid(field, "too_large", "would take the customer's balance out of range")
}

fn heading(posting: &Posting, head: &Head, customer: &Customer, numbered: &Numbered, date: Date) -> Heading {
    Heading::new(posting.salt, &head.owner, customer, numbered.number.clone(), date)
}
