//! Reading for reports: see [`ReportRepository`].

use std::collections::HashMap;

use async_trait::async_trait;
use khata_core::calendar::Date;
use khata_core::customer::Customer;
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
        let selection = *selection;
        self.snapshot(move |connection| {
            Box::pin(async move { extract::<D>(connection, owner, customer, &selection).await })
        })
        .await
    }

    async fn day(
        &self,
        owner: OwnerId,
        date: Date,
        after: u64,
        limit: u32,
    ) -> Result<Vec<DayLine>, StoreError> {
        self.snapshot(move |connection| {
            Box::pin(async move {
                let query = queries::DAY_LINES.query().bind(&owner).bind(&date).bind(&after).bind(&limit);
                let rows = query.fetch::<D>(connection).await?;
                let keys = rows.iter().map(|(entry, _)| (entry.owner, entry.item)).collect();
                let documents = documents::<D>(connection, keys).await?;
                let lines = rows.into_iter().map(|(entry, CustomerName { customer_name })| DayLine {
                    customer_name,
                    line: line(entry, &documents),
                });
                Ok(lines.collect())
            })
        })
        .await
    }

    async fn outstanding(&self, owner: OwnerId, as_of: Date) -> Result<Outstanding, StoreError> {
        self.snapshot(move |connection| {
            Box::pin(async move {
                let accounts = of_day::<D, _>(connection, &queries::ACCOUNTS, owner, as_of).await?;
                let mut open = of_day::<D, _>(connection, &queries::OPEN_SUMS, owner, as_of).await?;
                open.sort_unstable();
                Ok(Outstanding { accounts, open })
            })
        })
        .await
    }

    async fn overview(&self, owner: OwnerId, day: Date, debtors: u32) -> Result<Overview, StoreError> {
        self.snapshot(move |connection| {
            Box::pin(async move {
                let query = queries::BALANCES.query().bind(&owner);
                let Balances { customers, receivable, advances } = query.fetch_one::<D>(connection).await?;
                let query = queries::OVERDUE.query().bind(&owner).bind(&day);
                let Overdue { amount: overdue } = query.fetch_one::<D>(connection).await?;
                let mut sums = of_day::<D, _>(connection, &queries::DAY_SUMS, owner, day).await?;
                let text = day.to_string();
                let query = queries::DEBTORS.query().bind(&owner).bind(&debtors).bind_text(&text);
                let is_post_dated =
                    |customer: &Customer| customer.post_dated.as_ref().is_some_and(|days| days.until() > day);
                let found = query.fetch::<D>(connection).await?.into_iter();
                let (mut post_dated, debtors): (Vec<_>, Vec<_>) = found.partition(is_post_dated);
                sums.sort_unstable();
                post_dated.sort_unstable_by_key(|customer| customer.id);
                Ok(Overview { customers, receivable, advances, overdue, sums, debtors, post_dated })
            })
        })
        .await
    }
}

async fn extract<D: Dialect>(
    connection: &mut D::Connection,
    owner: OwnerId,
    customer: CustomerId,
    selection: &ExtractSelection,
) -> Result<Extract, StoreError> {
    let query = queries::CUSTOMER.query().bind(&owner).bind(&customer);
    let customer_now = query.fetch_optional::<D>(connection).await?.ok_or(StoreError::NotFound)?;
    let ExtractSelection { from, to, limit, .. } = selection;
    // No entry has the `seq` 0: without a place it is the one before all of the period.
    let after = selection.after.unwrap_or(StatementCursor { date: *from, seq: 0 });
    let query = queries::ACCOUNT_SUMS.query().bind(&owner).bind(&customer).bind(from).bind(to);
    let sums = query.bind(&after.date).bind(&after.seq).fetch_one::<D>(connection).await?;
    let query = queries::ACCOUNT_LINES.query().bind(&owner).bind(&customer);
    let query = query.bind(&after.date).bind(&after.seq).bind(to).bind(limit);
    let entries = query.fetch::<D>(connection).await?;
    let keys = entries.iter().map(|entry| (entry.owner, entry.item)).collect();
    let documents = documents::<D>(connection, keys).await?;
    let PeriodSums { before, passed, within } = sums;
    let lines = entries.into_iter().map(|entry| line(entry, &documents)).collect();
    Ok(Extract { customer: customer_now, before, passed, within, lines })
}

/// The rows of a shop for a day.
async fn of_day<D: Dialect, R: Row>(
    connection: &mut D::Connection,
    statement: &Statement<(), R>,
    owner: OwnerId,
    day: Date,
) -> Result<Vec<R>, StoreError> {
    statement.query().bind(&owner).bind(&day).fetch::<D>(connection).await
}

/// The documents of these items.
async fn documents<D: Dialect>(
    connection: &mut D::Connection,
    items: Vec<(OwnerId, ItemId)>,
) -> Result<HashMap<ItemId, Document>, StoreError> {
    let documents = queries::DOCUMENTS_BY_ID.fetch::<D>(connection, items).await?;
    Ok(documents.into_iter().map(|document| (document.id, document)).collect())
}

/// An entry with its document; more than one may have the same, that of an invoice and of its void.
fn line(entry: Entry, documents: &HashMap<ItemId, Document>) -> Line {
    Line { document: documents.get(&entry.item).cloned(), entry }
}
