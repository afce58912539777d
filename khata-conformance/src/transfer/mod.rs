//! [`transfer`](khata_core::transfer): whole books out of memory into the store, and back.

mod copies;
mod refusals;

use std::sync::Arc;

use khata_core::credit_note::NewCreditNote;
use khata_core::customer::{Customer, CustomerUpdate};
use khata_core::debit_note::NewDebitNote;
use khata_core::form::Patch;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::invoice::NewInvoice;
use khata_core::number::DocumentNumber;
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::refund::NewRefund;
use khata_core::shop::Shop;
use khata_core::store::{Credentials, Head, MemoryStore, Posted, Store};
use khata_core::testing::copy_in_pages;
use khata_core::text::Note;
use khata_core::transfer::{Copied, Error};
use khata_core::void::Void;
use khata_core::write_off::NewWriteOff;

use super::context::{TestContext, day, mobile, new_customer, paise, with};
use super::{Case, invariants};

pub(super) fn cases() -> Vec<Case> {
    [copies::cases(), refusals::cases()].concat()
}

/// Few rows at once, so that a small book takes many batches.
const PAGE: u32 = 3;

/// A store in memory, as the context of a book to copy.
pub(super) fn in_memory() -> TestContext {
    let store = Arc::new(MemoryStore::new());
    TestContext::new(store.clone(), store)
}

async fn copy(from: &dyn Store, to: &dyn Store) -> Result<Copied, Error> {
    copy_in_pages(from, to, PAGE, &mut |_| ()).await
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).expect("it is visible ASCII")
}

/// A shop with every kind of row: customers of all sorts, documents with numbers given by hand, paid at once, late
/// and in advance, requests with keys.
pub(super) async fn book(context: &TestContext, n: u32) -> Shop {
    let shop = context.shop(n).await;
    let opening_balance = Some(paise(-700));
    let asha =
        with(new_customer("आशा पाटील", 1), |new| new.opening_balance = opening_balance);
    let asha = shop.perform(asha, Some(key("asha"))).await.unwrap().value.id;
    let ravi = shop.add_customer(new_customer("Ravi", 2)).await.unwrap().id;
    let gone = shop.add_customer(new_customer("Gone", 3)).await.unwrap().id;
    shop.add_customer(new_customer("New", 4)).await.unwrap();
    for (at, customer) in [asha, ravi, gone, ravi].into_iter().enumerate() {
        let at = i64::try_from(at).expect("it is small");
        let number = (at == 3).then(|| DocumentNumber::parse("inv/2026-27/0007").expect("it is a number"));
        let due_date = Some(day(at + 30));
        let new = with(NewInvoice::new(customer, day(at), paise(500 + at)), |new| {
            new.number = number;
            new.due_date = due_date;
        });
        shop.perform(new, Some(key(&format!("invoice-{at}")))).await.unwrap();
    }
    for (at, (customer, amount)) in
        [(ravi, 300), (gone, 502), (asha, 900), (ravi, 5_000)].into_iter().enumerate()
    {
        let at = i64::try_from(at).expect("it is small");
        shop.add_receipt(NewReceipt::new(customer, day(at + 5), paise(amount), PaymentType::Upi))
            .await
            .unwrap();
    }
    shop.remove_customer(gone, None).await.unwrap();
    void_and_credit(&shop, ravi).await;
    adjust(&shop, asha, ravi).await;
    shop
}

/// Six entries more: a credit note that stays, one that is void, and void documents that had joined others.
async fn void_and_credit(shop: &Shop, customer: CustomerId) {
    let reason = || Note::parse("mistyped").expect("it is a note");
    let invoice = shop.add_invoice(NewInvoice::new(customer, day(8), paise(1_000))).await.unwrap().id;
    shop.add_credit_note(NewCreditNote::new(invoice, day(9), paise(150))).await.unwrap();
    let void = shop.add_credit_note(NewCreditNote::new(invoice, day(9), paise(70))).await.unwrap().id;
    shop.void_credit_note(Void::new(void, reason()).unwrap().on(day(10))).await.unwrap();
    let receipt = NewReceipt::new(customer, day(9), paise(40), PaymentType::Cash);
    let receipt = shop.add_receipt(receipt).await.unwrap().id;
    shop.void_receipt(Void::new(receipt, reason()).unwrap().on(day(11))).await.unwrap();
}

/// Three entries more: a debit note of which a part is written off, and a refund.
async fn adjust(shop: &Shop, owing: CustomerId, paid: CustomerId) {
    shop.add_debit_note(NewDebitNote::new(owing, day(12), paise(1_200))).await.unwrap();
    shop.add_write_off(NewWriteOff::new(owing, day(13), paise(40), "small change").unwrap()).await.unwrap();
    shop.add_refund(NewRefund::new(paid, day(14), paise(25), PaymentType::Cash)).await.unwrap();
}

/// All that a store has of a shop.
#[derive(Debug, PartialEq)]
pub(super) struct Whole {
    pub(super) head: Head,
    pub(super) credentials: Credentials,
    pub(super) customers: Vec<Customer>,
    postings: Vec<Posted>,
    records: Vec<(IdempotencyKey, IdempotencyRecord)>,
}

pub(super) async fn whole(store: &dyn Store, owner: OwnerId) -> Whole {
    Whole {
        head: store.head(owner).await.unwrap(),
        credentials: store.credentials(owner).await.unwrap(),
        customers: store.all_customers(owner, None, u32::MAX).await.unwrap(),
        postings: store.postings(owner, 0, u32::MAX).await.unwrap(),
        records: store.idempotency_records(owner, None, u32::MAX).await.unwrap(),
    }
}

async fn assert_same(from: &dyn Store, to: &dyn Store, owner: OwnerId) {
    assert_eq!(whole(to, owner).await, whole(from, owner).await);
    invariants::check(to, owner).await.unwrap_or_else(|violation| panic!("{violation}"));
}

async fn set_mobile(shop: &Shop, customer: CustomerId, n: u32) {
    let update = with(CustomerUpdate::default(), |update| update.mobile = Patch::Set(mobile(n)));
    shop.update_customer(customer, update, None).await.unwrap();
}

/// Twelve customers, of whom the nth has the mobile number n, and who have been copied.
async fn customers(source: &TestContext, context: &TestContext) -> (Shop, Vec<CustomerId>) {
    let shop = source.shop(1).await;
    let mut made = Vec::new();
    for n in 0..12 {
        made.push(shop.add_customer(new_customer("Somebody", n)).await.unwrap().id);
    }
    copy(&*source.store, &*context.store).await.unwrap();
    (shop, made)
}
