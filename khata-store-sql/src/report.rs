//! Reading for reports: see [`ReportRepository`].

use std::collections::HashMap;

use async_trait::async_trait;
use khata_core::calendar::Date;
use khata_core::documents::Document;
use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::ledger::Entry;
use khata_core::store::{
    DayLine, Extract, ExtractSelection, Line, Outstanding, Overview, ReportRepository, StatementCursor,
    StoreError,
};

use crate::dialect::Dialect;
use crate::row::Row;
use crate::rows::{Balances, CustomerName, Overdue, PeriodSums};
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
        let query = queries::CUSTOMER.query::<D>().bind(&owner).bind(&customer);
        let customer_now = query.fetch_optional(&mut snapshot).await?.ok_or(StoreError::NotFound)?;
        // No entry has the `seq` 0: without a place it is the one before all of the period.
        let after = selection.after.unwrap_or(StatementCursor { date: selection.from, seq: 0 });
        let query = queries::ACCOUNT_SUMS
            .query::<D>()
            .bind(&owner)
            .bind(&customer)
            .bind(&selection.from)
            .bind(&selection.to)
            .bind(&after.date)
            .bind(&after.seq);
        let PeriodSums { before, passed, within } = query.fetch_one(&mut snapshot).await?;
        let query = queries::ACCOUNT_LINES
            .query::<D>()
            .bind(&owner)
            .bind(&customer)
            .bind(&after.date)
            .bind(&after.seq)
            .bind(&selection.to)
            .bind(&selection.limit);
        let entries = query.fetch(&mut snapshot).await?;
        let keys = entries.iter().map(|entry| (entry.owner, entry.item)).collect();
        let documents = documents::<D>(&mut snapshot, keys).await?;
        Ok(Extract {
            customer: customer_now,
            before,
            passed,
            within,
            lines: entries.into_iter().map(|entry| line(entry, &documents)).collect(),
        })
    }

    async fn day(
        &self,
        owner: OwnerId,
        date: Date,
        after: u64,
        limit: u32,
    ) -> Result<Vec<DayLine>, StoreError> {
        let query = queries::DAY_LINES.query::<D>().bind(&owner).bind(&date).bind(&after).bind(&limit);
        let mut snapshot = self.snapshot().await?;
        let rows = query.fetch(&mut snapshot).await?;
        let keys = rows.iter().map(|(entry, _)| (entry.owner, entry.item)).collect();
        let documents = documents::<D>(&mut snapshot, keys).await?;
        let lines = rows.into_iter().map(|(entry, CustomerName { customer_name })| DayLine {
            customer_name,
            line: line(entry, &documents),
        });
        Ok(lines.collect())
    }

    async fn outstanding(&self, owner: OwnerId, as_of: Date) -> Result<Outstanding, StoreError> {
        let mut snapshot = self.snapshot().await?;
        let accounts = of_day::<D, _>(&mut snapshot, &queries::ACCOUNTS, owner, as_of).await?;
        let mut open = of_day::<D, _>(&mut snapshot, &queries::OPEN_SUMS, owner, as_of).await?;
        open.sort_unstable();
        Ok(Outstanding { accounts, open })
    }

    async fn overview(&self, owner: OwnerId, day: Date, debtors: u32) -> Result<Overview, StoreError> {
        let mut snapshot = self.snapshot().await?;
        let query = queries::BALANCES.query::<D>().bind(&owner);
        let Balances { customers, receivable, advances } = query.fetch_one(&mut snapshot).await?;
        let query = queries::OVERDUE.query::<D>().bind(&owner).bind(&day);
        let Overdue { amount: overdue } = query.fetch_one(&mut snapshot).await?;
        let mut sums = of_day::<D, _>(&mut snapshot, &queries::DAY_SUMS, owner, day).await?;
        let query = queries::DEBTORS.query::<D>().bind(&owner).bind(&debtors);
        let debtors = query.fetch(&mut snapshot).await?;
        sums.sort_unstable();
        Ok(Overview { customers, receivable, advances, overdue, sums, debtors })
    }
}

/// The rows of a shop for a day.
async fn of_day<D: Dialect, R: Row>(
    snapshot: &mut D::Connection,
    statement: &Statement<(), R>,
    owner: OwnerId,
    day: Date,
) -> Result<Vec<R>, StoreError> {
    statement.query::<D>().bind(&owner).bind(&day).fetch(snapshot).await
}

/// The documents of these items.
async fn documents<D: Dialect>(
    snapshot: &mut D::Connection,
    items: Vec<(OwnerId, ItemId)>,
) -> Result<HashMap<ItemId, Document>, StoreError> {
    let documents = queries::DOCUMENTS_BY_ID.fetch::<D>(snapshot, items).await?;
    Ok(documents.into_iter().map(|document| (document.id, document)).collect())
}

/// An entry with its document; more than one may have the same, that of an invoice and of its void.
fn line(entry: Entry, documents: &HashMap<ItemId, Document>) -> Line {
    Line { document: documents.get(&entry.item).cloned(), entry }
}
