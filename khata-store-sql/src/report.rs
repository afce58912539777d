//! Reading for reports: see [`ReportRepository`].

use std::collections::HashMap;

use async_trait::async_trait;
use khata_core::calendar::Date;
use khata_core::customer::Customer;
use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::ledger::{Document, Entry};
use khata_core::money::Money;
use khata_core::store::{
    Account, DayLine, DaySum, Extract, ExtractSelection, Line, LinePosition, OpenSum, Outstanding, Overview,
    ReportRepository, StoreError,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, SqliteConnection};

use crate::error::{Unreadable, of_statement};
use crate::row::{
    AccountRow, CustomerRow, DayRow, DaySumRow, DocumentRow, EntryRow, OpenSumRow, bound, unsigned,
};
use crate::{SqliteStore, queries, statement};

#[async_trait]
impl ReportRepository for SqliteStore {
    async fn extract(
        &self,
        owner: OwnerId,
        customer: CustomerId,
        selection: &ExtractSelection,
    ) -> Result<Extract, StoreError> {
        let mut snapshot = self.readers.begin().await.map_err(of_statement)?;
        let row: Option<CustomerRow> = sqlx::query_as(queries::CUSTOMER)
            .bind(owner.uuid())
            .bind(customer.uuid())
            .fetch_optional(&mut *snapshot)
            .await
            .map_err(of_statement)?;
        let row = row.ok_or(StoreError::NotFound)?;
        // No entry has the `seq` 0: without a place it is the one before all of the period.
        let after = selection.after.unwrap_or(LinePosition { date: selection.from, seq: 0 });
        let (before, passed, within): (i64, i64, i64) = sqlx::query_as(queries::ACCOUNT_SUMS)
            .bind(owner.uuid())
            .bind(customer.uuid())
            .bind(selection.from.to_string())
            .bind(selection.to.to_string())
            .bind(after.date.to_string())
            .bind(bound(after.seq))
            .fetch_one(&mut *snapshot)
            .await
            .map_err(of_statement)?;
        let rows: Vec<EntryRow> = sqlx::query_as(queries::ACCOUNT_LINES)
            .bind(owner.uuid())
            .bind(customer.uuid())
            .bind(after.date.to_string())
            .bind(bound(after.seq))
            .bind(selection.to.to_string())
            .bind(selection.limit)
            .fetch_all(&mut *snapshot)
            .await
            .map_err(of_statement)?;
        let entries =
            rows.into_iter().map(|row| row.entry(Vec::new())).collect::<Result<Vec<_>, Unreadable>>()?;
        let papers = papers(&mut snapshot, &entries).await?;
        Ok(Extract {
            customer: Customer::try_from(row)?,
            before: Money::from_minor(before),
            passed: Money::from_minor(passed),
            within: Money::from_minor(within),
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
        let mut snapshot = self.readers.begin().await.map_err(of_statement)?;
        let rows: Vec<DayRow> = sqlx::query_as(queries::DAY_LINES)
            .bind(owner.uuid())
            .bind(date.to_string())
            .bind(bound(after))
            .bind(limit)
            .fetch_all(&mut *snapshot)
            .await
            .map_err(of_statement)?;
        let (names, entries): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .map(DayRow::named_entry)
            .collect::<Result<Vec<_>, Unreadable>>()?
            .into_iter()
            .unzip();
        let papers = papers(&mut snapshot, &entries).await?;
        let lines = names.into_iter().zip(entries);
        Ok(lines
            .map(|(customer_name, entry)| DayLine { customer_name, line: line(entry, &papers) })
            .collect())
    }

    async fn outstanding(&self, owner: OwnerId, as_of: Date) -> Result<Outstanding, StoreError> {
        let mut snapshot = self.readers.begin().await.map_err(of_statement)?;
        let accounts: Vec<AccountRow> = of_day(&mut snapshot, queries::ACCOUNTS, owner, as_of).await?;
        let open: Vec<OpenSumRow> = of_day(&mut snapshot, queries::OPEN_SUMS, owner, as_of).await?;
        let accounts = accounts.into_iter().map(Account::try_from).collect::<Result<_, _>>()?;
        let mut open = open.into_iter().map(OpenSum::try_from).collect::<Result<Vec<_>, _>>()?;
        open.sort_unstable();
        Ok(Outstanding { accounts, open })
    }

    async fn overview(&self, owner: OwnerId, day: Date, debtors: u32) -> Result<Overview, StoreError> {
        let mut snapshot = self.readers.begin().await.map_err(of_statement)?;
        let (customers, receivable, advances): (i64, i64, i64) = sqlx::query_as(queries::BALANCES)
            .bind(owner.uuid())
            .fetch_one(&mut *snapshot)
            .await
            .map_err(of_statement)?;
        let overdue: Vec<(i64,)> = of_day(&mut snapshot, queries::OVERDUE, owner, day).await?;
        let sums: Vec<DaySumRow> = of_day(&mut snapshot, queries::DAY_SUMS, owner, day).await?;
        let debtors: Vec<CustomerRow> = sqlx::query_as(queries::DEBTORS)
            .bind(owner.uuid())
            .bind(debtors)
            .fetch_all(&mut *snapshot)
            .await
            .map_err(of_statement)?;
        let mut sums = sums.into_iter().map(DaySum::try_from).collect::<Result<Vec<_>, _>>()?;
        sums.sort_unstable();
        Ok(Overview {
            customers: unsigned("count(*)", customers)?,
            receivable: Money::from_minor(receivable),
            advances: Money::from_minor(advances),
            overdue: Money::from_minor(overdue.iter().map(|row| row.0).sum()),
            sums,
            debtors: debtors.into_iter().map(Customer::try_from).collect::<Result<_, _>>()?,
        })
    }
}

/// The rows of a shop for a day.
async fn of_day<R>(
    snapshot: &mut SqliteConnection,
    sql: &'static str,
    owner: OwnerId,
    day: Date,
) -> Result<Vec<R>, StoreError>
where
    R: for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
{
    let query = sqlx::query_as(sql).bind(owner.uuid()).bind(day.to_string());
    query.fetch_all(snapshot).await.map_err(of_statement)
}

/// The papers of these entries' items.
async fn papers(
    snapshot: &mut SqliteConnection,
    entries: &[Entry],
) -> Result<HashMap<ItemId, Document>, StoreError> {
    let keys = entries.iter().map(|entry| (entry.owner, entry.item));
    let rows = statement::fetch::<DocumentRow, _>(snapshot, queries::DOCUMENTS_BY_ID, keys).await?;
    let papers = rows.into_iter().map(|row| Document::try_from(row).map(|paper| (paper.id, paper)));
    Ok(papers.collect::<Result<_, _>>()?)
}

/// An entry with its paper; more than one may have the same, that of a document and of its void.
fn line(entry: Entry, papers: &HashMap<ItemId, Document>) -> Line {
    Line { document: papers.get(&entry.item).cloned(), entry }
}
