//! Credit notes, by way of two processes that share the store.

use khata_core::credit_note::NewCreditNote;
use khata_core::documents::Tax;
use khata_core::error::{Error, Refusal};
use khata_core::form::Patch;
use khata_core::id::{CreditNoteId, CustomerId, InvoiceId};
use khata_core::idempotency::IdempotencyKey;
use khata_core::invoice::{InvoiceStatus, NewInvoice};
use khata_core::ledger::EntryKind;
use khata_core::number::DocumentNumber;
use khata_core::owner::OwnerUpdate;
use khata_core::page::Limit;
use khata_core::receipt::{CreditStatus, NewReceipt, PaymentType};
use khata_core::shop::{DocumentFilter, Shop};
use khata_core::text::Note;
use khata_core::void::Void;

use super::context::{TestContext, assert_fails, at_once, day, fault, faults, new_customer, paise, with};
use super::suite;

suite! {
    a_credit_note_is_read_as_it_was_answered,
    a_credit_note_pays_its_own_invoice_first,
    what_its_invoice_leaves_pays_others_and_stays_on_account,
    a_credit_note_that_is_set_free_pays_its_own_invoice_first_again,
    credit_notes_are_no_more_than_their_invoice,
    of_credit_notes_at_once_no_more_than_the_invoice_are_written,
    a_credit_note_takes_its_tax_from_its_invoice,
    a_tax_that_is_said_must_be_in_proportion,
    an_invoice_with_credit_notes_is_not_voided,
    a_voided_credit_note_can_be_written_again,
    a_credit_note_on_what_cannot_have_one_is_refused,
    credit_notes_have_numbers_of_their_own,
    a_credit_note_under_a_key_is_written_once,
}

async fn customer(shop: &Shop) -> CustomerId {
    shop.add_customer(new_customer("Ravi", 1)).await.unwrap().id
}

async fn invoice(shop: &Shop, customer: CustomerId, on: i64, amount: i64) -> InvoiceId {
    shop.add_invoice(NewInvoice::new(customer, day(on), paise(amount))).await.unwrap().id
}

async fn pay(shop: &Shop, customer: CustomerId, on: i64, amount: i64) {
    shop.add_receipt(NewReceipt::new(customer, day(on), paise(amount), PaymentType::Cash)).await.unwrap();
}

fn note(invoice: InvoiceId, on: i64, gross: i64) -> NewCreditNote {
    NewCreditNote::new(invoice, day(on), paise(gross))
}

fn void<D>(document: D) -> Void<D> {
    Void::new(document, "A mistake").expect("it is a note")
}

/// What a credit note paid, and what of it is on account.
async fn paid(shop: &Shop, id: CreditNoteId) -> (Vec<(Option<InvoiceId>, i64)>, i64) {
    let note = shop.credit_note(id).await.unwrap();
    let rows = note.allocations.iter().map(|row| (row.invoice, row.amount.minor()));
    (rows.collect(), note.unapplied.minor())
}

async fn a_credit_note_is_read_as_it_was_answered(context: TestContext) {
    let here = context.shop(1).await;
    let there = context.shop_elsewhere(&here).await;
    let ravi = customer(&here).await;
    let on = here.add_invoice(NewInvoice::new(ravi, day(0), paise(100))).await.unwrap();
    let new = with(note(on.id, 3, 40), |new| new.note = Note::parse("Two broken").ok());
    let added = here.add_credit_note(new).await.unwrap();
    assert_eq!((added.invoice, added.invoice_date), (Some(on.id), Some(day(0))));
    assert_eq!(added.invoice_number.as_ref(), Some(&on.number));
    assert_eq!((added.customer, added.total, added.status), (ravi, paise(40), CreditStatus::Recorded));
    assert_eq!(there.credit_note(added.id).await.unwrap(), added);
    let listed = there.credit_notes(&DocumentFilter::default()).await.unwrap().items;
    assert_eq!(listed, std::slice::from_ref(&added));

    let entry = there.entries(0, Limit::MAX).await.unwrap().pop().unwrap();
    assert_eq!((entry.kind, entry.amount, entry.item), (EntryKind::CreditNote, paise(-40), added.id.into()));
    assert!(entry.body_hash.is_some());
    let now = there.customer(ravi).await.unwrap().totals;
    assert_eq!((now.balance, now.invoiced, now.received), (paise(60), paise(100), paise(0)));
    let paying = there.invoice(on.id).await.unwrap().allocations;
    assert_eq!((paying[0].receipt, paying[0].credit_note), (None, Some(added.id)));
    context.assert_sound(&here).await;
}

async fn a_credit_note_pays_its_own_invoice_first(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let [_, own] = [invoice(&shop, ravi, 0, 100).await, invoice(&shop, ravi, 5, 100).await];
    let added = shop.add_credit_note(note(own, 9, 30)).await.unwrap();
    assert_eq!(paid(&shop, added.id).await, (vec![(Some(own), 30)], 0));
}

async fn what_its_invoice_leaves_pays_others_and_stays_on_account(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let own = invoice(&shop, ravi, 0, 100).await;
    pay(&shop, ravi, 1, 80).await;
    let other = invoice(&shop, ravi, 2, 30).await;
    let added = shop.add_credit_note(note(own, 9, 90)).await.unwrap();
    assert_eq!(paid(&shop, added.id).await, (vec![(Some(own), 20), (Some(other), 30)], 40));
    assert_eq!(shop.customer(ravi).await.unwrap().balance(), paise(-40));
    let later = invoice(&shop, ravi, 10, 50).await;
    let paid_now = paid(&shop, added.id).await;
    assert_eq!(paid_now, (vec![(Some(own), 20), (Some(other), 30), (Some(later), 40)], 0));
    context.assert_sound(&shop).await;
}

async fn a_credit_note_that_is_set_free_pays_its_own_invoice_first_again(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let own = invoice(&shop, ravi, 1, 100).await;
    pay(&shop, ravi, 1, 100).await;
    let bounced = shop.receipts(&DocumentFilter::default()).await.unwrap().items[0].id;
    let elsewhere = invoice(&shop, ravi, 2, 40).await;
    let added = shop.add_credit_note(note(own, 3, 40)).await.unwrap();
    assert_eq!(paid(&shop, added.id).await, (vec![(Some(elsewhere), 40)], 0), "its own is paid");
    let older = invoice(&shop, ravi, 0, 100).await;
    shop.void_receipt(void(bounced)).await.unwrap();
    shop.void_invoice(void(elsewhere)).await.unwrap();
    assert_eq!(paid(&shop, added.id).await, (vec![(Some(own), 40)], 0), "though another is older");
    assert_eq!(shop.invoice(older).await.unwrap().status, InvoiceStatus::Unpaid);
    context.assert_sound(&shop).await;
}

async fn credit_notes_are_no_more_than_their_invoice(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let on = invoice(&shop, ravi, 0, 100).await;
    let beyond = fault("grossAmount", "beyond_invoice");
    assert_eq!(faults(shop.add_credit_note(note(on, 1, 101)).await), beyond);
    let dear = note(on, 1, 100).other_charges(paise(1));
    assert_eq!(faults(shop.add_credit_note(dear).await), fault("totalAmount", "beyond_invoice"));
    let first = shop.add_credit_note(note(on, 1, 60)).await.unwrap().id;
    assert_eq!(faults(shop.add_credit_note(note(on, 1, 41)).await), beyond);
    shop.add_credit_note(note(on, 1, 40)).await.unwrap();
    assert_eq!(faults(shop.add_credit_note(note(on, 1, 1)).await), beyond);
    shop.void_credit_note(void(first)).await.unwrap();
    shop.add_credit_note(note(on, 1, 60)).await.unwrap();
    context.assert_sound(&shop).await;
}

async fn of_credit_notes_at_once_no_more_than_the_invoice_are_written(context: TestContext) {
    let shop = context.shop(1).await;
    let shops = [shop.clone(), context.shop_elsewhere(&shop).await];
    let ravi = customer(&shop).await;
    let on = invoice(&shop, ravi, 0, 100).await;
    let racers = (0..16).map(|n| {
        let shop = shops[n % 2].clone();
        async move { shop.add_credit_note(note(on, 1, 30)).await.is_ok() }
    });
    assert_eq!(at_once(racers).await.into_iter().filter(|written| *written).count(), 3);
    assert_eq!(shop.invoice(on).await.unwrap().outstanding, paise(10));
    context.assert_sound(&shop).await;
}

fn local(cgst: i64, sgst: i64) -> Tax {
    Tax::Local { cgst: paise(cgst), sgst: paise(sgst) }
}

async fn taxed(shop: &Shop, customer: CustomerId, gross: i64, tax: Tax) -> InvoiceId {
    let total = paise(gross + tax.total().unwrap().minor());
    let new = with(NewInvoice::new(customer, day(0), total), |new| {
        new.gross = paise(gross);
        new.tax = tax;
    });
    shop.add_invoice(new).await.unwrap().id
}

async fn a_credit_note_takes_its_tax_from_its_invoice(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let igst = |minor| Tax::Interstate { igst: paise(minor) };
    for (of, gross, expected) in [
        (local(9_000, 9_000), 50_000, local(4_500, 4_500)),
        (local(9_000, 9_001), 100_000, local(9_000, 9_001)),
        (local(9_000, 9_000), 333, local(30, 30)),
        (local(9_000, 9_000), 5, local(0, 0)),
        (local(9_000, 9_000), 6, local(1, 1)),
        (igst(18_000), 25_000, igst(4_500)),
        (igst(0), 25_000, igst(0)),
        (Tax::None, 25_000, Tax::None),
    ] {
        let on = taxed(&shop, ravi, 100_000, of).await;
        let added = shop.add_credit_note(note(on, 1, gross)).await.unwrap();
        let total = paise(gross + expected.total().unwrap().minor());
        assert_eq!((added.tax, added.total), (expected, total), "{gross} of {of:?}");
    }
}

async fn a_tax_that_is_said_must_be_in_proportion(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let on = taxed(&shop, ravi, 100_000, local(9_000, 9_000)).await;
    let said = |tax, total: Option<i64>| {
        with(note(on, 1, 10_000), |new| {
            new.tax = Some(tax);
            new.total = total.map(paise);
        })
    };
    let off = |field| (field, "tax_disproportionate");
    for (tax, expected) in [
        (local(902, 902), vec![off("cgst"), off("sgst")]),
        (local(898, 899), vec![off("cgst")]),
        (Tax::None, vec![off("cgst"), off("sgst")]),
        (Tax::Interstate { igst: paise(1_800) }, vec![off("cgst"), off("sgst"), off("igst")]),
    ] {
        let told = faults(shop.add_credit_note(said(tax, None)).await);
        let told: Vec<_> = told.iter().map(|(field, code)| (field.as_str(), *code)).collect();
        assert_eq!(told, expected, "{tax:?}");
    }
    let wrong = fault("totalAmount", "wrong_total");
    assert_eq!(faults(shop.add_credit_note(said(local(900, 900), Some(11_801))).await), wrong);
    let untold = note(on, 1, 10_000).total(paise(11_801));
    assert_eq!(faults(shop.add_credit_note(untold).await), wrong, "also where the tax is worked out");
    for tax in [local(900, 900), local(901, 900), local(899, 899)] {
        let total = 10_000 + tax.total().unwrap().minor();
        shop.add_credit_note(said(tax, Some(total))).await.unwrap();
    }
    context.assert_sound(&shop).await;
}

async fn an_invoice_with_credit_notes_is_not_voided(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let on = invoice(&shop, ravi, 0, 100).await;
    let [one, two] = [
        shop.add_credit_note(note(on, 1, 10)).await.unwrap().id,
        shop.add_credit_note(note(on, 1, 10)).await.unwrap().id,
    ];
    for id in [one, two] {
        assert_fails!(shop.void_invoice(void(on)).await, Error::Refused(Refusal::HasCreditNotes));
        shop.void_credit_note(void(id)).await.unwrap();
    }
    shop.void_invoice(void(on)).await.unwrap();
    assert_eq!(shop.customer(ravi).await.unwrap().balance(), paise(0));
    context.assert_sound(&shop).await;
}

async fn a_voided_credit_note_can_be_written_again(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let on = invoice(&shop, ravi, 0, 100).await;
    let first = shop.add_credit_note(note(on, 1, 100)).await.unwrap();
    let voided = shop.void_credit_note(void(first.id)).await.unwrap();
    assert_eq!(
        (voided.status, voided.unapplied, voided.allocations.len()),
        (CreditStatus::Void, paise(0), 0)
    );
    assert_eq!(shop.credit_note(first.id).await.unwrap(), voided);
    assert_eq!(shop.invoice(on).await.unwrap().outstanding, paise(100));
    let again = with(note(on, 1, 100), |new| new.number = Some(first.number));
    assert_fails!(shop.add_credit_note(again).await, Error::Refused(Refusal::NumberTaken(_)));
    shop.add_credit_note(note(on, 1, 100)).await.unwrap();
    assert_eq!(shop.invoice(on).await.unwrap().status, InvoiceStatus::Paid);
    context.assert_sound(&shop).await;
}

async fn a_credit_note_on_what_cannot_have_one_is_refused(context: TestContext) {
    let (shop, other) = (context.shop(1).await, context.shop(2).await);
    let ravi = customer(&shop).await;
    let [on, gone] = [invoice(&shop, ravi, 10, 100).await, invoice(&shop, ravi, 10, 100).await];
    let unknown = fault("invoiceId", "not_found");
    assert_eq!(faults(other.add_credit_note(note(on, 10, 1)).await), unknown);
    assert_eq!(faults(shop.add_credit_note(note(InvoiceId::generate(), 10, 1)).await), unknown);
    let early = fault("date", "before_invoice");
    assert_eq!(faults(shop.add_credit_note(note(on, 9, 1)).await), early);
    assert_eq!(faults(shop.add_credit_note(note(on, 10, 0)).await), fault("totalAmount", "not_positive"));
    shop.void_invoice(void(gone)).await.unwrap();
    assert_eq!(faults(shop.add_credit_note(note(gone, 10, 1)).await), fault("invoiceId", "void"));

    let lock = with(OwnerUpdate::default(), |update| update.profile.locked_until = Patch::Set(day(11)));
    shop.update_profile(lock, None).await.unwrap();
    assert_fails!(shop.add_credit_note(note(on, 11, 1)).await, Error::Refused(Refusal::PeriodLocked));
    pay(&shop, ravi, 12, 100).await;
    shop.remove_customer(ravi, None).await.unwrap();
    assert_eq!(faults(shop.add_credit_note(note(on, 12, 1)).await), fault("invoiceId", "archived"));
    context.assert_sound(&shop).await;
}

async fn credit_notes_have_numbers_of_their_own(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let on = invoice(&shop, ravi, 0, 100).await;
    let given = |text: &str| DocumentNumber::parse(text).ok();
    for (number, on_day, expected) in [
        (None, 0, "CRN/2026-27/0001"),
        (given("crn/2026-27/0003"), 0, "crn/2026-27/0003"),
        (None, 0, "CRN/2026-27/0004"),
        (None, 365, "CRN/2027-28/0001"),
        (given("INV/2026-27/0001"), 0, "INV/2026-27/0001"),
    ] {
        let added = shop.add_credit_note(with(note(on, on_day, 1), |new| new.number = number)).await.unwrap();
        assert_eq!(added.number.as_str(), expected);
    }
}

async fn a_credit_note_under_a_key_is_written_once(context: TestContext) {
    let here = context.shop(1).await;
    let there = context.shop_elsewhere(&here).await;
    let ravi = customer(&here).await;
    let on = invoice(&here, ravi, 0, 100).await;
    let key = IdempotencyKey::parse("note").unwrap();
    let first = here.perform(note(on, 1, 60), Some(key.clone())).await.unwrap();
    here.void_credit_note(void(first.value.id)).await.unwrap();
    let again = there.perform(note(on, 1, 60), Some(key.clone())).await.unwrap();
    assert_eq!((again.value, again.replayed), (first.value, true), "as it was then");
    assert_fails!(there.perform(note(on, 1, 61), Some(key)).await, Error::IdempotencyMismatch);
}
