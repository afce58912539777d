//! Debit notes: more that is owed.

use khata_core::debit_note::NewDebitNote;
use khata_core::documents::{NewAllocation, Tax};
use khata_core::id::CustomerId;
use khata_core::invoice::{InvoiceStatus, NewInvoice};
use khata_core::ledger::EntryKind;
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::shop::{DocumentFilter, Shop, StatementFilter};
use khata_core::void::Void;

use super::context::{TestContext, day, fault, faults, new_customer, paise, with};
use super::suite;

suite! {
    a_debit_note_is_read_as_it_was_answered,
    a_debit_note_names_its_invoice,
    a_debit_note_is_paid_by_name_and_when_due,
    a_debit_note_on_what_cannot_have_one_is_refused,
    debit_notes_are_listed_by_status,
    a_debit_note_may_exceed_the_credit_limit,
}

async fn customer(shop: &Shop, n: u32) -> CustomerId {
    shop.add_customer(new_customer("Ravi", n)).await.unwrap().id
}

fn late_fee(customer: CustomerId, on: i64, amount: i64) -> NewDebitNote {
    NewDebitNote::new(customer, day(on), paise(amount))
}

async fn a_debit_note_is_read_as_it_was_answered(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop, 1).await;
    let new = late_fee(ravi, 3, 100).tax(Tax::Interstate { igst: paise(18) }).due_date(day(33));
    let note = shop.add_debit_note(new.note("Late fee").unwrap()).await.unwrap();
    assert_eq!((note.number.as_str(), note.total, note.invoice), ("DBN/2026-27/0001", paise(118), None));
    let there = context.shop_elsewhere(&shop).await;
    assert_eq!(there.debit_note(note.id).await.unwrap(), note);
    let balance = there.balance(ravi, None).await.unwrap();
    assert_eq!((balance.balance, balance.debited, balance.invoiced), (paise(118), paise(118), paise(0)));
    let statement = there.statement(ravi, &StatementFilter::default()).await.unwrap();
    assert_eq!(statement.entries[0].kind, EntryKind::DebitNote);
    let ageing = there.ageing(Some(day(34))).await.unwrap();
    assert_eq!(ageing.total.days_1_to_30, paise(118));
}

async fn a_debit_note_names_its_invoice(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop, 1).await;
    let invoice = shop.add_invoice(NewInvoice::new(ravi, day(1), paise(100))).await.unwrap();
    let note = shop.add_debit_note(late_fee(ravi, 1, 10).invoice(invoice.id)).await.unwrap();
    assert_eq!(note.invoice, Some(invoice.id));
    assert_eq!((note.invoice_number, note.invoice_date), (Some(invoice.number), Some(invoice.date)));
    assert_eq!(shop.invoice(invoice.id).await.unwrap().outstanding, paise(100));
}

async fn a_debit_note_is_paid_by_name_and_when_due(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop, 1).await;
    let invoice = shop.add_invoice(NewInvoice::new(ravi, day(1), paise(100))).await.unwrap().id;
    let (fee, other) = (
        shop.add_debit_note(late_fee(ravi, 2, 10)).await.unwrap().id,
        shop.add_debit_note(late_fee(ravi, 3, 10)).await.unwrap().id,
    );
    let receipt = NewReceipt::new(ravi, day(4), paise(115), PaymentType::Cash);
    let receipt = receipt.allocations(vec![NewAllocation::new(other, paise(10))]);
    let receipt = shop.add_receipt(receipt).await.unwrap();
    let paid: Vec<_> = receipt.allocations.iter().map(|row| (row.item(), row.amount.minor())).collect();
    assert_eq!(paid, [(Some(other.into()), 10), (Some(invoice.into()), 100), (Some(fee.into()), 5)]);
    let fee = shop.debit_note(fee).await.unwrap();
    assert_eq!((fee.status, fee.outstanding), (InvoiceStatus::Partial, paise(5)));
    shop.void_debit_note(Void::new(fee.id, "Let go").unwrap()).await.unwrap();
    assert_eq!(shop.receipt(receipt.id).await.unwrap().unapplied, paise(5));
}

async fn a_debit_note_on_what_cannot_have_one_is_refused(context: TestContext) {
    let shop = context.shop(1).await;
    let (ravi, asha) = (customer(&shop, 1).await, customer(&shop, 2).await);
    let invoice = shop.add_invoice(NewInvoice::new(ravi, day(5), paise(100))).await.unwrap().id;
    let refused = |new| async { faults(shop.add_debit_note(new).await) };
    let other = refused(late_fee(asha, 5, 1).invoice(invoice)).await;
    assert_eq!(other, fault("invoiceId", "other_customer"));
    let early = refused(late_fee(ravi, 4, 1).invoice(invoice)).await;
    assert_eq!(early, fault("date", "before_invoice"));
    let fee = shop.add_debit_note(late_fee(ravi, 5, 1)).await.unwrap().id;
    let missing = refused(late_fee(ravi, 5, 1).invoice(khata_core::id::ItemId::from(fee).into())).await;
    assert_eq!(missing, fault("invoiceId", "not_found"));
    shop.void_invoice(Void::new(invoice, "A mistake").unwrap()).await.unwrap();
    let void = refused(late_fee(ravi, 5, 1).invoice(invoice)).await;
    assert_eq!(void, fault("invoiceId", "void"));
}

async fn debit_notes_are_listed_by_status(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop, 1).await;
    let paid = shop.add_debit_note(late_fee(ravi, 1, 10)).await.unwrap().id;
    shop.add_receipt(NewReceipt::new(ravi, day(1), paise(10), PaymentType::Cash)).await.unwrap();
    let unpaid = shop.add_debit_note(late_fee(ravi, 2, 10)).await.unwrap().id;
    for (status, expected) in [(None, vec![unpaid, paid]), (Some(InvoiceStatus::Unpaid), vec![unpaid])] {
        let filter = DocumentFilter { customer: Some(ravi), status, ..DocumentFilter::default() };
        let listed = shop.debit_notes(&filter).await.unwrap().items;
        assert_eq!(listed.iter().map(|note| note.id).collect::<Vec<_>>(), expected);
    }
}

async fn a_debit_note_may_exceed_the_credit_limit(context: TestContext) {
    let shop = context.shop(1).await;
    let limited = with(new_customer("Ravi", 1), |new| new.credit_limit = Some(paise(100)));
    let ravi = shop.add_customer(limited).await.unwrap().id;
    shop.add_invoice(NewInvoice::new(ravi, day(1), paise(100))).await.unwrap();
    shop.add_debit_note(late_fee(ravi, 2, 10)).await.unwrap();
    assert_eq!(shop.customer(ravi).await.unwrap().balance(), paise(110));
}
