//! What reports say of a book, recomputed from its entries, allocations and items.

use std::collections::{BTreeMap, BTreeSet};

use khata_core::calendar::Date;
use khata_core::customer::Customer;
use khata_core::id::CustomerId;
use khata_core::ledger::ageing::{self, AgeingBuckets};
use khata_core::ledger::statement::StatementCursor;
use khata_core::ledger::{Entry, ItemKind, Side};
use khata_core::store::{ExtractSelection, Store};

use super::{Account, Book, Violation, size};

/// Amounts in minor units: not due, the five buckets, unapplied, balance.
type Columns = [i128; 8];

impl Book {
    /// On each day on which something happens, the reports are what the entries say.
    pub(super) async fn check_reports(&self, store: &dyn Store) -> Result<(), Violation> {
        for day in self.days() {
            self.check_ageing(store, day).await?;
            self.check_overview(store, day).await?;
            let told = store.day(self.head.owner.id, day, 0, u32::MAX).await?;
            let told: Vec<_> = told.iter().map(|line| line.line.entry.seq).collect();
            let is: Vec<_> = self.entries.iter().filter(|row| row.date == day).map(|row| row.seq).collect();
            ensure!(told == is, "the book of {day} is {told:?}, not {is:?}");
        }
        for customer in self.customers.values() {
            self.account(customer).check_extracts(store).await?;
        }
        Ok(())
    }

    fn days(&self) -> BTreeSet<Date> {
        let entries = self.entries.iter().map(|entry| entry.date);
        let items = self.items.values().flat_map(|item| [item.due, item.free_from]);
        let allocations = self.allocations().map(|row| row.effective);
        entries.chain(items).chain(allocations).chain([Date::MIN, Date::MAX]).collect()
    }

    /// AgeingBuckets and unapplied are the balance, for each customer and in all.
    async fn check_ageing(&self, store: &dyn Store, day: Date) -> Result<(), Violation> {
        let outstanding = store.outstanding(self.head.owner.id, day).await?;
        let ageing = ageing::ageing(&outstanding, day)?;
        let rows = ageing.customers.iter().map(|row| (row.customer, columns(&row.buckets)));
        let told: BTreeMap<CustomerId, Columns> = rows.collect();
        let customers = self.customers.values().map(|row| (row.id, self.account(row).ageing(day)));
        let is: BTreeMap<_, _> = customers.filter(|(_, columns)| *columns != [0; 8]).collect();
        ensure!(told == is, "the ageing as of {day} is {told:?}, not {is:?}");
        let total = columns(&ageing.total);
        let sums: Columns = std::array::from_fn(|at| is.values().map(|columns| columns[at]).sum());
        ensure!(total == sums, "the ageing as of {day} adds up to {total:?}, not {sums:?}");
        ensure!(total[..7].iter().sum::<i128>() == total[7], "{total:?} of {day} is not the balance");
        Ok(())
    }

    async fn check_overview(&self, store: &dyn Store, day: Date) -> Result<(), Violation> {
        let overview = store.overview(self.head.owner.id, day, u32::MAX).await?;
        let balances = || self.customers.values().map(|customer| size(customer.totals.balance));
        let is_post_dated =
            |customer: &&Customer| customer.post_dated.as_ref().is_some_and(|days| days.until() > day);
        let overdue =
            self.customers.values().map(|row| self.account(row).ageing(day)[1..6].iter().sum::<i128>());
        let is = [
            balances().filter(|balance| *balance > 0).sum(),
            balances().filter(|balance| *balance < 0).sum(),
            overdue.sum::<i128>(),
        ];
        let told = [overview.receivable, overview.advances, overview.overdue].map(size);
        ensure!(told == is, "on {day} receivable, advances and overdue are {told:?}, not {is:?}");
        let owing = self.customers.values().filter(|customer| !is_post_dated(customer));
        let owing = owing.filter(|customer| customer.totals.balance.is_positive()).count();
        let apart: Vec<_> = self.customers.values().filter(is_post_dated).collect();
        let named: Vec<_> = overview.post_dated.iter().collect();
        ensure!(named == apart, "on {day} {named:?} have post-dated entries, not {apart:?}");
        ensure!(overview.debtors.len() == owing, "{} of {owing} debtors are named", overview.debtors.len());
        for &kind in ItemKind::ALL {
            let of_kind = |entry: &&Entry| self.items.get(&entry.item).is_some_and(|item| item.kind == kind);
            let entries = self.entries.iter().filter(|entry| entry.date == day).filter(of_kind);
            let is: (u64, i128) = entries.fold((0, 0), |sum, row| (sum.0 + 1, sum.1 + size(row.amount)));
            let rows = overview.sums.iter().filter(|row| row.item_kind == kind);
            let told = rows.fold((0, 0), |sum, row| (sum.0 + row.count, sum.1 + size(row.amount)));
            ensure!(told == is, "on {day} {kind:?} adds up to {told:?}, not {is:?}");
        }
        Ok(())
    }
}

impl Account<'_> {
    fn ageing(&self, day: Date) -> Columns {
        let mut columns = [0; 8];
        for item in self.items.iter().filter(|item| item.date <= day) {
            let days = day.days_since(item.due);
            let column = match item.side {
                Side::Credit => 6,
                Side::Debit => [0, 30, 60, 90, 120].into_iter().filter(|most| days > *most).count(),
            };
            let open = self.open(item, day);
            columns[column] += if item.side == Side::Debit { open } else { -open };
        }
        columns[7] = self.sum(None, day);
        columns
    }

    /// Pages of the account, from each of its days on, are its lines by date, and their sums.
    async fn check_extracts(&self, store: &dyn Store) -> Result<(), Violation> {
        const PAGE: u32 = 3;
        let id = self.customer.id;
        let days: BTreeSet<_> = self.entries.iter().map(|entry| entry.date).chain([Date::MIN]).collect();
        // What only allocates moves nothing.
        let moving = self.entries.iter().filter(|row| !row.amount.is_zero());
        let mut places: Vec<_> = moving.map(|row| StatementCursor { date: row.date, seq: row.seq }).collect();
        places.sort_unstable();
        for from in days {
            let within: Vec<_> = places.iter().copied().filter(|place| place.date >= from).collect();
            let mut after = None;
            for page in within.chunks(PAGE as usize) {
                let selection = ExtractSelection { from, to: Date::MAX, after, limit: PAGE };
                let extract = store.extract(self.customer.owner, id, &selection).await?;
                let lines = extract.lines.iter().map(|line| &line.entry);
                let told: Vec<_> =
                    lines.map(|row| StatementCursor { date: row.date, seq: row.seq }).collect();
                ensure!(told == page, "the account of {id} goes on with {told:?}, not {page:?}");
                let told = [extract.before, extract.passed, extract.within].map(size);
                let before = from.plus_days(-1).map_or(0, |day| self.sum(None, day));
                let passed = self.entries.iter().filter(|row| row.date >= from);
                let passed = passed.filter(|row| {
                    after.is_some_and(|after| (StatementCursor { date: row.date, seq: row.seq }) <= after)
                });
                let passed = passed.map(|row| size(row.amount)).sum();
                let is = [before, passed, self.sum(None, Date::MAX) - before];
                ensure!(told == is, "the account of {id} from {from} has the sums {told:?}, not {is:?}");
                after = page.last().copied();
            }
        }
        Ok(())
    }
}

fn columns(buckets: &AgeingBuckets) -> Columns {
    [
        buckets.not_due,
        buckets.days_1_to_30,
        buckets.days_31_to_60,
        buckets.days_61_to_90,
        buckets.days_91_to_120,
        buckets.over_120,
        buckets.unapplied,
        buckets.balance,
    ]
    .map(size)
}
