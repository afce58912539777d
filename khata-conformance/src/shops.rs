//! A shop's operations over a store, by way of two processes that share it.

use khata_core::customer::{CustomerUpdate, CustomerView, Removal};
use khata_core::documents::NewAllocation;
use khata_core::error::{Error, Refusal};
use khata_core::form::Patch;
use khata_core::idempotency::IdempotencyKey;
use khata_core::invoice::{InvoiceStatus, NewInvoice};
use khata_core::number::DocumentNumber;
use khata_core::owner::OwnerUpdate;
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::shop::Shop;
use khata_core::store::Store;

use super::context::{TestContext, assert_fails, at_once, day, name, new_customer, paise, with};
use super::invariants;
use super::suite;

suite! {
    what_one_process_posts_another_sees,
    a_key_answers_again_as_the_first_time,
    a_key_of_another_request_is_refused,
    a_key_goes_with_its_customer,
    a_refusal_does_not_use_up_its_key,
    a_rejected_posting_never_fails_its_batch_mates,
    a_batch_may_be_of_several_shops,
    postings_of_one_batch_see_each_other,
    a_dropped_caller_does_not_cancel_its_posting,
    a_removed_customer_is_deleted_or_archived,
    a_customer_is_changed_at_the_revision_that_was_seen,
    a_lock_date_holds_everywhere_at_once,
    numbers_go_on_in_every_process,
}

async fn customer(shop: &Shop, n: u32) -> CustomerView {
    shop.add_customer(new_customer(&format!("Customer {n}"), n)).await.unwrap()
}

fn invoice(customer: &CustomerView, amount: i64) -> NewInvoice {
    NewInvoice::new(customer.id, day(0), paise(amount))
}

fn receipt(customer: &CustomerView, amount: i64) -> NewReceipt {
    NewReceipt::new(customer.id, day(1), paise(amount), PaymentType::Cash)
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).expect("it is visible ASCII")
}

async fn assert_sound(store: &dyn Store, shop: &Shop) {
    invariants::check(store, shop.id()).await.unwrap_or_else(|violation| panic!("{violation}"));
}

async fn what_one_process_posts_another_sees(context: TestContext) {
    let here = context.shop(1).await;
    let there = context.shop_elsewhere(&here).await;
    let ravi = customer(&here, 1).await;
    assert_eq!(there.customer(ravi.id).await.unwrap(), ravi);
    let posted = there.add_invoice(invoice(&ravi, 100)).await.unwrap();
    assert_eq!(here.invoice(posted.id).await.unwrap(), posted);
    let mut paying = receipt(&ravi, 60);
    paying.allocations = vec![NewAllocation::new(posted.id, paise(50))];
    let paid = here.add_receipt(paying).await.unwrap();
    assert_eq!(there.receipt(paid.id).await.unwrap(), paid);
    let after = there.invoice(posted.id).await.unwrap();
    assert_eq!((after.outstanding, after.status), (paise(40), InvoiceStatus::Partial));
    assert_eq!(there.balance(ravi.id, Some(day(0))).await.unwrap().balance, paise(100));
    assert_eq!(there.balance(ravi.id, Some(day(1))).await.unwrap().balance, paise(40));
    assert_sound(&*context.store, &here).await;
}

async fn a_key_answers_again_as_the_first_time(context: TestContext) {
    let here = context.shop(1).await;
    let there = context.shop_elsewhere(&here).await;
    let new = new_customer("Ravi", 1);
    let ravi = here.perform(new.clone(), Some(key("customer"))).await.unwrap();
    let first = here.perform(invoice(&ravi.value, 100), Some(key("invoice"))).await.unwrap();
    let paid = here.perform(receipt(&ravi.value, 100), Some(key("receipt"))).await.unwrap();
    assert!(!ravi.replayed && !first.replayed && !paid.replayed);

    for shop in [&here, &there] {
        let again = shop.perform(new.clone(), Some(key("customer"))).await.unwrap();
        assert_eq!((again.value, again.replayed), (ravi.value.clone(), true));
        let again = shop.perform(invoice(&ravi.value, 100), Some(key("invoice"))).await.unwrap();
        assert_eq!((again.value, again.replayed), (first.value.clone(), true), "unpaid, as it was then");
        let again = shop.perform(receipt(&ravi.value, 100), Some(key("receipt"))).await.unwrap();
        assert_eq!((again.value, again.replayed), (paid.value.clone(), true));
    }
    assert_eq!(context.store.head(here.id()).await.unwrap().seq, 2, "nothing was done twice");
}

async fn a_key_of_another_request_is_refused(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop, 1).await;
    shop.perform(invoice(&ravi, 100), Some(key("key"))).await.unwrap();
    assert_fails!(shop.perform(invoice(&ravi, 101), Some(key("key"))).await, Error::IdempotencyMismatch);
    assert_fails!(shop.perform(receipt(&ravi, 100), Some(key("key"))).await, Error::IdempotencyMismatch);
    let new = new_customer("Ravi", 2);
    assert_fails!(shop.perform(new, Some(key("key"))).await, Error::IdempotencyMismatch);
    assert!(!shop.perform(invoice(&ravi, 101), Some(key("KEY"))).await.unwrap().replayed, "case counts");
    assert_eq!(shop.customer(ravi.id).await.unwrap().balance(), paise(201));
}

async fn a_key_goes_with_its_customer(context: TestContext) {
    let shop = context.shop(1).await;
    let new = new_customer("Ravi", 1);
    let first = shop.perform(new.clone(), Some(key("key"))).await.unwrap().value;
    assert_eq!(shop.remove_customer(first.id, None).await.unwrap(), Removal::Deleted);
    let second = shop.perform(new, Some(key("key"))).await.unwrap();
    assert!(!second.replayed && second.value.id != first.id);
}

async fn a_refusal_does_not_use_up_its_key(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop, 1).await;
    let limit = with(CustomerUpdate::default(), |update| update.credit_limit = Patch::Set(paise(50)));
    shop.update_customer(ravi.id, limit, None).await.unwrap();
    let refused = shop.perform(invoice(&ravi, 100), Some(key("key"))).await;
    assert_fails!(refused, Error::Refused(Refusal::CreditLimitExceeded(_)));
    let limit = with(CustomerUpdate::default(), |update| update.credit_limit = Patch::Clear);
    shop.update_customer(ravi.id, limit, None).await.unwrap();
    assert!(!shop.perform(invoice(&ravi, 100), Some(key("key"))).await.unwrap().replayed);
}

async fn a_rejected_posting_never_fails_its_batch_mates(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop, 1).await;
    let taken = DocumentNumber::parse("TAKEN-1").unwrap();
    shop.add_invoice(with(invoice(&ravi, 1), |new| new.number = Some(taken.clone()))).await.unwrap();
    let postings = (0..60).map(|n| {
        let (shop, mut new) = (shop.clone(), invoice(&ravi, 100));
        match n % 3 {
            0 => new.number = Some(taken.clone()),
            1 => new.customer = khata_core::id::CustomerId::generate(),
            _ => {}
        }
        async move { (n, shop.add_invoice(new).await) }
    });
    for (n, end) in at_once(postings).await {
        match n % 3 {
            0 => assert_fails!(end, Error::Refused(Refusal::NumberTaken(_))),
            1 => assert_fails!(end, Error::Invalid(_)),
            _ => drop(end.expect("nothing is wrong with it")),
        }
    }
    assert_eq!(shop.customer(ravi.id).await.unwrap().balance(), paise(2_001));
    assert_sound(&*context.store, &shop).await;
}

async fn a_batch_may_be_of_several_shops(context: TestContext) {
    let khata = context.khata();
    let mut shops = Vec::new();
    for n in 1..=4 {
        let shop = khata.shop(context.shop(n).await.id()).await.unwrap();
        let customer = customer(&shop, 1).await;
        shops.push((shop, customer));
    }
    let postings = (0..80_usize).map(|n| {
        let (shop, customer) = shops[n % 4].clone();
        async move { shop.add_invoice(invoice(&customer, 100)).await.map(drop) }
    });
    for end in at_once(postings).await {
        end.unwrap();
    }
    for (shop, customer) in &shops {
        assert_eq!(shop.customer(customer.id).await.unwrap().balance(), paise(2_000));
        assert_eq!(context.store.head(shop.id()).await.unwrap().seq, 20);
        assert_sound(&*context.store, shop).await;
    }
}

async fn postings_of_one_batch_see_each_other(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop, 1).await;
    let postings = (0..64).map(|n| {
        let (shop, ravi) = (shop.clone(), ravi.clone());
        async move {
            match n % 2 {
                0 => shop.add_invoice(invoice(&ravi, 70)).await.map(drop),
                _ => shop.add_receipt(receipt(&ravi, 69)).await.map(drop),
            }
        }
    });
    for end in at_once(postings).await {
        end.unwrap();
    }
    assert_eq!(shop.customer(ravi.id).await.unwrap().balance(), paise(32));
    assert_sound(&*context.store, &shop).await;
}

async fn a_dropped_caller_does_not_cancel_its_posting(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop, 1).await;
    for n in 1..=5 {
        let mut dropped = Box::pin(shop.add_invoice(invoice(&ravi, 100)));
        // Once polled it is sent, and it may even be answered by then.
        let _ = futures::poll!(&mut dropped);
        drop(dropped);
        shop.add_receipt(receipt(&ravi, 1)).await.unwrap();
        assert_eq!(
            shop.customer(ravi.id).await.unwrap().balance(),
            paise(99 * n),
            "who came later came after"
        );
    }
}

async fn a_removed_customer_is_deleted_or_archived(context: TestContext) {
    let here = context.shop(1).await;
    let there = context.shop_elsewhere(&here).await;
    let (unused, paid, owing) =
        (customer(&here, 1).await, customer(&here, 2).await, customer(&here, 3).await);
    for owing in [&paid, &owing] {
        here.add_invoice(invoice(owing, 100)).await.unwrap();
    }
    here.add_receipt(receipt(&paid, 100)).await.unwrap();

    assert_eq!(there.remove_customer(unused.id, None).await.unwrap(), Removal::Deleted);
    assert_eq!(there.remove_customer(paid.id, None).await.unwrap(), Removal::Archived);
    let refused = there.remove_customer(owing.id, None).await;
    assert_fails!(refused, Error::Refused(Refusal::BalanceOutstanding));
    assert_fails!(here.customer(unused.id).await, Error::NotFound);
    assert!(here.customer(paid.id).await.unwrap().archived_at.is_some());
    assert_fails!(here.add_invoice(invoice(&paid, 1)).await, Error::Invalid(_));

    let new = |n| new_customer("New", n);
    here.add_customer(new(1)).await.expect("a deleted customer's number is free");
    assert_fails!(here.add_customer(new(2)).await, Error::Refused(Refusal::MobileTaken(_)));
    assert_eq!(there.restore_customer(paid.id).await.unwrap().archived_at, None);
    here.add_invoice(invoice(&paid, 1)).await.expect("the customer is back");
    assert_sound(&*context.store, &here).await;
}

async fn a_customer_is_changed_at_the_revision_that_was_seen(context: TestContext) {
    let here = context.shop(1).await;
    let there = context.shop_elsewhere(&here).await;
    let ravi = customer(&here, 1).await;
    let rename = |text: &str| with(CustomerUpdate::default(), |update| update.name = Some(name(text)));
    let renamed = there.update_customer(ravi.id, rename("रवि"), Some(ravi.revision)).await.unwrap();
    assert!(renamed.revision > ravi.revision);
    assert_fails!(here.update_customer(ravi.id, rename("Stale"), Some(ravi.revision)).await, Error::Stale);
    assert_fails!(here.remove_customer(ravi.id, Some(ravi.revision)).await, Error::Stale);
    there.add_invoice(invoice(&ravi, 100)).await.unwrap();
    let moved = here.update_customer(ravi.id, rename("Stale"), Some(renamed.revision)).await;
    assert_fails!(moved, Error::Stale);
    assert_eq!(here.customer(ravi.id).await.unwrap().name, renamed.name);
}

async fn a_lock_date_holds_everywhere_at_once(context: TestContext) {
    let here = context.shop(1).await;
    let there = context.shop_elsewhere(&here).await;
    let ravi = customer(&here, 1).await;
    let lock = |until| with(OwnerUpdate::default(), |update| update.profile.locked_until = until);
    there.update_profile(lock(Patch::Set(day(0))), None).await.unwrap();
    assert_fails!(here.add_invoice(invoice(&ravi, 1)).await, Error::Refused(Refusal::PeriodLocked));
    here.add_receipt(receipt(&ravi, 1)).await.expect("the day after is open");
    here.update_profile(lock(Patch::Clear), None).await.unwrap();
    there.add_invoice(invoice(&ravi, 1)).await.expect("it is open again");
}

async fn numbers_go_on_in_every_process(context: TestContext) {
    let here = context.shop(1).await;
    let there = context.shop_elsewhere(&here).await;
    let ravi = customer(&here, 1).await;
    for n in 1..=6 {
        let shop = if n % 2 == 0 { &here } else { &there };
        let posted = shop.add_invoice(invoice(&ravi, 1)).await.unwrap();
        assert_eq!(posted.number.as_str(), format!("INV/2026-27/{n:04}"));
    }
    let number = DocumentNumber::parse("inv/2026-27/0010").unwrap();
    here.add_invoice(with(invoice(&ravi, 1), |new| new.number = Some(number))).await.unwrap();
    assert_eq!(there.add_invoice(invoice(&ravi, 1)).await.unwrap().number.as_str(), "INV/2026-27/0011");
    assert_eq!(there.add_receipt(receipt(&ravi, 1)).await.unwrap().number.as_str(), "RCT/2026-27/0001");
}
