//! Verification over a store: a sound book is found sound, also while it is written to, and rows that were altered are
//! found. Here they are altered by the store's own writer; what that refuses to alter is for the store's own tests.

use std::time::Duration;

use khata_core::credit_note::NewCreditNote;
use khata_core::customer::Customer;
use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::invoice::NewInvoice;
use khata_core::ledger::{ChainHash, Item};
use khata_core::number::{DocumentKind, DocumentNumber, NumberKey, Series};
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::shop::Shop;
use khata_core::store::{BalanceWrite, Head, Posted, Store, Writes};
use khata_core::testing::verify_in_pages;
use khata_core::text::Note;
use khata_core::verify::{FaultKind, Place, Verified};
use khata_core::void::Void;

use super::context::{TODAY, TestContext, credited, day, new_customer, paise, post_dated, with, write};
use super::suite;

suite! {
    a_sound_book_is_found_sound,
    an_empty_book_is_sound,
    a_book_that_is_written_to_is_found_sound,
    a_signed_head_is_held_against_the_book,
    another_open_amount_is_found,
    another_credited_sum_is_found,
    another_free_day_is_found,
    a_void_that_nothing_voided_is_found,
    another_balance_is_found,
    other_post_dated_sums_are_found,
    post_dated_sums_that_are_missing_are_found,
    another_day_of_a_void_is_found,
    another_pending_day_is_found,
    another_last_entry_is_found,
    a_counter_that_fell_back_is_found,
    a_head_that_ran_ahead_is_found,
    a_head_with_another_hash_is_found,
    a_document_that_no_entry_wrote_is_found,
    a_request_that_led_to_nothing_is_found,
}

/// The rows read at once: so few that a book of the tests has many pages.
const PAGE: u32 = 3;

async fn verified(store: &dyn Store, owner: OwnerId) -> Verified {
    verify_in_pages(store, owner, Duration::from_secs(60), PAGE).await.expect("the book can be read")
}

async fn assert_sound(store: &dyn Store, owner: OwnerId) -> Verified {
    let verified = verified(store, owner).await;
    assert!(verified.is_sound(), "{verified}");
    verified
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).expect("it is visible ASCII")
}

fn note(text: &str) -> Note {
    Note::parse(text).expect("it is a note")
}

fn receipt(customer: CustomerId, on: i64, amount: i64) -> NewReceipt {
    NewReceipt::new(customer, day(on), paise(amount), PaymentType::Cash)
}

/// A book with an opening balance (entry 1), two invoices (2, 3), of which the receipt that follows (4) pays a part,
/// a customer whose receipt (5) is void (7), a credit note on the second invoice (6), and a customer without entries.
async fn book(context: &TestContext) -> (Shop, CustomerId) {
    let shop = context.shop(1).await;
    let opening_balance = Some(paise(300));
    let ravi = with(new_customer("Ravi", 1), |new| new.opening_balance = opening_balance);
    let ravi = shop.perform(ravi, Some(key("ravi"))).await.unwrap().value.id;
    let due_date = Some(day(40));
    shop.add_invoice(with(NewInvoice::new(ravi, day(10), paise(1_000)), |new| new.due_date = due_date))
        .await
        .unwrap();
    let second = NewInvoice::new(ravi, day(12), paise(500));
    let second = shop.perform(second, Some(key("second"))).await.unwrap().value.id;
    shop.add_receipt(receipt(ravi, 5, 900)).await.unwrap();
    let asha = shop.add_customer(new_customer("Asha", 2)).await.unwrap().id;
    let bounced = shop.add_receipt(receipt(asha, 5, 70)).await.unwrap().id;
    shop.add_credit_note(NewCreditNote::new(second, day(13), paise(100))).await.unwrap();
    shop.void_receipt(Void::new(bounced, note("bounced")).expect("it is a note")).await.unwrap();
    shop.perform(new_customer("Meena", 3), Some(key("meena"))).await.unwrap();
    (shop, ravi)
}

async fn postings(store: &dyn Store, shop: &Shop) -> Vec<Posted> {
    store.postings(shop.id(), 0, 100).await.expect("the book can be read")
}

/// The book with these rows written over it has that fault.
async fn assert_found(context: &TestContext, shop: &Shop, writes: Writes, kind: FaultKind, place: Place) {
    write(&*context.store, shop.id(), writes).await.expect("the rows break no unique rule");
    let verified = verified(&*context.store, shop.id()).await;
    let found: Vec<_> = verified.faults.iter().map(|fault| (fault.kind, fault.place.clone())).collect();
    assert!(found.contains(&(kind, place)), "{verified}");
}

async fn a_sound_book_is_found_sound(context: TestContext) {
    let (shop, ravi) = book(&context).await;
    let told = assert_sound(&*context.store, shop.id()).await;
    let head = context.store.head(shop.id()).await.unwrap();
    assert_eq!((told.shop, told.seq, told.hash), (shop.id(), 7, head.hash));
    assert_eq!((told.recorded_at, told.customers, told.documents), (head.recorded_at, 3, 6));
    shop.add_invoice(NewInvoice::new(ravi, day(1), paise(1))).await.unwrap();
    assert_eq!(shop.verify().await.unwrap().seq, 8);
}

async fn an_empty_book_is_sound(context: TestContext) {
    let shop = context.shop(1).await;
    let told = assert_sound(&*context.store, shop.id()).await;
    assert_eq!((told.seq, told.customers, told.documents), (0, 0, 0));
}

async fn a_book_that_is_written_to_is_found_sound(context: TestContext) {
    let (shop, ravi) = book(&context).await;
    let there = context.shop_elsewhere(&shop).await;
    let writers =
        (0..4).map(|n| tokio::spawn(keep(if n % 2 == 0 { &shop } else { &there }.clone(), ravi, n)));
    let writers: Vec<_> = writers.collect();
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        assert_sound(&*context.store, shop.id()).await;
    }
    for writer in writers {
        writer.await.expect("every posting is carried out");
    }
    let told = assert_sound(&*context.other, shop.id()).await;
    assert_eq!(told.seq, 7 + 4 * TURNS * 3);
}

/// How often each of those who keep the book does all of it.
const TURNS: u64 = 12;

/// Does everything with a book that can be done, so many times.
async fn keep(shop: Shop, ravi: CustomerId, n: u32) {
    for turn in 0..TURNS {
        let new = new_customer("Passing", 100 + n);
        let passing = shop.perform(new, Some(key(&format!("{n}/{turn}")))).await.unwrap().value.id;
        let on = i64::from(n);
        shop.add_invoice(NewInvoice::new(ravi, day(on), paise(100))).await.unwrap();
        let paying = receipt(ravi, on, 170);
        let paid = shop.perform(paying, Some(key(&format!("{n}/{turn}/r")))).await.unwrap().value.id;
        shop.void_receipt(Void::new(paid, note("bounced")).expect("it is a note")).await.unwrap();
        shop.remove_customer(passing, None).await.unwrap();
    }
}

async fn a_signed_head_is_held_against_the_book(context: TestContext) {
    let (shop, ravi) = book(&context).await;
    let (other, empty) = (context.shop(2).await, context.shop(3).await.signed_head().await.unwrap());
    let head = shop.signed_head().await.unwrap();
    assert!(shop.goes_on_from(&head).await.unwrap());
    assert!(!other.goes_on_from(&head).await.unwrap());
    shop.add_invoice(NewInvoice::new(ravi, day(1), paise(1))).await.unwrap();
    assert!(shop.goes_on_from(&head).await.unwrap());
    let later = shop.signed_head().await.unwrap();
    assert_eq!((later.seq, later.hash), (8, context.store.head(shop.id()).await.unwrap().hash));
    for mut forged in [head, later, empty] {
        forged.shop = shop.id();
        forged.hash.0[0] ^= 1;
        assert!(!shop.goes_on_from(&forged).await.unwrap(), "{forged:?}");
        forged.seq = 9;
        assert!(!shop.goes_on_from(&forged).await.unwrap(), "{forged:?}");
    }
}

/// The item of an entry with something altered.
async fn item(context: &TestContext, shop: &Shop, seq: usize, alter: fn(&mut Item)) -> Writes {
    let mut item = postings(&*context.store, shop).await[seq - 1].item.clone();
    alter(&mut item);
    Writes { items: vec![item], ..Writes::default() }
}

async fn another_open_amount_is_found(context: TestContext) {
    let (shop, _) = book(&context).await;
    let writes = item(&context, &shop, 2, |item| item.open = paise(1)).await;
    assert_found(&context, &shop, writes, FaultKind::Open, Place::Entry(2)).await;
}

async fn another_credited_sum_is_found(context: TestContext) {
    let (shop, _) = book(&context).await;
    let writes = item(&context, &shop, 3, |item| item.credited = credited("1:0:0:0:0:0")).await;
    assert_found(&context, &shop, writes, FaultKind::Credited, Place::Entry(3)).await;
}

async fn another_free_day_is_found(context: TestContext) {
    let (shop, _) = book(&context).await;
    let writes = item(&context, &shop, 3, |item| item.free_from = day(100)).await;
    assert_found(&context, &shop, writes, FaultKind::FreeFrom, Place::Entry(3)).await;
}

async fn a_void_that_nothing_voided_is_found(context: TestContext) {
    let (shop, _) = book(&context).await;
    let writes =
        item(&context, &shop, 1, |item| (item.voided_on, item.open) = (Some(day(1)), paise(0))).await;
    assert_found(&context, &shop, writes, FaultKind::Void, Place::Entry(1)).await;
}

/// What the ledger has of a customer, with something altered.
async fn balance(context: &TestContext, shop: &Shop, id: CustomerId, alter: fn(&mut BalanceWrite)) -> Writes {
    let customer = context.store.customer(shop.id(), id).await.unwrap();
    let Customer { totals, post_dated, bounced_cheques, last_seq, revision, .. } = customer;
    let owner = shop.id();
    let mut balance =
        BalanceWrite { owner, customer: id, totals, post_dated, bounced_cheques, last_seq, revision };
    alter(&mut balance);
    Writes { balances: vec![balance], ..Writes::default() }
}

async fn another_balance_is_found(context: TestContext) {
    let (shop, ravi) = book(&context).await;
    let writes = balance(&context, &shop, ravi, |row| row.bounced_cheques = 1).await;
    assert_found(&context, &shop, writes, FaultKind::Totals, Place::Customer(ravi)).await;
    let writes = balance(&context, &shop, ravi, |row| row.totals.balance = paise(1)).await;
    assert_found(&context, &shop, writes, FaultKind::Totals, Place::Customer(ravi)).await;
}

async fn other_post_dated_sums_are_found(context: TestContext) {
    let (shop, ravi) = book(&context).await;
    let writes = balance(&context, &shop, ravi, |row| row.post_dated = post_dated("2027-01-01:0:5")).await;
    assert_found(&context, &shop, writes, FaultKind::PostDated, Place::Customer(ravi)).await;
}

async fn post_dated_sums_that_are_missing_are_found(context: TestContext) {
    let (shop, ravi) = book(&context).await;
    shop.add_receipt(receipt(ravi, TODAY + 9, 7)).await.unwrap();
    assert_sound(&*context.store, shop.id()).await;
    let writes = balance(&context, &shop, ravi, |row| row.post_dated = None).await;
    assert_found(&context, &shop, writes, FaultKind::PostDated, Place::Customer(ravi)).await;
}

async fn another_day_of_a_void_is_found(context: TestContext) {
    let (shop, _) = book(&context).await;
    let writes = item(&context, &shop, 5, |item| item.voided_on = Some(day(1))).await;
    assert_found(&context, &shop, writes, FaultKind::Void, Place::Entry(5)).await;
}

async fn another_pending_day_is_found(context: TestContext) {
    let (shop, _) = book(&context).await;
    let writes = item(&context, &shop, 2, |item| item.pending_until = Some(day(300))).await;
    assert_found(&context, &shop, writes, FaultKind::Pending, Place::Entry(2)).await;
}

async fn another_last_entry_is_found(context: TestContext) {
    let (shop, ravi) = book(&context).await;
    let writes = balance(&context, &shop, ravi, |row| row.last_seq = 2).await;
    assert_found(&context, &shop, writes, FaultKind::LastEntry, Place::Customer(ravi)).await;
}

async fn a_counter_that_fell_back_is_found(context: TestContext) {
    let (shop, _) = book(&context).await;
    let series = Series::of(DocumentKind::Invoice, day(10));
    let writes = head(&context, &shop, |head| head.counters.set(series, 1)).await;
    assert_found(&context, &shop, writes, FaultKind::Counter, Place::Series(series)).await;
}

async fn head(context: &TestContext, shop: &Shop, alter: impl FnOnce(&mut Head)) -> Writes {
    let mut head = context.store.head(shop.id()).await.unwrap();
    alter(&mut head);
    Writes { heads: vec![head], ..Writes::default() }
}

async fn a_head_that_ran_ahead_is_found(context: TestContext) {
    let (shop, _) = book(&context).await;
    let writes = head(&context, &shop, |head| head.seq += 1).await;
    assert_found(&context, &shop, writes, FaultKind::Head, Place::Head).await;
}

async fn a_head_with_another_hash_is_found(context: TestContext) {
    let (shop, _) = book(&context).await;
    let writes = head(&context, &shop, |head| head.hash = ChainHash([7; 32])).await;
    assert_found(&context, &shop, writes, FaultKind::Head, Place::Head).await;
}

async fn a_document_that_no_entry_wrote_is_found(context: TestContext) {
    let (shop, _) = book(&context).await;
    let posted = postings(&*context.store, &shop).await[2].clone();
    let id = ItemId::generate();
    let item = Item { id, seq: 99, ..posted.item };
    let mut document = posted.document.expect("an invoice has a document");
    (document.id, document.seq) = (id, 99);
    let number = DocumentNumber::parse("forged").expect("it is a number");
    document.key = NumberKey::new(document.key.series(), &number);
    let writes = Writes { items: vec![item], documents: vec![document], ..Writes::default() };
    // A store may refuse such rows by itself.
    if write(&*context.store, shop.id(), writes).await.is_ok() {
        let verified = verified(&*context.store, shop.id()).await;
        let found = verified.faults.iter().find(|fault| fault.kind == FaultKind::Unaccounted);
        assert_eq!(found.map(|fault| &fault.place), Some(&Place::Item(id)), "{verified}");
    }
}

async fn a_request_that_led_to_nothing_is_found(context: TestContext) {
    let (shop, _) = book(&context).await;
    let record =
        IdempotencyRecord { fingerprint: [7; 32], subject: ItemId::generate(), answer: "{}".to_owned() };
    let writes = Writes { idempotency: vec![(shop.id(), key("lost"), record)], ..Writes::default() };
    assert_found(&context, &shop, writes, FaultKind::Subject, Place::Key(key("lost"))).await;
}
