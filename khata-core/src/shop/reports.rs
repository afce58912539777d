//! What a shop is told of its book: statements, ageing, the day book, the summary, and the entries as they come.

use std::time::Duration;

use tokio::time::Instant;

use super::Shop;
use crate::calendar::Date;
use crate::error::Error;
use crate::id::CustomerId;
use crate::ledger::Entry;
use crate::ledger::ageing::{self, Ageing};
use crate::ledger::daybook::{DayBook, DayEntry, DayTotals};
use crate::ledger::statement::Statement;
use crate::ledger::summary::{self, Summary};
use crate::page::{Limit, Page};
use crate::store::{ExtractSelection, StatementCursor};

/// Which part of a customer's account to state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatementFilter {
    /// The first day; without one, the statement begins with the account.
    pub from: Option<Date>,
    /// The last day; today if absent, or `from` if that is later.
    pub to: Option<Date>,
    /// Only lines after this place, as [`Statement::next`] gave it for the same period.
    pub after: Option<StatementCursor>,
    /// At most so many lines.
    pub limit: Limit,
}

impl Shop {
    /// A page of a customer's statement, archived or not: opening balance, lines by effective date with the running
    /// balance, closing balance.
    ///
    /// # Errors
    /// [`Error::Invalid`] if `from` is after `to`, [`Error::NotFound`].
    pub async fn statement(&self, id: CustomerId, filter: &StatementFilter) -> Result<Statement, Error> {
        let from = filter.from.unwrap_or(Date::MIN);
        let to = filter.to.unwrap_or_else(|| self.today().max(from));
        super::in_order(filter.from, Some(to))?;
        let after = filter.after.filter(|after| after.date >= from);
        let selection = ExtractSelection { from, to, after, limit: filter.limit.one_more() };
        let extract = self.khata.store.extract(self.id(), id, &selection).await?;
        Ok(Statement::new(extract, filter.from, to, filter.limit)?)
    }

    /// What customers owed at the end of a day, today if none is named, by how long it had been due: by effective
    /// dates, counting all that the book has learnt since.
    ///
    /// # Errors
    /// Those of the store only.
    pub async fn ageing(&self, as_of: Option<Date>) -> Result<Ageing, Error> {
        let as_of = as_of.unwrap_or_else(|| self.today());
        let outstanding = self.khata.store.outstanding(self.id(), as_of).await?;
        Ok(ageing::ageing(&outstanding, as_of)?)
    }

    /// A page of the entries of a day, today if none is named, by effective date, with the sums over the whole day.
    /// The page begins after the entry with the `seq` `after`, 0 for the first.
    ///
    /// # Errors
    /// Those of the store only.
    pub async fn day_book(&self, date: Option<Date>, after: u64, limit: Limit) -> Result<DayBook, Error> {
        let date = date.unwrap_or_else(|| self.today());
        let mut totals = DayTotals::default();
        let mut entries = Vec::new();
        let mut seen = 0;
        // How the money came stands on the papers, so all of the day are read; but no more than a page is kept.
        loop {
            let lines = self.khata.store.day(self.id(), date, seen, Limit::MAX.get()).await?;
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

    /// The shop at a glance, today.
    ///
    /// # Errors
    /// Those of the store only.
    pub async fn summary(&self) -> Result<Summary, Error> {
        let today = self.today();
        let overview = self.khata.store.overview(self.id(), today, summary::DEBTORS_MAX).await?;
        Ok(Summary::new(overview, today)?)
    }

    /// The entries after `after`, oldest first: the audit trail. Start with 0, go on with the last `seq` seen.
    ///
    /// # Errors
    /// Those of the store only.
    pub async fn entries(&self, after: u64, limit: Limit) -> Result<Vec<Entry>, Error> {
        Ok(self.khata.store.entries(self.id(), after, limit.get()).await?)
    }

    /// A page of the same; where there is no entry yet, it waits that long for one, and answers as soon as this process
    /// posts something, and soon after another one does. So another system can follow the book without loss or
    /// repetition. With nothing posted the page is empty, as it is without waiting once
    /// [`Khata::stop_waiting`](crate::Khata::stop_waiting) was called.
    ///
    /// # Errors
    /// [`Error::InvalidToken`] if the session ended meanwhile.
    pub async fn entries_to_come(
        &self,
        after: u64,
        limit: Limit,
        patience: Duration,
    ) -> Result<Page<Entry, u64>, Error> {
        let until = Instant::now() + patience;
        let mut waited = false;
        loop {
            let ear = self.khata.notifier.subscribe(self.id());
            let head = self.khata.store.head(self.id()).await?;
            if head.seq > after || !ear.wait(until).await {
                break;
            }
            waited = true;
        }
        if let (true, Some(session)) = (waited, self.session()) {
            self.khata.auth.still_live(self.id(), session).await?;
        }
        let entries = self.khata.store.entries(self.id(), after, limit.one_more()).await?;
        Ok(Page::cut(entries, limit, |last| last.seq))
    }
}
