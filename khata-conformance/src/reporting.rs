//! A shop's reports over a store, by way of two processes that share it.

use std::time::Duration;

use khata_core::calendar::Date;
use khata_core::customer::CustomerView;
use khata_core::error::Error;
use khata_core::id::CustomerId;
use khata_core::invoice::NewInvoice;
use khata_core::ledger::{EntryKind, PostDated};
use khata_core::money::Money;
use khata_core::page::Limit;
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::shop::{Shop, StatementFilter};

use super::context::{TestContext, assert_fails, day, new_customer, paise};
use super::suite;

suite! {
    a_statement_runs_from_its_opening_to_its_closing_balance,
    a_statement_of_all_ends_with_the_balance,
    pages_of_a_statement_are_the_whole,
    pages_of_a_statement_of_any_length_split_a_day_anywhere,
    a_page_of_a_statement_goes_on_after_what_is_posted_meanwhile,
    what_is_backdated_is_in_every_statement_since,
    a_statement_must_not_end_before_it_begins,
    a_statement_of_an_archived_customer_is_that_of_any,
    the_ageing_of_a_day_is_as_the_documents_of_then_say,
    a_day_book_adds_up_the_day_on_every_page,
    a_summary_is_the_shop_today,
    who_waits_for_entries_gets_what_this_process_posts,
    who_waits_for_entries_gets_what_another_process_posts,
    nobody_waits_for_entries_that_are_there,
    waiting_for_entries_ends,
}

async fn customer(shop: &Shop, n: u32) -> CustomerView {
    shop.add_customer(new_customer(&format!("Customer {n}"), n)).await.unwrap()
}

async fn bought(shop: &Shop, customer: &CustomerView, at: i64, amount: i64) {
    let new = NewInvoice::new(customer.id, day(at), paise(amount)).due_date(day(at + 10));
    shop.add_invoice(new).await.unwrap();
}

async fn paid(shop: &Shop, customer: &CustomerView, at: i64, amount: i64) {
    shop.add_receipt(NewReceipt::new(customer.id, day(at), paise(amount), PaymentType::Upi)).await.unwrap();
}

/// What was bought and paid, posted in another order than that of the dates: on 5, 0, 20, 10, and again on 5.
async fn trade(shop: &Shop) -> CustomerView {
    let ravi = customer(shop, 1).await;
    bought(shop, &ravi, 5, 100).await;
    bought(shop, &ravi, 0, 50).await;
    bought(shop, &ravi, 20, 30).await;
    paid(shop, &ravi, 10, 120).await;
    bought(shop, &ravi, 5, 7).await;
    ravi
}

fn period(from: i64, to: i64) -> StatementFilter {
    StatementFilter { from: Some(day(from)), to: Some(day(to)), ..StatementFilter::default() }
}

/// Opening, the days with debits, credits and running balances, closing.
type Stated = (i64, Vec<(Date, i64, i64, i64)>, i64);

async fn stated(shop: &Shop, id: CustomerId, filter: &StatementFilter) -> Stated {
    let statement = shop.statement(id, filter).await.unwrap();
    let lines = statement
        .entries
        .iter()
        .map(|line| (line.date, line.debit.minor(), line.credit.minor(), line.balance.minor()));
    (statement.opening.minor(), lines.collect(), statement.closing.minor())
}

async fn a_statement_runs_from_its_opening_to_its_closing_balance(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = trade(&shop).await;
    let lines = vec![(day(5), 100, 0, 150), (day(5), 7, 0, 157), (day(10), 0, 120, 37)];
    assert_eq!(stated(&shop, ravi.id, &period(1, 10)).await, (50, lines, 37));
    assert_eq!(stated(&shop, ravi.id, &period(6, 9)).await, (157, vec![], 157));
    let statement = shop.statement(ravi.id, &period(5, 10)).await.unwrap();
    let numbers: Vec<_> =
        statement.entries.iter().map(|line| line.number.as_ref().unwrap().as_str()).collect();
    assert_eq!(numbers, ["INV/2026-27/0001", "INV/2026-27/0004", "RCT/2026-27/0001"]);
    let kinds: Vec<_> = statement.entries.iter().map(|line| line.kind).collect();
    assert_eq!(kinds, [EntryKind::Invoice, EntryKind::Invoice, EntryKind::Receipt]);
}

async fn a_statement_of_all_ends_with_the_balance(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = trade(&shop).await;
    let (opening, lines, closing) = stated(&shop, ravi.id, &StatementFilter::default()).await;
    assert_eq!((opening, lines.len(), closing), (0, 5, 67), "all that is dated up to today");
    for at in [-1, 0, 4, 5, 10, 19, 20, 99] {
        let balance = shop.balance(ravi.id, Some(day(at))).await.unwrap().balance;
        assert_eq!(stated(&shop, ravi.id, &period(-9, at)).await.2, balance.minor(), "on {at}");
    }
}

async fn pages_of_a_statement_are_the_whole(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = trade(&shop).await;
    let (opening, whole, closing) = stated(&shop, ravi.id, &period(1, 20)).await;
    let mut lines = Vec::new();
    let mut filter = StatementFilter { limit: Limit::new(1).unwrap(), ..period(1, 20) };
    loop {
        let page = stated(&shop, ravi.id, &filter).await;
        assert_eq!((page.0, page.2), (opening, closing), "those of the whole on every page");
        lines.extend(page.1);
        filter.after = shop.statement(ravi.id, &filter).await.unwrap().next;
        if filter.after.is_none() {
            break;
        }
    }
    assert_eq!(lines, whole);
}

/// The pages of that many lines, until one says that it is the last.
async fn pages(shop: &Shop, id: CustomerId, rows: u16, mut filter: StatementFilter) -> Vec<Vec<u64>> {
    filter.limit = Limit::new(rows).unwrap();
    let mut pages = Vec::new();
    loop {
        let page = shop.statement(id, &filter).await.unwrap();
        pages.push(page.entries.iter().map(|line| line.seq).collect());
        filter.after = page.next;
        if filter.after.is_none() {
            return pages;
        }
    }
}

async fn pages_of_a_statement_of_any_length_split_a_day_anywhere(context: TestContext) {
    let here = context.shop(1).await;
    let there = context.shop_elsewhere(&here).await;
    let [ravi, other] = [customer(&here, 1).await, customer(&here, 2).await];
    // By date, then as they were posted: of the other customer are 3, 6 and 9.
    for (at, on) in (0..).zip([5, 5, 4, 5, 6, 5, 5, 5, 4, 5, 6]) {
        bought(&here, if at % 3 == 2 { &other } else { &ravi }, on, 10 + at).await;
    }
    let by_date: [u64; 8] = [1, 2, 4, 7, 8, 10, 5, 11];
    for (filter, expected) in [
        (period(4, 6), by_date.as_slice()),
        (period(5, 5), &by_date[..6]),
        (period(6, 6), &by_date[6..]),
        (StatementFilter::default(), &by_date),
    ] {
        for rows in 1..=9 {
            let split: Vec<_> = expected.chunks(usize::from(rows)).map(<[u64]>::to_vec).collect();
            assert_eq!(pages(&there, ravi.id, rows, filter.clone()).await, split, "{rows} lines a page");
        }
    }
    assert_eq!(pages(&there, ravi.id, 1, period(0, 4)).await, [[0_u64; 0]], "one page, without lines");
}

async fn a_page_of_a_statement_goes_on_after_what_is_posted_meanwhile(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop, 1).await;
    for amount in [10, 20, 30] {
        bought(&shop, &ravi, 5, amount).await;
    }
    let filter = StatementFilter { limit: Limit::new(2).unwrap(), ..period(0, 9) };
    let first = shop.statement(ravi.id, &filter).await.unwrap();
    assert_eq!(first.entries.len(), 2);
    // One before that place, which is not shown any more, and one after it on the same day.
    bought(&shop, &ravi, 4, 1).await;
    bought(&shop, &ravi, 5, 2).await;
    let rest = pages(&shop, ravi.id, 2, StatementFilter { after: first.next, ..filter }).await;
    assert_eq!(rest, [vec![3, 5]]);
    let last = shop.statement(ravi.id, &StatementFilter { after: first.next, ..period(0, 9) }).await.unwrap();
    let balances: Vec<_> = last.entries.iter().map(|line| line.balance.minor()).collect();
    assert_eq!(
        (balances, last.closing),
        (vec![61, 63], paise(63)),
        "the balance has all that is dated before"
    );
}

async fn what_is_backdated_is_in_every_statement_since(context: TestContext) {
    let shop = context.shop(1).await;
    let there = context.shop_elsewhere(&shop).await;
    let ravi = trade(&shop).await;
    bought(&there, &ravi, -3, 1_000).await;
    let lines = vec![(day(20), 30, 0, 1_067)];
    assert_eq!(stated(&shop, ravi.id, &period(11, 20)).await, (1_037, lines, 1_067));
    assert_eq!(shop.ageing(Some(day(-3))).await.unwrap().total.balance, paise(1_000));
    assert_eq!(shop.ageing(Some(day(-4))).await.unwrap().total.balance, Money::ZERO);
}

async fn a_statement_must_not_end_before_it_begins(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop, 1).await;
    assert_fails!(shop.statement(ravi.id, &period(1, 0)).await, Error::Invalid(_));
    let future = StatementFilter { from: Some(Date::MAX), ..StatementFilter::default() };
    assert_eq!(shop.statement(ravi.id, &future).await.unwrap().to, Date::MAX);
    let stranger = CustomerId::generate();
    assert_fails!(shop.statement(stranger, &period(0, 1)).await, Error::NotFound);
}

async fn a_statement_of_an_archived_customer_is_that_of_any(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = trade(&shop).await;
    paid(&shop, &ravi, 30, 67).await;
    let before = stated(&shop, ravi.id, &period(0, 30)).await;
    shop.remove_customer(ravi.id, None).await.unwrap();
    assert_eq!(stated(&shop, ravi.id, &period(0, 30)).await, before);
    let ageing = shop.ageing(Some(day(29))).await.unwrap();
    assert_eq!((ageing.customers[0].customer, ageing.total.balance), (ravi.id, paise(67)));
    assert_eq!(shop.ageing(Some(day(30))).await.unwrap().customers, []);
}

async fn the_ageing_of_a_day_is_as_the_documents_of_then_say(context: TestContext) {
    let shop = context.shop(1).await;
    trade(&shop).await;
    let owed = customer(&shop, 2).await;
    paid(&shop, &owed, 40, 25).await;
    let there = context.shop_elsewhere(&shop).await;
    // Of what was due on 10 and 15, 120 was paid on 10; 30 are due on 30, 30 are left of 100 and 7 not yet paid.
    for (at, buckets) in [
        (9, [157, 0, 0, 0, 0, 0, 0]),
        (10, [37, 0, 0, 0, 0, 0, 0]),
        (16, [0, 37, 0, 0, 0, 0, 0]),
        (45, [0, 67, 0, 0, 0, 0, -25]),
        (46, [0, 30, 37, 0, 0, 0, -25]),
        (136, [0, 0, 0, 0, 30, 37, -25]),
    ] {
        let total = there.ageing(Some(day(at))).await.unwrap().total;
        let told = [
            total.not_due,
            total.days_1_to_30,
            total.days_31_to_60,
            total.days_61_to_90,
            total.days_91_to_120,
            total.over_120,
            total.unapplied,
        ];
        assert_eq!(told, buckets.map(paise), "on {at}");
        assert_eq!(total.balance, paise(buckets.iter().sum()), "on {at}");
    }
}

async fn a_day_book_adds_up_the_day_on_every_page(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = trade(&shop).await;
    paid(&shop, &ravi, 5, 3).await;
    let whole = shop.day_book(Some(day(5)), 0, Limit::MAX).await.unwrap();
    let amounts: Vec<_> = whole.entries.iter().map(|row| (row.debit.minor(), row.credit.minor())).collect();
    assert_eq!((amounts, whole.next), (vec![(100, 0), (7, 0), (0, 3)], None));
    assert!(whole.entries.iter().all(|row| row.customer_name == ravi.name));
    assert_eq!((whole.totals.debit, whole.totals.credit), (paise(107), paise(3)));
    let invoices = *whole.totals.by_kind.iter().find(|total| total.kind == EntryKind::Invoice).unwrap();
    assert_eq!((invoices.count, invoices.debit, invoices.credit), (2, paise(107), paise(0)));
    let payments = whole.totals.by_payment_type.iter().map(|total| (total.payment_type, total.amount));
    assert_eq!(payments.collect::<Vec<_>>(), [(PaymentType::Upi, paise(3))]);
    let (mut after, mut pages) = (0, Vec::new());
    loop {
        let page = shop.day_book(Some(day(5)), after, Limit::new(2).unwrap()).await.unwrap();
        assert_eq!(page.totals, whole.totals);
        pages.extend(page.entries);
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!(pages, whole.entries);
    let nothing = shop.day_book(Some(day(6)), 0, Limit::MAX).await.unwrap();
    assert!(nothing.entries.is_empty() && nothing.totals.by_kind.is_empty());
}

async fn a_summary_is_the_shop_today(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = trade(&shop).await;
    let owed = customer(&shop, 2).await;
    let today = shop.today().days_since(day(0));
    paid(&shop, &owed, today, 25).await;
    bought(&shop, &ravi, today, 9).await;
    bought(&shop, &ravi, today + 1, 1_000).await;
    let summary = context.shop_elsewhere(&shop).await.summary().await.unwrap();
    assert_eq!((summary.today, summary.customers), (shop.today(), 2));
    assert_eq!((summary.receivable, summary.advances), (paise(76), paise(25)), "what counts today");
    assert_eq!(summary.post_dated, PostDated { debit: paise(1_000), credit: paise(0) });
    assert_eq!((summary.invoiced_today, summary.received_today), (paise(9), paise(25)));
    assert_eq!(summary.overdue, paise(67));
    assert_eq!(summary.top_debtors.iter().map(|row| row.customer).collect::<Vec<_>>(), [ravi.id]);
}

/// Long enough that it is not what the waiting ends by.
const LONG: Duration = Duration::from_secs(120);

async fn entry_of_next_post(waiting: Shop, posting: Shop) {
    let ravi = customer(&posting, 1).await;
    let waiting = tokio::spawn(async move { waiting.entries_to_come(0, Limit::MAX, LONG).await });
    tokio::task::yield_now().await;
    bought(&posting, &ravi, 0, 100).await;
    let entries = waiting.await.expect("it ends").unwrap();
    assert_eq!(entries.items.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1]);
}

async fn who_waits_for_entries_gets_what_this_process_posts(context: TestContext) {
    let khata = context.khata();
    let owner = context.shop(1).await.id();
    entry_of_next_post(khata.shop(owner).await.unwrap(), khata.shop(owner).await.unwrap()).await;
}

async fn who_waits_for_entries_gets_what_another_process_posts(context: TestContext) {
    let here = context.shop(1).await;
    let there = context.shop_elsewhere(&here).await;
    entry_of_next_post(there, here).await;
}

async fn nobody_waits_for_entries_that_are_there(context: TestContext) {
    let shop = context.shop(1).await;
    trade(&shop).await;
    let page = shop.entries_to_come(3, Limit::new(1).unwrap(), LONG).await.unwrap();
    assert_eq!(page.items, shop.entries(3, Limit::new(1).unwrap()).await.unwrap());
    assert_eq!(page.next, Some(4));
}

async fn waiting_for_entries_ends(context: TestContext) {
    let khata = context.khata();
    let owner = context.shop(1).await.id();
    let shop = khata.shop(owner).await.unwrap();
    assert_eq!(shop.entries_to_come(0, Limit::MAX, Duration::from_millis(5)).await.unwrap().items, []);
    let waiting = tokio::spawn({
        let shop = shop.clone();
        async move { shop.entries_to_come(0, Limit::MAX, LONG).await }
    });
    tokio::task::yield_now().await;
    khata.stop_waiting();
    assert_eq!(waiting.await.expect("it ends").unwrap().items, []);
    assert_eq!(shop.entries_to_come(0, Limit::MAX, LONG).await.unwrap().items, []);
}
