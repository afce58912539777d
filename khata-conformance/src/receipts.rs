//! Receipts that name what they pay, by way of two processes that share the store.

use khata_core::documents::NewAllocation;
use khata_core::id::{CustomerId, InvoiceId};
use khata_core::invoice::{InvoiceStatus, NewInvoice};
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::shop::Shop;
use khata_core::void::Void;

use super::context::{TestContext, at_once, day, fault, faults, new_customer, paise, with};
use super::suite;

suite! {
    a_receipt_may_name_exactly_what_is_open,
    a_receipt_that_names_one_more_than_is_open_is_refused,
    what_was_paid_before_is_not_open,
    what_a_void_sets_free_is_open_again,
    every_allocation_beyond_what_is_open_is_told,
    of_receipts_at_once_no_more_than_what_is_open_is_named,
}

async fn customer(shop: &Shop) -> CustomerId {
    shop.add_customer(new_customer("Ravi", 1)).await.unwrap().id
}

async fn invoice(shop: &Shop, customer: CustomerId, amount: i64) -> InvoiceId {
    shop.add_invoice(NewInvoice::new(customer, day(0), paise(amount))).await.unwrap().id
}

/// A receipt over the sum of what it names.
fn naming<const N: usize>(customer: CustomerId, rows: [(InvoiceId, i64); N]) -> NewReceipt {
    let sum = rows.iter().map(|(_, amount)| amount).sum();
    let allocations = rows.map(|(invoice, amount)| NewAllocation::new(invoice, paise(amount))).to_vec();
    with(NewReceipt::new(customer, day(1), paise(sum), PaymentType::Upi), |new| new.allocations = allocations)
}

async fn outstanding(shop: &Shop, id: InvoiceId) -> (i64, InvoiceStatus) {
    let invoice = shop.invoice(id).await.unwrap();
    (invoice.outstanding.minor(), invoice.status)
}

async fn a_receipt_may_name_exactly_what_is_open(context: TestContext) {
    let here = context.shop(1).await;
    let there = context.shop_elsewhere(&here).await;
    let ravi = customer(&here).await;
    let [older, one, two] =
        [invoice(&here, ravi, 70).await, invoice(&here, ravi, 100).await, invoice(&here, ravi, 1).await];
    let paid = there.add_receipt(naming(ravi, [(one, 100), (two, 1)])).await.unwrap();
    assert_eq!(paid.unapplied, paise(0));
    assert_eq!(outstanding(&here, one).await, (0, InvoiceStatus::Paid));
    assert_eq!(outstanding(&here, two).await, (0, InvoiceStatus::Paid));
    assert_eq!(outstanding(&here, older).await, (70, InvoiceStatus::Unpaid), "what is named comes first");
    context.assert_sound(&here).await;
}

async fn a_receipt_that_names_one_more_than_is_open_is_refused(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let id = invoice(&shop, ravi, 100).await;
    let refused = shop.add_receipt(naming(ravi, [(id, 101)])).await;
    assert_eq!(faults(refused), fault("allocations/0/amount", "beyond_open"));
    assert_eq!(outstanding(&shop, id).await, (100, InvoiceStatus::Unpaid));
    assert_eq!(context.store.head(shop.id()).await.unwrap().seq, 1, "nothing was posted");
    // More may be paid than is open, but not named.
    let more = with(naming(ravi, [(id, 100)]), |new| new.amount = paise(101));
    assert_eq!(shop.add_receipt(more).await.unwrap().unapplied, paise(1));
}

async fn what_was_paid_before_is_not_open(context: TestContext) {
    let here = context.shop(1).await;
    let there = context.shop_elsewhere(&here).await;
    let ravi = customer(&here).await;
    let id = invoice(&here, ravi, 100).await;
    here.add_receipt(naming(ravi, [(id, 60)])).await.unwrap();
    let beyond = fault("allocations/0/amount", "beyond_open");
    assert_eq!(faults(there.add_receipt(naming(ravi, [(id, 41)])).await), beyond);
    there.add_receipt(naming(ravi, [(id, 40)])).await.unwrap();
    assert_eq!(faults(here.add_receipt(naming(ravi, [(id, 1)])).await), beyond);
    assert_eq!(outstanding(&here, id).await, (0, InvoiceStatus::Paid));
    context.assert_sound(&here).await;
}

async fn what_a_void_sets_free_is_open_again(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let id = invoice(&shop, ravi, 100).await;
    let bounced = shop.add_receipt(naming(ravi, [(id, 100)])).await.unwrap().id;
    assert_eq!(
        faults(shop.add_receipt(naming(ravi, [(id, 1)])).await),
        fault("allocations/0/amount", "beyond_open")
    );
    shop.void_receipt(Void::new(bounced, "The cheque bounced").unwrap()).await.unwrap();
    shop.add_receipt(naming(ravi, [(id, 100)])).await.unwrap();
    assert_eq!(outstanding(&shop, id).await, (0, InvoiceStatus::Paid));
    context.assert_sound(&shop).await;
}

async fn every_allocation_beyond_what_is_open_is_told(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let [one, two, three] =
        [invoice(&shop, ravi, 10).await, invoice(&shop, ravi, 20).await, invoice(&shop, ravi, 30).await];
    let told = faults(shop.add_receipt(naming(ravi, [(one, 11), (two, 20), (three, 31)])).await);
    let expected =
        [fault("allocations/0/amount", "beyond_open"), fault("allocations/2/amount", "beyond_open")];
    assert_eq!(told, expected.concat());
    assert_eq!(outstanding(&shop, two).await, (20, InvoiceStatus::Unpaid), "all or nothing");
}

async fn of_receipts_at_once_no_more_than_what_is_open_is_named(context: TestContext) {
    let shop = context.shop(1).await;
    let shops = [shop.clone(), context.shop_elsewhere(&shop).await];
    let ravi = customer(&shop).await;
    let id = invoice(&shop, ravi, 100).await;
    let racers = (0..16).map(|n| {
        let shop = shops[n % 2].clone();
        async move { shop.add_receipt(naming(ravi, [(id, 25)])).await.is_ok() }
    });
    let ends = at_once(racers).await;
    assert_eq!(ends.into_iter().filter(|posted| *posted).count(), 4);
    assert_eq!(outstanding(&shop, id).await, (0, InvoiceStatus::Paid));
    context.assert_sound(&shop).await;
}
