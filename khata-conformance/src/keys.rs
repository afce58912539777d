//! What a job can load: [`Keys`].

use khata_core::id::{CustomerId, EntryId, ItemId};
use khata_core::idempotency::IdempotencyKey;
use khata_core::ledger::{ItemKind, Side};
use khata_core::money::Money;
use khata_core::number::{DocumentKind, DocumentNumber, NumberKey, Series};
use khata_core::numbering::{NumberPattern, Numbering};
use khata_core::store::{Keys, OpenItemsKey, Store};

use super::context::{TestContext, day, load, mobile, moment, paise};
use super::row_builder::{Line, RowBuilder};
use super::suite;

suite! {
    keys_that_name_nothing_load_nothing,
    no_keys_load_nothing,
    customers_are_loaded_by_id,
    mobile_numbers_say_whose_they_are,
    entries_are_loaded_with_what_they_caused,
    an_opening_balance_has_no_document,
    a_void_is_loaded_with_what_it_voided,
    idempotency_records_are_loaded_by_key,
    items_are_loaded_by_id,
    allocations_are_loaded_by_the_items_they_touch,
    an_item_without_allocations_loads_none,
    numbers_say_whose_they_are,
    the_highest_number_of_a_pattern_is_told,
    open_items_come_in_payment_order_up_to_a_sum,
    open_items_are_those_of_one_customer_and_side,
    open_items_of_many_customers_are_loaded_at_once,
    thousands_of_keys_are_loaded_at_once,
}

fn series(kind: DocumentKind) -> Series {
    Series::of(kind, day(0))
}

/// A book with a customer who owes 100, and has paid 60 of it.
async fn book(context: &TestContext) -> (RowBuilder, CustomerId, ItemId, ItemId) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    let debit = builder.post(Line::debit(customer, day(0), 100));
    builder.remember("key-1", debit.item);
    builder.count(series(DocumentKind::Invoice), 41);
    builder.commit(&*context.store).await;
    let credit = builder.post(Line::credit(customer, day(3), 60, &[(debit.item, 60)]));
    builder.commit(&*context.store).await;
    (builder, customer, debit.item, credit.item)
}

async fn keys_that_name_nothing_load_nothing(context: TestContext) {
    let (builder, customer, ..) = book(&context).await;
    let owner = builder.owner();
    let number = DocumentNumber::parse("h/2").unwrap();
    let keys = Keys {
        customers: vec![(owner, CustomerId::generate())],
        mobiles: vec![(owner, mobile(2))],
        entries: vec![(owner, EntryId::generate())],
        idempotency: vec![(owner, IdempotencyKey::parse("KEY-1").unwrap())],
        items: vec![(owner, ItemId::generate())],
        allocations: vec![(owner, ItemId::generate())],
        open_items: vec![
            (owner, OpenItemsKey { customer: CustomerId::generate(), side: Side::Debit, up_to: paise(1) }),
            (owner, OpenItemsKey { customer, side: Side::Credit, up_to: paise(1) }),
        ],
        numbers: vec![(owner, NumberKey::new(series(DocumentKind::Invoice), &number))],
        highest_numbers: vec![(owner, pattern(series(DocumentKind::Invoice), "H/02"))],
    };
    let rows = load(&*context.store, &[owner], keys).await;
    assert_eq!(rows.loads, 1);
    assert!(rows.customers.is_empty() && rows.mobiles.is_empty() && rows.entries.is_empty(), "{rows:?}");
    assert!(rows.idempotency.is_empty() && rows.items.is_empty() && rows.allocations.is_empty(), "{rows:?}");
    assert!(rows.numbers.is_empty() && rows.highest_numbers.is_empty(), "{rows:?}");
}

async fn no_keys_load_nothing(context: TestContext) {
    let (builder, ..) = book(&context).await;
    let rows = load(&*context.store, &[builder.owner()], Keys::default()).await;
    assert_eq!((rows.loads, rows.heads.len()), (1, 1));
    assert!(rows.customers.is_empty() && rows.items.is_empty() && rows.entries.is_empty(), "{rows:?}");
}

async fn customers_are_loaded_by_id(context: TestContext) {
    let (mut builder, customer, ..) = book(&context).await;
    let archived = builder.customer(2);
    builder.change(archived, |customer| customer.archived_at = Some(moment(9)));
    builder.customer(3);
    builder.commit(&*context.store).await;

    let owner = builder.owner();
    let customers = vec![(owner, archived), (owner, customer)];
    let rows = load(&*context.store, &[owner], Keys { customers, ..Keys::default() }).await;
    let expected = [customer, archived].map(|id| ((owner, id), builder.customers[&id].clone()));
    assert_eq!(rows.customers, expected.into());
}

async fn mobile_numbers_say_whose_they_are(context: TestContext) {
    let (mut builder, customer, ..) = book(&context).await;
    let archived = builder.customer(2);
    builder.change(archived, |customer| customer.archived_at = Some(moment(9)));
    let moved = builder.customer(3);
    builder.commit(&*context.store).await;
    builder.change(moved, |customer| customer.mobile = Some(mobile(4)));
    builder.commit(&*context.store).await;

    let owner = builder.owner();
    let mobiles = (1..=4).map(|n| (owner, mobile(n))).collect();
    let rows = load(&*context.store, &[owner], Keys { mobiles, ..Keys::default() }).await;
    let expected = [(1, customer), (2, archived), (4, moved)].map(|(n, id)| ((owner, mobile(n)), id));
    assert_eq!(
        rows.mobiles,
        expected.into(),
        "archived customers keep theirs, and a number given up is nobody's"
    );
}

async fn entries_are_loaded_with_what_they_caused(context: TestContext) {
    let (builder, _, debit, credit) = book(&context).await;
    let owner = builder.owner();
    let keys = Keys { entries: vec![(owner, debit.into()), (owner, credit.into())], ..Keys::default() };
    let rows = load(&*context.store, &[owner], keys).await;
    assert_eq!(rows.entries.len(), 2);
    for (entry, open) in builder.entries().iter().zip([40, 0]) {
        let posted = &rows.entries[&(owner, entry.id)];
        assert_eq!(posted.entry, *entry, "with the allocations that it caused, and no others");
        assert_eq!(posted.item, builder.items[&entry.item], "as the item is now");
        assert_eq!(posted.item.open, paise(open));
        assert_eq!(posted.document.as_ref(), Some(builder.document_of(entry.item)));
    }
}

async fn an_opening_balance_has_no_document(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    let kind = ItemKind::OpeningBalance;
    let entry = builder.post(Line { kind, ..Line::debit(customer, day(0), 100) });
    builder.commit(&*context.store).await;

    let owner = builder.owner();
    let rows =
        load(&*context.store, &[owner], Keys { entries: vec![(owner, entry.id)], ..Keys::default() }).await;
    let posted = &rows.entries[&(owner, entry.id)];
    assert_eq!((&posted.entry, posted.document.as_ref()), (&entry, None));
}

async fn a_void_is_loaded_with_what_it_voided(context: TestContext) {
    let (mut builder, _, debit, credit) = book(&context).await;
    let void = builder.void(credit, day(5), "bounced");
    builder.commit(&*context.store).await;

    let owner = builder.owner();
    let entries = vec![(owner, void.id)];
    let rows = load(&*context.store, &[owner], Keys { entries, ..Keys::default() }).await;
    let posted = &rows.entries[&(owner, void.id)];
    assert_eq!(posted.entry, void);
    assert_eq!((posted.entry.body_hash, posted.entry.allocations[0].debit), (None, debit));
    assert_eq!(posted.item, builder.items[&credit]);
    assert_eq!(posted.document.as_ref(), Some(builder.document_of(credit)));
}

async fn idempotency_records_are_loaded_by_key(context: TestContext) {
    let (mut builder, _, debit, _) = book(&context).await;
    let longest = "~".repeat(IdempotencyKey::LENGTH_MAX);
    for key in ["key-2", "KEY-2", &longest] {
        builder.remember(key, debit);
    }
    builder.commit(&*context.store).await;

    let owner = builder.owner();
    let keys = ["KEY-2", longest.as_str(), "key-1"].map(|key| (owner, IdempotencyKey::parse(key).unwrap()));
    let rows = load(&*context.store, &[owner], Keys { idempotency: keys.to_vec(), ..Keys::default() }).await;
    assert_eq!(rows.idempotency.len(), 3, "case counts");
    for (owner, key) in keys {
        let record = &rows.idempotency[&(owner, key.clone())];
        assert_eq!(record.answer, format!("{{\"of\": \"{key}\"}}"));
        assert_eq!((record.fingerprint, record.subject), ([7; 32], debit));
    }
}

async fn items_are_loaded_by_id(context: TestContext) {
    let (mut builder, customer, debit, credit) = book(&context).await;
    let void = builder.post(Line::debit(customer, day(1), 30)).item;
    builder.void(void, day(5), "wrong customer");
    builder.commit(&*context.store).await;

    let owner = builder.owner();
    let items = vec![(owner, void), (owner, credit), (owner, debit)];
    let rows = load(&*context.store, &[owner], Keys { items, ..Keys::default() }).await;
    let expected = [debit, credit, void].map(|id| ((owner, id), builder.items[&id].clone()));
    assert_eq!(rows.items, expected.into(), "paid and void ones too");
}

async fn allocations_are_loaded_by_the_items_they_touch(context: TestContext) {
    let (mut builder, customer, debit, credit) = book(&context).await;
    let other = builder.post(Line::debit(customer, day(1), 30)).item;
    let wide = builder.post(Line::credit(customer, day(4), 70, &[(other, 30), (debit, 40)])).item;
    builder.commit(&*context.store).await;
    builder.void(credit, day(5), "bounced");
    builder.commit(&*context.store).await;

    let owner = builder.owner();
    // Of two that are joined both are asked for, and of two others one.
    let items = [debit, credit, other];
    let allocations = items.map(|id| (owner, id)).to_vec();
    let rows = load(&*context.store, &[owner], Keys { allocations, ..Keys::default() }).await;
    let touching = |id: ItemId| builder.allocations().filter(move |row| row.touches(id)).cloned().collect();
    let expected = items.map(|id| ((owner, id), touching(id)));
    assert_eq!(rows.allocations, expected.into(), "by seq and ordinal, reversals too, and none of {wide}");
    assert_eq!(rows.allocations[&(owner, debit)].len(), 3);
    assert!(rows.items.is_empty() && rows.entries.is_empty(), "{rows:?}");
}

async fn an_item_without_allocations_loads_none(context: TestContext) {
    let (mut builder, customer, ..) = book(&context).await;
    let alone = builder.post(Line::debit(customer, day(1), 30)).item;
    builder.commit(&*context.store).await;
    let owner = builder.owner();
    let allocations = vec![(owner, alone)];
    let rows = load(&*context.store, &[owner], Keys { allocations, ..Keys::default() }).await;
    assert!(rows.allocations.values().all(Vec::is_empty), "{rows:?}");
}

async fn numbers_say_whose_they_are(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    let number = DocumentNumber::parse("a-1/b").unwrap();
    let numbered = |line: Line| Line { number: Some(number.clone()), ..line };
    let this_year = builder.post(numbered(Line::debit(customer, day(0), 10))).item;
    let next_year = builder.post(numbered(Line::debit(customer, day(365), 10))).item;
    let receipt = builder.post(numbered(Line::credit(customer, day(0), 10, &[]))).item;
    builder.void(this_year, day(0), "void ones count");
    builder.commit(&*context.store).await;

    let owner = builder.owner();
    let key = |kind, date, number: &str| {
        (owner, NumberKey::new(Series::of(kind, date), &DocumentNumber::parse(number).unwrap()))
    };
    let (invoice, other) = (DocumentKind::Invoice, DocumentKind::CreditNote);
    let taken = [
        (key(invoice, day(0), "A-1/B"), this_year),
        (key(invoice, day(366), "a-1/B"), next_year),
        (key(DocumentKind::Receipt, day(0), "a-1/b"), receipt),
    ];
    let free = [key(other, day(0), "a-1/b"), key(invoice, day(-1), "a-1/b"), key(invoice, day(0), "a-1/bb")];
    let numbers = taken.iter().map(|(key, _)| key.clone()).chain(free).collect();
    let rows = load(&*context.store, &[owner], Keys { numbers, ..Keys::default() }).await;
    assert_eq!(rows.numbers, taken.into());
}

/// What numbers look like that go on with this one.
fn pattern(series: Series, next: &str) -> NumberPattern {
    Numbering::from_next(&DocumentNumber::parse(next).unwrap()).unwrap().pattern(series)
}

async fn the_highest_number_of_a_pattern_is_told(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    let texts =
        ["ks/09", "KS/10", "KS/011", "KS/9A", "KS/", "KS-999", "K/999", "KS/1/7", "9", "12345", "0000123456"];
    for text in texts {
        let number = DocumentNumber::parse(text).ok();
        builder.post(Line { number, ..Line::debit(customer, day(0), 10) });
    }
    let number = DocumentNumber::parse("KS/77").ok();
    builder.post(Line { number: number.clone(), ..Line::debit(customer, day(365), 10) });
    let void = builder.post(Line { number, ..Line::credit(customer, day(0), 10, &[]) }).item;
    builder.void(void, day(0), "void ones count");
    builder.commit(&*context.store).await;

    let owner = builder.owner();
    let (invoices, next_year) =
        (Series::of(DocumentKind::Invoice, day(0)), Series::of(DocumentKind::Invoice, day(365)));
    let receipts = Series::of(DocumentKind::Receipt, day(0));
    let found = [
        (pattern(invoices, "ks/01"), "KS/10"),
        (pattern(invoices, "KS/001"), "KS/011"),
        (pattern(invoices, "1"), "12345"),
        (pattern(invoices, "0000000001"), "0000123456"),
        (pattern(next_year, "KS/1"), "KS/77"),
        (pattern(receipts, "KS/01"), "KS/77"),
    ];
    let found = found.map(|(pattern, number)| ((owner, pattern), DocumentNumber::parse(number).unwrap()));
    let none = [pattern(invoices, "KS/0001"), pattern(next_year, "1"), pattern(receipts, "KS/001")];
    let none = none.into_iter().map(|pattern| (owner, pattern));
    let highest_numbers = found.iter().map(|(key, _)| key.clone()).chain(none).collect();
    let rows = load(&*context.store, &[owner], Keys { highest_numbers, ..Keys::default() }).await;
    assert_eq!(rows.highest_numbers, found.into());
}

/// What is loaded of a customer's open items, by `seq`.
async fn open(store: &dyn Store, builder: &RowBuilder, key: OpenItemsKey) -> Vec<u64> {
    let owner = builder.owner();
    let rows = load(store, &[owner], Keys { open_items: vec![(owner, key)], ..Keys::default() }).await;
    for ((_, id), item) in &rows.items {
        assert_eq!(item, &builder.items[id]);
    }
    let mut items: Vec<_> = rows.items.into_values().collect();
    items.sort_by_key(|item| item.seq);
    items.iter().map(|item| item.seq).collect()
}

async fn open_items_come_in_payment_order_up_to_a_sum(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    // In payment order: 3 (100), 2 (100), 4 (100), then 1 (100, due last); 5 is paid, 6 is void.
    for (date, due) in [(0, 30), (5, 10), (6, 8), (1, 10), (0, 0), (0, 0)] {
        builder.post(Line { due: day(due), ..Line::debit(customer, day(date), 100) });
    }
    let (paid, void) = (builder.entries()[4].item, builder.entries()[5].item);
    builder.post(Line::credit(customer, day(0), 100, &[(paid, 100)]));
    builder.void(void, day(7), "void");
    builder.commit(&*context.store).await;

    let debits = |up_to: i64| OpenItemsKey { customer, side: Side::Debit, up_to: paise(up_to) };
    let steps: [(i64, &[u64]); 7] = [
        (1, &[3]),
        (100, &[3]),
        (101, &[2, 3]),
        (200, &[2, 3]),
        (201, &[2, 3, 4]),
        (301, &[1, 2, 3, 4]),
        (i64::MAX, &[1, 2, 3, 4]),
    ];
    for (up_to, expected) in steps {
        assert_eq!(open(&*context.store, &builder, debits(up_to)).await, expected, "up to {up_to}");
    }
}

async fn open_items_are_those_of_one_customer_and_side(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let (one, two) = (builder.customer(1), builder.customer(2));
    builder.post(Line::debit(one, day(0), 10));
    builder.post(Line::debit(two, day(0), 20));
    builder.post(Line::credit(one, day(3), 30, &[]));
    builder.post(Line::credit(one, day(2), 40, &[]));
    let kind = ItemKind::OpeningBalance;
    builder.post(Line { kind, ..Line::credit(one, day(9), 50, &[]) });
    builder.commit(&*context.store).await;

    let key = |customer, side, up_to| OpenItemsKey { customer, side, up_to: paise(up_to) };
    assert_eq!(open(&*context.store, &builder, key(one, Side::Debit, 1_000)).await, [1]);
    assert_eq!(open(&*context.store, &builder, key(two, Side::Debit, 1_000)).await, [2]);
    assert_eq!(open(&*context.store, &builder, key(one, Side::Credit, 1_000)).await, [3, 4, 5]);
    assert_eq!(open(&*context.store, &builder, key(one, Side::Credit, 40)).await, [4], "the oldest first");
    assert_eq!(open(&*context.store, &builder, key(two, Side::Credit, 1_000)).await, [0; 0]);
}

async fn open_items_of_many_customers_are_loaded_at_once(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let owner = builder.owner();
    let (mut open_items, mut expected) = (Vec::new(), Vec::new());
    for n in 1..=10 {
        let customer = builder.customer(n);
        let amounts = i64::from(n);
        let entries: Vec<_> =
            (0..4).map(|at| builder.post(Line::debit(customer, day(at), amounts))).collect();
        let credit = builder.post(Line::credit(customer, day(0), 5, &[]));
        open_items.push((owner, OpenItemsKey { customer, side: Side::Debit, up_to: paise(2 * amounts) }));
        open_items.push((owner, OpenItemsKey { customer, side: Side::Credit, up_to: paise(1) }));
        expected.extend([entries[0].item, entries[1].item, credit.item]);
    }
    builder.commit(&*context.store).await;
    let rows = load(&*context.store, &[owner], Keys { open_items, ..Keys::default() }).await;
    let expected = expected.into_iter().map(|id| ((owner, id), builder.items[&id].clone()));
    assert_eq!(rows.items, expected.collect());
}

async fn thousands_of_keys_are_loaded_at_once(context: TestContext) {
    const MANY: u32 = 2_000;
    let mut builder = context.row_builder(1).await;
    let owner = builder.owner();
    let customer = builder.customer(0);
    let largest = Money::from_minor(i64::MAX);
    let there = builder.post(Line::debit(customer, day(0), 100));
    builder.commit(&*context.store).await;

    let mut keys = Keys {
        customers: vec![(owner, customer)],
        mobiles: vec![(owner, mobile(0))],
        entries: vec![(owner, there.id)],
        items: vec![(owner, there.item)],
        allocations: vec![(owner, there.item)],
        open_items: vec![(owner, OpenItemsKey { customer, side: Side::Debit, up_to: largest })],
        ..Keys::default()
    };
    for n in 1..MANY {
        let customer = CustomerId::generate();
        let number = DocumentNumber::parse(&format!("n-{n}")).unwrap();
        keys.customers.push((owner, customer));
        keys.mobiles.push((owner, mobile(n)));
        keys.entries.push((owner, EntryId::generate()));
        keys.idempotency.push((owner, IdempotencyKey::parse(&format!("key-{n}")).unwrap()));
        keys.items.push((owner, ItemId::generate()));
        keys.allocations.push((owner, ItemId::generate()));
        keys.open_items.push((owner, OpenItemsKey { customer, side: Side::Debit, up_to: largest }));
        keys.numbers.push((owner, NumberKey::new(series(DocumentKind::Invoice), &number)));
    }
    let rows = load(&*context.store, &[owner], keys).await;
    let found = (rows.customers.len(), rows.mobiles.len(), rows.entries.len(), rows.items.len());
    assert_eq!(found, (1, 1, 1, 1));
    assert!(rows.idempotency.is_empty() && rows.numbers.is_empty());
}
