//! Credits that are allocated otherwise.

use khata_core::credit_note::NewCreditNote;
use khata_core::documents::NewAllocation;
use khata_core::error::Error;
use khata_core::id::{CustomerId, InvoiceId, ReceiptId};
use khata_core::idempotency::IdempotencyKey;
use khata_core::invoice::NewInvoice;
use khata_core::ledger::{EntryKind, PostDated};
use khata_core::reallocation::Reallocation;
use khata_core::receipt::{NewReceipt, PaymentType, Receipt};
use khata_core::shop::{Shop, StatementFilter};
use khata_core::void::Void;

use super::context::{TODAY, TestContext, day, new_customer, paise};
use super::{invariants, suite};

suite! {
    a_receipt_pays_what_is_named_instead,
    what_is_not_named_pays_what_is_due_first,
    a_receipt_can_be_allocated_again_and_again_and_then_voided,
    a_credit_note_can_be_allocated_away_from_its_invoice,
    balances_stay_as_they_are_and_statements_say_nothing_of_it,
    what_can_not_be_paid_is_refused_and_nothing_changes,
    an_allocation_takes_effect_no_earlier_than_both_are_free,
    an_allocation_from_a_later_day_on_leaves_nothing_post_dated,
    an_allocation_under_the_same_key_happens_once,
}

/// Two invoices of 100, of which a receipt of 100 pays the first.
async fn book(context: &TestContext) -> (Shop, CustomerId, [InvoiceId; 2], ReceiptId) {
    let shop = context.shop(1).await;
    let ravi = shop.add_customer(new_customer("Ravi", 1)).await.unwrap().id;
    let first = shop.add_invoice(NewInvoice::new(ravi, day(0), paise(100))).await.unwrap().id;
    let second = shop.add_invoice(NewInvoice::new(ravi, day(1), paise(100))).await.unwrap().id;
    let receipt = NewReceipt::new(ravi, day(5), paise(100), PaymentType::Upi);
    let receipt = shop.add_receipt(receipt).await.unwrap().id;
    (shop, ravi, [first, second], receipt)
}

fn rows(rows: &[(InvoiceId, i64)]) -> Vec<NewAllocation> {
    rows.iter().map(|(invoice, amount)| NewAllocation::new(*invoice, paise(*amount))).collect()
}

fn paid(receipt: &Receipt) -> Vec<(InvoiceId, i64)> {
    let paid = receipt.allocations.iter();
    paid.map(|row| (row.invoice.expect("it pays invoices"), row.amount.minor())).collect()
}

async fn outstanding(shop: &Shop, invoices: [InvoiceId; 2]) -> [i64; 2] {
    let [first, second] = invoices.map(|id| shop.invoice(id));
    let (first, second) = futures::try_join!(first, second).unwrap();
    [first.outstanding.minor(), second.outstanding.minor()]
}

async fn check(context: &TestContext, shop: &Shop) {
    invariants::check(&*context.other, shop.id()).await.unwrap_or_else(|violation| panic!("{violation}"));
    assert!(shop.verify().await.unwrap().is_sound());
}

async fn a_receipt_pays_what_is_named_instead(context: TestContext) {
    let (here, _, [first, second], receipt) = book(&context).await;
    let there = context.shop_elsewhere(&here).await;
    let new = Reallocation::new(receipt, rows(&[(second, 100)])).on(day(7));
    let allocated = there.allocate_receipt(new).await.unwrap();
    assert_eq!(paid(&allocated), [(second, 100)]);
    assert_eq!(here.receipt(receipt).await.unwrap(), allocated);
    assert_eq!(outstanding(&here, [first, second]).await, [100, 0]);
    let entry = here.entries(3, khata_core::page::Limit::MAX).await.unwrap().remove(0);
    let effects: Vec<_> = entry.allocations.iter().map(|row| (row.amount.minor(), row.effective)).collect();
    assert_eq!((entry.kind, entry.amount), (EntryKind::Allocation, paise(0)));
    assert_eq!(effects, [(-100, day(7)), (100, day(7))], "rows are only added");
    check(&context, &here).await;
}

async fn what_is_not_named_pays_what_is_due_first(context: TestContext) {
    let (shop, _, [first, second], receipt) = book(&context).await;
    let new = Reallocation::new(receipt, rows(&[(second, 30)]));
    assert_eq!(paid(&shop.allocate_receipt(new).await.unwrap()), [(first, 70), (second, 30)]);
    assert_eq!(outstanding(&shop, [first, second]).await, [30, 70]);
    let none = Reallocation::new(receipt, Vec::new());
    assert_eq!(paid(&shop.allocate_receipt(none).await.unwrap()), [(first, 100)]);
    check(&context, &shop).await;
}

async fn a_receipt_can_be_allocated_again_and_again_and_then_voided(context: TestContext) {
    let (shop, _, [first, second], receipt) = book(&context).await;
    for amount in [100, 0, 40, 60] {
        let named = if amount == 0 { Vec::new() } else { rows(&[(second, amount)]) };
        let allocated = shop.allocate_receipt(Reallocation::new(receipt, named)).await.unwrap();
        let expected = [(first, 100 - amount), (second, amount)].into_iter().filter(|row| row.1 > 0);
        assert_eq!(paid(&allocated), expected.collect::<Vec<_>>());
    }
    shop.void_receipt(Void::new(receipt, "wrong").unwrap()).await.unwrap();
    assert_eq!(outstanding(&shop, [first, second]).await, [100, 100]);
    let again = shop.allocate_receipt(Reallocation::new(receipt, Vec::new())).await;
    assert_eq!(again.unwrap_err().code(), "already_void");
    check(&context, &shop).await;
}

async fn a_credit_note_can_be_allocated_away_from_its_invoice(context: TestContext) {
    let (shop, _, [first, second], receipt) = book(&context).await;
    let note = NewCreditNote::new(second, day(6), paise(40));
    let note = shop.add_credit_note(note).await.unwrap().id;
    assert_eq!(outstanding(&shop, [first, second]).await, [0, 60]);
    shop.allocate_receipt(Reallocation::new(receipt, rows(&[(second, 60)]))).await.unwrap();
    assert_eq!(outstanding(&shop, [first, second]).await, [60, 0]);
    let moved = shop.allocate_credit_note(Reallocation::new(note, rows(&[(first, 40)]))).await.unwrap();
    assert_eq!((moved.allocations[0].invoice, moved.allocations[0].amount), (Some(first), paise(40)));
    assert_eq!(outstanding(&shop, [first, second]).await, [20, 40]);
    check(&context, &shop).await;
}

async fn balances_stay_as_they_are_and_statements_say_nothing_of_it(context: TestContext) {
    let (shop, ravi, [_, second], receipt) = book(&context).await;
    let before = shop.statement(ravi, &StatementFilter::default()).await.unwrap();
    let customer = shop.customer(ravi).await.unwrap();
    shop.allocate_receipt(Reallocation::new(receipt, rows(&[(second, 100)])).on(day(7))).await.unwrap();
    let after = shop.statement(ravi, &StatementFilter::default()).await.unwrap();
    assert_eq!(after.entries, before.entries);
    assert_eq!(shop.customer(ravi).await.unwrap().totals, customer.totals);
    let ageing = shop.ageing(Some(day(6))).await.unwrap().customers.remove(0);
    let later = shop.ageing(Some(day(7))).await.unwrap().customers.remove(0);
    assert_eq!([ageing.buckets.days_1_to_30, later.buckets.days_1_to_30], [paise(100); 2]);
}

async fn what_can_not_be_paid_is_refused_and_nothing_changes(context: TestContext) {
    let (shop, _, [first, second], receipt) = book(&context).await;
    let asha = shop.add_customer(new_customer("Asha", 2)).await.unwrap().id;
    let hers = shop.add_invoice(NewInvoice::new(asha, day(0), paise(100))).await.unwrap().id;
    let head = context.store.head(shop.id()).await.unwrap();
    for (named, on, code) in [
        (rows(&[(first, 60), (second, 41)]), 7, "over_allocated"),
        (rows(&[(first, 10), (first, 10)]), 7, "repeated"),
        (rows(&[(hers, 10)]), 7, "other_customer"),
        (rows(&[(InvoiceId::generate(), 10)]), 7, "not_found"),
        (rows(&[(second, 10)]), 4, "too_early"),
    ] {
        match shop.allocate_receipt(Reallocation::new(receipt, named).on(day(on))).await {
            Err(Error::Invalid(faults)) => assert_eq!(faults[0].code, code),
            other => panic!("{code}: {other:?}"),
        }
    }
    assert_eq!(context.other.head(shop.id()).await.unwrap(), head);
}

async fn an_allocation_takes_effect_no_earlier_than_both_are_free(context: TestContext) {
    let (shop, ravi, [first, second], receipt) = book(&context).await;
    let later = shop.add_invoice(NewInvoice::new(ravi, day(50), paise(100))).await.unwrap().id;
    shop.allocate_receipt(Reallocation::new(receipt, rows(&[(later, 100)])).on(day(10))).await.unwrap();
    let owed = |on: i64| shop.explain_balance(ravi, Some(day(on)), khata_core::page::Limit::MAX);
    let (before, after) = futures::try_join!(owed(49), owed(50)).unwrap();
    assert_eq!([before.owed, before.on_account], [paise(200), paise(100)], "on account until then");
    assert_eq!([after.owed, after.on_account], [paise(200), paise(0)]);
    assert_eq!(outstanding(&shop, [first, second]).await, [100, 100]);
    check(&context, &shop).await;
}

async fn an_allocation_from_a_later_day_on_leaves_nothing_post_dated(context: TestContext) {
    let (shop, ravi, [first, second], receipt) = book(&context).await;
    let new = Reallocation::new(receipt, rows(&[(second, 100)])).on(day(TODAY + 1));
    shop.allocate_receipt(new).await.unwrap();
    let customer = shop.customer(ravi).await.unwrap();
    assert_eq!((customer.balance(), customer.post_dated), (paise(100), PostDated::default()));
    assert_eq!(outstanding(&shop, [first, second]).await, [0, 100], "as it stands today");
    check(&context, &shop).await;
    context.wait_days(1);
    assert_eq!(outstanding(&shop, [first, second]).await, [100, 0]);
    check(&context, &shop).await;
}

async fn an_allocation_under_the_same_key_happens_once(context: TestContext) {
    let (here, _, [first, second], receipt) = book(&context).await;
    let there = context.shop_elsewhere(&here).await;
    let key = IdempotencyKey::parse("a").ok();
    let new = Reallocation::new(receipt, rows(&[(second, 100)]));
    let made = here.perform(new.clone(), key.clone()).await.unwrap();
    here.allocate_receipt(Reallocation::new(receipt, rows(&[(first, 100)]))).await.unwrap();
    let again = there.perform(new, key).await.unwrap();
    assert!(again.replayed && !made.replayed);
    assert_eq!(again.value, made.value, "as it was, though it pays another one since");
    assert_eq!(outstanding(&here, [first, second]).await, [0, 100]);
}
