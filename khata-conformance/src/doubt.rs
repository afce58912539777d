//! Commits of unknown fate: the job is sent again, and nothing is done twice.

use std::sync::Arc;

use khata_core::customer::{Customer, CustomerUpdate, CustomerView, Removal};
use khata_core::error::Error;
use khata_core::idempotency::IdempotencyKey;
use khata_core::invoice::NewInvoice;
use khata_core::owner::OwnerUpdate;
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::shop::Shop;
use khata_core::store::StoreError;

use super::context::{TestContext, assert_fails, at_once, day, name, new_customer, paise, with};
use super::invariants;
use super::suite;
use super::unreliable::{Fate, Unreliable};

suite! {
    an_invoice_in_doubt_is_not_doubled,
    a_receipt_in_doubt_is_not_doubled,
    a_customer_in_doubt_is_not_doubled,
    a_change_in_doubt_is_made_once,
    a_deletion_in_doubt_is_told_as_one,
    an_archiving_in_doubt_is_made_once,
    a_posting_with_a_key_in_doubt_is_answered_as_new,
    a_batch_in_doubt_is_not_doubled,
    a_commit_that_was_lost_is_made_up_for,
    doubt_that_lasts_is_told,
}

/// A shop with a customer, whose next transactions are answered with doubt.
async fn doubted(context: &TestContext, fate: Fate, times: u32) -> (Shop, CustomerView) {
    let shop = context.shop(1).await;
    let new = new_customer("Ravi", 1).opening_balance(paise(500));
    let ravi = shop.add_customer(new).await.unwrap();
    let store = Unreliable::new(context.store.clone(), fate).for_next(times);
    let shop = context.khata_over(Arc::new(store)).shop(shop.id()).await.unwrap();
    (shop, ravi)
}

fn invoice(customer: &CustomerView) -> NewInvoice {
    NewInvoice::new(customer.id, day(0), paise(100))
}

fn receipt(customer: &CustomerView) -> NewReceipt {
    NewReceipt::new(customer.id, day(0), paise(100), PaymentType::Cash)
}

async fn assert_entries(context: &TestContext, shop: &Shop, count: u64) {
    assert_eq!(context.store.head(shop.id()).await.unwrap().seq, count);
    invariants::check(&*context.store, shop.id()).await.unwrap_or_else(|violation| panic!("{violation}"));
}

async fn an_invoice_in_doubt_is_not_doubled(context: TestContext) {
    let (shop, ravi) = doubted(&context, Fate::Committed, 2).await;
    let posted = shop.add_invoice(invoice(&ravi)).await.unwrap();
    assert_eq!(shop.invoice(posted.id).await.unwrap(), posted);
    assert_entries(&context, &shop, 2).await;
}

async fn a_receipt_in_doubt_is_not_doubled(context: TestContext) {
    let (shop, ravi) = doubted(&context, Fate::Committed, 2).await;
    let posted = shop.add_receipt(receipt(&ravi)).await.unwrap();
    assert_eq!(shop.receipt(posted.id).await.unwrap(), posted);
    assert_entries(&context, &shop, 2).await;
}

async fn a_customer_in_doubt_is_not_doubled(context: TestContext) {
    let (shop, _) = doubted(&context, Fate::Committed, 2).await;
    let new = new_customer("Asha", 2).opening_balance(paise(-7));
    let asha = shop.add_customer(new).await.unwrap();
    assert_eq!(shop.customer(asha.id).await.unwrap(), asha);
    assert_entries(&context, &shop, 2).await;
}

async fn a_change_in_doubt_is_made_once(context: TestContext) {
    let (shop, ravi) = doubted(&context, Fate::Committed, 2).await;
    let rename = with(CustomerUpdate::default(), |update| update.name = Some(name("रवि")));
    let renamed = shop.update_customer(ravi.id, rename, Some(ravi.revision)).await.unwrap();
    assert_eq!(renamed.revision, ravi.revision + 1);
    assert_eq!(shop.customer(ravi.id).await.unwrap(), renamed);
}

async fn a_deletion_in_doubt_is_told_as_one(context: TestContext) {
    let (shop, _) = doubted(&context, Fate::Committed, 0).await;
    let new = shop.add_customer(new_customer("Asha", 2)).await.unwrap();
    let store = Unreliable::new(context.store.clone(), Fate::Committed).for_next(2);
    let shop = context.khata_over(Arc::new(store)).shop(shop.id()).await.unwrap();
    let removal = shop.remove_customer(new.id, Some(new.revision)).await.unwrap();
    assert_eq!(removal, Removal::Deleted);
    assert_fails!(shop.customer(new.id).await, Error::NotFound);
    assert_fails!(shop.remove_customer(new.id, None).await, Error::NotFound);
}

async fn an_archiving_in_doubt_is_made_once(context: TestContext) {
    let (shop, ravi) = doubted(&context, Fate::Committed, 0).await;
    let new = with(receipt(&ravi), |new| new.amount = paise(500));
    shop.add_receipt(new).await.unwrap();
    let settled = shop.customer(ravi.id).await.unwrap();
    let store = Unreliable::new(context.store.clone(), Fate::Committed).for_next(2);
    let shop = context.khata_over(Arc::new(store)).shop(shop.id()).await.unwrap();
    let removal = shop.remove_customer(ravi.id, Some(settled.revision)).await.unwrap();
    assert_eq!(removal, Removal::Archived);
    assert_eq!(shop.customer(ravi.id).await.unwrap().revision, settled.revision + 1);
}

async fn a_posting_with_a_key_in_doubt_is_answered_as_new(context: TestContext) {
    let (shop, ravi) = doubted(&context, Fate::Committed, 2).await;
    let key = IdempotencyKey::parse("key").expect("it is visible ASCII");
    let posted = shop.perform(invoice(&ravi), Some(key.clone())).await.unwrap();
    assert!(!posted.replayed, "the caller sent it once");
    let again = shop.perform(invoice(&ravi), Some(key)).await.unwrap();
    assert_eq!((again.value, again.replayed), (posted.value, true));
    assert_entries(&context, &shop, 2).await;
}

async fn a_batch_in_doubt_is_not_doubled(context: TestContext) {
    let (shop, ravi) = doubted(&context, Fate::Committed, 3).await;
    let postings = (0..40).map(|n| {
        let (shop, ravi) = (shop.clone(), ravi.clone());
        async move {
            match n % 2 {
                0 => shop.add_invoice(invoice(&ravi)).await.map(|invoice| invoice.seq),
                _ => shop.add_receipt(receipt(&ravi)).await.map(|receipt| receipt.seq),
            }
        }
    });
    let ends: Result<Vec<_>, _> = at_once(postings).await.into_iter().collect();
    let mut seqs = ends.expect("each of them is carried out");
    seqs.sort_unstable();
    assert_eq!(seqs, (2..=41).collect::<Vec<_>>());
    assert_entries(&context, &shop, 41).await;
}

async fn a_commit_that_was_lost_is_made_up_for(context: TestContext) {
    let (shop, ravi) = doubted(&context, Fate::Lost, 2).await;
    let posted = shop.add_invoice(invoice(&ravi)).await.unwrap();
    assert_eq!(shop.invoice(posted.id).await.unwrap(), posted);
    assert_entries(&context, &shop, 2).await;
}

async fn doubt_that_lasts_is_told(context: TestContext) {
    let (shop, ravi) = doubted(&context, Fate::Committed, u32::MAX).await;
    let rename = with(OwnerUpdate::default(), |update| update.profile.shop_name = Some(name("New")));
    let told = shop.update_profile(rename, None).await;
    assert_fails!(told, Error::Store(StoreError::InDoubt { .. }));
    assert_eq!(context.store.customer(shop.id(), ravi.id).await.unwrap(), Customer::clone(&ravi));
}
