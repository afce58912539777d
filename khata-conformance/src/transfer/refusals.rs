//! What is not copied, and what is found at the end.

use khata_core::customer::CustomerUpdate;
use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::idempotency::IdempotencyRecord;
use khata_core::invoice::NewInvoice;
use khata_core::owner::OwnerUpdate;
use khata_core::shop::Shop;
use khata_core::store::{CustomerWrite, Store, Writes};
use khata_core::transfer::{Copied, Error, Obstacle};

use super::super::context::{TestContext, day, head, name, paise, with, write};
use super::super::row_builder::{Line, RowBuilder};
use super::super::suite;
use super::{book, copy, customers, in_memory, key, set_mobile, whole};

suite! {
    a_taken_mobile_number_is_refused_before_anything_is_written,
    mobile_numbers_that_were_exchanged_are_refused,
    a_book_that_went_on_by_itself_is_refused,
    a_book_that_is_further_on_is_refused,
    a_profile_that_was_changed_there_is_refused,
    a_customer_who_was_changed_there_is_refused,
    a_changed_entry_is_found,
    a_changed_document_is_found,
    a_missing_entry_is_found,
    a_difference_is_found_at_the_end,
}

/// What is in the way; nothing of the shop has changed in the store.
async fn assert_refused(from: &dyn Store, to: &dyn Store, owner: OwnerId) -> Obstacle {
    let before = whole(to, owner).await;
    let refused = copy(from, to).await;
    assert_eq!(whole(to, owner).await, before);
    obstacle(refused)
}

fn obstacle(refused: Result<Copied, Error>) -> Obstacle {
    match refused {
        Err(Error::Shop { obstacle, .. }) => obstacle,
        other => panic!("it is not refused: {other:?}"),
    }
}

async fn a_taken_mobile_number_is_refused_before_anything_is_written(context: TestContext) {
    let source = in_memory();
    book(&source, 1).await;
    book(&source, 2).await;
    let there = book(&context, 2).await.id();
    assert_eq!(assert_refused(&*source.store, &*context.store, there).await, Obstacle::OwnerMobileTaken);
    assert_eq!(context.store.owners(None, 9).await.unwrap().len(), 1);
}

async fn mobile_numbers_that_were_exchanged_are_refused(context: TestContext) {
    let source = in_memory();
    let (shop, made) = customers(&source, &context).await;
    for (id, n) in [(made[0], 99), (made[11], 0), (made[0], 11)] {
        set_mobile(&shop, id, n).await;
    }
    let refused = assert_refused(&*source.store, &*context.store, shop.id()).await;
    assert_eq!(refused, Obstacle::CustomerMobileTaken { customer: made[0] });
}

/// A shop with a customer, in memory and copied.
async fn copied(context: &TestContext) -> (TestContext, Shop, Shop, CustomerId) {
    let source = in_memory();
    let here = book(&source, 1).await;
    copy(&*source.store, &*context.store).await.unwrap();
    let there = context.khata().shop(here.id()).await.unwrap();
    let customer = whole(&*source.store, here.id()).await.customers[0].id;
    (source, here, there, customer)
}

async fn a_book_that_went_on_by_itself_is_refused(context: TestContext) {
    let (source, here, there, customer) = copied(&context).await;
    let new = || NewInvoice::new(customer, day(1), paise(100));
    there.add_invoice(new()).await.unwrap();
    here.add_invoice(new()).await.unwrap();
    here.add_invoice(new()).await.unwrap();
    let refused = assert_refused(&*source.store, &*context.store, here.id()).await;
    assert_eq!(refused, Obstacle::Diverged { seq: 19 });
}

async fn a_book_that_is_further_on_is_refused(context: TestContext) {
    let (source, here, there, customer) = copied(&context).await;
    there.add_invoice(NewInvoice::new(customer, day(1), paise(100))).await.unwrap();
    let refused = assert_refused(&*source.store, &*context.store, here.id()).await;
    assert_eq!(refused, Obstacle::Ahead { in_target: 19, in_source: 18 });
}

async fn a_profile_that_was_changed_there_is_refused(context: TestContext) {
    let (source, here, there, _) = copied(&context).await;
    let rename = |text| with(OwnerUpdate::default(), |update| update.profile.shop_name = Some(name(text)));
    there.update_profile(rename("There"), None).await.unwrap();
    let refused = assert_refused(&*source.store, &*context.store, here.id()).await;
    assert_eq!(refused, Obstacle::ProfileAhead);
    here.update_profile(rename("Here"), None).await.unwrap();
    let refused = assert_refused(&*source.store, &*context.store, here.id()).await;
    assert_eq!(refused, Obstacle::ProfileAhead, "as often here as there");
}

async fn a_customer_who_was_changed_there_is_refused(context: TestContext) {
    let (source, here, there, customer) = copied(&context).await;
    let rename = |text| with(CustomerUpdate::default(), |update| update.name = Some(name(text)));
    there.update_customer(customer, rename("There"), None).await.unwrap();
    let refused = assert_refused(&*source.store, &*context.store, here.id()).await;
    assert_eq!(refused, Obstacle::CustomerAhead { customer });
    here.update_customer(customer, rename("Here"), None).await.unwrap();
    let refused = assert_refused(&*source.store, &*context.store, here.id()).await;
    assert_eq!(refused, Obstacle::CustomerAhead { customer }, "as often here as there");
}

/// A book in memory with six entries, written otherwise than it should be.
async fn written(change: impl FnOnce(&mut Writes)) -> TestContext {
    let source = in_memory();
    let mut builder: RowBuilder = source.row_builder(1).await;
    let customer = builder.customer(1);
    for n in 0..6 {
        builder.post(Line::debit(customer, day(n), 100));
    }
    let mut writes = builder.take();
    change(&mut writes);
    write(&*source.store, builder.owner(), writes).await.unwrap();
    source
}

async fn assert_unsound(context: &TestContext, source: &TestContext, unsound: u64) {
    let Obstacle::Unsound { seq, what } = obstacle(copy(&*source.store, &*context.store).await) else {
        panic!("it is not called unsound")
    };
    assert_eq!(seq, unsound, "{what}");
    let owner = source.store.owners(None, 1).await.unwrap()[0].owner.id;
    let before = unsound - 1;
    assert!(context.store.head(owner).await.unwrap().seq <= before, "no entry after {before} was written");
}

async fn a_changed_entry_is_found(context: TestContext) {
    let source = written(|writes| writes.entries[4].amount = paise(99)).await;
    assert_unsound(&context, &source, 5).await;
}

async fn a_changed_document_is_found(context: TestContext) {
    let source = written(|writes| writes.documents[3].body.push(' ')).await;
    assert_unsound(&context, &source, 4).await;
}

async fn a_missing_entry_is_found(context: TestContext) {
    let source = written(|writes| {
        writes.entries.truncate(4);
        writes.items.retain(|item| item.seq <= 4);
        writes.documents.truncate(4);
    })
    .await;
    assert_unsound(&context, &source, 5).await;
}

async fn a_difference_is_found_at_the_end(context: TestContext) {
    let (source, here, _, id) = copied(&context).await;
    let there = whole(&*context.store, here.id()).await;
    let mut customer = there.customers[0].clone();
    customer.totals.balance = paise(1);
    let poorer = Writes { customers: vec![CustomerWrite::new(customer)], ..Writes::default() };
    write(&*context.store, here.id(), poorer).await.unwrap();
    let Obstacle::Differs { what } = assert_refused(&*source.store, &*context.store, here.id()).await else {
        panic!("no difference is found")
    };
    assert!(what.contains(&id.to_string()) && what.contains("owing 1,"), "{what}");

    let right =
        Writes { customers: vec![CustomerWrite::new(there.customers[0].clone())], ..Writes::default() };
    write(&*context.store, here.id(), right).await.unwrap();
    let mut items: Vec<_> = there.postings.iter().map(|posted| posted.item.clone()).collect();
    items.retain(|item| item.open.is_zero() && !item.is_void());
    items[0].open = items[0].amount;
    let seq = items[0].seq;
    let open = Writes { items: vec![items.swap_remove(0)], ..Writes::default() };
    write(&*context.store, here.id(), open).await.unwrap();
    let Obstacle::Differs { what } = assert_refused(&*source.store, &*context.store, here.id()).await else {
        panic!("no difference is found")
    };
    assert_eq!(what, format!("entry {seq} is not the same in both"));

    let (context, source) = (in_memory(), source);
    context.store.create_owner(&head(9), "hash").await.unwrap();
    copy(&*source.store, &*context.store).await.unwrap();
    let subject = ItemId::from_uuid(id.uuid());
    let record = IdempotencyRecord { fingerprint: [1; 32], subject, answer: String::new() };
    let more = Writes { idempotency: vec![(here.id(), key("zzz"), record)], ..Writes::default() };
    write(&*context.store, here.id(), more).await.unwrap();
    let Obstacle::Differs { what } = assert_refused(&*source.store, &*context.store, here.id()).await else {
        panic!("no difference is found")
    };
    assert_eq!(what, "only the target has the record of idempotency key zzz");
}
