//! Reading for reports: see [`ReportRepository`].

use std::collections::HashMap;

use async_trait::async_trait;
use bson::{Bson, Document, Uuid, doc};
use khata_core::calendar::Date;
use khata_core::customer::Customer;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::ledger::Entry;
use khata_core::store::{
    DayLine, DaySum, Extract, ExtractSelection, Line, OpenSum, Outstanding, Overview, ReportRepository,
    StatementCursor, StoreError,
};
use mongodb::options::{FindOptions, Hint};

use crate::filter::{by_id, of_owner, one, owner as id_of};
use crate::load::documents_of;
use crate::row::{
    AccountRow, AccountSumsRow, BalancesRow, CustomerRow, DaySumRow, EntryRow, Key, LaterRow, OpenSumRow,
    OverdueRow, bound, money, unsigned,
};
use crate::schema::{CUSTOMERS_BY_BALANCE, ENTRIES_OF_CUSTOMER};
use crate::unit::Unit;
use crate::{MongoStore, call, sums};

#[async_trait]
impl ReportRepository for MongoStore {
    async fn extract(
        &self,
        owner: OwnerId,
        customer: CustomerId,
        selection: &ExtractSelection,
    ) -> Result<Extract, StoreError> {
        // No entry has the `seq` 0: without a place it is the one before all of the period.
        let after = selection.after.unwrap_or(StatementCursor { date: selection.from, seq: 0 });
        let read = async {
            let mut unit = Unit::snapshot(&self.database).await?;
            let row: CustomerRow = unit.find_one(one((owner, customer))).await?;
            let sums: Vec<AccountSumsRow> =
                unit.aggregate(sums::of_account(owner, customer, selection, after)).await?;
            let sums = sums.into_iter().next().unwrap_or_default();
            let rows =
                unit.find(Document::new(), piece_of_account(owner, customer, selection, after)).await?;
            Ok(Extract {
                customer: Customer::try_from(row)?,
                before: money(sums.before),
                passed: money(sums.passed),
                within: money(sums.within),
                lines: lines(&mut unit, rows).await?,
            })
        };
        call::read(read).await
    }

    async fn day(
        &self,
        owner: OwnerId,
        date: Date,
        after: u64,
        limit: u32,
    ) -> Result<Vec<DayLine>, StoreError> {
        let filter =
            doc! { "_id.ownerId": id_of(owner), "date": date.to_string(), "seq": { "$gt": bound(after) } };
        let options = FindOptions::builder().sort(doc! { "seq": 1 }).limit(i64::from(limit)).build();
        let read = async {
            let mut unit = Unit::snapshot(&self.database).await?;
            let rows = unit.find(filter, options).await?;
            let lines = lines(&mut unit, rows).await?;
            let customers = lines.iter().map(|line| Key::from((owner, line.entry.customer)));
            let names: Vec<CustomerRow> = unit.find_all(by_id(customers)).await?;
            let names = names.into_iter().map(|row| Customer::try_from(row).map(|row| (row.id, row.name)));
            let names = names.collect::<Result<HashMap<_, _>, _>>()?;
            let lines = lines.into_iter().map(|line| match names.get(&line.entry.customer) {
                Some(name) => Ok(DayLine { customer_name: name.clone(), line }),
                None => Err(StoreError::corrupt("an entry without its customer")),
            });
            lines.collect()
        };
        call::read(read).await
    }

    async fn outstanding(&self, owner: OwnerId, as_of: Date) -> Result<Outstanding, StoreError> {
        let read = async {
            let mut unit = Unit::snapshot(&self.database).await?;
            let mut with_entries = of_owner(owner, "id", None);
            with_entries.insert("lastSeq", doc! { "$gt": 0_i64 });
            let named =
                FindOptions::builder().sort(doc! { "_id": 1 }).projection(doc! { "name": 1, "balance": 1 });
            let accounts: Vec<AccountRow> = unit.find(with_entries, named.build()).await?;
            let later: Vec<LaterRow> = unit.aggregate(sums::later(owner, as_of)).await?;
            let open: Vec<OpenSumRow> = unit.aggregate(sums::open(owner, as_of)).await?;
            Ok((accounts, later, open))
        };
        let (accounts, later, open) = call::read(read).await?;
        let later: HashMap<_, _> = later.into_iter().map(|row| (row.customer(), row.amount)).collect();
        let accounts = accounts.into_iter().map(|row| {
            let later = later.get(&row.customer()).copied().unwrap_or_default();
            row.account(later)
        });
        let mut open = open.into_iter().map(OpenSum::try_from).collect::<Result<Vec<_>, _>>()?;
        open.sort_unstable();
        Ok(Outstanding { accounts: accounts.collect::<Result<_, _>>()?, open })
    }

    async fn overview(&self, owner: OwnerId, day: Date, debtors: u32) -> Result<Overview, StoreError> {
        let owing = doc! {
            "_id.ownerId": id_of(owner),
            // Both, since the index has it before the balance.
            "archived": { "$in": [false, true] },
            "balance": { "$gt": 0_i64 },
        };
        let largest = FindOptions::builder()
            .sort(doc! { "balance": -1, "_id.id": -1 })
            .limit(i64::from(debtors))
            .hint(Hint::Name(CUSTOMERS_BY_BALANCE.name.to_owned()))
            .build();
        let read = async {
            let mut unit = Unit::snapshot(&self.database).await?;
            let balances: Vec<BalancesRow> = unit.aggregate(sums::balances(owner)).await?;
            let overdue: Vec<OverdueRow> = unit.aggregate(sums::overdue(owner, day)).await?;
            let sums: Vec<DaySumRow> = unit.aggregate(sums::of_day(owner, day)).await?;
            let debtors: Vec<CustomerRow> = unit.find(owing, largest).await?;
            Ok((balances, overdue, sums, debtors))
        };
        let (balances, overdue, sums, debtors) = call::read(read).await?;
        let balances = balances.into_iter().next().unwrap_or_default();
        let mut sums = sums.into_iter().map(DaySum::try_from).collect::<Result<Vec<_>, _>>()?;
        sums.sort_unstable();
        Ok(Overview {
            customers: unsigned("customers", balances.customers)?,
            receivable: money(balances.receivable),
            advances: money(balances.advances),
            overdue: money(overdue.into_iter().next().unwrap_or_default().amount),
            sums,
            debtors: debtors.into_iter().map(Customer::try_from).collect::<Result<_, _>>()?,
        })
    }
}

/// The piece of the index that a page of an account is.
fn piece_of_account(
    owner: OwnerId,
    customer: CustomerId,
    selection: &ExtractSelection,
    after: StatementCursor,
) -> FindOptions {
    let key = |date: Date, seq: Bson, amount: Bson| {
        let customer = Uuid::from(customer.uuid());
        doc! { "_id.ownerId": id_of(owner), "customerId": customer, "date": date.to_string(), "seq": seq, "amount": amount }
    };
    FindOptions::builder()
        .hint(Hint::Name(ENTRIES_OF_CUSTOMER.name.to_owned()))
        .min(key(after.date, bound(after.seq).into(), Bson::MaxKey))
        .max(key(selection.to, Bson::MaxKey, Bson::MaxKey))
        .sort(ENTRIES_OF_CUSTOMER.order(1))
        .limit(i64::from(selection.limit))
        .build()
}

/// Entries, each with the paper of its item; more than one may have the same, that of a document and of its void.
async fn lines(unit: &mut Unit, rows: Vec<EntryRow>) -> Result<Vec<Line>, StoreError> {
    let entries = rows.into_iter().map(|row| row.entry(Vec::new())).collect::<Result<Vec<Entry>, _>>()?;
    let papers = documents_of(unit, entries.iter().map(|entry| (entry.owner, entry.item))).await?;
    let line = |entry: Entry| Line { document: papers.get(&(entry.owner, entry.item)).cloned(), entry };
    Ok(entries.into_iter().map(line).collect())
}
