//! The rules of posting documents: the common rules, and a file for each kind.
//!
//! A kind declares the rows that it requires, and turns its input into a [`Prepared`] document or an error. A new kind is
//! a file here and a file in [`documents`](crate::documents).

mod credit_note;
mod debit_note;
mod invoice;
mod opening_balance;
mod receipt;
mod refund;
mod write_off;

use super::allocation::live;
use super::book::{Book, Draft};
use super::required_keys::RequiredKeys;
use super::{Answer, EntryKind, Item, POST_DATED_DAYS_MAX, Posting, Side, Totals};
use crate::customer::Customer;
use crate::documents::{DocumentBody, Heading, NewAllocation, NewDocument};
use crate::error::{Error, FieldError, NumberHolder, Refusal, Violation};
use crate::id::{CustomerId, EntryId, ItemId, OwnerId};
use crate::money::{Currency, Money};
use crate::number::{DocumentNumber, NumberKey, Series};
use crate::store::Head;
use crate::values::calendar::Date;

/// The rules of a kind of document.
pub(super) trait PostingRules {
    /// Adds the keys of the rows that the document requires, as far as they are known from the input.
    fn require(&self, owner: OwnerId, keys: &mut RequiredKeys);

    /// Returns the customer, the side and the amount of the item that the document opens, if they are known from the input.
    fn opens(&self) -> Option<(CustomerId, Side, Money)>;

    /// Returns the documents that must be loaded first to know the customer.
    fn refers_to(&self) -> Vec<ItemId> {
        Vec::new()
    }

    /// Checks all rules and returns the document, ready to be posted.
    fn prepare(&self, book: &Book<'_>, posting: &Posting, id: EntryId) -> Result<Prepared, Error>;
}

/// Returns the rules of a document.
pub(super) fn rules(new: &NewDocument) -> &dyn PostingRules {
    match new {
        NewDocument::Invoice(new) => new,
        NewDocument::Receipt(new) => new,
        NewDocument::CreditNote(new) => new,
        NewDocument::DebitNote(new) => new,
        NewDocument::Refund(new) => new,
        NewDocument::WriteOff(new) => new,
        NewDocument::OpeningBalance(new) => new,
    }
}

/// A document to be posted. All rules have been checked.
pub(super) struct Prepared {
    numbered: Numbered,
    body: DocumentBody,
    /// The item that the document opens.
    item: Item,
    /// Totals of the customer after the entry.
    totals: Totals,
    /// Items that the new item pays first, with the amounts, all of which are open.
    explicit: Vec<(ItemId, Money)>,
}

pub(super) fn post(
    book: &mut Book<'_>,
    posting: &Posting,
    id: EntryId,
    new: &NewDocument,
) -> Result<Answer, Error> {
    let Prepared { numbered, body, item, totals, explicit } = rules(new).prepare(book, posting, id)?;
    let (owner, item_id) = (item.owner, item.id);
    let amount = signed(item.side, item.amount).ok_or_else(|| too_large(""))?;
    post_datable(book, owner, item.customer, item.date, amount)?;
    for (invoice, amounts) in body.credits() {
        book.credit(owner, invoice, |before| before.plus(amounts));
    }
    if let Some(position) = numbered.position {
        book.advance_series(owner, numbered.key.series(), position);
    }
    let document = Some((numbered.key, body.to_json()));
    book.post(Draft { id, kind: item.kind.into(), amount, totals, item, document, explicit });
    let (item, entry) = book.item(owner, item_id).zip(book.last_entry()).ok_or(Error::NotFound)?;
    let today = book.head(owner).map(|head| book.today(head)).ok_or(Error::NotFound)?;
    Ok(Answer::Document(Box::new(body.view(item, &entry.allocations, entry.recorded_at, today)?)))
}

/// Refuses an entry if its customer would have post-dated ones on too many days, or too large ones.
pub(super) fn post_datable(
    book: &Book<'_>,
    owner: OwnerId,
    customer: CustomerId,
    date: Date,
    amount: Money,
) -> Result<(), Error> {
    let customer = book.customer(owner, customer).ok_or(Error::NotFound)?;
    let after = book.post_dated_with(customer, date, amount).map_err(|_| too_large(""))?;
    if after.is_some_and(|days| days.count_after(Date::MIN) > POST_DATED_DAYS_MAX) {
        let fault =
            format!("is later than today, and the customer has {POST_DATED_DAYS_MAX} such dates already");
        return Err(Error::invalid("date", "too_many_post_dated", fault));
    }
    Ok(())
}

/// Returns the signed amount that an item adds to the balance, or `None` on overflow.
pub(super) fn signed(side: Side, amount: Money) -> Option<Money> {
    match side {
        Side::Debit => Some(amount),
        Side::Credit => amount.checked_neg(),
    }
}

/// A document number, with its position in the series if it is an automatic one.
struct Numbered {
    number: DocumentNumber,
    key: NumberKey,
    position: Option<u64>,
}

/// Returns the given number if it is free, or the next number of the series if none is given.
fn choose_number(
    book: &Book<'_>,
    owner: OwnerId,
    series: Series,
    given: Option<&DocumentNumber>,
    field: &str,
) -> Result<Numbered, Error> {
    if let Some(number) = given {
        let key = NumberKey::new(series, number);
        if let Some(document) = book.number_holder(owner, &key) {
            let void = book.item(owner, document).is_some_and(Item::is_void);
            return Err(Error::Refused(Refusal::NumberTaken(NumberHolder { document, void })));
        }
        let position = book.head(owner).and_then(|head| head.owner.position(&key));
        return Ok(Numbered { number: number.clone(), key, position });
    }
    let next = book.last_number(owner, series).checked_add(1).zip(book.head(owner));
    let numbered = next.and_then(|(next, head)| Some((next, head.owner.automatic_number(series, next)?)));
    let (position, number) = numbered.ok_or_else(|| {
        Error::invalid(field, "series_exhausted", "is required, since the automatic numbers are used up")
    })?;
    Ok(Numbered { key: NumberKey::new(series, &number), number, position: Some(position) })
}

/// Returns the customer if postings are allowed, or all violations.
fn postable<'b>(
    book: &'b Book<'_>,
    owner: OwnerId,
    id: CustomerId,
    other: Option<FieldError>,
) -> Result<&'b Customer, Error> {
    let customer = book.customer(owner, id);
    let fault = match customer {
        None => Some(crate::id::not_found()),
        Some(customer) if customer.archived_at.is_some() => {
            Some(Violation::new("archived", "is archived; restore the customer first"))
        }
        Some(_) => None,
    };
    let faults: Vec<_> = fault.map(|fault| fault.at("customerId")).into_iter().chain(other).collect();
    customer.filter(|_| faults.is_empty()).ok_or(Error::Invalid(faults))
}

/// Checks the explicit allocations of a new credit: the debits are of its customer, not void, and have the amounts open.
fn payable(
    book: &Book<'_>,
    owner: OwnerId,
    customer: CustomerId,
    rows: &[NewAllocation],
) -> Result<(), Error> {
    allocatable(book, owner, customer, rows, |debit| debit.open)
}

/// Checks the explicit allocations of a credit that is allocated otherwise, whose own payments are taken back first.
pub(super) fn payable_after(book: &Book<'_>, credit: &Item, rows: &[NewAllocation]) -> Result<(), Error> {
    let paid: Vec<_> = live(book.allocations(credit.owner, credit.id)).into_iter().cloned().collect();
    allocatable(book, credit.owner, credit.customer, rows, |debit| {
        let own = paid.iter().filter(|row| row.debit == debit.id).map(|row| row.amount);
        Money::checked_sum(own.chain([debit.open])).unwrap_or(debit.open)
    })
}

fn allocatable(
    book: &Book<'_>,
    owner: OwnerId,
    customer: CustomerId,
    rows: &[NewAllocation],
    open: impl Fn(&Item) -> Money,
) -> Result<(), Error> {
    let faults = rows.iter().enumerate().filter_map(|(at, NewAllocation { pays, amount })| {
        let debit = |fault: Violation| Some(fault.at(format!("allocations/{at}/{}", pays.field())));
        let item = book.item(owner, pays.item()).filter(|item| item.kind == pays.kind());
        match item {
            None => debit(crate::id::not_found()),
            Some(item) if item.customer != customer => {
                debit(Violation::new("other_customer", "belongs to another customer"))
            }
            Some(item) if item.is_void() => debit(Violation::new("void", "is void")),
            Some(item) if *amount > open(item) => {
                let fault = Violation::new("beyond_open", "exceeds what is outstanding of the document");
                Some(fault.at(format!("allocations/{at}/amount")))
            }
            Some(_) => None,
        }
    });
    crate::form::sound(faults.map(Some))
}

pub(super) fn explicit(rows: &[NewAllocation]) -> Vec<(ItemId, Money)> {
    rows.iter().map(|row| (row.pays.item(), row.amount)).collect()
}

/// Refuses an amount above the most that there is, with what that is.
fn at_most(amount: Money, most: Money, code: &'static str, what: &str, in_: Currency) -> Result<(), Error> {
    let most = most.max(Money::ZERO);
    if amount <= most {
        return Ok(());
    }
    Err(Error::invalid("amount", code, format!("exceeds {what}, {}", in_.format(most))))
}

/// Refuses a posting dated on or before the shop's lock date, so that reports up to that date don't change.
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
