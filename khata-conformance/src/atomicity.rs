//! All of a job's rows or none of them: what breaks a unique rule writes nothing.

use khata_core::customer::Customer;
use khata_core::id::{CustomerId, ItemId};
use khata_core::ledger::Item;
use khata_core::number::{DocumentKind, Series};
use khata_core::store::{OwnerWrite, StoreError, Writes};

use super::context::{TestContext, assert_fails, day, mobile, moment, write};
use super::row_builder::{Line, RowBuilder};
use super::suite;

suite! {
    all_kinds_of_rows_are_written_together,
    a_mobile_number_of_another_customer_writes_nothing,
    a_mobile_number_of_an_archived_customer_writes_nothing,
    a_mobile_number_of_two_new_customers_writes_nothing,
    an_entry_id_that_is_taken_writes_nothing,
    a_place_in_the_book_that_is_taken_writes_nothing,
    a_change_of_an_item_that_is_not_there_writes_nothing,
    a_document_id_that_is_taken_writes_nothing,
    a_document_number_that_is_taken_writes_nothing,
    a_document_number_of_two_new_documents_writes_nothing,
    an_idempotency_key_that_is_taken_writes_nothing,
}

/// A book with something of everything in it, and rows of every kind to be written next.
async fn pending(context: &TestContext) -> (RowBuilder, RowBuilder, Writes) {
    let mut builder = context.row_builder(1).await;
    let series = Series::of(DocumentKind::Invoice, day(0));
    let (one, two, archived) = (builder.customer(1), builder.customer(2), builder.customer(3));
    builder.change(archived, |customer| customer.archived_at = Some(moment(9)));
    let debit = builder.post(Line::debit(one, day(0), 100));
    builder.remember("key", debit.item);
    builder.remember("of-two", ItemId::from_uuid(two.uuid()));
    builder.count(series, 1);
    builder.commit(&*context.store).await;
    let before = builder.clone();

    builder.delete(two);
    let three = builder.customer(4);
    builder.post(Line::credit(one, day(1), 60, &[(debit.item, 60)]));
    builder.post(Line::debit(three, day(1), 10));
    builder.remember("another-key", debit.item);
    builder.count(series, 2);
    builder.head.owner.locked_until = Some(day(-9));
    let mut writes = builder.take();
    writes.heads = vec![builder.head.clone()];
    writes.owners = vec![OwnerWrite { owner: builder.head.owner.clone(), password: None }];
    (before, builder, writes)
}

async fn all_kinds_of_rows_are_written_together(context: TestContext) {
    let (_, after, writes) = pending(&context).await;
    write(&*context.store, after.owner(), writes).await.unwrap();
    after.assert_written(&*context.store).await;
}

/// With that one change of it, none of a job is written.
async fn breaks(context: TestContext, change: impl FnOnce(&RowBuilder, &mut Writes)) {
    let (before, after, writes) = pending(&context).await;
    let mut broken = writes.clone();
    change(&before, &mut broken);
    assert_fails!(write(&*context.store, before.owner(), broken).await, StoreError::Corrupt { .. });
    before.assert_written(&*context.store).await;
    write(&*context.store, before.owner(), writes).await.expect("the book can be gone on with");
    after.assert_written(&*context.store).await;
}

async fn a_mobile_number_of_another_customer_writes_nothing(context: TestContext) {
    breaks(context, |_, writes| writes.customers[0].customer.mobile = Some(mobile(1))).await;
}

async fn a_mobile_number_of_an_archived_customer_writes_nothing(context: TestContext) {
    breaks(context, |_, writes| writes.customers[0].customer.mobile = Some(mobile(3))).await;
}

async fn a_mobile_number_of_two_new_customers_writes_nothing(context: TestContext) {
    breaks(context, |_, writes| {
        let mut twin = writes.customers[0].clone();
        twin.customer = Customer { id: CustomerId::generate(), ..twin.customer };
        writes.customers.push(twin);
    })
    .await;
}

async fn an_entry_id_that_is_taken_writes_nothing(context: TestContext) {
    breaks(context, |before, writes| {
        let last = writes.entries.len() - 1;
        writes.entries[last].id = before.entries()[0].id;
    })
    .await;
}

async fn a_place_in_the_book_that_is_taken_writes_nothing(context: TestContext) {
    breaks(context, |before, writes| writes.entries[0].seq = before.entries()[0].seq).await;
}

async fn a_change_of_an_item_that_is_not_there_writes_nothing(context: TestContext) {
    breaks(context, |before, writes| {
        let item = before.items.values().next().expect("there is an item");
        writes.items.push(Item { id: ItemId::generate(), ..item.clone() });
    })
    .await;
}

async fn a_document_id_that_is_taken_writes_nothing(context: TestContext) {
    breaks(context, |before, writes| {
        let last = writes.documents.len() - 1;
        writes.documents[last].id = before.entries()[0].item;
    })
    .await;
}

async fn a_document_number_that_is_taken_writes_nothing(context: TestContext) {
    breaks(context, |before, writes| {
        let taken = before.document_of(before.entries()[0].item).key.clone();
        let invoice = writes.documents.iter_mut().find(|document| document.kind() == DocumentKind::Invoice);
        invoice.expect("an invoice is to be written").key = taken;
    })
    .await;
}

async fn a_document_number_of_two_new_documents_writes_nothing(context: TestContext) {
    breaks(context, |_, writes| {
        let key = writes.documents[0].key.clone();
        writes.documents.iter_mut().for_each(|document| document.key = key.clone());
    })
    .await;
}

async fn an_idempotency_key_that_is_taken_writes_nothing(context: TestContext) {
    breaks(context, |_, writes| {
        let taken = khata_core::idempotency::IdempotencyKey::parse("key").expect("it is visible ASCII");
        let last = writes.idempotency.len() - 1;
        writes.idempotency[last].1 = taken;
    })
    .await;
}
