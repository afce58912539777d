//! [`ReportRepository`](khata_core::store::ReportRepository).

use std::collections::BTreeMap;

use khata_core::calendar::Date;
use khata_core::customer::Customer;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::ledger::{Entry, EntryKind, ItemKind, Side};
use khata_core::money::Money;
use khata_core::store::{
    Account, DayLine, DaySum, Extract, ExtractSelection, Line, OpenSum, Outstanding, Overview,
    StatementCursor, Store, StoreError,
};

use super::context::{TestContext, assert_fails, day, moment, name, paise, post_dated};
use super::row_builder::{Line as Posted, RowBuilder};
use super::suite;

suite! {
    an_extract_is_the_lines_of_a_period_by_date,
    an_extract_goes_on_after_a_place,
    an_extract_has_the_documents_of_its_lines,
    an_extract_of_a_customer_without_entries_is_empty,
    an_extract_of_who_is_not_there_is_not_found,
    an_extract_is_read_at_one_moment,
    a_day_is_its_entries_in_order_after_a_seq,
    a_day_has_the_documents_and_names_of_its_lines,
    what_was_open_is_by_customer_side_and_due_date,
    what_was_open_counts_what_is_paid_later,
    what_was_open_counts_what_is_voided_later,
    an_archived_customers_account_is_outstanding_too,
    what_was_open_is_read_at_one_moment,
    an_overview_adds_up_balances_and_what_is_overdue,
    an_overview_adds_up_a_day_by_kind,
    an_overview_names_the_largest_debtors,
    an_overview_names_those_with_post_dated_entries_apart,
    an_overview_is_read_at_one_moment,
    a_shop_that_is_not_there_reports_nothing,
}

/// Three customers' entries in turn, out of the order of their dates, each with something open, paid and void, over
/// 60 days; and a fourth customer without any.
async fn book(context: &TestContext) -> (RowBuilder, Vec<CustomerId>) {
    let mut builder = context.row_builder(1).await;
    let customers: Vec<_> = (0..4).map(|n| builder.customer(n)).collect();
    for (n, &customer) in (0..).zip(&customers[..3]) {
        let opening = Posted { kind: ItemKind::OpeningBalance, ..Posted::debit(customer, day(-5), 30 + n) };
        builder.post(opening);
        let [a, b, c] = [(20, 50, 30), (10, 60, 15), (10, 70, 10)].map(|(at, amount, due)| {
            builder.post(Posted { due: day(due), ..Posted::debit(customer, day(at), amount) }).item
        });
        let paid = builder.post(Posted::credit(customer, day(15), 80, &[(a, 50), (b, 20), (c, 10)])).item;
        builder.post(Posted::credit(customer, day(60), 40, &[(b, 40)]));
        builder.void(paid, day(40), "bounced");
        builder.post(Posted::credit(customer, day(2), 500 * n + 5, &[]));
        builder.void(c, day(45), "goods came back");
    }
    builder.commit(&*context.store).await;
    (builder, customers)
}

/// Days around all that happens in the book.
fn days() -> impl Iterator<Item = Date> {
    let days = [-6, -5, 2, 9, 10, 11, 14, 15, 19, 20, 31, 39, 40, 44, 45, 59, 60, 61].map(day);
    days.into_iter().chain([Date::MIN, Date::MAX])
}

fn line(builder: &RowBuilder, entry: &Entry) -> Line {
    Line {
        entry: Entry { allocations: Vec::new(), ..entry.clone() },
        document: builder.find_document(entry.item).cloned(),
    }
}

fn total<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Money {
    paise(entries.into_iter().map(|entry| entry.amount.minor()).sum())
}

/// The extract by the words of the contract.
fn extract(builder: &RowBuilder, customer: CustomerId, selection: &ExtractSelection) -> Extract {
    let mut entries: Vec<_> = builder.entries().iter().filter(|entry| entry.customer == customer).collect();
    entries.sort_by_key(|entry| (entry.date, entry.seq));
    let before: Vec<_> = entries.extract_if(.., |entry| entry.date < selection.from).collect();
    entries.retain(|entry| entry.date <= selection.to);
    let within = total(entries.iter().copied());
    let after = selection.after.map(|after| (after.date, after.seq));
    let passed: Vec<_> = entries.extract_if(.., |entry| Some((entry.date, entry.seq)) <= after).collect();
    entries.truncate(selection.limit as usize);
    Extract {
        customer: builder.customers[&customer].clone(),
        before: total(before),
        passed: total(passed),
        within,
        lines: entries.into_iter().map(|entry| line(builder, entry)).collect(),
    }
}

async fn assert_extract(store: &dyn Store, builder: &RowBuilder, customer: CustomerId, of: ExtractSelection) {
    let stored = store.extract(builder.owner(), customer, &of).await.unwrap();
    assert_eq!(stored, extract(builder, customer, &of), "{of:?}");
}

const ALL: ExtractSelection = ExtractSelection { from: Date::MIN, to: Date::MAX, after: None, limit: 100 };

async fn an_extract_is_the_lines_of_a_period_by_date(context: TestContext) {
    let (builder, customers) = book(&context).await;
    for from in days() {
        for to in days().filter(|to| *to >= from) {
            assert_extract(&*context.store, &builder, customers[1], ExtractSelection { from, to, ..ALL })
                .await;
        }
    }
    for limit in [0, 1, 8, 9, u32::MAX] {
        assert_extract(&*context.store, &builder, customers[2], ExtractSelection { limit, ..ALL }).await;
    }
}

async fn an_extract_goes_on_after_a_place(context: TestContext) {
    let (builder, customers) = book(&context).await;
    let (from, to) = (day(2), day(45));
    let places = (0..builder.entries().len() as u64 + 2)
        .flat_map(|seq| [2, 10, 11, 15, 40, 45].map(|date| StatementCursor { date: day(date), seq }));
    for after in places {
        let selection = ExtractSelection { from, to, after: Some(after), limit: 3 };
        assert_extract(&*context.other, &builder, customers[1], selection).await;
    }
}

async fn an_extract_has_the_documents_of_its_lines(context: TestContext) {
    let (builder, customers) = book(&context).await;
    let extract = context.store.extract(builder.owner(), customers[1], &ALL).await.unwrap();
    for Line { entry, document } in &extract.lines {
        let document = document.as_ref().map(|document| document.id);
        let expected = (entry.kind != EntryKind::OpeningBalance).then_some(entry.item);
        assert_eq!(document, expected, "{entry:?}");
    }
    let voids = extract.lines.iter().filter(|line| line.entry.kind == EntryKind::Void);
    assert_eq!(voids.count(), 2, "with the documents of what they void");
}

async fn an_extract_of_a_customer_without_entries_is_empty(context: TestContext) {
    let (builder, customers) = book(&context).await;
    let found = context.store.extract(builder.owner(), customers[3], &ALL).await.unwrap();
    let customer = builder.customers[&customers[3]].clone();
    let zero = Money::ZERO;
    assert_eq!(found, Extract { customer, before: zero, passed: zero, within: zero, lines: Vec::new() });
}

async fn an_extract_of_who_is_not_there_is_not_found(context: TestContext) {
    let (builder, customers) = book(&context).await;
    let stranger = context.store.extract(builder.owner(), CustomerId::generate(), &ALL).await;
    assert_fails!(stranger, StoreError::NotFound);
    assert_fails!(context.store.extract(OwnerId::generate(), customers[0], &ALL).await, StoreError::NotFound);
}

/// Lets a customer buy and pay in turn, while the reading is made again and again.
async fn read_while_written(context: &TestContext, check: impl AsyncFn(&dyn Store, OwnerId, CustomerId)) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    builder.commit(&*context.store).await;
    let owner = builder.owner();
    let store = context.store.clone();
    let writer = tokio::spawn(async move {
        for n in 0..30 {
            let bought = builder.post(Posted::debit(customer, day(n), 10)).item;
            builder.commit(&*store).await;
            builder.post(Posted::credit(customer, day(n), 7, &[(bought, 7)]));
            builder.commit(&*store).await;
        }
    });
    let mut readings = 0;
    while !writer.is_finished() || readings == 0 {
        check(&*context.other, owner, customer).await;
        readings += 1;
    }
    writer.await.expect("the writer ends");
}

async fn an_extract_is_read_at_one_moment(context: TestContext) {
    read_while_written(&context, async |store, owner, customer| {
        let found = store.extract(owner, customer, &ALL).await.unwrap();
        let lines = total(found.lines.iter().map(|line| &line.entry));
        assert_eq!((lines, found.within), (found.customer.totals.balance, found.customer.totals.balance));
    })
    .await;
}

/// The day by the words of the contract.
fn day_lines(builder: &RowBuilder, date: Date, after: u64, limit: u32) -> Vec<DayLine> {
    let entries = builder.entries().iter().filter(|entry| entry.date == date && entry.seq > after);
    let lines = entries.take(limit as usize).map(|entry| DayLine {
        customer_name: builder.customers[&entry.customer].name.clone(),
        line: line(builder, entry),
    });
    lines.collect()
}

async fn a_day_is_its_entries_in_order_after_a_seq(context: TestContext) {
    let (builder, _) = book(&context).await;
    for date in days() {
        for (after, limit) in [
            (0, 100),
            (0, 6),
            (0, 5),
            (0, 1),
            (0, 0),
            (3, 2),
            (12, 100),
            (27, 9),
            (u64::MAX, 9),
            (4, u32::MAX),
        ] {
            let stored = context.other.day(builder.owner(), date, after, limit).await.unwrap();
            assert_eq!(stored, day_lines(&builder, date, after, limit), "{limit} after {after} on {date}");
        }
    }
}

async fn a_day_has_the_documents_and_names_of_its_lines(context: TestContext) {
    let (mut builder, customers) = book(&context).await;
    builder.change(customers[1], |customer| {
        customer.name = name("Called otherwise by now");
        customer.archived_at = Some(moment(9));
    });
    builder.commit(&*context.store).await;
    for date in [-5, 10, 40].map(day) {
        let stored = context.store.day(builder.owner(), date, 0, 100).await.unwrap();
        assert_eq!(stored, day_lines(&builder, date, 0, 100), "{date}");
        assert!(stored.iter().any(|line| line.customer_name.as_str() == "Called otherwise by now"));
    }
}

/// What was open by the words of the contract.
fn outstanding(builder: &RowBuilder, as_of: Date) -> Outstanding {
    let accounts = builder.customers.values().filter(|customer| customer.last_seq > 0);
    let accounts = accounts.map(|customer| Account {
        customer: customer.id,
        name: customer.name.clone(),
        balance: customer.totals.balance,
        later: total(builder.entries().iter().filter(|row| row.customer == customer.id && row.date > as_of)),
    });
    let mut open: BTreeMap<_, i64> = BTreeMap::new();
    for item in builder.items.values().filter(|item| item.date <= as_of) {
        let sum = open.entry((item.customer, item.side, item.due)).or_default();
        *sum += item.open.minor();
        let later = builder.allocations().filter(|row| row.touches(item.id) && row.effective > as_of);
        *sum += later.map(|row| row.amount.minor()).sum::<i64>();
        let voids = |entry: &&Entry| entry.kind == EntryKind::Void && entry.item == item.id;
        if builder.entries().iter().filter(voids).any(|void| void.date > as_of) {
            *sum += item.amount.minor();
        }
    }
    let open = open.into_iter().filter(|(_, amount)| *amount != 0);
    let open =
        open.map(|((customer, side, due), amount)| OpenSum { customer, side, due, amount: paise(amount) });
    Outstanding { accounts: accounts.collect(), open: open.collect() }
}

async fn assert_outstanding(store: &dyn Store, builder: &RowBuilder, as_of: Date) -> Outstanding {
    let stored = store.outstanding(builder.owner(), as_of).await.unwrap();
    assert_eq!(stored, outstanding(builder, as_of), "as of {as_of}");
    stored
}

async fn what_was_open_is_by_customer_side_and_due_date(context: TestContext) {
    let (builder, _) = book(&context).await;
    for as_of in days() {
        assert_outstanding(&*context.other, &builder, as_of).await;
    }
    let none = assert_outstanding(&*context.store, &builder, Date::MIN).await;
    assert_eq!((none.accounts.len(), none.open.len()), (3, 0), "accounts are those with an entry");
}

async fn what_was_open_counts_what_is_paid_later(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    let [one, two] = [10, 20]
        .map(|amount| builder.post(Posted { due: day(9), ..Posted::debit(customer, day(0), amount) }).item);
    builder.post(Posted::credit(customer, day(5), 30, &[(one, 10), (two, 20)]));
    builder.commit(&*context.store).await;
    let sum = |side, due: i64, amount| OpenSum { customer, side, due: day(due), amount: paise(amount) };
    let open = async |as_of| assert_outstanding(&*context.store, &builder, day(as_of)).await.open;
    assert_eq!(open(4).await, [sum(Side::Debit, 9, 30)], "of two items due on one day");
    assert_eq!(open(5).await, []);
}

async fn what_was_open_counts_what_is_voided_later(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    let never_paid = builder.post(Posted::debit(customer, day(0), 10)).item;
    let paid = builder.post(Posted::debit(customer, day(1), 20)).item;
    builder.post(Posted::credit(customer, day(2), 20, &[(paid, 20)]));
    builder.void(never_paid, day(7), "never delivered");
    builder.void(paid, day(8), "delivered to another");
    builder.commit(&*context.store).await;
    let sum = |side, due: i64, amount| OpenSum { customer, side, due: day(due), amount: paise(amount) };
    let open = async |as_of| assert_outstanding(&*context.store, &builder, day(as_of)).await.open;
    assert_eq!(open(1).await, [sum(Side::Debit, 0, 10), sum(Side::Debit, 1, 20)]);
    assert_eq!(open(6).await, [sum(Side::Debit, 0, 10)]);
    assert_eq!(open(7).await, []);
    assert_eq!(open(8).await, [sum(Side::Credit, 2, 20)]);
}

async fn an_archived_customers_account_is_outstanding_too(context: TestContext) {
    let (mut builder, customers) = book(&context).await;
    builder.change(customers[0], |customer| customer.archived_at = Some(moment(9)));
    builder.commit(&*context.store).await;
    let found = assert_outstanding(&*context.store, &builder, day(20)).await;
    assert!(found.accounts.iter().any(|account| account.customer == customers[0]));
}

async fn what_was_open_is_read_at_one_moment(context: TestContext) {
    read_while_written(&context, async |store, owner, _| {
        let found = store.outstanding(owner, Date::MIN).await.unwrap();
        assert!(found.accounts.iter().all(|account| account.balance == account.later), "{found:?}");
        let found = store.outstanding(owner, Date::MAX).await.unwrap();
        let open: i64 = found.open.iter().map(|sum| sum.amount.minor()).sum();
        let owed: i64 = found.accounts.iter().map(|account| account.balance.minor()).sum();
        assert_eq!(open, owed, "{found:?}");
    })
    .await;
}

/// The overview by the words of the contract.
fn overview(builder: &RowBuilder, day: Date, debtors: usize) -> Overview {
    let customers = || builder.customers.values();
    let balances = |counts: fn(&i64) -> bool| {
        paise(customers().map(|customer| customer.totals.balance.minor()).filter(counts).sum())
    };
    let overdue = outstanding(builder, day).open;
    let overdue = overdue.iter().filter(|sum| sum.side == Side::Debit && sum.due < day);
    let mut sums: BTreeMap<_, (u64, i64)> = BTreeMap::new();
    for entry in builder.entries().iter().filter(|entry| entry.date == day) {
        let sum = sums.entry((entry.kind, builder.items[&entry.item].kind)).or_default();
        *sum = (sum.0 + 1, sum.1 + entry.amount.minor());
    }
    let sums = sums.into_iter().map(|((kind, item_kind), (count, amount))| DaySum {
        kind,
        item_kind,
        count,
        amount: paise(amount),
    });
    let (post_dated, mut owing): (Vec<Customer>, Vec<_>) = customers()
        .cloned()
        .partition(|customer| customer.post_dated.as_ref().is_some_and(|days| days.until() > day));
    owing.retain(|customer| customer.totals.balance.is_positive());
    owing.sort_by_key(|customer| std::cmp::Reverse((customer.totals.balance, customer.id)));
    owing.truncate(debtors);
    Overview {
        customers: customers().filter(|customer| customer.archived_at.is_none()).count() as u64,
        receivable: balances(|balance| *balance > 0),
        advances: balances(|balance| *balance < 0),
        overdue: paise(overdue.map(|sum| sum.amount.minor()).sum()),
        sums: sums.collect(),
        debtors: owing,
        post_dated,
    }
}

async fn assert_overview(store: &dyn Store, builder: &RowBuilder, day: Date, debtors: u32) -> Overview {
    let stored = store.overview(builder.owner(), day, debtors).await.unwrap();
    assert_eq!(stored, overview(builder, day, debtors as usize), "on {day}");
    stored
}

async fn an_overview_adds_up_balances_and_what_is_overdue(context: TestContext) {
    let (mut builder, customers) = book(&context).await;
    for day in days() {
        assert_overview(&*context.other, &builder, day, 9).await;
    }
    builder.change(customers[1], |customer| customer.archived_at = Some(moment(9)));
    builder.commit(&*context.store).await;
    let found = assert_overview(&*context.store, &builder, day(31), 9).await;
    assert_eq!(found.customers, 3, "without the archived one");
    assert!(found.receivable.is_positive() && found.advances.is_negative() && found.overdue.is_positive());
}

async fn an_overview_adds_up_a_day_by_kind(context: TestContext) {
    let (mut builder, customers) = book(&context).await;
    let note = Posted { kind: ItemKind::CreditNote, ..Posted::credit(customers[0], day(40), 5, &[]) };
    builder.post(note);
    builder.post(Posted::debit(customers[0], day(40), 60));
    builder.commit(&*context.store).await;
    let found = assert_overview(&*context.store, &builder, day(40), 9).await;
    let kinds: Vec<_> = found.sums.iter().map(|sum| (sum.kind, sum.item_kind, sum.count)).collect();
    let expected = [
        (EntryKind::Invoice, ItemKind::Invoice, 1),
        (EntryKind::CreditNote, ItemKind::CreditNote, 1),
        (EntryKind::Void, ItemKind::Receipt, 3),
    ];
    assert_eq!(kinds, expected);
}

async fn an_overview_names_the_largest_debtors(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    for n in 0..12 {
        let customer = builder.customer(n);
        let amount = i64::from(n % 4 + 1) * 10;
        if n % 3 == 0 {
            builder.post(Posted::credit(customer, day(0), amount, &[]));
        } else {
            builder.post(Posted::debit(customer, day(0), amount));
        }
    }
    builder.commit(&*context.store).await;
    for debtors in [0, 1, 3, 7, 8, 9, u32::MAX] {
        assert_overview(&*context.store, &builder, day(0), debtors).await;
    }
}

async fn an_overview_names_those_with_post_dated_entries_apart(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    for n in 0..12_u32 {
        let customer = builder.customer(n);
        builder.post(Posted::debit(customer, day(0), i64::from(n) + 1));
        let days = [None, post_dated("2026-12-15:0:100"), post_dated("2027-01-01:5:0,2026-12-15:0:100")];
        let (archived, days) = ((n % 2 == 0).then(|| moment(1)), days[n as usize % 3].clone());
        builder.change(customer, |customer| (customer.archived_at, customer.post_dated) = (archived, days));
    }
    builder.commit(&*context.store).await;
    let december = |day| Date::from_ymd(2026, 12, day).expect("the calendar has this day");
    for (on, apart) in [(december(14), 8), (december(15), 4), (december(31), 4), (Date::MAX, 0)] {
        for debtors in [0, 3, u32::MAX] {
            let found = assert_overview(&*context.other, &builder, on, debtors).await;
            assert_eq!(found.post_dated.len(), apart, "on {on}");
        }
    }
}

async fn an_overview_is_read_at_one_moment(context: TestContext) {
    read_while_written(&context, async |store, owner, _| {
        let found = store.overview(owner, Date::MAX, 9).await.unwrap();
        let owed: i64 = found.debtors.iter().map(|customer| customer.totals.balance.minor()).sum();
        assert_eq!((found.receivable, found.overdue), (paise(owed), paise(owed)), "{found:?}");
    })
    .await;
}

async fn a_shop_that_is_not_there_reports_nothing(context: TestContext) {
    book(&context).await;
    let nobody = OwnerId::generate();
    assert_eq!(context.store.day(nobody, day(10), 0, 9).await.unwrap(), []);
    let nothing = Outstanding { accounts: Vec::new(), open: Vec::new() };
    assert_eq!(context.store.outstanding(nobody, day(10)).await.unwrap(), nothing);
    let zero = Money::ZERO;
    let nothing = Overview {
        customers: 0,
        receivable: zero,
        advances: zero,
        overdue: zero,
        sums: Vec::new(),
        debtors: Vec::new(),
        post_dated: Vec::new(),
    };
    assert_eq!(context.store.overview(nobody, day(10), 9).await.unwrap(), nothing);
}
