//! Reports: statements, ageing, the day book, the summary, and the feed of entries.

use std::time::Duration;

use tokio::time::Instant;

use super::Shop;
use crate::calendar::Date;
use crate::error::Error;
use crate::id::CustomerId;
use crate::ledger::Entry;
use crate::ledger::ageing::{self, Ageing};
use crate::ledger::daybook::{DayBook, DayEntry, DayTotals};
use crate::ledger::statement::{Statement, StatementCursor};
use crate::ledger::summary::{self, Summary};
use crate::page::{Limit, Page};
use crate::store::ExtractSelection;

/// Period and page of a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatementFilter {
    /// First day of the period; by default, the statement begins with the account.
    pub from: Option<Date>,
    /// Last day of the period; by default today, or `from` if that is later.
    pub to: Option<Date>,
    /// Position after which the page begins: [`Statement::next`] of the previous page of the same period.
    pub after: Option<StatementCursor>,
    /// Maximum number of lines to return.
    pub limit: Limit,
}

impl Shop {
    /// Gets a page of a customer's statement: the opening balance, lines by effective date with the running balance, and
    /// the closing balance. The customer may be archived.
    ///
    /// # Errors
    /// [`Error::Invalid`] if `from` is after `to`; [`Error::NotFound`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), khata_core::Error> {
    /// # let shop = khata_core::testing::shop().await?;
    /// # use khata_core::{customer::NewCustomer, invoice::NewInvoice};
    /// # let ravi = shop.add_customer(NewCustomer::new("Ravi", "9123456789")?).await?.id;
    /// use khata_core::{money::Money, shop::StatementFilter};
    ///
    /// shop.add_invoice(NewInvoice::new(ravi, shop.today(), Money::from_minor(118_050))).await?;
    /// let statement = shop.statement(ravi, &StatementFilter::default()).await?;
    /// assert_eq!(statement.entries.len(), 1);
    /// assert_eq!(statement.closing, Money::from_minor(118_050));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn statement(&self, id: CustomerId, filter: &StatementFilter) -> Result<Statement, Error> {
        let from = filter.from.unwrap_or(Date::MIN);
        let today = self.today();
        let to = filter.to.unwrap_or_else(|| today.max(from));
        super::in_order(filter.from, Some(to))?;
        let after = filter.after.filter(|after| after.date >= from);
        let selection = ExtractSelection { from, to, after, limit: filter.limit.one_more() };
        let extract = self.report(self.khata.store.extract(self.id(), id, &selection)).await?;
        Ok(Statement::new(extract, filter.from, to, filter.limit, today)?)
    }

    /// Computes the ageing of receivables at the end of a day, today by default. It goes by effective dates, and includes
    /// entries that were recorded later.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn ageing(&self, as_of: Option<Date>) -> Result<Ageing, Error> {
        let as_of = as_of.unwrap_or_else(|| self.today());
        let outstanding = self.report(self.khata.store.outstanding(self.id(), as_of)).await?;
        Ok(ageing::ageing(&outstanding, as_of)?)
    }

    /// Gets a page of the day book of a day, today by default, with totals over the whole day. The page begins after the
    /// entry with the `seq` `after`; 0 for the first page.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn day_book(&self, date: Option<Date>, after: u64, limit: Limit) -> Result<DayBook, Error> {
        let date = date.unwrap_or_else(|| self.today());
        let mut totals = DayTotals::default();
        let mut entries = Vec::new();
        let mut seen = 0;
        // Payment methods are in the documents, so all documents of the day are read, but only a page of them is kept.
        loop {
            let page = self.khata.store.day(self.id(), date, seen, Limit::MAX.get());
            let lines = self.report(page).await?;
            for line in &lines {
                let entry = DayEntry::read(line)?;
                totals.add(&entry)?;
                seen = entry.seq;
                if seen > after && entries.len() < limit.one_more() as usize {
                    entries.push(entry);
                }
            }
            if lines.len() < Limit::MAX.get() as usize {
                break;
            }
        }
        let page = Page::cut(entries, limit, |last| last.seq);
        Ok(DayBook { date, entries: page.items, totals, next: page.next })
    }

    /// Computes the summary of the shop for today.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn summary(&self) -> Result<Summary, Error> {
        let today = self.today();
        let overview = self.khata.store.overview(self.id(), today, summary::DEBTORS_MAX);
        let overview = self.report(overview).await?;
        Ok(Summary::new(overview, today)?)
    }

    /// Lists the entries with a `seq` above `after`, oldest first. Start with 0, and continue with the last `seq` seen.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn entries(&self, after: u64, limit: Limit) -> Result<Vec<Entry>, Error> {
        self.read(self.khata.store.entries(self.id(), after, limit.get())).await
    }

    /// Gets a page of the entries after `after`, and waits for entries if there are none, at most `timeout`. Another system
    /// can follow the book by it without losing or repeating entries.
    ///
    /// It returns as soon as this process posts an entry, and within about a second after another process does. The page
    /// is empty after the timeout, and without waiting once [`Khata::stop_waiting`](crate::Khata::stop_waiting) was called.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] if the session ended while waiting.
    pub async fn entries_to_come(
        &self,
        after: u64,
        limit: Limit,
        timeout: Duration,
    ) -> Result<Page<Entry, u64>, Error> {
        let until = Instant::now() + timeout;
        let mut waited = false;
        loop {
            let subscription = self.khata.notifier.subscribe(self.id());
            let head = self.read(self.khata.store.head(self.id())).await?;
            if head.seq > after || !subscription.wait(until).await {
                break;
            }
            waited = true;
        }
        if let (true, Some(session)) = (waited, self.session()) {
            self.khata.auth.still_live(self.id(), session).await?;
        }
        let entries = self.read(self.khata.store.entries(self.id(), after, limit.one_more())).await?;
        Ok(Page::cut(entries, limit, |last| last.seq))
    }
}
