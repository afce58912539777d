//! Write-offs: amounts that are given up.

use khata_core::debit_note::NewDebitNote;
use khata_core::documents::{NewAllocation, Paid};
use khata_core::id::{CustomerId, InvoiceId};
use khata_core::invoice::{InvoiceStatus, NewInvoice};
use khata_core::ledger::EntryKind;
use khata_core::shop::{Shop, StatementFilter};
use khata_core::text::Note;
use khata_core::void::Void;
use khata_core::write_off::NewWriteOff;

use super::context::{TestContext, day, fault, faults, new_customer, paise};
use super::suite;

suite! {
    a_write_off_closes_what_is_due_first,
    a_write_off_closes_what_it_names,
    a_write_off_is_at_most_what_is_owed,
    a_write_off_is_no_sale_and_no_receipt,
    what_a_voided_write_off_closed_is_owed_again,
}

async fn customer(shop: &Shop) -> CustomerId {
    shop.add_customer(new_customer("Ravi", 1)).await.unwrap().id
}

async fn invoice(shop: &Shop, customer: CustomerId, on: i64, amount: i64) -> InvoiceId {
    shop.add_invoice(NewInvoice::new(customer, day(on), paise(amount))).await.unwrap().id
}

fn write_off(customer: CustomerId, on: i64, amount: i64) -> NewWriteOff {
    NewWriteOff::new(customer, day(on), paise(amount), "Kasar").unwrap()
}

async fn a_write_off_closes_what_is_due_first(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let (first, second) = (invoice(&shop, ravi, 1, 50).await, invoice(&shop, ravi, 2, 50).await);
    let write_off = shop.add_write_off(write_off(ravi, 3, 70)).await.unwrap();
    assert_eq!((write_off.number.as_str(), write_off.unapplied), ("WOF/2026-27/0001", paise(0)));
    let paid = |invoice, amount| Paid {
        invoice: Some(invoice),
        debit_note: None,
        refund: None,
        opening_balance: None,
        amount: paise(amount),
    };
    assert_eq!(write_off.allocations, [paid(first, 50), paid(second, 20)]);

    let there = context.shop_elsewhere(&shop).await;
    assert_eq!(there.write_off(write_off.id).await.unwrap(), write_off);
    let first = there.invoice(first).await.unwrap();
    assert_eq!((first.status, first.allocations[0].write_off), (InvoiceStatus::Paid, Some(write_off.id)));
    let statement = there.statement(ravi, &StatementFilter::default()).await.unwrap();
    let last = statement.entries.last().unwrap();
    let note = last.note.as_ref().map(Note::as_str);
    assert_eq!((last.kind, last.credit, note), (EntryKind::WriteOff, paise(70), Some("Kasar")));
}

async fn a_write_off_closes_what_it_names(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let first = invoice(&shop, ravi, 1, 50).await;
    let fee = shop.add_debit_note(NewDebitNote::new(ravi, day(2), paise(10))).await.unwrap().id;
    let named = |amount| write_off(ravi, 3, 15).allocations(vec![NewAllocation::new(fee, paise(amount))]);
    let beyond = faults(shop.add_write_off(named(11)).await);
    assert_eq!(beyond, fault("allocations/0/amount", "beyond_open"));
    shop.add_write_off(named(10)).await.unwrap();
    assert_eq!(shop.debit_note(fee).await.unwrap().outstanding, paise(0));
    assert_eq!(shop.invoice(first).await.unwrap().outstanding, paise(45));
}

async fn a_write_off_is_at_most_what_is_owed(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    assert_eq!(faults(shop.add_write_off(write_off(ravi, 3, 1)).await), fault("amount", "beyond_owed"));
    invoice(&shop, ravi, 1, 50).await;
    assert_eq!(faults(shop.add_write_off(write_off(ravi, 3, 51)).await), fault("amount", "beyond_owed"));
    shop.add_write_off(write_off(ravi, 3, 50)).await.unwrap();
    assert_eq!(shop.customer(ravi).await.unwrap().balance(), paise(0));
}

async fn a_write_off_is_no_sale_and_no_receipt(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let today = shop.today();
    shop.add_invoice(NewInvoice::new(ravi, today, paise(50))).await.unwrap();
    shop.add_write_off(NewWriteOff::new(ravi, today, paise(20), "Kasar").unwrap()).await.unwrap();
    let summary = shop.summary().await.unwrap();
    let figures = (summary.receivable, summary.invoiced_today, summary.received_today);
    assert_eq!(figures, (paise(30), paise(50), paise(0)));
    let balance = shop.balance(ravi, None).await.unwrap();
    let parts = (balance.invoiced, balance.received, balance.credited, balance.written_off);
    assert_eq!(parts, (paise(50), paise(0), paise(0), paise(20)));
}

async fn what_a_voided_write_off_closed_is_owed_again(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let owed = invoice(&shop, ravi, 1, 50).await;
    let write_off = shop.add_write_off(write_off(ravi, 3, 50)).await.unwrap().id;
    shop.void_write_off(Void::new(write_off, "He paid after all").unwrap()).await.unwrap();
    assert_eq!(shop.invoice(owed).await.unwrap().outstanding, paise(50));
    assert_eq!(shop.balance(ravi, None).await.unwrap().written_off, paise(0));
}
