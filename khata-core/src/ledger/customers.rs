//! The rules of adding, changing and removing a customer.

use super::book::Book;
use super::documents::{self, unlocked};
use super::{Answer, Posting, Totals};
use crate::customer::{Customer, CustomerUpdate, NewCustomer, Removal};
use crate::documents::NewOpeningBalance;
use crate::error::{Error, MobileHolder, Refusal};
use crate::id::{CustomerId, EntryId, OwnerId};
use crate::phone::MobileNumber;

pub(super) fn add(
    book: &mut Book<'_>,
    posting: &Posting,
    id: CustomerId,
    opening: EntryId,
    new: &NewCustomer,
) -> Result<Answer, Error> {
    let owner = posting.owner;
    let head = book.head(owner).ok_or(Error::NotFound)?;
    let recorded_at = book.recorded_at(head);
    let opening_date = new.opening_date.unwrap_or_else(|| book.today(head));
    let opening_balance = new.opening_balance.filter(|balance| !balance.is_zero());
    free_mobile(book, owner, id, new.mobile.as_ref())?;
    if opening_balance.is_some() {
        unlocked(head, opening_date)?;
    }
    book.add_customer(Customer {
        id,
        owner,
        name: new.name.clone(),
        firm_name: new.firm_name.clone(),
        mobile: new.mobile.clone(),
        alternate_mobile: new.alternate_mobile.clone(),
        email: new.email.clone(),
        address: new.address.clone(),
        notes: new.notes.clone(),
        tags: new.tags.clone().filter(|tags| !tags.is_empty()),
        city: new.city.clone(),
        state: new.state.clone(),
        gst_number: new.gst_number.clone(),
        credit_limit: new.credit_limit,
        totals: Totals::default(),
        post_dated: None,
        bounced_cheques: 0,
        archived_at: None,
        created_at: recorded_at,
        updated_at: recorded_at,
        revision: 1,
        last_seq: 0,
    });
    if let Some(balance) = opening_balance {
        let opening_balance = NewOpeningBalance::new(id, opening_date, balance).into();
        if let Err(refused) = documents::post(book, posting, opening, &opening_balance) {
            book.delete_customer(owner, id);
            return Err(refused);
        }
    }
    answer(book, owner, id)
}

pub(super) fn update(
    book: &mut Book<'_>,
    owner: OwnerId,
    id: CustomerId,
    update: &CustomerUpdate,
    expected: Option<u64>,
) -> Result<Answer, Error> {
    let before = book.customer(owner, id).ok_or(Error::NotFound)?;
    let mut after = update.applied_to(before);
    after.tags = after.tags.filter(|tags| !tags.is_empty());
    let changed = after != *before;
    // A change that is sent twice finds the state that it asks for: RFC 9110 section 13.1.1 allows it to succeed.
    let done_before = !changed && expected.is_some_and(|expected| expected + 1 == before.revision);
    if !done_before {
        at_revision(before, expected)?;
    }
    if changed {
        free_mobile(book, owner, id, after.mobile.as_ref())?;
        let head = book.head(owner).ok_or(Error::NotFound)?;
        after.updated_at = book.recorded_at(head);
        after.revision += 1;
        book.put_customer(after);
    }
    answer(book, owner, id)
}

pub(super) fn remove(
    book: &mut Book<'_>,
    owner: OwnerId,
    id: CustomerId,
    expected: Option<u64>,
) -> Result<Answer, Error> {
    let customer = book.customer(owner, id).ok_or(Error::NotFound)?;
    // A removal that is sent twice succeeds, as an update does.
    let done_before =
        customer.archived_at.is_some() && expected.is_some_and(|expected| expected + 1 == customer.revision);
    if done_before {
        return Ok(Answer::Removal(Removal::Archived));
    }
    at_revision(customer, expected)?;
    if customer.last_seq == 0 {
        book.delete_customer(owner, id);
        return Ok(Answer::Removal(Removal::Deleted));
    }
    let head = book.head(owner).ok_or(Error::NotFound)?;
    if !customer.is_settled_on(book.today(head))? {
        return Err(Error::Refused(Refusal::BalanceOutstanding));
    }
    if customer.archived_at.is_none() {
        let now = book.recorded_at(head);
        let mut archived = customer.clone();
        archived.archived_at = Some(now);
        archived.updated_at = now;
        archived.revision += 1;
        book.put_customer(archived);
    }
    Ok(Answer::Removal(Removal::Archived))
}

pub(super) fn restore(book: &mut Book<'_>, owner: OwnerId, id: CustomerId) -> Result<Answer, Error> {
    revive(book, owner, id);
    answer(book, owner, id)
}

/// Restores a customer from the archive. A customer who is not archived stays unchanged.
pub(super) fn revive(book: &mut Book<'_>, owner: OwnerId, id: CustomerId) {
    let archived = book.customer(owner, id).filter(|customer| customer.archived_at.is_some());
    if let Some((customer, head)) = archived.zip(book.head(owner)) {
        let mut restored = customer.clone();
        restored.updated_at = book.recorded_at(head);
        restored.archived_at = None;
        restored.revision += 1;
        book.put_customer(restored);
    }
}

fn free_mobile(
    book: &Book<'_>,
    owner: OwnerId,
    id: CustomerId,
    mobile: Option<&MobileNumber>,
) -> Result<(), Error> {
    match mobile.and_then(|mobile| book.mobile_holder(owner, mobile)) {
        Some(customer) if customer != id => {
            let holder = book.customer(owner, customer);
            let archived = holder.is_some_and(|holder| holder.archived_at.is_some());
            Err(Error::Refused(Refusal::MobileTaken(Some(MobileHolder { customer, archived }))))
        }
        _ => Ok(()),
    }
}

fn at_revision(customer: &Customer, expected: Option<u64>) -> Result<(), Error> {
    if expected.is_none_or(|expected| expected == customer.revision) { Ok(()) } else { Err(Error::Stale) }
}

fn answer(book: &Book<'_>, owner: OwnerId, id: CustomerId) -> Result<Answer, Error> {
    let customer = book.customer(owner, id).ok_or(Error::NotFound)?;
    let head = book.head(owner).ok_or(Error::NotFound)?;
    Ok(Answer::Customer(Box::new(customer.clone().on(book.today(head))?)))
}
