//! The shop: a handle on one owner's book. Every operation of a tenant hangs on it.

mod documents;
mod explain;
mod export;
mod proof;
mod reports;

use std::sync::Arc;
use std::time::Instant;

use crate::calendar::{Date, TimeZone};
use crate::credit_note::{CreditNote, NewCreditNote};
use crate::customer::{Customer, CustomerUpdate, NewCustomer, Removal};
use crate::error::Error;
use crate::id::{CreditNoteId, CustomerId, EntryId, InvoiceId, ItemId, OwnerId, ReceiptId, SessionId};
use crate::idempotency::IdempotencyKey;
use crate::invoice::{Invoice, InvoiceStatus, NewInvoice};
use crate::khata::Inner;
use crate::ledger::profile::ProfileJob;
use crate::ledger::views::{self, Balance};
use crate::ledger::{Answer, Command, Done};
use crate::money::Currency;
use crate::number::DocumentKind;
use crate::owner::{Owner, OwnerUpdate};
use crate::page::{Limit, Page};
use crate::receipt::{NewReceipt, Receipt};
use crate::store::{CustomerCursor, CustomerOrder, CustomerSelection, DocumentSelection};
use crate::void::Void;

pub use reports::StatementFilter;

/// A handle on one shop's book, cheap to clone. What is another shop's doesn't exist through it.
///
/// Every method fails with [`Error::Store`] if the database does; what else it fails with is said at each.
#[derive(Debug, Clone)]
pub struct Shop {
    khata: Arc<Inner>,
    opened: Opened,
}

/// Who opened the book, and what never changes about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opened {
    pub(crate) owner: OwnerId,
    pub(crate) session: Option<SessionId>,
    pub(crate) currency: Currency,
    pub(crate) time_zone: TimeZone,
}

/// Which customers to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerFilter {
    /// Only those of whose name, firm or mobile number a word begins with each word of this.
    pub search: Option<String>,
    /// Only archived ones, or only those that are not.
    pub archived: bool,
    /// In which order.
    pub order: CustomerOrder,
    /// Only those after this place, as [`Page::next`] gave it for the same filter.
    pub after: Option<CustomerCursor>,
    /// At most so many.
    pub limit: Limit,
}

/// Which documents of a kind to list, newest first. Only invoices have a status to filter by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentFilter {
    /// Only this customer's.
    pub customer: Option<CustomerId>,
    /// Only those dated on or after this.
    pub from: Option<Date>,
    /// Only those dated on or before this.
    pub to: Option<Date>,
    /// Only invoices paid so far.
    pub status: Option<InvoiceStatus>,
    /// Only those with a lower `seq`, as [`Page::next`] gave it for the same filter.
    pub before: Option<u64>,
    /// At most so many.
    pub limit: Limit,
}

impl DocumentFilter {
    fn selection(&self) -> Result<DocumentSelection, Error> {
        in_order(self.from, self.to)?;
        Ok(DocumentSelection {
            customer: self.customer,
            from: self.from,
            to: self.to,
            status: self.status,
            before: self.before,
            limit: self.limit.one_more(),
        })
    }
}

/// A period does not end before it begins.
fn in_order(from: Option<Date>, to: Option<Date>) -> Result<(), Error> {
    match (from, to) {
        (Some(from), Some(to)) if from > to => {
            Err(Error::invalid("from", "from_after_to", "must not be after `to`"))
        }
        _ => Ok(()),
    }
}

/// Something that can be done once under an [`IdempotencyKey`]: see [`Shop::once`].
pub trait Operation: sealed::Sealed {
    /// What comes of it.
    type Output;
}

mod sealed {
    use super::{Answer, Command, Error, Shop};

    pub trait Sealed: Sized {
        fn command(self, shop: &Shop) -> Result<Command, Error>;
        fn output(answer: Answer) -> Option<<Self as super::Operation>::Output>
        where
            Self: super::Operation;
    }
}

macro_rules! operations {
    ($($new:ty => $output:ident, |$made:ident, $shop:ident| $check:expr, $command:expr;)+) => {$(
        impl sealed::Sealed for $new {
            fn command(self, $shop: &Shop) -> Result<Command, Error> {
                let $made = self;
                let checked: Result<(), Error> = $check;
                checked.map(|()| $command)
            }

            fn output(answer: Answer) -> Option<$output> {
                match answer {
                    Answer::$output(value) => Some(*value),
                    _ => None,
                }
            }
        }

        impl Operation for $new {
            type Output = $output;
        }
    )+};
}

operations! {
    NewCustomer => Customer, |new, _shop| new.check(),
        Command::AddCustomer { id: CustomerId::generate(), opening: EntryId::generate(), new: Box::new(new) };
    NewInvoice => Invoice, |new, shop| new.check(shop.currency()),
        Command::AddInvoice { id: EntryId::generate(), new: Box::new(new) };
    NewReceipt => Receipt, |new, _shop| new.check(),
        Command::AddReceipt { id: EntryId::generate(), new: Box::new(new) };
    NewCreditNote => CreditNote, |new, shop| new.check(shop.currency()),
        Command::AddCreditNote { id: EntryId::generate(), new: Box::new(new) };
    Void<InvoiceId> => Invoice, |void, _shop| Ok(()), voiding(DocumentKind::Invoice, void);
    Void<ReceiptId> => Receipt, |void, _shop| Ok(()), voiding(DocumentKind::Receipt, void);
    Void<CreditNoteId> => CreditNote, |void, _shop| Ok(()), voiding(DocumentKind::CreditNote, void);
}

fn voiding<D: Into<ItemId>>(kind: DocumentKind, void: Void<D>) -> Command {
    let Void { document, reason, date } = void;
    let void = Box::new(Void { document: document.into(), reason, date });
    Command::Void { id: EntryId::generate(), kind, void }
}

/// What came of an operation with an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once<T> {
    /// What came of it; if it was done before, as it was then.
    pub value: T,
    /// Whether it was done before.
    pub replayed: bool,
}

impl Shop {
    pub(crate) fn new(khata: Arc<Inner>, opened: Opened) -> Self {
        Self { khata, opened }
    }

    /// The owner, whose book this is.
    #[must_use]
    pub fn id(&self) -> OwnerId {
        self.opened.owner
    }

    /// The session by which it was opened; none if the program opened it by itself.
    #[must_use]
    pub fn session(&self) -> Option<SessionId> {
        self.opened.session
    }

    /// The currency of all its amounts.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.opened.currency
    }

    /// Where its days begin.
    #[must_use]
    pub fn time_zone(&self) -> TimeZone {
        self.opened.time_zone
    }

    /// The date there now.
    #[must_use]
    pub fn today(&self) -> Date {
        self.opened.time_zone.date_of(self.khata.clock.now())
    }

    /// The owner's profile.
    ///
    /// # Errors
    /// Those of the store only.
    pub async fn profile(&self) -> Result<Owner, Error> {
        Ok(self.khata.store.head(self.id()).await?.owner)
    }

    /// Changes the profile, and the password if the update says so; that ends every other session.
    /// `expected` is the revision that the caller saw, if that matters.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `currentPassword` if it is wrong, [`Error::Throttled`] after too many wrong ones,
    /// [`Error::Stale`], [`Error::Refused`] with `MobileTaken`.
    pub async fn update_profile(&self, update: OwnerUpdate, expected: Option<u64>) -> Result<Owner, Error> {
        let password = match &update.password {
            Some(change) => Some(self.khata.auth.change_password(self.id(), self.session(), change).await?),
            None => None,
        };
        let job = ProfileJob::new(self.id(), update, password, expected, self.khata.clock.now());
        let deadline = Instant::now() + self.khata.write_timeout;
        match self.khata.poster.run_alone(&job, deadline).await?.answer {
            Answer::Owner(owner) => Ok(*owner),
            other => Err(unexpected(&other)),
        }
    }

    /// Ends the session by which it was opened.
    ///
    /// # Errors
    /// Those of the store only.
    pub async fn logout(&self) -> Result<(), Error> {
        match self.session() {
            Some(session) => self.khata.auth.logout(self.id(), session).await,
            None => Ok(()),
        }
    }

    /// Ends every session of the owner.
    ///
    /// # Errors
    /// Those of the store only.
    pub async fn logout_all(&self) -> Result<(), Error> {
        self.khata.auth.logout_all(self.id()).await
    }

    /// Does something once: under the same key, the same operation is not done again but answered as the first time,
    /// for as long as what came of it is there.
    ///
    /// # Errors
    /// [`Error::IdempotencyMismatch`] if the key was used for something else, and those of the operation.
    pub async fn once<O: Operation>(
        &self,
        key: IdempotencyKey,
        operation: O,
    ) -> Result<Once<O::Output>, Error> {
        let command = operation.command(self)?;
        let done = self.post(command, Some(key)).await?;
        let replayed = done.replayed;
        O::output(done.answer).map(|value| Once { value, replayed }).ok_or(Error::IdempotencyMismatch)
    }

    /// Adds a customer, with an opening balance if there is one.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Refused`] with `MobileTaken` or `PeriodLocked`.
    pub async fn add_customer(&self, new: NewCustomer) -> Result<Customer, Error> {
        self.add(new).await
    }

    /// A customer, archived or not.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn customer(&self, id: CustomerId) -> Result<Customer, Error> {
        Ok(self.khata.store.customer(self.id(), id).await?)
    }

    /// A page of customers.
    ///
    /// # Errors
    /// Those of the store only.
    pub async fn customers(&self, filter: &CustomerFilter) -> Result<Page<Customer, CustomerCursor>, Error> {
        let words = filter.search.as_deref().map(crate::search::query_words).unwrap_or_default();
        let selection = CustomerSelection {
            words,
            archived: filter.archived,
            order: filter.order,
            after: filter.after.clone(),
            limit: filter.limit.one_more(),
        };
        let customers = self.khata.store.customers(self.id(), &selection).await?;
        Ok(Page::cut(customers, filter.limit, |last| last.cursor(filter.order)))
    }

    /// Changes a customer's particulars. `expected` is the revision that the caller saw, if that matters.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Stale`], [`Error::Invalid`], [`Error::Refused`] with `MobileTaken`.
    pub async fn update_customer(
        &self,
        id: CustomerId,
        update: CustomerUpdate,
        expected: Option<u64>,
    ) -> Result<Customer, Error> {
        update.check()?;
        self.change_customer(Command::UpdateCustomer { id, update: Box::new(update), expected }).await
    }

    /// Takes a customer off the list: deletes one without entries, archives one with a zero balance.
    /// `expected` is the revision that the caller saw, if that matters.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Stale`], [`Error::Refused`] with `BalanceOutstanding`.
    pub async fn remove_customer(&self, id: CustomerId, expected: Option<u64>) -> Result<Removal, Error> {
        match self.post(Command::RemoveCustomer { id, expected }, None).await?.answer {
            Answer::Removal(removal) => Ok(removal),
            other => Err(unexpected(&other)),
        }
    }

    /// Takes a customer out of the archive; one that isn't in it is left as it is.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn restore_customer(&self, id: CustomerId) -> Result<Customer, Error> {
        self.change_customer(Command::RestoreCustomer { id }).await
    }

    /// How a customer stood at the end of a day, today if none is named: by effective dates, counting all that the
    /// book has learnt since.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn balance(&self, id: CustomerId, as_of: Option<Date>) -> Result<Balance, Error> {
        let as_of = as_of.unwrap_or_else(|| self.today());
        let standing = self.khata.store.standing(self.id(), id, as_of).await?;
        Ok(views::balance(&standing, as_of)?)
    }

    /// The store, for what reads or writes much of a book.
    pub(crate) fn store(&self) -> &dyn crate::store::Store {
        &*self.khata.store
    }

    async fn add<O: Operation>(&self, operation: O) -> Result<O::Output, Error> {
        let answer = self.post(operation.command(self)?, None).await?.answer;
        O::output(answer)
            .ok_or_else(|| Error::Internal("a command was answered with another's answer".into()))
    }

    async fn change_customer(&self, command: Command) -> Result<Customer, Error> {
        match self.post(command, None).await?.answer {
            Answer::Customer(customer) => Ok(*customer),
            other => Err(unexpected(&other)),
        }
    }

    async fn post(&self, command: Command, key: Option<IdempotencyKey>) -> Result<Done, Error> {
        let deadline = Instant::now() + self.khata.write_timeout;
        self.khata.poster.post(self.id(), command, key, deadline).await
    }
}

fn unexpected(answer: &Answer) -> Error {
    Error::Internal(format!("a command was answered with {answer:?}"))
}
