//! The rules of posting an invoice or a receipt, and what all documents have in common.

use super::book::{Book, Draft};
use super::customers::unlocked;
use super::posting::Posting;
use super::{
    Answer, Entry, EntryKind, Heading, InvoiceBody, Item, ItemKind, ReceiptBody, Side, Totals, views,
};
use crate::customer::Customer;
use crate::error::{Error, FieldError, Refusal, Violation};
use crate::id::{CustomerId, EntryId, ItemId, OwnerId};
use crate::invoice::{NewInvoice, Tax};
use crate::money::Money;
use crate::number::{DocumentKind, DocumentNumber, NumberKey, Series};
use crate::receipt::NewReceipt;
use crate::store::Head;

pub(super) fn add_invoice(
    book: &mut Book,
    posting: &Posting,
    id: EntryId,
    new: &NewInvoice,
) -> Result<Answer, Error> {
    let owner = posting.owner;
    let head = book.head(owner).ok_or(Error::NotFound)?;
    let tax_required = new.tax == Tax::None && head.owner.gst_number.is_some();
    let missing = || Violation::new("tax_required", "is required, or igst, since the shop has a GSTIN");
    let customer = postable(book, owner, new.customer, tax_required.then(|| missing().at("cgst")))?;
    unlocked(head, new.date)?;
    let series = Series::of(DocumentKind::Invoice, new.date);
    let numbered = choose_number(book, owner, series, new.number.as_ref(), "invoiceNumber")?;
    let totals = sums(customer, EntryKind::Invoice, new.total, "totalAmount")?;
    let over = customer.credit_limit.is_some_and(|limit| totals.balance > limit);
    if over && !new.over_limit {
        return Err(Error::Refused(Refusal::CreditLimitExceeded));
    }

    let heading = heading(posting, head, customer, &numbered, new.date);
    let body = InvoiceBody::new(heading, new);
    let mut item =
        Item::new(owner, id.into(), new.customer, ItemKind::Invoice, Side::Debit, new.total, new.date);
    item.due = new.due_date.unwrap_or(new.date);
    let draft = Draft {
        id,
        kind: EntryKind::Invoice,
        amount: new.total,
        totals,
        item,
        paper: Some((numbered.key.clone(), json(&body))),
        explicit: Vec::new(),
    };
    let (entry, item) = post(book, draft, &numbered);
    Ok(Answer::Invoice(Box::new(views::invoice_view(body, &item, &entry.allocations, entry.recorded_at))))
}

pub(super) fn add_receipt(
    book: &mut Book,
    posting: &Posting,
    id: EntryId,
    new: &NewReceipt,
) -> Result<Answer, Error> {
    let owner = posting.owner;
    let head = book.head(owner).ok_or(Error::NotFound)?;
    let customer = postable(book, owner, new.customer, None)?;
    payable(book, owner, new)?;
    unlocked(head, new.date)?;
    let series = Series::of(DocumentKind::Receipt, new.date);
    let numbered = choose_number(book, owner, series, new.number.as_ref(), "receiptNumber")?;
    let amount = new.amount.checked_neg().ok_or_else(|| too_large("amount"))?;
    let totals = sums(customer, EntryKind::Receipt, amount, "amount")?;

    let body = ReceiptBody::new(heading(posting, head, customer, &numbered, new.date), new);
    let draft = Draft {
        id,
        kind: EntryKind::Receipt,
        amount,
        totals,
        item: Item::new(
            owner,
            id.into(),
            new.customer,
            ItemKind::Receipt,
            Side::Credit,
            new.amount,
            new.date,
        ),
        paper: Some((numbered.key.clone(), json(&body))),
        explicit: new.allocations.iter().map(|row| (row.invoice.into(), row.amount)).collect(),
    };
    let (entry, item) = post(book, draft, &numbered);
    Ok(Answer::Receipt(Box::new(views::receipt_view(body, &item, &entry.allocations, entry.recorded_at))))
}

/// A number, and where it stands in its series if it has the automatic form.
pub(super) struct Numbered {
    number: DocumentNumber,
    pub(super) key: NumberKey,
    position: Option<u64>,
}

/// The number given, if it is free, or else the next of the series.
pub(super) fn choose_number(
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

/// Whether what a receipt is to pay can be paid by it: invoices of this customer, not void, open as far as that.
fn payable(book: &Book, owner: OwnerId, new: &NewReceipt) -> Result<(), Error> {
    let faults = new.allocations.iter().enumerate().filter_map(|(at, row)| {
        let invoice = |fault: Violation| Some(fault.at(format!("allocations/{at}/invoiceId")));
        let item = book.item(owner, row.invoice.into()).filter(|item| item.kind == ItemKind::Invoice);
        match item {
            None => invoice(crate::id::not_found()),
            Some(item) if item.customer != new.customer => {
                invoice(Violation::new("other_customer", "is another customer's"))
            }
            Some(item) if item.void => invoice(Violation::new("void", "is void")),
            Some(item) if row.amount > item.open => {
                let fault = Violation::new("beyond_open", "is more than the invoice has outstanding");
                Some(fault.at(format!("allocations/{at}/amount")))
            }
            Some(_) => None,
        }
    });
    crate::form::sound(faults.map(Some))
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

pub(super) fn heading(
    posting: &Posting,
    head: &Head,
    customer: &Customer,
    numbered: &Numbered,
    date: crate::calendar::Date,
) -> Heading {
    Heading::new(posting.salt, &head.owner, customer, numbered.number.clone(), date)
}

pub(super) fn post(book: &mut Book, draft: Draft, numbered: &Numbered) -> (Entry, Item) {
    let (owner, id): (OwnerId, ItemId) = (draft.item.owner, draft.item.id);
    if let Some(position) = numbered.position {
        book.advance_series(owner, numbered.key.series(), position);
    }
    let entry = book.post(draft);
    let item = book.item(owner, id).expect("it was just posted").clone();
    (entry, item)
}

pub(super) fn json(body: &impl serde::Serialize) -> String {
    serde_json::to_string(body).expect("plain values always have a JSON form")
}
