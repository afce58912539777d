//! [`CustomerRepository`](khata_core::store::CustomerRepository).

use std::cmp::Reverse;

use khata_core::calendar::Date;
use khata_core::customer::{Customer, CustomerCursor, CustomerOrder};
use khata_core::id::{CustomerId, OwnerId};
use khata_core::ledger::PostDatedDays;
use khata_core::store::{CustomerSelection, CustomerWrite, Store, StoreError, Writes};

use super::context::{TestContext, assert_fails, day, moment, name, paise, post_dated, write};
use super::row_builder::{Line, RowBuilder, customer_write};
use super::suite;

suite! {
    a_customer_is_read_archived_or_not,
    a_customer_is_read_as_it_is_now,
    a_customer_who_is_not_there_is_not_found,
    the_recent_order_is_by_last_entry,
    the_order_by_name_is_bytewise,
    the_order_by_balance_has_the_largest_first,
    equal_places_are_ordered_by_id,
    a_list_goes_on_after_any_place,
    a_list_has_at_most_so_many,
    a_list_has_archived_customers_or_the_others,
    a_word_finds_what_begins_with_it,
    every_word_must_be_found,
    words_are_compared_bytewise,
    no_character_of_a_word_is_a_wildcard,
    words_order_and_place_go_together,
    those_with_post_dated_entries_follow_the_order_by_balance,
    all_customers_come_in_the_order_of_their_ids_after_one,
    a_shop_that_is_not_there_has_no_customers,
}

const ORDERS: [CustomerOrder; 3] = [CustomerOrder::Recent, CustomerOrder::Name, CustomerOrder::Balance];

async fn list(store: &dyn Store, owner: OwnerId, selection: &CustomerSelection) -> Vec<CustomerId> {
    let customers = store.customers(owner, selection).await.unwrap();
    customers.into_iter().map(|customer| customer.id).collect()
}

fn all(order: CustomerOrder) -> CustomerSelection {
    CustomerSelection { order, limit: 1_000, ..CustomerSelection::default() }
}

/// Writes a customer with this sort key and these words, whatever the name.
async fn write_words(
    context: &TestContext,
    builder: &mut RowBuilder,
    n: u32,
    name_key: &str,
    words: &[&str],
) -> CustomerId {
    let id = builder.customer(n);
    let mut writes = builder.take();
    writes.customers[0].name_key = name_key.to_owned();
    writes.customers[0].words = words.iter().map(ToString::to_string).collect();
    write(&*context.store, builder.owner(), writes).await.unwrap();
    id
}

async fn found(context: &TestContext, builder: &RowBuilder, words: &[&str]) -> Vec<CustomerId> {
    let words = words.iter().map(ToString::to_string).collect();
    let selection = CustomerSelection { words, ..all(CustomerOrder::Name) };
    list(&*context.store, builder.owner(), &selection).await
}

async fn a_customer_is_read_archived_or_not(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let (one, two) = (builder.customer(1), builder.customer(2));
    builder.change(two, |customer| customer.archived_at = Some(moment(5)));
    builder.commit(&*context.store).await;
    for id in [one, two] {
        assert_eq!(context.store.customer(builder.owner(), id).await.unwrap(), builder.customers[&id]);
    }
}

async fn a_customer_is_read_as_it_is_now(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let id = builder.customer(1);
    builder.commit(&*context.store).await;
    for n in 0..10 {
        let customer = context.other.customer(builder.owner(), id).await.unwrap();
        assert_eq!(customer, builder.customers[&id], "after {n} changes");
        match n % 2 {
            0 => drop(builder.post(Line::debit(id, day(0), 100))),
            _ => builder.change(id, |customer| customer.updated_at = moment(n)),
        }
        builder.commit(&*context.store).await;
    }
}

async fn a_customer_who_is_not_there_is_not_found(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let id = builder.customer(1);
    builder.commit(&*context.store).await;
    let unknown = CustomerId::generate();
    assert_fails!(context.store.customer(builder.owner(), unknown).await, StoreError::NotFound);
    assert_fails!(context.store.customer(OwnerId::generate(), id).await, StoreError::NotFound);
    builder.delete(id);
    builder.commit(&*context.store).await;
    assert_fails!(context.store.customer(builder.owner(), id).await, StoreError::NotFound);
}

async fn the_recent_order_is_by_last_entry(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let ids: Vec<_> = (0..4).map(|n| builder.customer(n)).collect();
    // By then 2 has the 4th entry, 0 the 3rd, 1 the 2nd, and 3 none.
    for at in [0, 1, 0, 2] {
        builder.post(Line::debit(ids[at], day(0), 100));
    }
    builder.commit(&*context.store).await;
    let listed = list(&*context.store, builder.owner(), &all(CustomerOrder::Recent)).await;
    assert_eq!(listed, [ids[2], ids[0], ids[1], ids[3]]);
}

async fn the_order_by_name_is_bytewise(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    // As UTF-8: capitals before small letters, and what lies beyond U+FFFF last.
    let keys =
        [" a", "10", "9", "A", "B", "a", "a b", "ab", "a\u{301}", "b", "z", "é", "ا", "अ", "\u{ffed}", "🧾"];
    let mut ids = Vec::new();
    for (n, key) in keys.iter().enumerate().rev() {
        ids.push(write_words(&context, &mut builder, u32::try_from(n).unwrap(), key, &[]).await);
    }
    ids.reverse();
    assert_eq!(list(&*context.store, builder.owner(), &all(CustomerOrder::Name)).await, ids);
}

async fn the_order_by_balance_has_the_largest_first(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let mut ids = Vec::new();
    for (n, balance) in (0..).zip([i64::MAX, 1_000, 999, 1, 0, -1, -1_000, i64::MIN]) {
        let id = builder.customer(n);
        builder.change(id, |customer| customer.totals.balance = paise(balance));
        ids.push(id);
    }
    builder.commit(&*context.store).await;
    assert_eq!(list(&*context.store, builder.owner(), &all(CustomerOrder::Balance)).await, ids);
}

/// Twelve customers in pairs that have all their places in common but for the id.
async fn twins(context: &TestContext) -> RowBuilder {
    let mut builder = context.row_builder(1).await;
    for n in 0..12_u32 {
        let pair = n / 2;
        let id = builder.customer_called(n, &format!("Name {}", pair * 7 % 6));
        builder.change(id, |customer| {
            customer.totals.balance = paise(i64::from(pair * 5 % 6));
            customer.last_seq = u64::from(pair);
        });
    }
    builder.commit(&*context.store).await;
    builder
}

/// All customers that are not archived, in that order, by the words of the contract.
fn ordered(builder: &RowBuilder, order: CustomerOrder) -> Vec<&Customer> {
    let mut customers: Vec<_> = builder.customers.values().collect();
    match order {
        CustomerOrder::Recent => customers.sort_by_key(|row| Reverse((row.last_seq, row.id))),
        CustomerOrder::Name => customers.sort_by_key(|row| (row.name_key(), row.id)),
        CustomerOrder::Balance => customers.sort_by_key(|row| Reverse((row.totals.balance, row.id))),
    }
    customers
}

async fn equal_places_are_ordered_by_id(context: TestContext) {
    let builder = twins(&context).await;
    for order in ORDERS {
        let expected: Vec<_> = ordered(&builder, order).iter().map(|customer| customer.id).collect();
        assert_eq!(list(&*context.store, builder.owner(), &all(order)).await, expected, "{order:?}");
    }
}

async fn a_list_goes_on_after_any_place(context: TestContext) {
    let builder = twins(&context).await;
    for order in ORDERS {
        let expected = ordered(&builder, order);
        for (at, customer) in expected.iter().enumerate() {
            let selection = CustomerSelection { after: Some(customer.cursor(order)), ..all(order) };
            let rest: Vec<_> = expected[at + 1..].iter().map(|customer| customer.id).collect();
            assert_eq!(
                list(&*context.store, builder.owner(), &selection).await,
                rest,
                "{order:?} after {at}"
            );
        }
    }
    // A place that nobody has: between two pairs, before all, after all.
    let id = CustomerId::from_uuid(uuid::Uuid::nil());
    let places = [
        (CustomerCursor::Recent { last_seq: 3, id }, 6),
        (CustomerCursor::Recent { last_seq: u64::MAX, id }, 12),
        (CustomerCursor::Recent { last_seq: 0, id }, 0),
        (CustomerCursor::Name { name_key: String::new(), id }, 12),
        (CustomerCursor::Name { name_key: "name 3".into(), id }, 6),
        (CustomerCursor::Name { name_key: "🧾".into(), id }, 0),
        (CustomerCursor::Balance { balance: paise(i64::MAX), id }, 12),
        (CustomerCursor::Balance { balance: paise(3), id }, 6),
        (CustomerCursor::Balance { balance: paise(i64::MIN), id }, 0),
    ];
    for (place, left) in places {
        let selection = CustomerSelection { after: Some(place), ..all(CustomerOrder::Recent) };
        let order = selection.after.as_ref().map(CustomerCursor::order).unwrap_or_default();
        let selection = CustomerSelection { order, ..selection };
        let expected: Vec<_> = ordered(&builder, order).iter().map(|customer| customer.id).collect();
        let listed = list(&*context.store, builder.owner(), &selection).await;
        assert_eq!(listed, expected[12 - left..], "after {:?}", selection.after);
    }
}

async fn a_list_has_at_most_so_many(context: TestContext) {
    let builder = twins(&context).await;
    for order in ORDERS {
        let expected: Vec<_> = ordered(&builder, order).iter().map(|customer| customer.id).collect();
        for limit in [0, 1, 11, 12, 13, u32::MAX] {
            let selection = CustomerSelection { limit, ..all(order) };
            let listed = list(&*context.store, builder.owner(), &selection).await;
            let most = expected.len().min(limit as usize);
            assert_eq!(listed, expected[..most], "{order:?}, at most {limit}");
        }
    }
}

async fn a_list_has_archived_customers_or_the_others(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let ids: Vec<_> = (0..4).map(|n| builder.customer(n)).collect();
    for id in [ids[1], ids[3]] {
        builder.change(id, |customer| customer.archived_at = Some(moment(1)));
    }
    builder.commit(&*context.store).await;
    for order in ORDERS {
        for (archived, mut expected) in [(false, vec![ids[0], ids[2]]), (true, vec![ids[1], ids[3]])] {
            let selection = CustomerSelection { archived, ..all(order) };
            let mut listed = list(&*context.store, builder.owner(), &selection).await;
            listed.sort_unstable();
            expected.sort_unstable();
            assert_eq!(listed, expected, "{order:?}, archived: {archived}");
        }
    }
}

async fn a_word_finds_what_begins_with_it(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let one = write_words(&context, &mut builder, 1, "1", &["ravi", "kumar", "919876543210"]).await;
    let two = write_words(&context, &mut builder, 2, "2", &["रवि", "rav", "kumari"]).await;
    let three = write_words(&context, &mut builder, 3, "3", &["\u{10ffff}\u{10ffff}", "குமார்", "عامر"]).await;
    let four = write_words(&context, &mut builder, 4, "4", &[]).await;
    let searches: [(&str, &[CustomerId]); 13] = [
        ("rav", &[one, two]),
        ("ravi", &[one]),
        ("ravin", &[]),
        ("kumar", &[one, two]),
        ("k", &[one, two]),
        ("umar", &[]),
        ("9198", &[one]),
        ("र", &[two]),
        ("கு", &[three]),
        ("عا", &[three]),
        ("\u{10ffff}", &[three]),
        ("\u{d7ff}", &[]),
        ("", &[one, two, three]),
    ];
    for (word, expected) in searches {
        assert_eq!(found(&context, &builder, &[word]).await, expected, "{word:?}");
    }
    assert_eq!(found(&context, &builder, &[]).await, [one, two, three, four], "no words find everybody");
}

async fn every_word_must_be_found(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let one = write_words(&context, &mut builder, 1, "1", &["asha", "patil", "pune"]).await;
    let two = write_words(&context, &mut builder, 2, "2", &["asha", "rao"]).await;
    assert_eq!(found(&context, &builder, &["asha"]).await, [one, two]);
    assert_eq!(found(&context, &builder, &["asha", "p"]).await, [one]);
    assert_eq!(found(&context, &builder, &["rao", "ash"]).await, [two]);
    assert_eq!(found(&context, &builder, &["patil", "rao"]).await, []);
    assert_eq!(found(&context, &builder, &["pa", "pu"]).await, [one], "two words may begin alike");
    assert_eq!(found(&context, &builder, &["pat", "patil"]).await, [one], "one word may serve for two");
    assert_eq!(found(&context, &builder, &["a", "as", "ash", "asha", "r", "ra", "rao", ""]).await, [two]);
}

async fn words_are_compared_bytewise(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let small = write_words(&context, &mut builder, 1, "1", &["ravi", "e\u{301}tat"]).await;
    let large = write_words(&context, &mut builder, 2, "2", &["RAVI", "\u{e9}tat"]).await;
    assert_eq!(found(&context, &builder, &["ra"]).await, [small], "case is not for a store to fold");
    assert_eq!(found(&context, &builder, &["RA"]).await, [large]);
    assert_eq!(found(&context, &builder, &["e\u{301}"]).await, [small], "nor is there a form to make of it");
    assert_eq!(found(&context, &builder, &["\u{e9}"]).await, [large]);
    assert_eq!(found(&context, &builder, &["et"]).await, []);
}

async fn no_character_of_a_word_is_a_wildcard(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let marks = ["%", "_", "*", "?", ".", "[a", "\\", "'", "\"", "$", "^", "(", "|"];
    let mut ids = Vec::new();
    for (n, mark) in (0..).zip(marks) {
        ids.push(write_words(&context, &mut builder, n, &format!("{n:02}"), &[&format!("{mark}x")]).await);
    }
    write_words(&context, &mut builder, 99, "99", &["ax"]).await;
    for (mark, id) in marks.iter().zip(ids) {
        assert_eq!(found(&context, &builder, &[mark]).await, [id], "{mark}");
        assert_eq!(found(&context, &builder, &[&format!("{mark}x")]).await, [id], "{mark}x");
        assert_eq!(found(&context, &builder, &[&format!("{mark}y")]).await, [], "{mark}y");
    }
}

async fn words_order_and_place_go_together(context: TestContext) {
    let mut builder = twins(&context).await;
    let names: Vec<_> = builder.customers.values().cloned().collect();
    let mut customers = Vec::new();
    for (n, customer) in names.iter().enumerate() {
        let mut row = customer_write(customer);
        row.words = vec![if n % 3 == 0 { "other" } else { "wanted" }.into(), "wanting".into()];
        row.customer.archived_at = (n % 4 == 0).then(|| moment(1));
        builder.customers.insert(customer.id, row.customer.clone());
        customers.push(row);
    }
    let wanted: Vec<_> =
        customers.iter().filter(|row| row.words[0] == "wanted").map(|row| row.customer.id).collect();
    write(&*context.store, builder.owner(), Writes { customers, ..Writes::default() }).await.unwrap();
    for order in ORDERS {
        for archived in [false, true] {
            let expected = ordered(&builder, order).into_iter().filter(|customer| {
                customer.archived_at.is_some() == archived && wanted.contains(&customer.id)
            });
            let expected: Vec<_> = expected.cloned().collect();
            let words = vec!["wante".to_owned(), "want".to_owned()];
            let after = expected.first().map(|customer| customer.cursor(order));
            let post_dated_after = None;
            let selection = CustomerSelection { words, archived, order, after, limit: 2, post_dated_after };
            let listed = list(&*context.store, builder.owner(), &selection).await;
            let second_and_third = expected.iter().skip(1).take(2).map(|customer| customer.id);
            assert_eq!(listed, second_and_third.collect::<Vec<_>>(), "{order:?}, archived: {archived}");
        }
    }
}

async fn those_with_post_dated_entries_follow_the_order_by_balance(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let days = [None, post_dated("2026-12-15:0:100"), post_dated("2027-01-01:5:0,2026-12-15:0:100")];
    let mut rows = Vec::new();
    for n in 0..24_u32 {
        let id = builder.customer(n);
        let days = days[n as usize % 3].clone();
        builder.change(id, |customer| {
            customer.totals.balance = paise(i64::from(n * 7 % 24) - 9);
            customer.post_dated = days;
            customer.archived_at = (n % 4 == 0).then(|| moment(1));
        });
        let mut row = customer_write(&builder.customers[&id]);
        row.words = vec![if n % 5 == 0 { "other" } else { "wanted" }.into()];
        rows.push(row);
    }
    write(&*context.store, builder.owner(), Writes { customers: rows.clone(), ..Writes::default() })
        .await
        .unwrap();
    let december = |day| Date::from_ymd(2026, 12, day).unwrap();
    for after_day in [None, Some(december(14)), Some(december(15)), Some(december(31)), Some(Date::MAX)] {
        for (words, archived) in [("", false), ("want", false), ("want", true)] {
            let words: Vec<_> = Some(words.to_owned()).filter(|word| !word.is_empty()).into_iter().collect();
            let found = |row: &&CustomerWrite| {
                let has_words = words.iter().all(|word| row.words[0].starts_with(word));
                has_words && row.customer.archived_at.is_some() == archived
            };
            let is_apart = |customer: &Customer| {
                let until = customer.post_dated.as_ref().map(PostDatedDays::until);
                until.zip(after_day).is_some_and(|(until, day)| until > day)
            };
            let found = rows.iter().filter(found).map(|row| row.customer.clone());
            let (mut apart, mut others): (Vec<_>, Vec<_>) = found.partition(is_apart);
            others.sort_by_key(|row| Reverse((row.totals.balance, row.id)));
            apart.sort_by_key(|row| row.id);
            let pages = [(0, 100), (1, 2), (3, 1), (others.len(), 5)];
            for (at, limit) in pages.into_iter().filter(|(at, _)| *at <= others.len()) {
                let after = at.checked_sub(1).map(|at| others[at].cursor(CustomerOrder::Balance));
                let (order, words) = (CustomerOrder::Balance, words.clone());
                let limit_rows = limit as usize;
                let selection =
                    CustomerSelection { words, archived, order, after, limit, post_dated_after: after_day };
                let mut listed = context.other.customers(builder.owner(), &selection).await.unwrap();
                let page: Vec<_> = others[at..].iter().take(limit_rows).cloned().collect();
                let mut rest = listed.split_off(page.len().min(listed.len()));
                rest.sort_by_key(|row| row.id);
                assert_eq!((listed, rest), (page, apart.clone()), "{limit} after {at}, {after_day:?}");
            }
        }
    }
}

async fn all_customers_come_in_the_order_of_their_ids_after_one(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    assert_eq!(context.store.all_customers(builder.owner(), None, 10).await.unwrap(), []);
    let made: Vec<_> = (0..8).map(|n| builder.customer(n)).collect();
    builder.commit(&*context.store).await;
    builder.change(made[2], |customer| customer.archived_at = Some(moment(5)));
    builder.change(made[5], |customer| customer.name = name("अ"));
    builder.post(Line::debit(made[6], day(0), 100));
    builder.delete(made[7]);
    builder.commit(&*context.store).await;
    let ids: Vec<_> = builder.customers.keys().copied().collect();
    let places = [None, Some(ids[0]), Some(made[7]), Some(ids[6])];
    for (after, limit) in
        places.into_iter().flat_map(|after| [0, 1, 3, 7, u32::MAX].map(|limit| (after, limit)))
    {
        let expected = builder.customers.values().filter(|row| after.is_none_or(|after| row.id > after));
        let expected: Vec<_> = expected.take(limit as usize).cloned().collect();
        let stored = context.other.all_customers(builder.owner(), after, limit).await.unwrap();
        assert_eq!(stored, expected, "{limit} after {after:?}");
    }
}

async fn a_shop_that_is_not_there_has_no_customers(context: TestContext) {
    twins(&context).await;
    for order in ORDERS {
        assert_eq!(list(&*context.store, OwnerId::generate(), &all(order)).await, []);
    }
}
