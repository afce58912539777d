//! Rows that are altered behind a store's back, and what verification says to each.
//!
//! A store's test makes an [`Exposed`] of a fresh store, and runs [`check`] over it.

use std::sync::Arc;

use async_trait::async_trait;
use khata_core::calendar::{Date, Timestamp};
use khata_core::credit_note::NewCreditNote;
use khata_core::error::Error;
use khata_core::export::Format;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::idempotency::IdempotencyKey;
use khata_core::invoice::NewInvoice;
use khata_core::money::Money;
use khata_core::number::{DocumentKind, Series};
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::shop::Shop;
use khata_core::store::{Store, StoreError};
use khata_core::text::Note;
use khata_core::verify::{FaultKind, Place};
use khata_core::void::Void;
use uuid::Uuid;

use super::context::{TestContext, day, moment, new_customer, paise, with};

/// A store whose rows can be changed behind its back.
#[async_trait]
pub trait Exposed: Send + Sync {
    /// The store.
    fn store(&self) -> Arc<dyn Store>;

    /// Changes a row of the shop. Triggers and constraints that stand in the way are removed, as whoever tampers with a
    /// database would do.
    ///
    /// # Panics
    /// If there is no such row, or it can't be changed.
    async fn tamper(&self, shop: OwnerId, row: &Row, change: &Change);

    /// Whether there is something that a change of that row would change, and of no other row. A store that keeps an entry and
    /// its document as one has once what both have.
    fn keeps(&self, _row: &Row, _change: &Change) -> bool {
        true
    }

    /// Alterations of fields that only this store has, as copies of others, in the book that [`check`] makes; with the
    /// `seq` of the entry that can't be read from then on.
    fn of_copies(&self) -> Vec<(Row, Change, u64)> {
        Vec::new()
    }
}

/// A row of a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// The owner's, which is the head of the ledger.
    Owner,
    /// A customer.
    Customer(CustomerId),
    /// The entry of that `seq`.
    Entry(u64),
    /// The allocation of the entry of that `seq` that has this ordinal.
    Allocation(u64, u32),
    /// The item that was opened by the entry of that `seq`.
    Item(u64),
    /// The document of the entry of that `seq`.
    Document(u64),
    /// The counter of a series in the owner's row.
    Counter(Series),
    /// The record of a request.
    Request(IdempotencyKey),
}

/// A change of a row behind the store's back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A field, by its name in core's type, gets another value.
    Set(&'static str, Value),
    /// It is removed.
    Remove,
}

/// A value, in core's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// The bits of an id.
    Id(Uuid),
    /// An amount.
    Money(Money),
    /// A day.
    Date(Date),
    /// A moment.
    Time(Timestamp),
    /// A place, or a count.
    Number(u64),
    /// A hash.
    Hash([u8; 32]),
    /// A text or a name.
    Text(&'static str),
    /// Yes or no.
    Flag(bool),
    /// None.
    Null,
}

/// Alters one row after the other, each in a book of its own, and demands that each is found and named.
///
/// # Panics
/// If one is not.
pub async fn check(exposed: &dyn Exposed) {
    let store = exposed.store();
    let context = TestContext::new(store.clone(), store);
    for n in 0.. {
        let book = Book::new(&context, n).await;
        let mut alterations = book.alterations();
        alterations.retain(|(row, change, ..)| exposed.keeps(row, change));
        let of_copies = exposed.of_copies().into_iter();
        alterations.extend(
            of_copies.map(|(row, change, seq)| (row, change, FaultKind::Unreadable, Place::Entry(seq))),
        );
        let Some((row, change, kind, place)) = alterations.into_iter().nth(n as usize) else { return };
        let before = book.shop.verify().await.expect("the book can be read");
        assert!(before.is_sound(), "{before}");
        exposed.tamper(book.shop.id(), &row, &change).await;
        let verified = book.shop.verify().await.expect("the book can be read, but for what is a fault");
        let found = verified.faults.iter().any(|fault| (fault.kind, &fault.place) == (kind, &place));
        assert!(found, "{change:?} of {row:?} is no {kind:?}: {verified}");
        if (&row, &change) == (&Row::Entry(3), &Change::Remove) {
            assert_not_exported(&book.shop).await;
        }
    }
}

/// Panics unless an export of a book without its third entry fails there, and goes on failing.
async fn assert_not_exported(shop: &Shop) {
    let mut export = shop.export(Format::JsonLines).await.unwrap().in_pages_of(2);
    let mut tables = shop.export_tables().await.unwrap().in_pages_of(2);
    let failed = loop {
        match export.next_chunk().await {
            Ok(chunk) => assert!(chunk.is_some(), "it has not ended"),
            Err(failed) => break failed,
        }
    };
    assert!(matches!(failed, Error::Store(StoreError::Corrupt { .. })), "{failed:?}");
    assert!(export.next_chunk().await.is_err());
    while let Ok(chunk) = tables.next_chunk().await {
        assert!(chunk.is_some(), "it has not ended");
    }
    assert!(tables.next_chunk().await.is_err());
}

/// A book with every kind of row.
struct Book {
    shop: Shop,
    ravi: CustomerId,
    asha: CustomerId,
}

impl Book {
    async fn new(context: &TestContext, n: u32) -> Self {
        let shop = context.shop(n).await;
        let opening_balance = Some(paise(300));
        let opening_date = Some(day(1));
        let ravi = with(new_customer("Ravi", 1), |new| {
            new.opening_balance = opening_balance;
            new.opening_date = opening_date;
        });
        let ravi = shop.add_customer(ravi).await.unwrap().id;
        let invoice = |on, amount| NewInvoice::new(ravi, day(on), paise(amount));
        shop.perform(invoice(2, 1_000), Some(key())).await.unwrap();
        let second = shop.add_invoice(invoice(3, 500)).await.unwrap().id;
        let receipt = |customer, amount| NewReceipt::new(customer, day(4), paise(amount), PaymentType::Cash);
        shop.add_receipt(receipt(ravi, 900)).await.unwrap();
        let asha = shop.add_customer(new_customer("Asha", 2)).await.unwrap().id;
        let bounced = shop.add_receipt(receipt(asha, 70)).await.unwrap().id;
        shop.add_credit_note(NewCreditNote::new(second, day(5), paise(100))).await.unwrap();
        let reason = Note::parse("bounced").expect("it is a note");
        shop.void_receipt(Void::new(bounced, reason).expect("it is a note")).await.unwrap();
        Self { shop, ravi, asha }
    }

    /// What is done to it, and what should be found: entry 1 is an opening balance, 2 and 3 are invoices, 4 is a
    /// receipt that pays 1 whole and 2 in part, 5 is a receipt of another customer that 7 voids, 6 is a credit note on 3.
    #[rustfmt::skip]
    fn alterations(&self) -> Vec<(Row, Change, FaultKind, Place)> {
        use FaultKind as F;
        use Place as P;
        use Row::{Allocation, Counter, Customer, Document, Entry, Item, Owner, Request};
        use Value::{Date, Hash, Id, Null, Number, Text, Time};

        let (ravi, asha) = (self.ravi, self.asha);
        let set = Change::Set;
        let money = |minor| Value::Money(paise(minor));
        let (other, hash, time) = (Uuid::from_u128(7), [7; 32], moment(-1_000_000));
        let [invoices, earlier] = [2, -400].map(|date| Series::of(DocumentKind::Invoice, day(date)));
        vec![
            (Owner, set("currency", Text("USD")), F::Chain, P::Entry(1)),
            (Owner, set("time_zone", Text("Asia/Dubai")), F::Chain, P::Entry(1)),
            (Owner, set("seq", Number(5)), F::Head, P::Head),
            (Owner, set("seq", Number(8)), F::Head, P::Head),
            (Owner, set("hash", Hash(hash)), F::Head, P::Head),
            (Owner, set("recorded_at", Time(time)), F::Head, P::Head),

            (Entry(2), set("id", Id(other)), F::Chain, P::Entry(2)),
            (Entry(2), set("actor", Id(other)), F::Chain, P::Entry(2)),
            (Entry(4), set("kind", Text("credit_note")), F::Chain, P::Entry(4)),
            (Entry(5), set("customer", Id(ravi.uuid())), F::Chain, P::Entry(5)),
            (Entry(1), set("date", Date(day(9))), F::Chain, P::Entry(1)),
            (Entry(3), set("recorded_at", Time(time)), F::Time, P::Entry(3)),
            (Entry(2), set("amount", money(1_001)), F::Chain, P::Entry(2)),
            (Entry(2), set("amount", money(-1_000)), F::Entry, P::Entry(2)),
            (Entry(7), set("reason", Text("none of yours")), F::Chain, P::Entry(7)),
            (Entry(3), set("body_hash", Hash(hash)), F::Body, P::Entry(3)),
            (Entry(3), set("hash", Hash(hash)), F::Chain, P::Entry(3)),
            (Entry(3), Change::Remove, F::MissingEntry, P::Entry(3)),
            (Entry(7), Change::Remove, F::Head, P::Head),

            (Allocation(4, 0), set("amount", money(299)), F::Chain, P::Entry(4)),
            (Allocation(4, 1), set("amount", money(1_200)), F::Allocation, P::Entry(4)),
            (Allocation(4, 1), set("effective", Date(day(9))), F::Chain, P::Entry(4)),
            (Allocation(4, 0), set("effective", Date(day(0))), F::Allocation, P::Entry(4)),
            (Allocation(4, 1), set("customer", Id(asha.uuid())), F::Allocation, P::Entry(4)),
            (Allocation(4, 1), Change::Remove, F::Chain, P::Entry(4)),

            (Item(2), set("open", money(1)), F::Open, P::Entry(2)),
            (Item(1), set("voided_on", Date(day(9))), F::Void, P::Entry(1)),
            (Item(5), set("voided_on", Null), F::Void, P::Entry(5)),
            (Item(5), set("voided_on", Date(day(300))), F::Void, P::Entry(5)),
            (Item(4), set("pending_until", Date(day(300))), F::Pending, P::Entry(4)),
            (Item(3), set("credited", Text("1:0:0:0:0:0")), F::Credited, P::Entry(3)),
            (Item(6), set("invoice", Id(other)), F::Item, P::Entry(6)),
            (Item(3), set("free_from", Date(day(9))), F::FreeFrom, P::Entry(3)),
            (Item(4), set("updated_at", Time(time)), F::Touched, P::Entry(4)),
            (Item(3), set("customer", Id(asha.uuid())), F::Item, P::Entry(3)),
            (Item(3), set("kind", Text("receipt")), F::Item, P::Entry(3)),
            (Item(3), set("side", Text("credit")), F::Item, P::Entry(3)),
            (Item(3), set("amount", money(5_000)), F::Item, P::Entry(3)),
            (Item(3), set("date", Date(day(2))), F::Item, P::Entry(3)),
            (Item(3), set("due", Date(day(9))), F::Item, P::Entry(3)),
            (Item(3), Change::Remove, F::Unreadable, P::Entry(3)),

            (Document(2), set("body", Text("{}")), F::Body, P::Entry(2)),
            (Document(2), set("number", Text("A/1")), F::Document, P::Entry(2)),
            (Document(2), set("year", Number(2019)), F::Document, P::Entry(2)),
            (Document(2), set("date", Date(day(9))), F::Document, P::Entry(2)),
            (Document(2), set("customer", Id(asha.uuid())), F::Document, P::Entry(2)),
            (Document(2), set("recorded_at", Time(time)), F::Document, P::Entry(2)),
            (Document(2), Change::Remove, F::Document, P::Entry(2)),

            (Customer(ravi), set("balance", money(1)), F::Totals, P::Customer(ravi)),
            (Customer(ravi), set("invoiced", money(1)), F::Totals, P::Customer(ravi)),
            (Customer(asha), set("received", money(1)), F::Totals, P::Customer(asha)),
            (Customer(asha), set("post_dated", Text("2027-01-01:5:0")), F::PostDated, P::Customer(asha)),
            (Customer(asha), set("last_seq", Number(4)), F::LastEntry, P::Customer(asha)),
            (Customer(asha), Change::Remove, F::MissingCustomer, P::Customer(asha)),

            (Counter(invoices), set("last", Number(1)), F::Counter, P::Series(invoices)),
            (Counter(invoices), set("last", Number(0)), F::Counter, P::Series(invoices)),
            (Counter(earlier), set("last", Number(1)), F::Counter, P::Series(earlier)),

            (Request(key()), set("subject", Id(other)), F::Subject, P::Key(key())),
        ]
    }
}

fn key() -> IdempotencyKey {
    IdempotencyKey::parse("second").expect("it is visible ASCII")
}
