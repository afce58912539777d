//! Cheques, and what becomes of the book when one bounces.

use khata_core::bounce::Bounce;
use khata_core::error::Error;
use khata_core::id::{CustomerId, InvoiceId, ReceiptId};
use khata_core::idempotency::IdempotencyKey;
use khata_core::invoice::{InvoiceStatus, NewInvoice};
use khata_core::ledger::EntryKind;
use khata_core::receipt::{CreditStatus, NewReceipt, PaymentType};
use khata_core::shop::{DocumentFilter, Shop, StatementFilter};
use khata_core::text::Note;
use khata_core::void::Void;

use super::context::{TestContext, day, fault, new_customer, paise};
use super::{invariants, suite};

suite! {
    a_cheque_has_a_number_a_bank_and_a_date,
    what_a_bounced_cheque_had_paid_is_owed_again_by_the_old_due_date,
    the_charge_is_a_debit_note_of_the_same_transaction,
    a_customer_shows_how_many_cheques_bounced,
    what_is_no_cheque_does_not_bounce,
    a_cheque_bounces_once_and_neither_before_it_was_given_nor_after_today,
    a_bounce_that_is_refused_at_its_charge_changes_nothing,
    a_bounce_under_the_same_key_happens_once,
}

fn bounce(receipt: ReceiptId, on: i64) -> Bounce {
    Bounce::new(receipt, day(on), Note::parse("Funds insufficient").unwrap())
}

/// An invoice of 100 due on day 10, paid by a cheque on day 20.
async fn paid_by_cheque(context: &TestContext) -> (Shop, CustomerId, InvoiceId, ReceiptId) {
    let shop = context.shop(1).await;
    let ravi = shop.add_customer(new_customer("Ravi", 1)).await.unwrap().id;
    let invoice = NewInvoice::new(ravi, day(0), paise(100)).due_date(day(10));
    let invoice = shop.add_invoice(invoice).await.unwrap().id;
    let cheque = NewReceipt::new(ravi, day(20), paise(100), PaymentType::Cheque);
    let cheque = cheque.cheque_number("000123").unwrap().cheque_bank("SBI").unwrap().cheque_date(day(19));
    let receipt = shop.add_receipt(cheque).await.unwrap().id;
    (shop, ravi, invoice, receipt)
}

async fn check(context: &TestContext, shop: &Shop) {
    invariants::check(&*context.other, shop.id()).await.unwrap_or_else(|violation| panic!("{violation}"));
}

async fn a_cheque_has_a_number_a_bank_and_a_date(context: TestContext) {
    let (shop, ravi, _, receipt) = paid_by_cheque(&context).await;
    let receipt = shop.receipt(receipt).await.unwrap();
    let (number, bank) = (receipt.cheque_number.unwrap(), receipt.cheque_bank.unwrap());
    assert_eq!((number.as_str(), bank.as_str(), receipt.cheque_date), ("000123", "SBI", Some(day(19))));
    let cash = NewReceipt::new(ravi, day(1), paise(5), PaymentType::Cash).cheque_number("1").unwrap();
    match shop.add_receipt(cash).await {
        Err(Error::Invalid(faults)) => {
            let faults: Vec<_> = faults.into_iter().map(|fault| (fault.field, fault.code)).collect();
            assert_eq!(faults, fault("chequeNumber", "not_a_cheque"));
        }
        other => panic!("{other:?}"),
    }
}

async fn what_a_bounced_cheque_had_paid_is_owed_again_by_the_old_due_date(context: TestContext) {
    let (here, ravi, invoice, receipt) = paid_by_cheque(&context).await;
    let there = context.shop_elsewhere(&here).await;
    let bounced = there.bounce_receipt(bounce(receipt, 25)).await.unwrap();
    assert_eq!((bounced.status, bounced.unapplied), (CreditStatus::Bounced, paise(0)));
    assert!(bounced.allocations.is_empty());
    assert_eq!(here.receipt(receipt).await.unwrap(), bounced);
    let invoice = here.invoice(invoice).await.unwrap();
    assert_eq!((invoice.status, invoice.outstanding), (InvoiceStatus::Unpaid, paise(100)));
    let balances = [19, 20, 24, 25].map(|on| here.balance(ravi, Some(day(on))));
    let balances: Vec<_> = futures::future::try_join_all(balances).await.unwrap();
    assert_eq!(balances.iter().map(|at| at.balance.minor()).collect::<Vec<_>>(), [100, 0, 0, 100]);
    let ageing = here.ageing(Some(day(41))).await.unwrap();
    assert_eq!(ageing.customers[0].buckets.days_31_to_60, paise(100), "since day 10, not since it bounced");
    let statement = here.statement(ravi, &StatementFilter::default()).await.unwrap();
    let last = statement.entries.last().unwrap();
    let note = last.note.as_ref().map(Note::as_str);
    assert_eq!((last.kind, last.debit, note), (EntryKind::Bounce, paise(100), Some("Funds insufficient")));
    check(&context, &here).await;
}

async fn the_charge_is_a_debit_note_of_the_same_transaction(context: TestContext) {
    let (shop, ravi, _, receipt) = paid_by_cheque(&context).await;
    let before = context.store.head(shop.id()).await.unwrap().seq;
    shop.bounce_receipt(bounce(receipt, 25).charge(paise(50))).await.unwrap();
    assert_eq!(context.other.head(shop.id()).await.unwrap().seq, before + 2);
    let notes = shop.debit_notes(&DocumentFilter::default()).await.unwrap().items;
    let [note] = <[_; 1]>::try_from(notes).unwrap();
    assert_eq!((note.customer, note.date, note.total), (ravi, day(25), paise(50)));
    assert_eq!(note.note.unwrap().as_str(), "Cheque 000123 bounced (receipt RCT/2026-27/0001)");
    assert_eq!(shop.customer(ravi).await.unwrap().balance(), paise(150));
    check(&context, &shop).await;
}

async fn a_customer_shows_how_many_cheques_bounced(context: TestContext) {
    let (shop, ravi, _, receipt) = paid_by_cheque(&context).await;
    let cheque = || NewReceipt::new(ravi, day(21), paise(30), PaymentType::Cheque);
    let (second, third) =
        (shop.add_receipt(cheque()).await.unwrap(), shop.add_receipt(cheque()).await.unwrap());
    shop.bounce_receipt(bounce(receipt, 25)).await.unwrap();
    shop.bounce_receipt(bounce(second.id, 26)).await.unwrap();
    shop.void_receipt(Void::new(third.id, "written twice").unwrap()).await.unwrap();
    assert_eq!(shop.customer(ravi).await.unwrap().bounced_cheques, 2);
}

async fn what_is_no_cheque_does_not_bounce(context: TestContext) {
    let (shop, ravi, ..) = paid_by_cheque(&context).await;
    let cash = shop.add_receipt(NewReceipt::new(ravi, day(1), paise(5), PaymentType::Cash)).await.unwrap().id;
    assert_eq!(shop.bounce_receipt(bounce(cash, 25)).await.unwrap_err().code(), "not_a_cheque");
    let unknown = shop.bounce_receipt(bounce(ReceiptId::generate(), 25)).await;
    assert!(matches!(unknown, Err(Error::NotFound)), "{unknown:?}");
}

async fn a_cheque_bounces_once_and_neither_before_it_was_given_nor_after_today(context: TestContext) {
    let (shop, _, _, receipt) = paid_by_cheque(&context).await;
    let code = |error: Error| match error {
        Error::Invalid(faults) => faults[0].code,
        other => other.code(),
    };
    let early = shop.bounce_receipt(bounce(receipt, 19)).await.unwrap_err();
    let tomorrow = Bounce::new(receipt, shop.today().plus_days(1).unwrap(), Note::parse("?").unwrap());
    let late = shop.bounce_receipt(tomorrow).await.unwrap_err();
    assert_eq!((code(early), code(late)), ("too_early", "in_future"));
    shop.bounce_receipt(bounce(receipt, 20)).await.unwrap();
    assert_eq!(shop.bounce_receipt(bounce(receipt, 20)).await.unwrap_err().code(), "already_void");
}

async fn a_bounce_that_is_refused_at_its_charge_changes_nothing(context: TestContext) {
    let (shop, _, _, receipt) = paid_by_cheque(&context).await;
    let last = khata_core::numbering::NewNumbering::from_next(
        khata_core::number::DocumentKind::DebitNote,
        "ABCDEFGHIJKLMNO9",
    );
    shop.set_numbering(last.unwrap()).await.unwrap();
    let ravi = shop.receipt(receipt).await.unwrap().customer;
    let note = khata_core::debit_note::NewDebitNote::new(ravi, day(1), paise(1));
    shop.add_debit_note(note).await.unwrap();
    let head = context.store.head(shop.id()).await.unwrap();
    assert!(shop.bounce_receipt(bounce(receipt, 25).charge(paise(5))).await.is_err(), "no number is left");
    assert_eq!(context.other.head(shop.id()).await.unwrap(), head);
    assert_eq!(shop.receipt(receipt).await.unwrap().status, CreditStatus::Recorded);
}

async fn a_bounce_under_the_same_key_happens_once(context: TestContext) {
    let (here, ravi, _, receipt) = paid_by_cheque(&context).await;
    let there = context.shop_elsewhere(&here).await;
    let key = IdempotencyKey::parse("b").ok();
    let once = bounce(receipt, 25).charge(paise(50));
    let first = here.perform(once.clone(), key.clone()).await.unwrap();
    let again = there.perform(once, key.clone()).await.unwrap();
    assert!(again.replayed && !first.replayed);
    assert_eq!(again.value, first.value);
    assert_eq!(here.customer(ravi).await.unwrap().balance(), paise(150));
    let other = here.perform(bounce(receipt, 25), key).await;
    assert!(matches!(other, Err(Error::IdempotencyMismatch)), "{other:?}");
}
