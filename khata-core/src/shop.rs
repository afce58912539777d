//! The shop: a handle on one owner's book. Every operation of a tenant hangs on it.

mod documents;
mod explain;
#[cfg(feature = "export")]
mod export;
pub mod page;
mod proof;
mod reports;

use std::sync::Arc;
use std::time::Instant;

use crate::customer::{Customer, CustomerCursor, CustomerOrder, CustomerUpdate, NewCustomer, Removal};
use crate::documents::{
    CreditNote, DocumentType, Invoice, InvoiceStatus, NewCreditNote, NewInvoice, NewReceipt, Receipt, Void,
};
use crate::error::Error;
use crate::id::{CreditNoteId, CustomerId, EntryId, InvoiceId, OwnerId, ReceiptId, SessionId};
use crate::idempotency::IdempotencyKey;
use crate::khata::Inner;
use crate::ledger::profile::ProfileJob;
use crate::ledger::views::{self, Balance};
use crate::ledger::{Answer, Command, Done};
use crate::money::{Currency, Money};
use crate::owner::{Owner, OwnerUpdate};
use crate::page::{Limit, Page};
use crate::record::Input as _;
use crate::store::{CustomerSelection, DocumentSelection};
use crate::values::calendar::{Date, TimeZone};

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
    /// Maximum number of items to return.
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
    /// Maximum number of items to return.
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

/// An operation that changes a book and can be retried under an [`IdempotencyKey`]: see [`Shop::perform`].
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

impl Operation for NewCustomer {
    type Output = Customer;
}

impl sealed::Sealed for NewCustomer {
    fn command(self, shop: &Shop) -> Result<Command, Error> {
        self.check(shop.currency())?;
        let (id, opening) = (CustomerId::generate(), EntryId::generate());
        Ok(Command::AddCustomer { id, opening, new: Box::new(self) })
    }

    fn output(answer: Answer) -> Option<Customer> {
        match answer {
            Answer::Customer(customer) => Some(*customer),
            _ => None,
        }
    }
}

macro_rules! document_operations {
    ($($kind:ident: $new:ident, $id:ident;)+) => {$(
        impl Operation for $new {
            type Output = $kind;
        }

        impl sealed::Sealed for $new {
            fn command(self, shop: &Shop) -> Result<Command, Error> {
                self.check(shop.currency())?;
                Ok(Command::Post { id: EntryId::generate(), new: Box::new(self.into()) })
            }

            fn output(answer: Answer) -> Option<$kind> {
                document(answer)
            }
        }

        impl Operation for Void<$id> {
            type Output = $kind;
        }

        impl sealed::Sealed for Void<$id> {
            fn command(self, _: &Shop) -> Result<Command, Error> {
                let Self { document, terms } = self;
                let void = Box::new(Void { document: document.into(), terms });
                Ok(Command::Void { id: EntryId::generate(), kind: $kind::KIND, void })
            }

            fn output(answer: Answer) -> Option<$kind> {
                document(answer)
            }
        }
    )+};
}

document_operations! {
    Invoice: NewInvoice, InvoiceId;
    Receipt: NewReceipt, ReceiptId;
    CreditNote: NewCreditNote, CreditNoteId;
}

fn document<D: DocumentType>(answer: Answer) -> Option<D> {
    match answer {
        Answer::Document(view) => D::from_view(*view),
        _ => None,
    }
}

/// What came of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Performed<T> {
    /// What came of it; if it was performed before, as it was then.
    pub value: T,
    /// Whether it was performed before, under the same key.
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

    /// Parses an amount in the shop's currency, such as `1180.50`.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `amount`, as [`Currency::parse_plain`] has it.
    pub fn amount(&self, text: &str) -> Result<Money, Error> {
        let amount = self.currency().parse_plain(text);
        amount.map_err(|violation| Error::Invalid(vec![violation.at("amount")]))
    }

    /// Formats an amount with all the digits of the shop's currency, such as `1180.50`.
    #[must_use]
    pub fn format(&self, amount: Money) -> String {
        self.currency().format(amount)
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

    /// Performs an operation: a customer or a document to add, or a void. Under the same key it is not performed again but
    /// answered as the first time, for as long as what came of it is there.
    ///
    /// # Errors
    /// [`Error::IdempotencyMismatch`] if the key was used for another request, and those of the operation.
    pub async fn perform<O: Operation>(
        &self,
        operation: O,
        key: Option<IdempotencyKey>,
    ) -> Result<Performed<O::Output>, Error> {
        let Done { answer, replayed } = self.post_command(operation.command(self)?, key).await?;
        O::output(answer).map(|value| Performed { value, replayed }).ok_or(Error::IdempotencyMismatch)
    }

    /// Adds a customer, with an opening balance if there is one.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Refused`] with `MobileTaken` or `PeriodLocked`.
    pub async fn add_customer(&self, new: NewCustomer) -> Result<Customer, Error> {
        self.perform(new, None).await.map(|done| done.value)
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
        update.check(self.currency())?;
        self.change_customer(Command::UpdateCustomer { id, update: Box::new(update), expected }).await
    }

    /// Takes a customer off the list: deletes one without entries, archives one with a zero balance.
    /// `expected` is the revision that the caller saw, if that matters.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Stale`], [`Error::Refused`] with `BalanceOutstanding`.
    pub async fn remove_customer(&self, id: CustomerId, expected: Option<u64>) -> Result<Removal, Error> {
        match self.post_command(Command::RemoveCustomer { id, expected }, None).await?.answer {
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

    #[cfg(feature = "export")]
    /// The store, for what reads or writes much of a book.
    pub(crate) fn store(&self) -> &dyn crate::store::Store {
        &*self.khata.store
    }

    async fn change_customer(&self, command: Command) -> Result<Customer, Error> {
        match self.post_command(command, None).await?.answer {
            Answer::Customer(customer) => Ok(*customer),
            other => Err(unexpected(&other)),
        }
    }

    async fn post_command(&self, command: Command, key: Option<IdempotencyKey>) -> Result<Done, Error> {
        let deadline = Instant::now() + self.khata.write_timeout;
        self.khata.poster.post(self.id(), command, key, deadline).await
    }
}

fn unexpected(answer: &Answer) -> Error {
    Error::Internal(format!("a command was answered with {answer:?}"))
}
