//! Voids, by way of two processes that share the store.

use khata_core::calendar::{Date, TimeZone};
use khata_core::credit_note::NewCreditNote;
use khata_core::customer::Removal;
use khata_core::documents::NewAllocation;
use khata_core::error::{Error, Refusal};
use khata_core::form::Patch;
use khata_core::id::{CustomerId, InvoiceId, ItemId, ReceiptId};
use khata_core::idempotency::IdempotencyKey;
use khata_core::invoice::{Invoice, InvoiceStatus, NewInvoice};
use khata_core::ledger::{Balance, Entry, EntryKind, PostDated};
use khata_core::owner::OwnerUpdate;
use khata_core::page::Limit;
use khata_core::receipt::{CreditStatus, NewReceipt, PaymentType, Receipt};
use khata_core::shop::Shop;
use khata_core::text::Note;
use khata_core::void::Void;

use super::context::{TestContext, assert_fails, day, moment, new_customer, paise, with};
use super::suite;

suite! {
    a_void_reverses_its_entry_and_stays_in_the_book,
    a_void_without_a_date_is_of_today_or_the_first_day_that_is_possible,
    a_void_before_the_first_possible_day_is_refused,
    a_void_leaves_earlier_days_as_they_were,
    what_a_voided_invoice_sets_free_pays_others_at_once,
    what_a_voided_receipt_sets_free_is_paid_from_the_account,
    a_part_that_was_set_free_is_allocated_from_then_on,
    a_reversal_takes_effect_no_earlier_than_what_it_reverses,
    a_document_is_voided_once,
    what_is_not_there_is_not_voided,
    a_void_document_is_not_paid_and_its_number_stays_used,
    a_lock_date_refuses_voids_dated_up_to_it,
    a_lock_date_refuses_voids_of_every_kind_and_the_next_day_does_not,
    a_document_of_a_locked_period_is_voided_after_it,
    a_void_brings_an_archived_customer_back,
    a_void_is_answered_again_as_the_first_time,
    a_void_under_the_key_of_another_is_refused,
}

/// The day on which everything here is recorded.
fn today() -> Date {
    TimeZone::KOLKATA.date_of(moment(0))
}

async fn customer(shop: &Shop) -> CustomerId {
    shop.add_customer(new_customer("Ravi", 1)).await.unwrap().id
}

async fn invoice(shop: &Shop, customer: CustomerId, on: i64, amount: i64) -> InvoiceId {
    shop.add_invoice(NewInvoice::new(customer, day(on), paise(amount))).await.unwrap().id
}

async fn receipt(shop: &Shop, customer: CustomerId, on: i64, amount: i64) -> ReceiptId {
    let new = NewReceipt::new(customer, day(on), paise(amount), PaymentType::Cash);
    shop.add_receipt(new).await.unwrap().id
}

fn void<D>(document: D, on: Option<i64>) -> Void<D> {
    let void = Void::new(document, "Never delivered").expect("it is a note");
    with(void, |void| void.terms.date = on.map(day))
}

/// What a customer owed on these days.
async fn owed<const N: usize>(shop: &Shop, customer: CustomerId, on: [i64; N]) -> [i64; N] {
    let mut owed = [0; N];
    for (owed, on) in owed.iter_mut().zip(on) {
        *owed = shop.balance(customer, Some(day(on))).await.unwrap().balance.minor();
    }
    owed
}

async fn last_entry(shop: &Shop) -> Entry {
    shop.entries(0, Limit::MAX).await.unwrap().pop().expect("something was posted")
}

async fn a_void_reverses_its_entry_and_stays_in_the_book(context: TestContext) {
    let here = context.shop(1).await;
    let there = context.shop_elsewhere(&here).await;
    let ravi = customer(&here).await;
    let id = invoice(&here, ravi, 0, 100).await;
    let before = there.entries(0, Limit::MAX).await.unwrap();

    let voided = there.void_invoice(void(id, Some(5))).await.unwrap();
    assert_eq!(
        (voided.status, voided.outstanding, voided.total),
        (InvoiceStatus::Void, paise(0), paise(100))
    );
    assert_eq!(here.invoice(id).await.unwrap(), voided);
    let entries = here.entries(0, Limit::MAX).await.unwrap();
    assert_eq!(entries[..1], before, "the invoice's entry is what it was");
    let entry = &entries[1];
    assert_eq!((entry.kind, entry.item, entry.customer), (EntryKind::Void, id.into(), ravi));
    assert_eq!((entry.amount, entry.date), (paise(-100), day(5)));
    assert_eq!(entry.reason.as_ref().map(Note::as_str), Some("Never delivered"));
    assert_eq!((entry.body_hash, entry.allocations.as_slice()), (None, [].as_slice()));

    let back = here.void_receipt(void(receipt(&here, ravi, 3, 40).await, Some(4))).await.unwrap();
    assert_eq!((back.status, back.unapplied, back.allocations.len()), (CreditStatus::Void, paise(0), 0));
    let totals = there.customer(ravi).await.unwrap().totals;
    let sums = [totals.balance, totals.invoiced, totals.received];
    assert_eq!(sums, [paise(0); 3], "voids count against what they void");
    context.assert_sound(&here).await;
}

async fn a_void_without_a_date_is_of_today_or_the_first_day_that_is_possible(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let late = today().days_since(day(0)) + 9;
    for (on, expected) in [(0, today()), (late, day(late))] {
        let id = invoice(&shop, ravi, on, 100).await;
        shop.void_invoice(void(id, None)).await.unwrap();
        assert_eq!(last_entry(&shop).await.date, expected);
    }
}

async fn a_void_before_the_first_possible_day_is_refused(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let id = invoice(&shop, ravi, 10, 100).await;
    let early = shop.void_invoice(void(id, Some(9))).await;
    let Err(Error::Invalid(faults)) = &early else { panic!("{early:?}") };
    assert_eq!((faults[0].field.as_str(), faults[0].code), ("date", "too_early"));

    // A void of its receipt set the invoice free on day 20 only.
    let paid = receipt(&shop, ravi, 15, 30).await;
    shop.void_receipt(void(paid, Some(20))).await.unwrap();
    assert_fails!(shop.void_invoice(void(id, Some(19))).await, Error::Invalid(_));
    shop.void_invoice(void(id, Some(20))).await.unwrap();
    context.assert_sound(&shop).await;
}

async fn a_void_leaves_earlier_days_as_they_were(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let id = invoice(&shop, ravi, 0, 100).await;
    receipt(&shop, ravi, 10, 30).await;
    let before = shop.balance(ravi, Some(day(19))).await.unwrap();
    assert_eq!(owed(&shop, ravi, [0, 9, 10, 19, 20, 30]).await, [100, 100, 70, 70, 70, 70]);
    shop.void_invoice(void(id, Some(20))).await.unwrap();
    assert_eq!(owed(&shop, ravi, [0, 9, 10, 19, 20, 30]).await, [100, 100, 70, 70, -30, -30]);
    let before = Balance { post_dated: PostDated { debit: paise(0), credit: paise(100) }, ..before };
    assert_eq!(
        shop.balance(ravi, Some(day(19))).await.unwrap(),
        before,
        "overdue and all, and the void is to come"
    );
    let after = shop.balance(ravi, Some(day(20))).await.unwrap();
    let told = (after.invoiced, after.received, after.unapplied, after.overdue);
    assert_eq!(told, (paise(0), paise(30), paise(30), paise(0)));
    context.assert_sound(&shop).await;
}

async fn what_a_voided_invoice_sets_free_pays_others_at_once(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let [wrong, next, last] = [
        invoice(&shop, ravi, 0, 100).await,
        invoice(&shop, ravi, 1, 60).await,
        invoice(&shop, ravi, 2, 60).await,
    ];
    let [one, two] = [receipt(&shop, ravi, 3, 70).await, receipt(&shop, ravi, 4, 30).await];
    shop.void_invoice(void(wrong, Some(5))).await.unwrap();

    let [next, last] = [shop.invoice(next).await.unwrap(), shop.invoice(last).await.unwrap()];
    let paid = |invoice: &Invoice| -> Vec<_> {
        invoice.allocations.iter().map(|row| (row.receipt, row.amount.minor())).collect()
    };
    assert_eq!(paid(&next), [(Some(one), 60)], "the oldest credit pays what is oldest due");
    assert_eq!(paid(&last), [(Some(one), 10), (Some(two), 30)]);
    assert_eq!((next.status, last.outstanding), (InvoiceStatus::Paid, paise(20)));

    let rows = last_entry(&shop).await.allocations;
    let amounts: Vec<_> = rows.iter().map(|row| (row.amount.minor(), row.effective)).collect();
    assert_eq!(amounts, [(-70, day(5)), (-30, day(5)), (60, day(5)), (10, day(5)), (30, day(5))]);
    context.assert_sound(&shop).await;
}

async fn what_a_voided_receipt_sets_free_is_paid_from_the_account(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let id = invoice(&shop, ravi, 0, 100).await;
    let bounced = receipt(&shop, ravi, 1, 80).await;
    let kept = receipt(&shop, ravi, 2, 50).await;
    assert_eq!(shop.receipt(kept).await.unwrap().unapplied, paise(30));
    shop.void_receipt(void(bounced, Some(3))).await.unwrap();

    let Receipt { unapplied, allocations, .. } = shop.receipt(kept).await.unwrap();
    let paid: Vec<_> = allocations.iter().map(|row| (row.invoice, row.amount.minor())).collect();
    assert_eq!((unapplied, paid), (paise(0), vec![(Some(id), 50)]));
    assert_eq!(shop.invoice(id).await.unwrap().outstanding, paise(50));
    context.assert_sound(&shop).await;
}

async fn a_part_that_was_set_free_is_allocated_from_then_on(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let id = invoice(&shop, ravi, 0, 100).await;
    let bounced = receipt(&shop, ravi, 1, 100).await;
    shop.void_receipt(void(bounced, Some(30))).await.unwrap();
    receipt(&shop, ravi, 10, 100).await;
    let paying = last_entry(&shop).await.allocations;
    assert_eq!((paying[0].debit, paying[0].effective), (id.into(), day(30)));
    let stood = shop.balance(ravi, Some(day(10))).await.unwrap();
    let told = (stood.balance, stood.unapplied, stood.overdue);
    assert_eq!(told, (paise(-100), paise(100), paise(0)), "on day 10 the invoice was still paid");
    context.assert_sound(&shop).await;
}

async fn a_reversal_takes_effect_no_earlier_than_what_it_reverses(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let early = receipt(&shop, ravi, 0, 100).await;
    invoice(&shop, ravi, 30, 100).await;
    shop.void_receipt(void(early, Some(10))).await.unwrap();
    let entry = last_entry(&shop).await;
    assert_eq!((entry.date, entry.allocations[0].effective), (day(10), day(30)));
    assert_eq!(owed(&shop, ravi, [0, 9, 10, 29, 30]).await, [-100, -100, 0, 0, 100]);
    context.assert_sound(&shop).await;
}

async fn a_document_is_voided_once(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let invoice = invoice(&shop, ravi, 10, 100).await;
    let receipt = receipt(&shop, ravi, 10, 100).await;
    shop.void_invoice(void(invoice, None)).await.unwrap();
    shop.void_receipt(void(receipt, None)).await.unwrap();
    for on in [None, Some(0), Some(300)] {
        assert_fails!(shop.void_invoice(void(invoice, on)).await, Error::Refused(Refusal::AlreadyVoid));
        assert_fails!(shop.void_receipt(void(receipt, on)).await, Error::Refused(Refusal::AlreadyVoid));
    }
    assert_eq!(last_entry(&shop).await.seq, 4);
}

async fn what_is_not_there_is_not_voided(context: TestContext) {
    let shop = context.shop(1).await;
    let other = context.shop(2).await;
    let new = new_customer("Asha", 2).opening_balance(paise(50));
    let asha = shop.add_customer(new).await.unwrap().id;
    let opening = last_entry(&shop).await.item;
    let invoice = invoice(&shop, asha, 0, 100).await;
    let receipt = receipt(&shop, asha, 0, 100).await;
    assert_fails!(other.void_invoice(void(invoice, None)).await, Error::NotFound);
    assert_fails!(shop.void_invoice(void(InvoiceId::generate(), None)).await, Error::NotFound);
    for wrong in [receipt.into(), opening] {
        let wrong = InvoiceId::from(wrong);
        assert_fails!(shop.void_invoice(void(wrong, None)).await, Error::NotFound);
    }
    shop.void_invoice(void(invoice, None)).await.unwrap();
    let reversing = InvoiceId::from(ItemId::from(last_entry(&shop).await.id));
    assert_fails!(shop.void_invoice(void(reversing, None)).await, Error::NotFound);
}

async fn a_void_document_is_not_paid_and_its_number_stays_used(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let id = invoice(&shop, ravi, 0, 100).await;
    let number = shop.void_invoice(void(id, None)).await.unwrap().number;
    let again = with(NewInvoice::new(ravi, day(0), paise(1)), |new| new.number = Some(number));
    assert_fails!(shop.add_invoice(again).await, Error::Refused(Refusal::NumberTaken(_)));
    let mut paying = NewReceipt::new(ravi, day(0), paise(10), PaymentType::Cash);
    paying.allocations = vec![NewAllocation::new(id, paise(10))];
    let refused = shop.add_receipt(paying).await;
    let Err(Error::Invalid(faults)) = &refused else { panic!("{refused:?}") };
    assert_eq!((faults[0].field.as_str(), faults[0].code), ("allocations/0/invoiceId", "void"));
    let unpaid = receipt(&shop, ravi, 0, 10).await;
    assert_eq!(shop.receipt(unpaid).await.unwrap().unapplied, paise(10));
}

async fn a_lock_date_refuses_voids_dated_up_to_it(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let id = invoice(&shop, ravi, 0, 100).await;
    shop.update_profile(lock(day(5)), None).await.unwrap();
    assert_fails!(shop.void_invoice(void(id, Some(5))).await, Error::Refused(Refusal::PeriodLocked));
    shop.update_profile(lock(today()), None).await.unwrap();
    assert_fails!(shop.void_invoice(void(id, None)).await, Error::Refused(Refusal::PeriodLocked));
    shop.update_profile(lock(day(5)), None).await.unwrap();
    shop.void_invoice(void(id, Some(6))).await.unwrap();
}

fn lock(until: Date) -> OwnerUpdate {
    with(OwnerUpdate::default(), |update| update.profile.locked_until = Patch::Set(until))
}

async fn a_lock_date_refuses_voids_of_every_kind_and_the_next_day_does_not(context: TestContext) {
    let here = context.shop(1).await;
    let there = context.shop_elsewhere(&here).await;
    let ravi = customer(&here).await;
    let [on, bare] = [invoice(&here, ravi, 0, 100).await, invoice(&here, ravi, 1, 100).await];
    let note = here.add_credit_note(NewCreditNote::new(on, day(2), paise(10))).await.unwrap().id;
    let paid = receipt(&here, ravi, 3, 10).await;
    here.update_profile(lock(day(20)), None).await.unwrap();
    for (shop, on) in [(&here, 19), (&there, 20)] {
        let locked = [
            shop.void_invoice(void(bare, Some(on))).await.map(drop),
            shop.void_credit_note(void(note, Some(on))).await.map(drop),
            shop.void_receipt(void(paid, Some(on))).await.map(drop),
        ];
        for refused in locked {
            assert_fails!(refused, Error::Refused(Refusal::PeriodLocked));
        }
    }
    assert_eq!(last_entry(&here).await.seq, 4, "nothing was posted");
    there.void_invoice(void(bare, Some(21))).await.unwrap();
    there.void_credit_note(void(note, Some(21))).await.unwrap();
    there.void_receipt(void(paid, Some(21))).await.unwrap();
    assert_eq!(owed(&here, ravi, [20, 21]).await, [180, 100]);
    context.assert_sound(&here).await;
}

async fn a_document_of_a_locked_period_is_voided_after_it(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let [one, two] = [invoice(&shop, ravi, 0, 100).await, invoice(&shop, ravi, 0, 40).await];
    let yesterday = today().plus_days(-1).expect("the calendar has this day");
    shop.update_profile(lock(yesterday), None).await.unwrap();
    let locked = void(one, None).on(yesterday);
    assert_fails!(shop.void_invoice(locked).await, Error::Refused(Refusal::PeriodLocked));
    shop.void_invoice(void(one, None)).await.unwrap();
    assert_eq!(last_entry(&shop).await.date, today(), "without a date it is of today");
    shop.void_invoice(void(two, None).on(today())).await.unwrap();
    let balance = |on| shop.balance(ravi, Some(on));
    assert_eq!(balance(yesterday).await.unwrap().balance, paise(140), "the locked period stays as it was");
    assert_eq!(balance(today()).await.unwrap().balance, paise(0));
    context.assert_sound(&shop).await;
}

async fn a_void_brings_an_archived_customer_back(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let id = invoice(&shop, ravi, 0, 100).await;
    receipt(&shop, ravi, 0, 100).await;
    assert_eq!(shop.remove_customer(ravi, None).await.unwrap(), Removal::Archived);
    let archived = shop.customer(ravi).await.unwrap();
    shop.void_invoice(void(id, None)).await.unwrap();
    let back = shop.customer(ravi).await.unwrap();
    assert_eq!((back.archived_at, back.balance()), (None, paise(-100)));
    assert!(back.revision > archived.revision && back.updated_at > archived.updated_at);
}

async fn a_void_is_answered_again_as_the_first_time(context: TestContext) {
    let here = context.shop(1).await;
    let there = context.shop_elsewhere(&here).await;
    let ravi = customer(&here).await;
    let id = invoice(&here, ravi, 0, 100).await;
    let key = IdempotencyKey::parse("void").unwrap();
    let first = here.perform(void(id, None), Some(key.clone())).await.unwrap();
    assert!(!first.replayed);
    receipt(&here, ravi, 0, 100).await;
    for shop in [&here, &there] {
        let again = shop.perform(void(id, None), Some(key.clone())).await.unwrap();
        assert_eq!((again.value, again.replayed), (first.value.clone(), true));
    }
    assert_eq!(last_entry(&here).await.seq, 3);
}

async fn a_void_under_the_key_of_another_is_refused(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let [one, two] = [invoice(&shop, ravi, 0, 100).await, invoice(&shop, ravi, 0, 100).await];
    let key = IdempotencyKey::parse("void").unwrap();
    shop.perform(void(one, None), Some(key.clone())).await.unwrap();
    assert_fails!(shop.perform(void(two, None), Some(key.clone())).await, Error::IdempotencyMismatch);
    assert_fails!(shop.perform(void(one, Some(300)), Some(key.clone())).await, Error::IdempotencyMismatch);
    let other = Void::new(one, "Another").expect("it is a note");
    assert_fails!(shop.perform(other, Some(key.clone())).await, Error::IdempotencyMismatch);
    let receipt = ReceiptId::from(ItemId::from(one));
    assert_fails!(shop.perform(void(receipt, None), Some(key)).await, Error::IdempotencyMismatch);
}
