//! Credit notes in parts, on several invoices, and on none: what they take, and that nothing is left over.

use khata_core::credit_note::{CreditNote, NewCreditNote, NewInvoiceCredit};
use khata_core::documents::Tax;
use khata_core::error::Error;
use khata_core::id::{CustomerId, InvoiceId};
use khata_core::invoice::{InvoiceStatus, NewInvoice};
use khata_core::shop::Shop;
use khata_core::void::Void;

use super::context::{TestContext, day, fault, faults, new_customer, paise, with};
use super::suite;

suite! {
    two_halves_take_the_whole,
    three_parts_leave_nothing_open,
    a_full_return_takes_the_rounding_too,
    the_last_part_takes_what_was_rounded_on_paper,
    a_void_part_can_be_taken_again,
    no_part_takes_more_than_is_left,
    several_invoices_are_credited_by_one_note,
    what_of_several_invoices_is_wrong_is_told,
    a_void_note_on_several_invoices_frees_all_of_them,
    a_credit_note_needs_no_invoice,
}

fn local(cgst: i64, sgst: i64) -> Tax {
    Tax::Local { cgst: paise(cgst), sgst: paise(sgst) }
}

async fn customer(shop: &Shop) -> CustomerId {
    shop.add_customer(new_customer("Ravi", 1)).await.unwrap().id
}

async fn billed(shop: &Shop, customer: CustomerId, gross: i64, tax: Tax, round_off: i64) -> InvoiceId {
    let new = NewInvoice::new(customer, day(0), paise(gross)).tax(tax);
    let total = new.total.checked_add(paise(round_off)).unwrap();
    let new = with(new.round_off(paise(round_off)), |new| new.total = total);
    shop.add_invoice(new).await.unwrap().id
}

async fn credit(shop: &Shop, invoice: InvoiceId, gross: i64) -> CreditNote {
    shop.add_credit_note(NewCreditNote::new(invoice, day(1), paise(gross))).await.unwrap()
}

async fn is_closed(shop: &Shop, invoice: InvoiceId) {
    let now = shop.invoice(invoice).await.unwrap();
    assert_eq!((now.status, now.outstanding), (InvoiceStatus::Paid, paise(0)));
}

async fn two_halves_take_the_whole(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let invoice = billed(&shop, ravi, 10_010, local(901, 901), 0).await;
    let halves = [credit(&shop, invoice, 5_005).await, credit(&shop, invoice, 5_005).await];
    assert_eq!(
        halves.map(|note| (note.tax, note.total.minor())),
        [(local(451, 451), 5_907), (local(450, 450), 5_905)]
    );
    is_closed(&shop, invoice).await;
    assert_eq!(shop.customer(ravi).await.unwrap().balance(), paise(0));
    context.assert_sound(&shop).await;
    assert!(shop.verify().await.unwrap().is_sound());
}

async fn three_parts_leave_nothing_open(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    for (gross, tax, parts) in [
        (10_000, local(901, 901), [3_333, 3_333, 3_334]),
        (10_000, Tax::Interstate { igst: paise(1_802) }, [1, 1, 9_998]),
        (7, local(1, 1), [2, 2, 3]),
    ] {
        let invoice = billed(&shop, ravi, gross, tax, 0).await;
        for part in parts {
            credit(&shop, invoice, part).await;
        }
        is_closed(&shop, invoice).await;
    }
    assert_eq!(shop.customer(ravi).await.unwrap().balance(), paise(0));
    context.assert_sound(&shop).await;
}

async fn a_full_return_takes_the_rounding_too(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let whole = billed(&shop, ravi, 10_010, local(901, 901), -12).await;
    let note = credit(&shop, whole, 10_010).await;
    assert_eq!((note.round_off, note.total), (paise(-12), paise(11_800)));
    is_closed(&shop, whole).await;
    let halves = billed(&shop, ravi, 10_010, local(901, 901), 13).await;
    let rounded =
        [credit(&shop, halves, 5_005).await.round_off, credit(&shop, halves, 5_005).await.round_off];
    assert_eq!(rounded, [paise(7), paise(6)]);
    is_closed(&shop, halves).await;
    // What is said stays as it is said.
    let plain = billed(&shop, ravi, 10_010, Tax::None, -10).await;
    let none = NewCreditNote::new(plain, day(1), paise(10_000)).round_off(paise(0));
    let note = shop.add_credit_note(none).await.unwrap();
    assert_eq!((note.round_off, note.total), (paise(0), paise(10_000)));
    is_closed(&shop, plain).await;
}

async fn the_last_part_takes_what_was_rounded_on_paper(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let invoice = billed(&shop, ravi, 10_010, local(901, 901), 0).await;
    let on_paper =
        |gross, tax| with(NewCreditNote::new(invoice, day(1), paise(gross)), |new| new.tax = Some(tax));
    shop.add_credit_note(on_paper(5_005, local(450, 450))).await.unwrap();
    let wrong = shop.add_credit_note(on_paper(5_005, local(450, 451))).await;
    assert_eq!(faults(wrong), fault("cgst", "tax_disproportionate"), "a paisa would stay open");
    let last = shop.add_credit_note(on_paper(5_005, local(451, 451))).await.unwrap();
    assert_eq!(last.total, paise(5_907));
    is_closed(&shop, invoice).await;
    // A paisa more than there is can't be credited either.
    let other = billed(&shop, ravi, 10_010, local(901, 901), 0).await;
    let over = with(NewCreditNote::new(other, day(1), paise(10_009)), |new| new.tax = Some(local(902, 901)));
    assert_eq!(faults(shop.add_credit_note(over).await), fault("cgst", "tax_disproportionate"));
}

async fn a_void_part_can_be_taken_again(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let invoice = billed(&shop, ravi, 10_010, local(901, 901), 30).await;
    let [first, _] = [credit(&shop, invoice, 3_333).await, credit(&shop, invoice, 3_333).await];
    shop.void_credit_note(Void::new(first.id, "not returned").unwrap()).await.unwrap();
    credit(&shop, invoice, 5_000).await;
    credit(&shop, invoice, 1_677).await;
    is_closed(&shop, invoice).await;
    context.assert_sound(&shop).await;
    assert!(shop.verify().await.unwrap().is_sound());
}

async fn no_part_takes_more_than_is_left(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let invoice = billed(&shop, ravi, 100, Tax::None, 0).await;
    credit(&shop, invoice, 60).await;
    let over = shop.add_credit_note(NewCreditNote::new(invoice, day(1), paise(41))).await;
    let Err(Error::Invalid(told)) = over else { panic!("{over:?}") };
    assert_eq!((told[0].field.as_str(), told[0].code), ("grossAmount", "beyond_invoice"));
    assert!(told[0].message.ends_with("0.40"), "{}", told[0].message);
    credit(&shop, invoice, 40).await;
    is_closed(&shop, invoice).await;
}

async fn several_invoices_are_credited_by_one_note(context: TestContext) {
    let here = context.shop(1).await;
    let there = context.shop_elsewhere(&here).await;
    let ravi = customer(&here).await;
    let oldest = billed(&here, ravi, 10, local(1, 1), 0).await;
    let [one, two] = [
        billed(&here, ravi, 10_010, local(901, 901), -12).await,
        billed(&here, ravi, 50, local(5, 4), 0).await,
    ];
    let rows = vec![NewInvoiceCredit::new(one, paise(5_005)), NewInvoiceCredit::new(two, paise(50))];
    let note = here.add_credit_note(NewCreditNote::on_invoices(rows, day(1))).await.unwrap();
    let parts: Vec<_> =
        note.invoices.iter().map(|part| (part.invoice, part.tax, part.total.minor())).collect();
    assert_eq!(parts, [(one, local(451, 451), 5_901), (two, local(5, 4), 59)]);
    assert_eq!((note.invoice, note.tax, note.total), (None, local(456, 455), paise(5_960)));
    let paid: Vec<_> = note.allocations.iter().map(|row| (row.invoice, row.amount.minor())).collect();
    assert_eq!(paid, [(Some(one), 5_901), (Some(two), 59)], "each its own, not the oldest");
    assert_eq!(there.credit_note(note.id).await.unwrap(), note);
    is_closed(&there, two).await;
    credit(&there, one, 5_005).await;
    is_closed(&there, one).await;
    assert_eq!(there.invoice(oldest).await.unwrap().status, InvoiceStatus::Unpaid);
    context.assert_sound(&here).await;
    assert!(there.verify().await.unwrap().is_sound());
}

async fn what_of_several_invoices_is_wrong_is_told(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let asha = shop.add_customer(new_customer("Asha", 2)).await.unwrap().id;
    let [one, two] =
        [billed(&shop, ravi, 100, Tax::None, 0).await, billed(&shop, ravi, 100, Tax::None, 0).await];
    let taxed = billed(&shop, ravi, 100, local(9, 9), 0).await;
    let theirs = billed(&shop, asha, 100, Tax::None, 0).await;
    let on = |rows: &[(InvoiceId, i64)]| {
        let rows = rows.iter().map(|(invoice, gross)| NewInvoiceCredit::new(*invoice, paise(*gross)));
        NewCreditNote::on_invoices(rows.collect(), day(1))
    };
    for (new, field, code) in [
        (on(&[(one, 5), (one, 5)]), "invoices/1/invoiceId", "repeated"),
        (on(&[(one, 5), (theirs, 5)]), "invoices/1/invoiceId", "other_customer"),
        (on(&[(one, 5), (taxed, 5)]), "invoices/1/invoiceId", "mixed_taxes"),
        (on(&[(one, 5), (two, 101)]), "invoices/1/grossAmount", "beyond_invoice"),
        (on(&[(one, 5), (two, 5)]).invoice(one), "invoiceId", "exclusive"),
        (on(&[(one, 5), (two, 5)]).round_off(paise(1)), "roundOff", "exclusive"),
        (on(&[(one, 5), (two, 5)]).other_charges(paise(1)), "otherCharges", "exclusive"),
        (on(&[(one, 5), (two, 5)]).total(paise(11)), "totalAmount", "wrong_total"),
        (on(&[(one, 5), (two, 5)]).customer(asha), "customerId", "other_customer"),
        (with(on(&[(one, 5), (two, 5)]), |new| new.gross = paise(11)), "grossAmount", "wrong_total"),
        (NewCreditNote::new(one, day(1), paise(5)).customer(asha), "customerId", "other_customer"),
    ] {
        assert_eq!(faults(shop.add_credit_note(new).await), fault(field, code));
    }
    let totals = shop.customer(ravi).await.unwrap().totals;
    assert_eq!(totals.credited, paise(0), "nothing is written");
}

async fn a_void_note_on_several_invoices_frees_all_of_them(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let [one, two] =
        [billed(&shop, ravi, 100, Tax::None, 0).await, billed(&shop, ravi, 50, Tax::None, 0).await];
    let rows = vec![NewInvoiceCredit::new(one, paise(100)), NewInvoiceCredit::new(two, paise(20))];
    let note = shop.add_credit_note(NewCreditNote::on_invoices(rows, day(1))).await.unwrap();
    assert!(shop.void_invoice(Void::new(two, "wrong").unwrap()).await.is_err(), "it has a credit note");
    shop.void_credit_note(Void::new(note.id, "not returned").unwrap()).await.unwrap();
    assert_eq!(shop.invoice(one).await.unwrap().outstanding, paise(100));
    credit(&shop, one, 100).await;
    credit(&shop, two, 50).await;
    is_closed(&shop, two).await;
    context.assert_sound(&shop).await;
    assert!(shop.verify().await.unwrap().is_sound());
}

async fn a_credit_note_needs_no_invoice(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let oldest = billed(&shop, ravi, 100, Tax::None, 0).await;
    let taxed = NewCreditNote::without_invoice(ravi, day(1), paise(100));
    let taxed = with(taxed, |new| new.tax = Some(local(9, 9)));
    let note = shop.add_credit_note(taxed).await.unwrap();
    assert_eq!((note.invoice, &note.invoices[..], note.total), (None, &[][..], paise(118)));
    assert_eq!(note.unapplied, paise(18));
    is_closed(&shop, oldest).await;
    let nobodys = with(NewCreditNote::without_invoice(ravi, day(1), paise(5)), |new| new.customer = None);
    assert_eq!(faults(shop.add_credit_note(nobodys).await), fault("invoiceId", "missing"));
    let stranger = NewCreditNote::without_invoice(CustomerId::generate(), day(1), paise(5));
    assert_eq!(faults(shop.add_credit_note(stranger).await), fault("customerId", "not_found"));
    let rounded = NewCreditNote::without_invoice(ravi, day(1), paise(5)).total(paise(6));
    assert_eq!(faults(shop.add_credit_note(rounded).await), fault("totalAmount", "wrong_total"));
    shop.void_credit_note(Void::new(note.id, "not meant").unwrap()).await.unwrap();
    assert_eq!(shop.customer(ravi).await.unwrap().balance(), paise(100));
    context.assert_sound(&shop).await;
}
