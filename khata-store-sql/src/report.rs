//! Reading for reports: see [`ReportRepository`].

use std::collections::HashMap;

use async_trait::async_trait;
use khata_core::calendar::Date;
use khata_core::customer::Customer;
use khata_core::documents::Document;
use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::ledger::Entry;
use khata_core::store::{
    Account, DayLine, DaySum, Extract, ExtractSelection, Line, OpenSum, Outstanding, Overview,
    ReportRepository, StatementCursor, StoreError,
};

use crate::dialect::{Dialect, Row};
use crate::error::Unreadable;
use crate::row::{BalancesRow, DayRow, IdKey, SumsRow, bound, money, unsigned};
use crate::set::Columns;
use crate::statement::Statement;
use crate::{SqlStore, queries};

#[async_trait]
impl<D: Dialect> ReportRepository for SqlStore<D> {
    async fn extract(
        &self,
        owner: OwnerId,
        customer: CustomerId,
        selection: &ExtractSelection,
    ) -> Result<Extract, StoreError> {
        let mut snapshot = self.snapshot().await?;
        let query = queries::CUSTOMER.query::<D>().bind(owner.uuid()).bind(customer.uuid());
        let row = query.fetch_optional(&mut snapshot).await?.ok_or(StoreError::NotFound)?;
        // No entry has the `seq` 0: without a place it is the one before all of the period.
        let after = selection.after.unwrap_or(StatementCursor { date: selection.from, seq: 0 });
        let query = queries::ACCOUNT_SUMS
            .query::<D>()
            .bind(owner.uuid())
            .bind(customer.uuid())
            .bind(selection.from.naive())
            .bind(selection.to.naive())
            .bind(after.date.naive())
            .bind(bound(after.seq));
        let SumsRow { before, passed, within } = query.fetch_one(&mut snapshot).await?;
        let query = queries::ACCOUNT_LINES
            .query::<D>()
            .bind(owner.uuid())
            .bind(customer.uuid())
            .bind(after.date.naive())
            .bind(bound(after.seq))
            .bind(selection.to.naive())
            .bind(i64::from(selection.limit));
        let rows = query.fetch(&mut snapshot).await?;
        let entries =
            rows.into_iter().map(|row| row.entry(Vec::new())).collect::<Result<Vec<_>, Unreadable>>()?;
        let papers = papers::<D>(&mut snapshot, &entries).await?;
        Ok(Extract {
            customer: Customer::try_from(row)?,
            before: money(before),
            passed: money(passed),
            within: money(within),
            lines: entries.into_iter().map(|entry| line(entry, &papers)).collect(),
        })
    }

    async fn day(
        &self,
        owner: OwnerId,
        date: Date,
        after: u64,
        limit: u32,
    ) -> Result<Vec<DayLine>, StoreError> {
        let query = queries::DAY_LINES
            .query::<D>()
            .bind(owner.uuid())
            .bind(date.naive())
            .bind(bound(after))
            .bind(i64::from(limit));
        let mut snapshot = self.snapshot().await?;
        let (names, entries): (Vec<_>, Vec<_>) = query
            .fetch(&mut snapshot)
            .await?
            .into_iter()
            .map(DayRow::named_entry)
            .collect::<Result<Vec<_>, Unreadable>>()?
            .into_iter()
            .unzip();
        let papers = papers::<D>(&mut snapshot, &entries).await?;
        let lines = names.into_iter().zip(entries);
        Ok(lines
            .map(|(customer_name, entry)| DayLine { customer_name, line: line(entry, &papers) })
            .collect())
    }

    async fn outstanding(&self, owner: OwnerId, as_of: Date) -> Result<Outstanding, StoreError> {
        let mut snapshot = self.snapshot().await?;
        let accounts = of_day::<D, _>(&mut snapshot, &queries::ACCOUNTS, owner, as_of).await?;
        let open = of_day::<D, _>(&mut snapshot, &queries::OPEN_SUMS, owner, as_of).await?;
        let accounts = accounts.into_iter().map(Account::try_from).collect::<Result<_, _>>()?;
        let mut open = open.into_iter().map(OpenSum::try_from).collect::<Result<Vec<_>, _>>()?;
        open.sort_unstable();
        Ok(Outstanding { accounts, open })
    }

    async fn overview(&self, owner: OwnerId, day: Date, debtors: u32) -> Result<Overview, StoreError> {
        let mut snapshot = self.snapshot().await?;
        let query = queries::BALANCES.query::<D>().bind(owner.uuid());
        let BalancesRow { customers, receivable, advances } = query.fetch_one(&mut snapshot).await?;
        let overdue = of_day::<D, _>(&mut snapshot, &queries::OVERDUE, owner, day).await?;
        let sums = of_day::<D, _>(&mut snapshot, &queries::DAY_SUMS, owner, day).await?;
        let query = queries::DEBTORS.query::<D>().bind(owner.uuid()).bind(i64::from(debtors));
        let debtors = query.fetch(&mut snapshot).await?;
        let mut sums = sums.into_iter().map(DaySum::try_from).collect::<Result<Vec<_>, _>>()?;
        sums.sort_unstable();
        Ok(Overview {
            customers: unsigned("count(*)", customers)?,
            receivable: money(receivable),
            advances: money(advances),
            overdue: money(overdue.iter().map(|row| row.amount).sum()),
            sums,
            debtors: debtors.into_iter().map(Customer::try_from).collect::<Result<_, _>>()?,
        })
    }
}

/// The rows of a shop for a day.
async fn of_day<D: Dialect, R: Row + Columns>(
    snapshot: &mut D::Connection,
    statement: &Statement<(), R>,
    owner: OwnerId,
    day: Date,
) -> Result<Vec<R>, StoreError> {
    statement.query::<D>().bind(owner.uuid()).bind(day.naive()).fetch(snapshot).await
}

/// The papers of these entries' items.
async fn papers<D: Dialect>(
    snapshot: &mut D::Connection,
    entries: &[Entry],
) -> Result<HashMap<ItemId, Document>, StoreError> {
    let keys = entries.iter().map(|entry| IdKey::from(&(entry.owner, entry.item)));
    let rows = queries::DOCUMENTS_BY_ID.fetch::<D>(snapshot, keys).await?;
    let papers = rows.into_iter().map(|row| Document::try_from(row).map(|paper| (paper.id, paper)));
    Ok(papers.collect::<Result<_, _>>()?)
}

/// An entry with its paper; more than one may have the same, that of a document and of its void.
fn line(entry: Entry, papers: &HashMap<ItemId, Document>) -> Line {
    Line { document: papers.get(&entry.item).cloned(), entry }
}
