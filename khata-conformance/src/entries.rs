//! [`EntryRepository`](khata_core::store::EntryRepository).

use khata_core::calendar::Date;
use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::idempotency::IdempotencyKey;
use khata_core::ledger::{Allocation, Entry, Item, ItemKind};
use khata_core::store::{Standing, Store, StoreError, Trace};

use super::context::{TestContext, assert_fails, day};
use super::row_builder::{Line, RowBuilder};
use super::suite;

suite! {
    entries_come_in_order_after_a_seq,
    entries_of_a_book_without_any_are_none,
    postings_are_the_entries_with_what_came_of_them,
    records_come_in_the_order_of_their_keys_after_one,
    records_go_with_their_customer,
    a_shop_that_is_not_there_has_none,
    items_are_traced_with_their_documents_and_allocations,
    what_is_not_there_is_not_traced,
    a_standing_is_the_present_and_what_takes_effect_later,
    a_standing_has_items_that_a_later_allocation_touches,
    a_standing_has_items_that_are_voided_later,
    a_standing_is_that_of_one_customer,
    a_standing_of_a_customer_without_entries_is_empty,
    a_standing_of_who_is_not_there_is_not_found,
    a_standing_is_read_at_one_moment,
}

/// Three customers' entries in turn, each with something open, paid and void, over 60 days.
async fn book(context: &TestContext) -> (RowBuilder, Vec<CustomerId>) {
    let mut builder = context.row_builder(1).await;
    let customers: Vec<_> = (0..3).map(|n| builder.customer(n)).collect();
    for &customer in &customers {
        let [a, b, c] = [(0, 50), (10, 60), (20, 70)]
            .map(|(at, amount)| builder.post(Line::debit(customer, day(at), amount)).item);
        let credit = builder.post(Line::credit(customer, day(15), 80, &[(a, 50), (b, 20), (c, 10)])).item;
        builder.post(Line::credit(customer, day(60), 40, &[(b, 40)]));
        builder.void(credit, day(40), "bounced");
    }
    builder.commit(&*context.store).await;
    (builder, customers)
}

async fn entries_come_in_order_after_a_seq(context: TestContext) {
    let (builder, _) = book(&context).await;
    let entries = builder.entries();
    for (after, limit) in
        [(0, 100), (0, 18), (0, 17), (0, 1), (0, 0), (5, 6), (17, 9), (18, 9), (u64::MAX, 9), (3, u32::MAX)]
    {
        let expected = entries.iter().filter(|entry| entry.seq > after).take(limit as usize);
        let stored = context.other.entries(builder.owner(), after, limit).await.unwrap();
        assert_eq!(stored, expected.cloned().collect::<Vec<_>>(), "{limit} after {after}");
    }
}

async fn entries_of_a_book_without_any_are_none(context: TestContext) {
    let builder = context.row_builder(1).await;
    assert_eq!(context.store.entries(builder.owner(), 0, 10).await.unwrap(), []);
    assert_eq!(context.store.postings(builder.owner(), 0, 10).await.unwrap(), []);
    assert_eq!(context.store.idempotency_records(builder.owner(), None, 10).await.unwrap(), []);
}

async fn postings_are_the_entries_with_what_came_of_them(context: TestContext) {
    let (mut builder, customers) = book(&context).await;
    // One that has no document.
    let opening = Line { kind: ItemKind::OpeningBalance, ..Line::debit(customers[0], day(0), 70) };
    builder.post(opening);
    builder.commit(&*context.store).await;
    let entries = builder.entries().iter();
    let postings: Vec<_> = entries.map(|entry| builder.posted(entry)).collect();
    assert_eq!(
        postings.iter().filter(|posted| posted.item.is_void()).count(),
        6,
        "those that were voided, and their voids"
    );
    for (after, limit) in
        [(0, 100), (0, 19), (0, 18), (0, 1), (0, 0), (5, 6), (17, 9), (19, 9), (u64::MAX, 9), (3, u32::MAX)]
    {
        let expected = postings.iter().filter(|posted| posted.entry.seq > after).take(limit as usize);
        let stored = context.other.postings(builder.owner(), after, limit).await.unwrap();
        assert_eq!(stored, expected.cloned().collect::<Vec<_>>(), "{limit} after {after}");
    }
}

async fn records_come_in_the_order_of_their_keys_after_one(context: TestContext) {
    let (mut builder, _) = book(&context).await;
    let item = builder.entries()[0].item;
    // As ASCII: digits, capitals, small letters, and signs before, between and after them.
    let keys = ["!", "\"\"", "-", "1", "10", "9", "A", "Z", "[", "\\", "_", "a", "aa", "ab", "b", "z", "~"];
    for key in keys.iter().rev() {
        // In quotes, of which one pair is not part of the key.
        builder.remember(&format!("\"{key}\""), item);
    }
    builder.commit(&*context.store).await;
    let records: Vec<_> = builder.records().map(|(key, record)| (key.clone(), record.clone())).collect();
    assert_eq!(records.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), keys);
    let places = [None, Some("!"), Some("Z"), Some("a-b"), Some("~")];
    for (after, limit) in
        places.into_iter().flat_map(|after| [0, 1, 5, 17, u32::MAX].map(|limit| (after, limit)))
    {
        let after = after.map(|key| IdempotencyKey::parse(key).expect("it is a key"));
        let expected = records.iter().filter(|(key, _)| after.as_ref().is_none_or(|after| key > after));
        let expected: Vec<_> = expected.take(limit as usize).cloned().collect();
        let stored = context.other.idempotency_records(builder.owner(), after.as_ref(), limit).await.unwrap();
        assert_eq!(stored, expected, "{limit} after {after:?}");
    }
}

async fn records_go_with_their_customer(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let (stays, goes) = (builder.customer(1), builder.customer(2));
    builder.remember("of-stays", ItemId::from_uuid(stays.uuid()));
    builder.remember("of-goes", ItemId::from_uuid(goes.uuid()));
    builder.commit(&*context.store).await;
    builder.delete(goes);
    builder.commit(&*context.store).await;
    let left = context.store.idempotency_records(builder.owner(), None, 9).await.unwrap();
    assert_eq!(left.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["of-stays"]);
}

async fn a_shop_that_is_not_there_has_none(context: TestContext) {
    book(&context).await;
    assert_eq!(context.store.entries(OwnerId::generate(), 0, 10).await.unwrap(), []);
    assert_eq!(context.store.postings(OwnerId::generate(), 0, 10).await.unwrap(), []);
    assert_eq!(context.store.idempotency_records(OwnerId::generate(), None, 10).await.unwrap(), []);
}

async fn items_are_traced_with_their_documents_and_allocations(context: TestContext) {
    let (mut builder, customers) = book(&context).await;
    let kind = ItemKind::OpeningBalance;
    let opening = builder.post(Line { kind, ..Line::debit(customers[0], day(1), 30) }).item;
    builder.post(Line::credit(customers[0], day(2), 20, &[(opening, 20)]));
    builder.commit(&*context.store).await;
    let mut all: Vec<_> = builder.items.values().collect();
    all.sort_by_key(|item| item.seq);
    let trace = |item: &Item| Trace {
        item: item.clone(),
        document: (item.id != opening).then(|| builder.document_of(item.id).clone()),
        allocations: builder.allocations().filter(|row| row.touches(item.id)).cloned().collect(),
    };
    // Of two that are joined both, then one; the order of the ids says nothing, nor that one is said twice.
    let some: Vec<_> = all.iter().rev().step_by(2).copied().collect();
    for asked in [all.clone(), some, vec![all[3], all[3]], vec![]] {
        let ids: Vec<_> = asked.iter().rev().map(|item| item.id).collect();
        let expected = all.iter().filter(|item| ids.contains(&item.id)).map(|item| trace(item));
        let stored = context.other.traces(builder.owner(), &ids).await.unwrap();
        assert_eq!(stored, expected.collect::<Vec<_>>());
    }
}

async fn what_is_not_there_is_not_traced(context: TestContext) {
    let (builder, _) = book(&context).await;
    let item = builder.entries()[0].item;
    let void = builder.entries().iter().find(|entry| entry.reason.is_some()).unwrap().id;
    let found =
        context.store.traces(builder.owner(), &[ItemId::generate(), void.into(), item]).await.unwrap();
    assert_eq!(found.iter().map(|trace| trace.item.id).collect::<Vec<_>>(), [item]);
    assert_eq!(context.store.traces(OwnerId::generate(), &[item]).await.unwrap(), []);
}

/// The standing by the words of the contract.
fn standing(builder: &RowBuilder, customer: CustomerId, as_of: Date) -> Standing {
    let mut later_allocations: Vec<Allocation> = builder
        .allocations()
        .filter(|row| row.customer == customer && row.effective > as_of)
        .cloned()
        .collect();
    later_allocations.sort_by_key(|row| (row.seq, row.ordinal));
    let later = builder.entries().iter().filter(|entry| entry.customer == customer && entry.date > as_of);
    let later: Vec<_> = later.collect();
    let is_meant = |id: ItemId| {
        later_allocations.iter().any(|row| row.touches(id)) || later.iter().any(|entry| entry.item == id)
    };
    let mut items: Vec<_> = builder.items.values().filter(|item| item.customer == customer).collect();
    items.retain(|item| item.open.is_positive() || is_meant(item.id));
    items.sort_by_key(|item| item.seq);
    Standing {
        customer: builder.customers[&customer].clone(),
        items: items.into_iter().cloned().collect(),
        later_entries: later
            .into_iter()
            .map(|entry| Entry { allocations: Vec::new(), ..entry.clone() })
            .collect(),
        later_allocations,
    }
}

async fn assert_standing(
    store: &dyn Store,
    builder: &RowBuilder,
    customer: CustomerId,
    as_of: Date,
) -> Standing {
    let stored = store.standing(builder.owner(), customer, as_of).await.unwrap();
    assert_eq!(stored, standing(builder, customer, as_of), "as of {as_of}");
    stored
}

async fn a_standing_is_the_present_and_what_takes_effect_later(context: TestContext) {
    let (builder, customers) = book(&context).await;
    for as_of in
        [-1, 0, 9, 10, 14, 15, 19, 20, 39, 40, 59, 60, 61].map(day).into_iter().chain([Date::MIN, Date::MAX])
    {
        assert_standing(&*context.store, &builder, customers[1], as_of).await;
    }
    let now = assert_standing(&*context.store, &builder, customers[1], Date::MAX).await;
    assert!(now.later_entries.is_empty() && now.later_allocations.is_empty());
    let start = assert_standing(&*context.store, &builder, customers[1], Date::MIN).await;
    assert_eq!((start.later_entries.len(), start.later_allocations.len()), (6, 7));
}

async fn a_standing_has_items_that_a_later_allocation_touches(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    let early = builder.post(Line::debit(customer, day(0), 10)).item;
    let late = builder.post(Line::debit(customer, day(5), 20)).item;
    builder.post(Line::credit(customer, day(1), 30, &[(early, 10), (late, 20)]));
    builder.commit(&*context.store).await;
    let items = async |as_of| {
        let standing = assert_standing(&*context.store, &builder, customer, day(as_of)).await;
        standing.items.iter().map(|item| item.seq).collect::<Vec<_>>()
    };
    assert_eq!(items(5).await, [0; 0], "all is paid");
    assert_eq!(items(4).await, [2, 3], "the second is not paid yet");
    assert_eq!(items(0).await, [1, 2, 3], "nothing is paid yet");
}

async fn a_standing_has_items_that_are_voided_later(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    let void = builder.post(Line::debit(customer, day(0), 10)).item;
    builder.void(void, day(9), "never delivered");
    builder.commit(&*context.store).await;
    let before = assert_standing(&*context.store, &builder, customer, day(8)).await;
    assert_eq!(before.items.iter().map(|item| item.id).collect::<Vec<_>>(), [void], "it counted then");
    let after = assert_standing(&*context.store, &builder, customer, day(9)).await;
    assert_eq!(after.items, []);
}

async fn a_standing_is_that_of_one_customer(context: TestContext) {
    let (builder, customers) = book(&context).await;
    for customer in customers {
        let found = assert_standing(&*context.store, &builder, customer, day(12)).await;
        assert_eq!(found.customer.id, customer);
        assert!(found.items.iter().all(|item| item.customer == customer));
    }
}

async fn a_standing_of_a_customer_without_entries_is_empty(context: TestContext) {
    let (mut builder, _) = book(&context).await;
    let customer = builder.customer(9);
    builder.commit(&*context.store).await;
    let found = assert_standing(&*context.store, &builder, customer, day(0)).await;
    assert!(found.items.is_empty() && found.later_entries.is_empty() && found.later_allocations.is_empty());
}

async fn a_standing_of_who_is_not_there_is_not_found(context: TestContext) {
    let (builder, customers) = book(&context).await;
    let stranger = CustomerId::generate();
    assert_fails!(context.store.standing(builder.owner(), stranger, day(0)).await, StoreError::NotFound);
    let nobody = OwnerId::generate();
    assert_fails!(context.store.standing(nobody, customers[0], day(0)).await, StoreError::NotFound);
}

async fn a_standing_is_read_at_one_moment(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    builder.commit(&*context.store).await;
    let owner = builder.owner();
    let store = context.store.clone();
    let writer = tokio::spawn(async move {
        for n in 0..60 {
            builder.post(Line::debit(customer, day(n), 10));
            builder.commit(&*store).await;
        }
    });
    let mut readings = 0;
    while !writer.is_finished() || readings == 0 {
        let found = context.other.standing(owner, customer, Date::MIN).await.unwrap();
        let entries: i64 = found.later_entries.iter().map(|entry| entry.amount.minor()).sum();
        let open: i64 = found.items.iter().map(|item| item.open.minor()).sum();
        let balance = found.customer.totals.balance.minor();
        assert_eq!((entries, open), (balance, balance), "the parts are of one moment");
        readings += 1;
    }
    writer.await.expect("the writer ends");
}
