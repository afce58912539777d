//! Queries for reports.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::MemoryStore;
use super::read::is_post_dated;
use super::state::Book;
use crate::calendar::Date;
use crate::id::{CustomerId, OwnerId};
use crate::ledger::{Entry, EntryKind, ItemKind, Side};
use crate::money::Money;
use crate::store::{
    Account, DayLine, DaySum, Extract, ExtractSelection, Line, OpenSum, Outstanding, Overview,
    ReportRepository, StatementCursor, StoreError,
};

#[async_trait]
impl ReportRepository for MemoryStore {
    async fn extract(
        &self,
        owner: OwnerId,
        customer: CustomerId,
        selection: &ExtractSelection,
    ) -> Result<Extract, StoreError> {
        let state = self.lock();
        let book = state.book(owner)?;
        let mut entries: Vec<_> = book.entries.values().filter(|entry| entry.customer == customer).collect();
        entries.sort_by_key(|entry| position(entry));
        let within = |entry: &Entry| (selection.from..=selection.to).contains(&entry.date);
        let passed = |entry: &Entry| selection.after.is_some_and(|after| position(entry) <= after);
        let sum = |counts: &dyn Fn(&Entry) -> bool| {
            sum(entries.iter().filter(|entry| counts(entry)).map(|entry| entry.amount))
        };
        let lines = entries.iter().filter(|entry| within(entry) && !passed(entry) && !entry.amount.is_zero());
        Ok(Extract {
            customer: book.customer(customer).cloned().ok_or(StoreError::NotFound)?,
            before: sum(&|entry| entry.date < selection.from)?,
            passed: sum(&|entry| within(entry) && passed(entry))?,
            within: sum(&within)?,
            lines: lines.take(selection.limit as usize).map(|entry| line(book, entry)).collect(),
        })
    }

    async fn day(
        &self,
        owner: OwnerId,
        date: Date,
        after: u64,
        limit: u32,
    ) -> Result<Vec<DayLine>, StoreError> {
        let state = self.lock();
        let Some(book) = state.books.get(&owner) else { return Ok(Vec::new()) };
        let entries = book.entries.values().filter(|entry| entry.date == date && entry.seq > after);
        let lines = entries.take(limit as usize).map(|entry| {
            let customer = book.customer(entry.customer);
            let customer =
                customer.ok_or_else(|| StoreError::corrupt("the customer of an entry is missing"))?;
            Ok(DayLine { customer_name: customer.name.clone(), line: line(book, entry) })
        });
        lines.collect()
    }

    async fn outstanding(&self, owner: OwnerId, as_of: Date) -> Result<Outstanding, StoreError> {
        let state = self.lock();
        let Some(book) = state.books.get(&owner) else {
            return Ok(Outstanding { accounts: Vec::new(), open: Vec::new() });
        };
        let customers = book.customers.values().map(|row| &row.customer).filter(|row| row.last_seq > 0);
        let accounts = customers.map(|customer| {
            let later = book.entries.values().filter(|row| row.customer == customer.id && row.date > as_of);
            Ok(Account {
                customer: customer.id,
                name: customer.name.clone(),
                balance: customer.totals.balance,
                later: sum(later.map(|entry| entry.amount))?,
            })
        });
        Ok(Outstanding { accounts: accounts.collect::<Result<_, StoreError>>()?, open: open(book, as_of)? })
    }

    async fn overview(&self, owner: OwnerId, day: Date, debtors: u32) -> Result<Overview, StoreError> {
        let state = self.lock();
        let none = BTreeMap::new();
        let book = state.books.get(&owner);
        let customers = || book.map_or(&none, |book| &book.customers).values().map(|row| &row.customer);
        let balances = |counts: fn(Money) -> bool| {
            sum(customers().map(|customer| customer.totals.balance).filter(|balance| counts(*balance)))
        };
        let overdue = book.map(|book| open(book, day)).transpose()?.unwrap_or_default();
        let overdue = overdue.iter().filter(|sum| sum.side == Side::Debit && sum.due < day);
        let (post_dated, others): (Vec<_>, Vec<_>) =
            customers().cloned().partition(|customer| is_post_dated(customer, day));
        let mut owing = others;
        owing.retain(|customer| customer.totals.balance.is_positive());
        owing.sort_by_key(|customer| std::cmp::Reverse((customer.totals.balance, customer.id)));
        owing.truncate(debtors as usize);
        Ok(Overview {
            customers: customers().filter(|customer| customer.archived_at.is_none()).count() as u64,
            receivable: balances(Money::is_positive)?,
            advances: balances(Money::is_negative)?,
            overdue: sum(overdue.map(|sum| sum.amount))?,
            sums: book.map(|book| day_sums(book, day)).transpose()?.unwrap_or_default(),
            debtors: owing,
            post_dated,
        })
    }
}

fn position(entry: &Entry) -> StatementCursor {
    StatementCursor { date: entry.date, seq: entry.seq }
}

fn line(book: &Book, entry: &Entry) -> Line {
    Line {
        entry: Entry { allocations: Vec::new(), ..entry.clone() },
        document: book.documents.get(&entry.item).cloned(),
    }
}

/// Computes [`Outstanding::open`].
fn open(book: &Book, as_of: Date) -> Result<Vec<OpenSum>, StoreError> {
    let mut sums: BTreeMap<(CustomerId, Side, Date), Vec<Money>> = BTreeMap::new();
    for item in book.items.values().filter(|item| item.date <= as_of) {
        let later = book.allocations().filter(|row| row.touches(item.id) && row.effective > as_of);
        let voids = book.entries.values().filter(|row| row.kind.reverses() && row.item == item.id);
        let parts = sums.entry((item.customer, item.side, item.due)).or_default();
        parts.push(item.open);
        parts.extend(later.map(|row| row.amount));
        parts.extend(voids.filter(|void| void.date > as_of).map(|_| item.amount));
    }
    let sums = sums
        .into_iter()
        .map(|((customer, side, due), parts)| Ok(OpenSum { customer, side, due, amount: sum(parts)? }));
    sums.filter(|sum: &Result<OpenSum, StoreError>| !sum.as_ref().is_ok_and(|sum| sum.amount.is_zero()))
        .collect()
}

fn day_sums(book: &Book, day: Date) -> Result<Vec<DaySum>, StoreError> {
    let mut sums: BTreeMap<(EntryKind, ItemKind), Vec<Money>> = BTreeMap::new();
    for entry in book.entries.values().filter(|entry| entry.date == day) {
        let item = book.items.get(&entry.item);
        let item = item.ok_or_else(|| StoreError::corrupt("the item of an entry is missing"))?;
        sums.entry((entry.kind, item.kind)).or_default().push(entry.amount);
    }
    let sums = sums.into_iter().map(|((kind, item_kind), amounts)| {
        Ok(DaySum { kind, item_kind, count: amounts.len() as u64, amount: sum(amounts)? })
    });
    sums.collect()
}

fn sum(amounts: impl IntoIterator<Item = Money>) -> Result<Money, StoreError> {
    Money::checked_sum(amounts).ok_or_else(|| StoreError::corrupt("a sum is out of range"))
}
