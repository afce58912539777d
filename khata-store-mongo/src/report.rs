//! Reading for reports: see [`ReportRepository`].

use std::collections::HashMap;

use async_trait::async_trait;
use bson::{Bson, Uuid, doc};
use khata_core::calendar::Date;
use khata_core::customer::Customer;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::money::Money;
use khata_core::store::{
    Account, DayLine, DaySum, Extract, ExtractSelection, Line, OpenSum, Outstanding, Overview,
    ReportRepository, StatementCursor, StoreError,
};
use mongodb::options::{FindOptions, Hint};

use crate::customer::{dated_after, post_dated};
use crate::error::UnreadableField;
use crate::filter::{bound, by_id, key, of_owner, one, owner as id_of};
use crate::load::documents_of;
use crate::pipelines::End;
use crate::row::{Fields, Posting};
use crate::schema::{CUSTOMERS, CUSTOMERS_BY_BALANCE, ENTRIES, ENTRIES_OF_CUSTOMER, HEADS};
use crate::transaction::Transaction;
use crate::{MongoStore, call, pipelines};

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
            let mut transaction = Transaction::snapshot(&self.database).await?;
            let found: Customer = transaction.find_one(one(owner, customer)).await?;
            let pipeline = pipelines::of_account(owner, customer, selection, after);
            let sums = transaction.aggregate(&ENTRIES, pipeline, |sums| {
                Ok((sums.get("before")?, sums.get("passed")?, sums.get("within")?))
            });
            let (before, passed, within) = sums.await?.pop().unwrap_or_default();
            let piece = piece_of_account(owner, customer, selection, after);
            // What only allocates moves nothing.
            let entries = transaction.find(doc! { "amount": { "$ne": 0_i64 } }, piece).await?;
            let lines = lines(&mut transaction, entries).await?;
            Ok(Extract { customer: found, before, passed, within, lines })
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
            doc! { "_id.owner_id": id_of(owner), "date": date.to_string(), "seq": { "$gt": bound(after) } };
        let options = FindOptions::builder().sort(doc! { "seq": 1 }).limit(i64::from(limit)).build();
        let read = async {
            let mut transaction = Transaction::snapshot(&self.database).await?;
            let entries = transaction.find(filter, options).await?;
            let lines = lines(&mut transaction, entries).await?;
            let customers = by_id(lines.iter().map(|line| key((owner, line.entry.customer))));
            let customers = transaction.find_all::<Customer>(customers).await?.into_iter();
            let names: HashMap<_, _> = customers.map(|customer| (customer.id, customer.name)).collect();
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
            let mut transaction = Transaction::snapshot(&self.database).await?;
            let mut with_entries = of_owner(owner, "id", None);
            with_entries.insert("last_seq", doc! { "$gt": 0_i64 });
            let named =
                FindOptions::builder().sort(doc! { "_id": 1 }).projection(doc! { "name": 1, "balance": 1 });
            let accounts = transaction.find_as(&CUSTOMERS, with_entries, named.build(), account).await?;
            let end = nearer_end(&mut transaction, owner, as_of).await?;
            let sums = transaction.aggregate(&ENTRIES, pipelines::beyond(owner, as_of, end), |sum| {
                Ok((sum.get("_id")?, sum.get("amount")?))
            });
            let sums: HashMap<CustomerId, Money> = sums.await?.into_iter().collect();
            let open = open_at(&mut transaction, owner, as_of, end).await?;
            Ok((end, accounts, sums, open))
        };
        let (end, mut accounts, sums, mut open) = call::read(read).await?;
        for account in &mut accounts {
            let sum = sums.get(&account.customer).copied().unwrap_or_default();
            let out_of_range = || StoreError::corrupt("the balance of a customer is out of range");
            account.later = match end {
                End::Last => sum,
                End::First => account.balance.checked_sub(sum).ok_or_else(out_of_range)?,
            };
        }
        open.sort_unstable();
        Ok(Outstanding { accounts, open })
    }

    async fn overview(&self, owner: OwnerId, day: Date, debtors: u32) -> Result<Overview, StoreError> {
        let owing = doc! {
            "_id.owner_id": id_of(owner),
            // Both, since the index has it before the balance.
            "archived": { "$in": [false, true] },
            "balance": { "$gt": 0_i64 },
            "post_dated": { "$not": { "$gt": dated_after(day) } },
        };
        let largest = FindOptions::builder()
            .sort(doc! { "balance": -1, "_id.id": -1 })
            .limit(i64::from(debtors))
            .hint(Hint::Name(CUSTOMERS_BY_BALANCE.name.to_owned()))
            .build();
        let read = async {
            let mut transaction = Transaction::snapshot(&self.database).await?;
            let balances = transaction.aggregate(&CUSTOMERS, pipelines::balances(owner), |sums| {
                Ok((sums.get("customers")?, sums.get("receivable")?, sums.get("advances")?))
            });
            let (customers, receivable, advances) = balances.await?.pop().unwrap_or_default();
            let end = nearer_end(&mut transaction, owner, day).await?;
            let (first, pipeline) = pipelines::overdue(owner, day, end);
            let overdue = transaction.aggregate(first, pipeline, |sum| sum.get("amount"));
            let overdue = overdue.await?.pop().unwrap_or_default();
            let mut sums = transaction.aggregate(&ENTRIES, pipelines::of_day(owner, day), day_sum).await?;
            sums.sort_unstable();
            let debtors = transaction.find(owing, largest).await?;
            let archived_or_not = doc! { "$in": [false, true] }.into();
            let mut post_dated = post_dated(&mut transaction, owner, archived_or_not, day, &[]).await?;
            post_dated.sort_unstable_by_key(|customer| customer.id);
            Ok(Overview { customers, receivable, advances, overdue, sums, debtors, post_dated })
        };
        call::read(read).await
    }
}

/// The end of the book that a day is nearer to, by the number of the first entry that is dated after it. Where entries are
/// not dated in their order this may be the farther one, from which the same is found.
async fn nearer_end(transaction: &mut Transaction, owner: OwnerId, day: Date) -> Result<End, StoreError> {
    let head = doc! { "_id": id_of(owner) };
    let heads = transaction.find_as(&HEADS, head, FindOptions::default(), |head| head.get::<u64>("seq"));
    let last = heads.await?.pop().unwrap_or_default();
    let filter = doc! { "_id.owner_id": id_of(owner), "date": { "$gt": day.to_string() } };
    let first = FindOptions::builder()
        .sort(doc! { "date": 1, "seq": 1 })
        .projection(doc! { "_id": 0, "date": 1, "seq": 1 })
        .limit(1)
        .build();
    let later = transaction.find_as(&ENTRIES, filter, first, |entry| entry.get::<u64>("seq")).await?.pop();
    Ok(if later.is_some_and(|seq| seq <= last / 2) { End::First } else { End::Last })
}

/// By customer, side and due date, what was open at the end of a day.
async fn open_at(
    transaction: &mut Transaction,
    owner: OwnerId,
    day: Date,
    end: End,
) -> Result<Vec<OpenSum>, StoreError> {
    let (first, pipeline) = pipelines::open(owner, day, end);
    transaction.aggregate(first, pipeline, open_sum).await
}

/// An account, of which nothing is known to be later yet.
fn account(fields: &mut Fields<'_>) -> Result<Account, UnreadableField> {
    Ok(Account {
        customer: fields.group("_id")?.get("id")?,
        name: fields.get("name")?,
        balance: fields.get("balance")?,
        later: Money::ZERO,
    })
}

fn open_sum(fields: &mut Fields<'_>) -> Result<OpenSum, UnreadableField> {
    let mut group = fields.group("_id")?;
    Ok(OpenSum {
        customer: group.get("customer")?,
        side: group.get("side")?,
        due: group.get("due")?,
        amount: fields.get("amount")?,
    })
}

fn day_sum(fields: &mut Fields<'_>) -> Result<DaySum, UnreadableField> {
    let mut group = fields.group("_id")?;
    Ok(DaySum {
        kind: group.get("kind")?,
        item_kind: group.get("itemKind")?,
        count: fields.get("count")?,
        amount: fields.get("amount")?,
    })
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
        doc! { "_id.owner_id": id_of(owner), "customer_id": customer, "date": date.to_string(), "seq": seq, "amount": amount }
    };
    FindOptions::builder()
        .hint(Hint::Name(ENTRIES_OF_CUSTOMER.name.to_owned()))
        .min(key(after.date, bound(after.seq).into(), Bson::MaxKey))
        .max(key(selection.to, Bson::MaxKey, Bson::MaxKey))
        .sort(ENTRIES_OF_CUSTOMER.order(1))
        .limit(i64::from(selection.limit))
        .build()
}

/// Entries without their allocations, each with the document of its item, which for one that opens none is that of another entry.
async fn lines(transaction: &mut Transaction, entries: Vec<Posting>) -> Result<Vec<Line>, StoreError> {
    let voids = entries.iter().map(|posting| &posting.entry).filter(|entry| entry.kind.opens().is_none());
    let voided = voids.map(|entry| (entry.owner, entry.item));
    let voided = documents_of(transaction, voided).await?;
    let line = |Posting { mut entry, document }: Posting| {
        entry.allocations.clear();
        let is_void = entry.kind.opens().is_none();
        let document = if is_void { voided.get(&(entry.owner, entry.item)).cloned() } else { document };
        Line { entry, document }
    };
    Ok(entries.into_iter().map(line).collect())
}

#[cfg(all(test, feature = "conformance"))]
mod tests {
    use std::sync::Arc;

    use khata_conformance::sample::head;
    use khata_conformance::servers;
    use khata_core::credit_note::NewCreditNote;
    use khata_core::customer::NewCustomer;
    use khata_core::invoice::NewInvoice;
    use khata_core::phone::MobileNumber;
    use khata_core::receipt::{NewReceipt, PaymentType};
    use khata_core::store::OwnerRepository as _;
    use khata_core::text::{Name, Note};
    use khata_core::void::Void;
    use khata_core::{Khata, Shop};

    use super::*;
    use crate::conformance::MongoFixture;

    fn day(day: i64) -> Date {
        Date::parse("2026-11-01").unwrap().plus_days(day).unwrap()
    }

    fn paise(minor: i64) -> Money {
        Money::from_minor(minor)
    }

    /// Entries out of the order of their dates, with allocations that take effect later than their entries, and voids.
    async fn fill(shop: &Shop) {
        for number in 0..3 {
            let name = Name::parse(&format!("Customer {number}")).unwrap();
            let mobile = MobileNumber::parse(&(9_000_000_000_u64 + number).to_string()).unwrap();
            let customer = shop.add_customer(NewCustomer::new(name, mobile).unwrap()).await.unwrap().id;
            let mut invoices = Vec::new();
            for (date, due) in [(20, 50), (3, 3), (11, 40), (9, 9)] {
                let mut new = NewInvoice::new(customer, day(date), paise(1_000 + date));
                new.due_date = Some(day(due));
                invoices.push(shop.add_invoice(new).await.unwrap().id);
            }
            let mut receipts = Vec::new();
            for (date, amount) in [(5, 2_500), (30, 700), (1, 400), (8, 3_000)] {
                let new = NewReceipt::new(customer, day(date), paise(amount), PaymentType::Cash);
                receipts.push(shop.add_receipt(new).await.unwrap().id);
            }
            shop.add_credit_note(NewCreditNote::new(invoices[2], day(15), paise(10))).await.unwrap();
            let reason = || Note::parse("a mistake").unwrap();
            shop.void_receipt(Void::new(receipts[0], reason()).unwrap().on(day(25))).await.unwrap();
            shop.void_invoice(Void::new(invoices[1], reason()).unwrap().on(day(28))).await.unwrap();
        }
    }

    /// The sums that a day's report is made of, counted from one end.
    async fn counted(
        store: &MongoStore,
        owner: OwnerId,
        day: Date,
        end: End,
    ) -> (HashMap<CustomerId, Money>, Vec<OpenSum>) {
        let mut snapshot = Transaction::snapshot(&store.database).await.unwrap();
        let sums = snapshot.aggregate(&ENTRIES, pipelines::beyond(owner, day, end), |sum| {
            Ok((sum.get("_id")?, sum.get("amount")?))
        });
        let sums = sums.await.unwrap().into_iter().collect();
        let mut open = open_at(&mut snapshot, owner, day, end).await.unwrap();
        open.sort_unstable();
        (sums, open)
    }

    #[tokio::test]
    async fn both_ends_of_a_book_come_to_the_same() {
        if !servers::is_wanted("mongo") {
            return;
        }
        let url = MongoFixture.fresh_url();
        let store = Arc::new(MongoStore::open(url.as_str()).await.unwrap());
        let head = head(0);
        let owner = head.owner.id;
        store.create_owner(&head, "no password").await.unwrap();
        fill(&Khata::new(store.clone()).shop(owner).await.unwrap()).await;
        let mut ends = Vec::new();
        for day in (-1..60).map(day).chain([Date::MIN, Date::MAX]) {
            let (earlier, forwards) = counted(&store, owner, day, End::First).await;
            let (later, backwards) = counted(&store, owner, day, End::Last).await;
            assert_eq!(forwards, backwards, "{day}");
            for account in store.outstanding(owner, day).await.unwrap().accounts {
                let [earlier, later] =
                    [&earlier, &later].map(|sums| sums.get(&account.customer).copied().unwrap_or_default());
                assert_eq!(account.later, later, "{day}");
                assert_eq!(earlier.checked_add(later), Some(account.balance), "{day}");
            }
            let mut snapshot = Transaction::snapshot(&store.database).await.unwrap();
            ends.push(nearer_end(&mut snapshot, owner, day).await.unwrap());
        }
        assert!(ends.contains(&End::First) && ends.contains(&End::Last), "each end is nearer on some day");
        url.delete().await;
    }
}
