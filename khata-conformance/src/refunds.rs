//! Refunds: money given back.

use khata_core::documents::PaidBy;
use khata_core::error::{Error, Refusal};
use khata_core::id::{CustomerId, ReceiptId};
use khata_core::ledger::EntryKind;
use khata_core::page::Limit;
use khata_core::receipt::{CreditStatus, NewReceipt, PaymentType};
use khata_core::refund::NewRefund;
use khata_core::shop::{Shop, StatementFilter};
use khata_core::void::Void;

use super::context::{TestContext, assert_fails, day, fault, faults, new_customer, paise};
use super::suite;

suite! {
    a_refund_takes_the_oldest_credit_first,
    a_refund_is_at_most_what_is_on_account,
    a_voided_refund_is_on_account_again,
    a_refund_of_a_voided_receipt_is_owed,
}

async fn customer(shop: &Shop) -> CustomerId {
    shop.add_customer(new_customer("Ravi", 1)).await.unwrap().id
}

async fn pay(shop: &Shop, customer: CustomerId, on: i64, amount: i64) -> ReceiptId {
    let new = NewReceipt::new(customer, day(on), paise(amount), PaymentType::Cash);
    shop.add_receipt(new).await.unwrap().id
}

fn refund(customer: CustomerId, on: i64, amount: i64) -> NewRefund {
    NewRefund::new(customer, day(on), paise(amount), PaymentType::Upi)
}

fn paid_by(receipt: ReceiptId, amount: i64) -> PaidBy {
    PaidBy {
        receipt: Some(receipt),
        credit_note: None,
        write_off: None,
        opening_balance: None,
        amount: paise(amount),
    }
}

async fn a_refund_takes_the_oldest_credit_first(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let (first, second) = (pay(&shop, ravi, 1, 60).await, pay(&shop, ravi, 2, 60).await);
    let refund = shop.add_refund(refund(ravi, 3, 95)).await.unwrap();
    assert_eq!((refund.number.as_str(), refund.outstanding), ("RFD/2026-27/0001", paise(0)));
    assert_eq!(refund.allocations, [paid_by(first, 60), paid_by(second, 35)]);

    let there = context.shop_elsewhere(&shop).await;
    assert_eq!(there.refund(refund.id).await.unwrap(), refund);
    assert_eq!(there.receipt(second).await.unwrap().allocations[0].refund, Some(refund.id));
    let balance = there.balance(ravi, None).await.unwrap();
    assert_eq!((balance.balance, balance.received, balance.refunded), (paise(-25), paise(120), paise(95)));
    let statement = there.statement(ravi, &StatementFilter::default()).await.unwrap();
    let last = statement.entries.last().unwrap();
    assert_eq!((last.kind, last.debit, last.balance), (EntryKind::Refund, paise(95), paise(-25)));
    let book = there.day_book(Some(day(3)), 0, Limit::MAX).await.unwrap();
    assert_eq!(book.totals.by_payment_type[0].amount, paise(-95));
}

async fn a_refund_is_at_most_what_is_on_account(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    assert_eq!(faults(shop.add_refund(refund(ravi, 3, 1)).await), fault("amount", "beyond_on_account"));
    pay(&shop, ravi, 1, 60).await;
    assert_eq!(faults(shop.add_refund(refund(ravi, 3, 61)).await), fault("amount", "beyond_on_account"));
    shop.add_refund(refund(ravi, 3, 60)).await.unwrap();
    assert_eq!(faults(shop.add_refund(refund(ravi, 3, 1)).await), fault("amount", "beyond_on_account"));
    assert_eq!(shop.entries(0, Limit::MAX).await.unwrap().len(), 2);
}

async fn a_voided_refund_is_on_account_again(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let receipt = pay(&shop, ravi, 1, 60).await;
    let refund = shop.add_refund(refund(ravi, 3, 60)).await.unwrap();
    let void = || Void::new(refund.id, "Not given").unwrap();
    let voided = shop.void_refund(void()).await.unwrap();
    assert_eq!((voided.status, voided.outstanding), (CreditStatus::Void, paise(0)));
    assert_eq!(shop.receipt(receipt).await.unwrap().unapplied, paise(60));
    assert_eq!(shop.balance(ravi, None).await.unwrap().refunded, paise(0));
    assert_fails!(shop.void_refund(void()).await, Error::Refused(Refusal::AlreadyVoid));
}

async fn a_refund_of_a_voided_receipt_is_owed(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let receipt = pay(&shop, ravi, 1, 60).await;
    let refund = shop.add_refund(refund(ravi, 3, 60)).await.unwrap();
    shop.void_receipt(Void::new(receipt, "It bounced").unwrap()).await.unwrap();
    assert_eq!(shop.refund(refund.id).await.unwrap().outstanding, paise(60));
    assert_eq!(shop.customer(ravi).await.unwrap().balance(), paise(60));
    let other = pay(&shop, ravi, 4, 60).await;
    assert_eq!(shop.refund(refund.id).await.unwrap().allocations, [paid_by(other, 60)]);
}
