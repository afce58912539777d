//! What is in the way of an operation is named with the refusal.

use khata_core::customer::CustomerUpdate;
use khata_core::error::{Error, Excess, MobileHolder, NumberHolder, Refusal};
use khata_core::form::Patch;
use khata_core::invoice::NewInvoice;
use khata_core::money::Currency;
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::void::Void;

use super::context::{TestContext, day, mobile, new_customer, paise, with};
use super::suite;

suite! {
    a_taken_number_names_its_document,
    a_taken_mobile_number_names_its_customer,
    a_passed_credit_limit_is_told_in_figures,
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> Refusal {
    match result {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

async fn a_taken_number_names_its_document(context: TestContext) {
    let here = context.shop(1).await;
    let there = context.shop_elsewhere(&here).await;
    let ravi = here.add_customer(new_customer("Ravi", 1)).await.unwrap().id;
    let numbered = |number| NewInvoice::new(ravi, day(0), paise(5)).number(number).unwrap();
    let first = here.add_invoice(numbered("b/1")).await.unwrap().id;
    let holder = |void| Refusal::NumberTaken(NumberHolder { document: first.into(), void });
    assert_eq!(refusal(there.add_invoice(numbered("B/1")).await), holder(false));
    here.void_invoice(Void::new(first, "wrong").unwrap()).await.unwrap();
    assert_eq!(refusal(there.add_invoice(numbered("B/1")).await), holder(true));
    assert_eq!(there.invoices(&Default::default()).await.unwrap().items.len(), 1, "nothing is written");
}

async fn a_taken_mobile_number_names_its_customer(context: TestContext) {
    let here = context.shop(1).await;
    let there = context.shop_elsewhere(&here).await;
    let ravi = here.add_customer(new_customer("Ravi", 1)).await.unwrap().id;
    let asha = here.add_customer(new_customer("Asha", 2)).await.unwrap().id;
    let holder = |archived| Refusal::MobileTaken(Some(MobileHolder { customer: ravi, archived }));
    assert_eq!(refusal(there.add_customer(new_customer("Again", 1)).await), holder(false));
    here.add_receipt(NewReceipt::new(ravi, day(0), paise(5), PaymentType::Cash)).await.unwrap();
    here.add_invoice(NewInvoice::new(ravi, day(0), paise(5))).await.unwrap();
    here.remove_customer(ravi, None).await.unwrap();
    assert_eq!(refusal(there.add_customer(new_customer("Again", 1)).await), holder(true));
    let update = with(CustomerUpdate::default(), |update| update.mobile = Patch::Set(mobile(1)));
    assert_eq!(refusal(there.update_customer(asha, update, None).await), holder(true));
}

async fn a_passed_credit_limit_is_told_in_figures(context: TestContext) {
    let shop = context.shop(1).await;
    let ravi = shop.add_customer(new_customer("Ravi", 1)).await.unwrap().id;
    let limit = with(CustomerUpdate::default(), |update| update.credit_limit = Patch::Set(paise(10_000)));
    shop.update_customer(ravi, limit, None).await.unwrap();
    shop.add_invoice(NewInvoice::new(ravi, day(0), paise(8_000))).await.unwrap();
    let refused = refusal(shop.add_invoice(NewInvoice::new(ravi, day(0), paise(2_050))).await);
    let [limit, balance, over] = [10_000, 8_000, 50].map(paise);
    assert_eq!(
        refused,
        Refusal::CreditLimitExceeded(Excess { limit, balance, over, currency: Currency::INR })
    );
    let says = "the customer owes 80.00 and would owe 0.50 more than the credit limit of 100.00";
    assert_eq!(refused.to_string(), says);
}
