//! What is another shop's does not exist: each method of a tenant is tried with another shop's ids.

use std::collections::BTreeSet;

use khata_core::calendar::Date;
use khata_core::customer::CustomerUpdate;
use khata_core::documents::NewAllocation;
use khata_core::error::Error;
use khata_core::id::{CustomerId, InvoiceId, ItemId};
use khata_core::idempotency::IdempotencyKey;
use khata_core::invoice::NewInvoice;
use khata_core::ledger::Side;
use khata_core::number::{DocumentKind, DocumentNumber, NumberKey, Series};
use khata_core::numbering::Numbering;
use khata_core::page::Limit;
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::shop::{CustomerFilter, DocumentFilter, Shop};
use khata_core::store::{
    CustomerOrder, CustomerSelection, DocumentSelection, ExtractSelection, Keys, OpenItemsKey, StoreError,
};

use super::context::{TestContext, assert_fails, day, load, mobile, name, new_customer, paise};
use super::row_builder::{Line, RowBuilder};
use super::suite;

suite! {
    another_shops_rows_are_not_read,
    another_shops_rows_are_not_listed,
    another_shops_rows_are_not_loaded,
    a_job_of_two_shops_keeps_them_apart,
    names_of_things_are_unique_in_their_shop_only,
    what_one_shop_writes_leaves_another_as_it_was,
    a_shop_finds_nothing_of_another,
    a_shop_changes_nothing_of_another,
}

/// A book that is like another shop's in all but the ids that were made for it.
async fn book(context: &TestContext, n: u32) -> (RowBuilder, CustomerId, ItemId, ItemId) {
    let mut builder = context.row_builder(n).await;
    let customer = builder.customer_called(1, "Asha Patil");
    let debit = builder.post(Line::debit(customer, day(0), 100)).item;
    let credit = builder.post(Line::credit(customer, day(9), 60, &[(debit, 60)])).item;
    builder.remember("the-same-key", debit);
    builder.count(series(), u64::from(n));
    builder.commit(&*context.store).await;
    (builder, customer, debit, credit)
}

fn series() -> Series {
    Series::of(DocumentKind::Invoice, day(0))
}

async fn another_shops_rows_are_not_read(context: TestContext) {
    let (one, ..) = book(&context, 1).await;
    let (_, customer, debit, credit) = book(&context, 2).await;
    let (store, owner) = (&context.store, one.owner());
    assert_fails!(store.customer(owner, customer).await, StoreError::NotFound);
    assert_fails!(store.standing(owner, customer, Date::MIN).await, StoreError::NotFound);
    assert_eq!(store.traces(owner, &[debit, credit]).await.unwrap(), []);
    assert_fails!(store.document(owner, DocumentKind::Invoice, debit).await, StoreError::NotFound);
    assert_fails!(store.document(owner, DocumentKind::Receipt, credit).await, StoreError::NotFound);
    let all = ExtractSelection { from: Date::MIN, to: Date::MAX, after: None, limit: 9 };
    assert_fails!(store.extract(owner, customer, &all).await, StoreError::NotFound);
}

async fn another_shops_rows_are_not_listed(context: TestContext) {
    let (one, mine, ..) = book(&context, 1).await;
    let (_, theirs, ..) = book(&context, 2).await;
    let (store, owner) = (&context.store, one.owner());
    for order in [CustomerOrder::Recent, CustomerOrder::Name, CustomerOrder::Balance] {
        for words in [vec![], vec!["asha".to_owned()]] {
            let selection = CustomerSelection { words, order, limit: 9, ..CustomerSelection::default() };
            let listed = store.customers(owner, &selection).await.unwrap();
            assert_eq!(listed, [one.customers[&mine].clone()], "{selection:?}");
        }
    }
    for kind in [DocumentKind::Invoice, DocumentKind::Receipt] {
        let all = DocumentSelection { limit: 9, ..DocumentSelection::default() };
        let listed = store.documents(owner, kind, &all).await.unwrap();
        assert_eq!(
            listed.iter().map(|stored| stored.document.owner).collect::<Vec<_>>(),
            [owner],
            "{kind:?}"
        );
        let of_theirs = DocumentSelection { customer: Some(theirs), ..all };
        assert_eq!(store.documents(owner, kind, &of_theirs).await.unwrap(), []);
    }
    assert_eq!(store.entries(owner, 0, 9).await.unwrap(), one.entries());
    assert_eq!(
        store.postings(owner, 0, 9).await.unwrap(),
        one.entries().iter().map(|row| one.posted(row)).collect::<Vec<_>>()
    );
    assert_eq!(store.all_customers(owner, None, 9).await.unwrap(), [one.customers[&mine].clone()]);
    assert_eq!(
        store.idempotency_records(owner, None, 9).await.unwrap(),
        one.records().map(|(key, record)| (key.clone(), record.clone())).collect::<Vec<_>>()
    );
    assert_eq!(store.day(owner, day(0), 0, 9).await.unwrap().len(), 1);
    let outstanding = store.outstanding(owner, day(0)).await.unwrap();
    assert_eq!((outstanding.accounts.len(), outstanding.open.len()), (1, 1));
    let overview = store.overview(owner, day(9), 9).await.unwrap();
    assert_eq!((overview.customers, overview.receivable, overview.overdue), (1, paise(40), paise(40)));
    assert_eq!((overview.sums.len(), overview.debtors.len()), (1, 1));
}

/// Every key that there is for a book.
fn keys(
    of: &RowBuilder,
    customer: CustomerId,
    debit: ItemId,
    credit: ItemId,
    by: khata_core::id::OwnerId,
) -> Keys {
    let number = DocumentNumber::parse("h/1").expect("it is a number");
    let open = |side| (by, OpenItemsKey { customer, side, up_to: paise(i64::MAX) });
    Keys {
        customers: vec![(by, customer)],
        mobiles: vec![(by, mobile(1))],
        entries: of.entries().iter().map(|entry| (by, entry.id)).collect(),
        idempotency: vec![(by, IdempotencyKey::parse("the-same-key").expect("it is visible ASCII"))],
        items: vec![(by, debit), (by, credit)],
        allocations: vec![(by, debit), (by, credit)],
        open_items: vec![open(Side::Debit), open(Side::Credit)],
        numbers: vec![(by, NumberKey::new(series(), &number))],
        highest_numbers: vec![(by, Numbering::from_next(&number).expect("it has digits").pattern(series()))],
    }
}

async fn another_shops_rows_are_not_loaded(context: TestContext) {
    let empty = context.row_builder(1).await;
    let (other, customer, debit, credit) = book(&context, 2).await;
    // Both shops are locked, so that only the key says whose row is meant.
    let shops = [empty.owner(), other.owner()];
    let rows = load(&*context.store, &shops, keys(&other, customer, debit, credit, empty.owner())).await;
    assert!(rows.customers.is_empty() && rows.mobiles.is_empty() && rows.entries.is_empty(), "{rows:?}");
    assert!(rows.idempotency.is_empty() && rows.items.is_empty() && rows.allocations.is_empty(), "{rows:?}");
    assert!(rows.numbers.is_empty() && rows.highest_numbers.is_empty(), "{rows:?}");
}

async fn a_job_of_two_shops_keeps_them_apart(context: TestContext) {
    let books = [book(&context, 1).await, book(&context, 2).await];
    let mut all = Keys::default();
    for (builder, customer, debit, credit) in &books {
        let mut keys = keys(builder, *customer, *debit, *credit, builder.owner());
        all.customers.append(&mut keys.customers);
        all.mobiles.append(&mut keys.mobiles);
        all.entries.append(&mut keys.entries);
        all.idempotency.append(&mut keys.idempotency);
        all.items.append(&mut keys.items);
        all.allocations.append(&mut keys.allocations);
        all.open_items.append(&mut keys.open_items);
        all.numbers.append(&mut keys.numbers);
        all.highest_numbers.append(&mut keys.highest_numbers);
    }
    let rows = load(&*context.store, &books.each_ref().map(|book| book.0.owner()), all.clone()).await;
    for ((builder, customer, debit, _), n) in books.iter().zip([1, 2]) {
        let owner = builder.owner();
        let key = &all.idempotency[0].1;
        assert_eq!(rows.customers[&(owner, *customer)], builder.customers[customer]);
        assert_eq!(rows.mobiles[&(owner, mobile(1))], *customer);
        assert_eq!(rows.idempotency[&(owner, key.clone())].subject, *debit);
        assert_eq!(rows.items[&(owner, *debit)], builder.items[debit]);
        let touching = builder.allocations().filter(|row| row.touches(*debit)).cloned();
        assert_eq!(rows.allocations[&(owner, *debit)], touching.collect::<Vec<_>>());
        assert_eq!(rows.numbers[&(owner, all.numbers[0].1.clone())], *debit);
        assert_eq!(rows.heads[&owner].counters.last(series()), n);
        for entry in builder.entries() {
            assert_eq!(rows.entries[&(owner, entry.id)].entry, *entry);
        }
    }
    assert_eq!((rows.customers.len(), rows.mobiles.len(), rows.entries.len()), (2, 2, 4));
    assert_eq!((rows.items.len(), rows.numbers.len(), rows.idempotency.len()), (4, 2, 2));
}

async fn names_of_things_are_unique_in_their_shop_only(context: TestContext) {
    // The same mobile number, document numbers, idempotency key and places in the book, twice.
    let books = [book(&context, 1).await, book(&context, 2).await];
    for (builder, ..) in &books {
        builder.assert_written(&*context.store).await;
    }
}

async fn what_one_shop_writes_leaves_another_as_it_was(context: TestContext) {
    let (mut one, customer, debit, credit) = book(&context, 1).await;
    let (two, ..) = book(&context, 2).await;
    let unused = one.customer(2);
    one.remember("of-unused", ItemId::from_uuid(unused.uuid()));
    one.change(customer, |customer| customer.name = name("Usha"));
    one.commit(&*context.store).await;
    one.delete(unused);
    one.void(credit, day(20), "bounced");
    one.post(Line::credit(customer, day(20), 100, &[(debit, 100)]));
    one.count(series(), 99);
    one.commit(&*context.store).await;
    one.assert_written(&*context.store).await;
    two.assert_written(&*context.store).await;
}

/// Two shops with a customer each, who has the same number, and a paid invoice.
async fn shops(context: &TestContext) -> (Shop, Shop, CustomerId, InvoiceId) {
    let (one, two) = (context.shop(1).await, context.shop(2).await);
    let mut made = Vec::new();
    for shop in [&one, &two] {
        let customer = shop.add_customer(new_customer("Asha Patil", 9)).await.unwrap().id;
        let invoice = shop.add_invoice(NewInvoice::new(customer, day(0), paise(100))).await.unwrap();
        shop.add_receipt(NewReceipt::new(customer, day(1), paise(60), PaymentType::Cash)).await.unwrap();
        made.push((customer, invoice));
    }
    assert_eq!(made[0].1.number, made[1].1.number, "each shop counts for itself");
    (one, two, made[1].0, made[1].1.id)
}

async fn a_shop_finds_nothing_of_another(context: TestContext) {
    let (one, two, customer, invoice) = shops(&context).await;
    let receipt = two.receipts(&DocumentFilter::default()).await.unwrap().items[0].id;
    assert_fails!(one.customer(customer).await, Error::NotFound);
    assert_fails!(one.balance(customer, None).await, Error::NotFound);
    assert_fails!(one.invoice(invoice).await, Error::NotFound);
    assert_fails!(one.receipt(receipt).await, Error::NotFound);
    let of_theirs = DocumentFilter { customer: Some(customer), ..DocumentFilter::default() };
    assert_fails!(one.invoices(&of_theirs).await, Error::NotFound);
    assert_fails!(one.receipts(&of_theirs).await, Error::NotFound);

    let search = Some(mobile(9).as_str().to_owned());
    let customers = one.customers(&CustomerFilter { search, ..CustomerFilter::default() }).await.unwrap();
    assert_eq!(customers.items.len(), 1);
    let entries = one.entries(0, Limit::MAX).await.unwrap();
    let owners: BTreeSet<_> = entries.iter().map(|entry| entry.owner).collect();
    assert_eq!((entries.len(), owners), (2, [one.id()].into()));
}

async fn a_shop_changes_nothing_of_another(context: TestContext) {
    let (one, two, customer, invoice) = shops(&context).await;
    let before = (two.customer(customer).await.unwrap(), two.entries(0, Limit::MAX).await.unwrap());
    assert_fails!(one.update_customer(customer, CustomerUpdate::default(), None).await, Error::NotFound);
    assert_fails!(one.remove_customer(customer, None).await, Error::NotFound);
    assert_fails!(one.restore_customer(customer).await, Error::NotFound);

    let code = |error: Error| match error {
        Error::Invalid(faults) => faults.into_iter().map(|fault| (fault.field, fault.code)).collect(),
        other => vec![(other.to_string(), other.code())],
    };
    let stolen = one.add_invoice(NewInvoice::new(customer, day(0), paise(1))).await;
    assert_eq!(code(stolen.unwrap_err()), [("customerId".to_owned(), "not_found")]);
    let stolen = one.add_receipt(NewReceipt::new(customer, day(0), paise(1), PaymentType::Cash)).await;
    assert_eq!(code(stolen.unwrap_err()), [("customerId".to_owned(), "not_found")]);

    let mine = one.customers(&CustomerFilter::default()).await.unwrap().items[0].id;
    let mut receipt = NewReceipt::new(mine, day(0), paise(1), PaymentType::Cash);
    receipt.allocations = vec![NewAllocation::new(invoice, paise(1))];
    let stolen = one.add_receipt(receipt).await;
    assert_eq!(code(stolen.unwrap_err()), [("allocations/0/invoiceId".to_owned(), "not_found")]);

    let after = (two.customer(customer).await.unwrap(), two.entries(0, Limit::MAX).await.unwrap());
    assert_eq!(after, before);
}
