//! Shops: handles on the books of their owners, with all operations on them.

mod documents;
mod explain;
#[cfg(feature = "export")]
mod export;
pub mod page;
mod proof;
mod reports;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use crate::customer::{
    self, CustomerCursor, CustomerOrder, CustomerUpdate, CustomerView, NewCustomer, Removal,
};
use crate::documents::InvoiceStatus;
use crate::error::Error;
use crate::id::{CustomerId, EntryId, OwnerId, SessionId};
use crate::idempotency::IdempotencyKey;
use crate::khata::Inner;
use crate::ledger::numbering::{self, NumberingJob};
use crate::ledger::profile::ProfileJob;
use crate::ledger::views::{self, Balance};
use crate::ledger::{Answer, Command, Done};
use crate::money::{Currency, Money};
use crate::number::{DocumentKind, Series};
use crate::numbering::{NewNumbering, NumberSeries, Numberings};
use crate::owner::{Owner, OwnerUpdate};
use crate::page::{Limit, Page};
use crate::record::Input as _;
use crate::search;
use crate::store::{CustomerSelection, DocumentSelection, StoreError};
use crate::text::Tag;
use crate::values::calendar::{Date, FinancialYear, TimeZone, Timestamp};

pub use reports::StatementFilter;

/// A handle on the book of a shop, cheap to clone. Data of other shops is reported as not found.
///
/// A few reads of a shop run at once, fewer if they may read much of its book (reports, statements, exports), so that shops
/// don't keep each other waiting; further ones wait.
///
/// Every method returns [`Error::Store`] if the database fails, and every read [`Error::Overloaded`] if too many of the same
/// shop wait already. Other errors are documented at each method.
#[derive(Debug, Clone)]
pub struct Shop {
    pub(crate) khata: Arc<Inner>,
    opened: Opened,
}

/// The owner and session of a shop, and its immutable settings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Opened {
    pub(crate) owner: OwnerId,
    pub(crate) session: Option<OpenedBy>,
    pub(crate) currency: Currency,
    pub(crate) time_zone: TimeZone,
}

/// The session that a shop was opened by.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(feature = "auth"), expect(dead_code, reason = "without passwords there are no sessions"))]
pub(crate) struct OpenedBy {
    pub(crate) id: SessionId,
    /// Time at which the owner proved who they are: of the login, or of a password since.
    pub(crate) opened_at: Timestamp,
}

/// Filter of a list of customers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerFilter {
    /// Search text, each word of which must be a prefix of a word of the customer's name, firm, tags or mobile number.
    pub search: Option<String>,
    /// A tag that the customer must have, without regard to case and accents.
    pub tag: Option<Tag>,
    /// Whether to list archived customers; otherwise only the others are listed.
    pub archived: bool,
    /// Order of the list.
    pub order: CustomerOrder,
    /// Position after which the page begins: [`Page::next`] of the previous page with the same filter.
    pub after: Option<CustomerCursor>,
    /// Maximum number of items to return.
    pub limit: Limit,
}

/// Filter of a list of documents of a kind, newest first. Only invoices can be filtered by status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentFilter {
    /// Customer of the documents.
    pub customer: Option<CustomerId>,
    /// Earliest date.
    pub from: Option<Date>,
    /// Latest date.
    pub to: Option<Date>,
    /// Payment status, for invoices only.
    pub status: Option<InvoiceStatus>,
    /// `seq` below which the page begins: [`Page::next`] of the previous page with the same filter.
    pub before: Option<u64>,
    /// Maximum number of items to return.
    pub limit: Limit,
}

impl DocumentFilter {
    fn selection(&self, today: Date) -> Result<DocumentSelection, Error> {
        in_order(self.from, self.to)?;
        Ok(DocumentSelection {
            customer: self.customer,
            from: self.from,
            to: self.to,
            status: self.status,
            pending_after: Some(today),
            before: self.before,
            limit: self.limit.one_more(),
        })
    }
}

/// Checks that a period doesn't end before it begins.
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
    /// Result of the operation.
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
    type Output = CustomerView;
}

impl sealed::Sealed for NewCustomer {
    fn command(self, shop: &Shop) -> Result<Command, Error> {
        self.check(shop.currency())?;
        let (id, opening) = (CustomerId::generate(), EntryId::generate());
        Ok(Command::AddCustomer { id, opening, new: Box::new(self) })
    }

    fn output(answer: Answer) -> Option<CustomerView> {
        match answer {
            Answer::Customer(customer) => Some(*customer),
            _ => None,
        }
    }
}

/// The result of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Performed<T> {
    /// Result of the operation. If it was performed before, it is the result of that time.
    pub value: T,
    /// Whether the operation was performed before under the same key.
    pub replayed: bool,
}

impl Shop {
    pub(crate) fn new(khata: Arc<Inner>, opened: Opened) -> Self {
        Self { khata, opened }
    }

    /// Returns the owner's id.
    #[must_use]
    pub fn id(&self) -> OwnerId {
        self.opened.owner
    }

    /// Returns the session by which the shop was opened, or `None` if it was opened without a token.
    #[must_use]
    pub fn session(&self) -> Option<SessionId> {
        self.opened.session.map(|session| session.id)
    }

    /// Returns a handle whose session counts as opened at that time.
    #[cfg(feature = "auth")]
    pub(crate) fn with_session_at(&self, opened_at: Timestamp) -> Self {
        let session = self.opened.session.map(|session| OpenedBy { opened_at, ..session });
        Self { khata: self.khata.clone(), opened: Opened { session, ..self.opened } }
    }

    /// Checks that the shop was opened by a recent login, or without a token.
    fn require_recent_login(&self) -> Result<(), Error> {
        self.khata.auth.require_recent_login(&self.opened)
    }

    /// Returns the currency of all amounts.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.opened.currency
    }

    /// Parses an amount in the shop's currency, such as `1180.50`.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `amount`, with the violations of [`Currency::parse_plain`].
    pub fn amount(&self, text: &str) -> Result<Money, Error> {
        let amount = self.currency().parse_plain(text);
        amount.map_err(|violation| Error::Invalid(vec![violation.at("amount")]))
    }

    /// Formats an amount in the shop's currency, with all digits of the minor unit, such as `1180.50`.
    #[must_use]
    pub fn format(&self, amount: Money) -> String {
        self.currency().format(amount)
    }

    /// Returns the time zone, by which days begin.
    #[must_use]
    pub fn time_zone(&self) -> TimeZone {
        self.opened.time_zone
    }

    /// Returns the current date in the shop's time zone.
    #[must_use]
    pub fn today(&self) -> Date {
        self.opened.time_zone.date_of(self.khata.clock.now())
    }

    /// Gets the owner's profile.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn profile(&self) -> Result<Owner, Error> {
        Ok(self.read(self.khata.store.head(self.id())).await?.owner)
    }

    /// Updates the profile, and the password if the update includes a new one, which ends every other session and forgets
    /// the owner's devices. If `expected` is given, the profile must have that revision.
    ///
    /// # Errors
    /// [`Error::Invalid`] on `currentPassword` if it is wrong, and on `password` if it is too easy to guess;
    /// [`Error::ReauthenticationRequired`] if the mobile number changes without a password or a
    /// [recent login](Self::reauthenticate); [`Error::Throttled`] after too many wrong passwords or new mobile numbers;
    /// [`Error::Stale`] if the revision is another one; [`Error::Refused`] with `MobileTaken`.
    pub async fn update_profile(&self, update: OwnerUpdate, expected: Option<u64>) -> Result<Owner, Error> {
        let password = self.khata.auth.authorize_update(&self.opened, &update).await?;
        let job = ProfileJob::new(self.id(), update, password, expected, self.khata.clock.now());
        let deadline = Instant::now() + self.khata.write_timeout;
        match self.khata.poster.run_alone(&job, deadline).await?.answer {
            Answer::Owner(owner) => Ok(*owner),
            other => Err(unexpected(&other)),
        }
    }

    /// Lists the next automatic numbers: of each kind in the present financial year, and of other years in which there are
    /// numbers or a numbering of the shop's own.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn numbers(&self) -> Result<Vec<NumberSeries>, Error> {
        let head = self.read(self.khata.store.head(self.id())).await?;
        let today = self.today();
        let of_today = DocumentKind::ALL.iter().map(|kind| Series::of(*kind, today));
        let of_own = head.owner.numberings.iter().flat_map(Numberings::iter).map(|(series, _)| series);
        let series: BTreeSet<_> = of_today.chain(of_own).chain(head.counters.series()).collect();
        Ok(series.into_iter().map(|series| numbering::next_number(&head, series)).collect())
    }

    /// Sets where the automatic numbers of a kind and financial year go on, and what they look like from then on. Documents
    /// keep their numbers.
    ///
    /// # Errors
    /// [`Error::Invalid`], with `number_used` if a document has the number or a later one of the same form.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), khata_core::Error> {
    /// # let shop = khata_core::testing::shop().await?;
    /// use khata_core::{number::DocumentKind, numbering::NewNumbering};
    ///
    /// let last = NewNumbering::after_last(DocumentKind::Invoice, "15422")?;
    /// let series = shop.set_numbering(last).await?;
    /// assert_eq!(series.next.expect("there are more").as_str(), "15423");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn set_numbering(&self, new: NewNumbering) -> Result<NumberSeries, Error> {
        new.check(self.currency())?;
        let this_year = FinancialYear::of(self.today());
        let job = NumberingJob::new(self.id(), &new, this_year, self.khata.clock.now())?;
        let deadline = Instant::now() + self.khata.write_timeout;
        match self.khata.poster.run_alone(&job, deadline).await?.answer {
            Answer::Numbers(series) => Ok(*series),
            other => Err(unexpected(&other)),
        }
    }

    /// Ends the session by which the shop was opened.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn logout(&self) -> Result<(), Error> {
        match self.session() {
            Some(session) => Ok(self.khata.store.end_session(self.id(), session).await?),
            None => Ok(()),
        }
    }

    /// Ends every session of the owner, and forgets their devices.
    ///
    /// # Errors
    /// [`Error::ReauthenticationRequired`] without a [recent login](Self::reauthenticate).
    pub async fn logout_all(&self) -> Result<(), Error> {
        self.require_recent_login()?;
        Ok(self.khata.store.end_sessions(self.id()).await?)
    }

    /// Performs an operation, which adds a customer or a document or voids a document, at most once per idempotency key.
    /// Repeated under the same key, it returns the first result, as long as the customer or document exists.
    ///
    /// # Errors
    /// [`Error::IdempotencyMismatch`] if the key was used for another request, and the errors of the operation.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), khata_core::Error> {
    /// # let shop = khata_core::testing::shop().await?;
    /// use khata_core::customer::NewCustomer;
    /// use khata_core::idempotency::IdempotencyKey;
    ///
    /// let key = IdempotencyKey::parse("add-ravi").expect("visible characters");
    /// let new = NewCustomer::new("Ravi", "9123456789")?;
    /// let first = shop.perform(new.clone(), Some(key.clone())).await?;
    /// let again = shop.perform(new, Some(key)).await?;
    /// assert!(again.replayed);
    /// assert_eq!(again.value, first.value);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn perform<O: Operation>(
        &self,
        operation: O,
        key: Option<IdempotencyKey>,
    ) -> Result<Performed<O::Output>, Error> {
        let Done { answer, replayed } = self.post_command(operation.command(self)?, key).await?;
        O::output(answer).map(|value| Performed { value, replayed }).ok_or(Error::IdempotencyMismatch)
    }

    /// Returns what would come of an operation, with every rule checked, and changes nothing: no document is added, and no
    /// number is used up. The ids, numbers and times in the result are those that it would have had now.
    ///
    /// # Errors
    /// The errors of the operation.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), khata_core::Error> {
    /// # let shop = khata_core::testing::shop().await?;
    /// # use khata_core::{customer::NewCustomer, invoice::NewInvoice, money::Money, receipt::{NewReceipt, PaymentType}};
    /// # let ravi = shop.add_customer(NewCustomer::new("Ravi", "9123456789")?).await?.id;
    /// # shop.add_invoice(NewInvoice::new(ravi, shop.today(), Money::from_minor(100_000))).await?;
    /// let new = NewReceipt::new(ravi, shop.today(), Money::from_minor(120_000), PaymentType::Cash);
    /// let receipt = shop.preview(new).await?;
    /// assert_eq!(receipt.unapplied, Money::from_minor(20_000));
    /// assert_eq!(shop.customer(ravi).await?.balance(), Money::from_minor(100_000));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn preview<O: Operation>(&self, operation: O) -> Result<O::Output, Error> {
        let deadline = Instant::now() + self.khata.write_timeout;
        let command = operation.command(self)?;
        let _place = self.khata.reads.place(self.id()).await?;
        let Done { answer, .. } = self.khata.poster.preview(self.id(), command, deadline).await?;
        O::output(answer).ok_or(Error::IdempotencyMismatch)
    }

    /// Adds a customer, with an opening balance if one is given.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Error::Refused`] with `MobileTaken` or `PeriodLocked`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), khata_core::Error> {
    /// # let shop = khata_core::testing::shop().await?;
    /// use khata_core::customer::NewCustomer;
    ///
    /// let new = NewCustomer::new("Ravi", "9123456789")?.city("Pune")?;
    /// let ravi = shop.add_customer(new).await?;
    /// assert!(ravi.balance().is_zero());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn add_customer(&self, new: NewCustomer) -> Result<CustomerView, Error> {
        self.perform(new, None).await.map(|done| done.value)
    }

    /// Gets a customer, archived or not.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn customer(&self, id: CustomerId) -> Result<CustomerView, Error> {
        let today = self.today();
        Ok(self.read(self.khata.store.customer(self.id(), id)).await?.on(today)?)
    }

    /// Lists a page of customers.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn customers(
        &self,
        filter: &CustomerFilter,
    ) -> Result<Page<CustomerView, CustomerCursor>, Error> {
        let today = self.today();
        let mut words = filter.search.as_deref().map(search::query_words).unwrap_or_default();
        words.extend(filter.tag.as_ref().map(search::tag_word));
        let selection = CustomerSelection {
            words,
            archived: filter.archived,
            order: filter.order,
            after: filter.after.clone(),
            limit: filter.limit.one_more(),
            post_dated_after: Some(today),
        };
        let customers = self.read(self.khata.store.customers(self.id(), &selection)).await?;
        let customers = customers.into_iter().map(|customer| customer.on(today));
        let mut customers = customers.collect::<Result<Vec<_>, _>>()?;
        if filter.order == CustomerOrder::Balance {
            customers = customer::by_balance(customers, filter.after.as_ref());
        }
        Ok(Page::cut(customers, filter.limit, |last| last.cursor(filter.order)))
    }

    /// Updates a customer's particulars. If `expected` is given, the customer must have that revision.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Stale`], [`Error::Invalid`], [`Error::Refused`] with `MobileTaken`.
    pub async fn update_customer(
        &self,
        id: CustomerId,
        update: CustomerUpdate,
        expected: Option<u64>,
    ) -> Result<CustomerView, Error> {
        update.check(self.currency())?;
        self.change_customer(Command::UpdateCustomer { id, update: Box::new(update), expected }).await
    }

    /// Removes a customer: deletes one without entries, and archives one with a zero balance and without post-dated entries. If `expected` is given, the
    /// customer must have that revision.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Stale`], [`Error::Refused`] with `BalanceOutstanding`.
    pub async fn remove_customer(&self, id: CustomerId, expected: Option<u64>) -> Result<Removal, Error> {
        match self.post_command(Command::RemoveCustomer { id, expected }, None).await?.answer {
            Answer::Removal(removal) => Ok(removal),
            other => Err(unexpected(&other)),
        }
    }

    /// Restores a customer from the archive. A customer who is not archived stays unchanged.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn restore_customer(&self, id: CustomerId) -> Result<CustomerView, Error> {
        self.change_customer(Command::RestoreCustomer { id }).await
    }

    /// Computes a customer's balance at the end of a day, today by default. It goes by effective dates, and includes entries
    /// that were recorded later.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), khata_core::Error> {
    /// # let shop = khata_core::testing::shop().await?;
    /// # use khata_core::{customer::NewCustomer, invoice::NewInvoice};
    /// # let ravi = shop.add_customer(NewCustomer::new("Ravi", "9123456789")?).await?.id;
    /// use khata_core::money::Money;
    ///
    /// shop.add_invoice(NewInvoice::new(ravi, shop.today(), Money::from_minor(118_050))).await?;
    /// let balance = shop.balance(ravi, None).await?;
    /// assert_eq!(shop.currency().format(balance.balance), "1180.50");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn balance(&self, id: CustomerId, as_of: Option<Date>) -> Result<Balance, Error> {
        let as_of = as_of.unwrap_or_else(|| self.today());
        let standing = self.read(self.khata.store.standing(self.id(), id, as_of)).await?;
        Ok(views::balance(&standing, as_of)?)
    }

    /// Returns the store, for code that reads or writes large parts of a book.
    #[cfg(feature = "import")]
    pub(crate) fn store(&self) -> &dyn crate::store::Store {
        &*self.khata.store
    }

    /// Reads something of the shop, when its earlier reads leave it a place.
    async fn read<T>(&self, read: impl Future<Output = Result<T, StoreError>>) -> Result<T, Error> {
        let _place = self.khata.reads.place(self.id()).await?;
        Ok(read.await?)
    }

    /// The same for what may read much of a book.
    async fn report<T>(&self, read: impl Future<Output = Result<T, StoreError>>) -> Result<T, Error> {
        let _place = self.khata.reports.place(self.id()).await?;
        Ok(read.await?)
    }

    async fn change_customer(&self, command: Command) -> Result<CustomerView, Error> {
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
    Error::Internal(format!("unexpected result of a command: {answer:?}"))
}
