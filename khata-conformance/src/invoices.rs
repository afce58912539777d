//! The tax on invoices, by way of two processes that share the store.

use khata_core::credit_note::NewCreditNote;
use khata_core::documents::Tax;
use khata_core::form::Patch;
use khata_core::gst::Gstin;
use khata_core::id::CustomerId;
use khata_core::invoice::NewInvoice;
use khata_core::money::Money;
use khata_core::owner::OwnerUpdate;
use khata_core::shop::Shop;

use super::context::{TestContext, day, fault, faults, new_customer, paise, with};
use super::suite;

suite! {
    a_shop_with_a_gstin_says_the_tax_of_every_invoice,
    a_shop_without_a_gstin_may_say_a_tax,
    a_missing_tax_and_an_unknown_customer_are_told_at_once,
    invoices_from_before_the_gstin_stay_as_they_were,
}

async fn customer(shop: &Shop) -> CustomerId {
    shop.add_customer(new_customer("Ravi", 1)).await.unwrap().id
}

async fn register(shop: &Shop, gst_number: Patch<Gstin>) {
    let update = with(OwnerUpdate::default(), |update| update.profile.gst_number = gst_number);
    shop.update_profile(update, None).await.unwrap();
}

fn gstin() -> Patch<Gstin> {
    Patch::Set(Gstin::parse("27AAPFU0939F1ZV").expect("it is a GSTIN"))
}

/// An invoice over 100 before that tax.
fn taxed(customer: CustomerId, tax: Tax) -> NewInvoice {
    let total = paise(100 + tax.total().expect("it is small").minor());
    with(NewInvoice::new(customer, day(0), total), |new| {
        new.gross = paise(100);
        new.tax = tax;
    })
}

/// The tax on exempt goods.
const EXEMPT: Tax = Tax::Interstate { igst: Money::ZERO };

async fn a_shop_with_a_gstin_says_the_tax_of_every_invoice(context: TestContext) {
    let here = context.shop(1).await;
    let there = context.shop_elsewhere(&here).await;
    let ravi = customer(&here).await;
    here.add_invoice(taxed(ravi, Tax::None)).await.unwrap();
    register(&here, gstin()).await;
    for shop in [&there, &here] {
        let refused = shop.add_invoice(taxed(ravi, Tax::None)).await;
        assert_eq!(faults(refused), fault("cgst", "tax_required"));
    }
    assert_eq!(context.store.head(here.id()).await.unwrap().seq, 1, "nothing was posted");
    let local = Tax::Local { cgst: paise(9), sgst: paise(9) };
    for tax in [EXEMPT, Tax::Interstate { igst: paise(18) }, local] {
        assert_eq!(there.add_invoice(taxed(ravi, tax)).await.unwrap().tax, tax);
    }
    register(&here, Patch::Clear).await;
    there.add_invoice(taxed(ravi, Tax::None)).await.unwrap();
    context.assert_sound(&here).await;
}

async fn a_shop_without_a_gstin_may_say_a_tax(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    for tax in [Tax::None, EXEMPT, Tax::Interstate { igst: paise(18) }] {
        assert_eq!(shop.add_invoice(taxed(ravi, tax)).await.unwrap().tax, tax);
    }
}

async fn a_missing_tax_and_an_unknown_customer_are_told_at_once(context: TestContext) {
    let shop = context.shop(1).await;
    register(&shop, gstin()).await;
    let told = faults(shop.add_invoice(taxed(CustomerId::generate(), Tax::None)).await);
    assert_eq!(told, [fault("customerId", "not_found"), fault("cgst", "tax_required")].concat());
}

async fn invoices_from_before_the_gstin_stay_as_they_were(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = customer(&shop).await;
    let before = shop.add_invoice(taxed(ravi, Tax::None)).await.unwrap();
    register(&shop, gstin()).await;
    assert_eq!(shop.invoice(before.id).await.unwrap(), before);
    let credited = shop.add_credit_note(NewCreditNote::new(before.id, day(1), paise(100))).await.unwrap();
    assert_eq!((credited.tax, credited.total), (Tax::None, paise(100)), "its tax is that of its invoice");
    context.assert_sound(&shop).await;
}
