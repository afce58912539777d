//! Numbering of a shop's own.

use khata_core::error::Error;
use khata_core::id::CustomerId;
use khata_core::invoice::NewInvoice;
use khata_core::number::DocumentKind;
use khata_core::numbering::NewNumbering;
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::shop::Shop;

use super::context::{TestContext, at_once, day, fault, new_customer, paise};
use super::{invariants, suite};

suite! {
    numbers_go_on_after_those_of_the_old_book,
    another_kind_and_another_year_stay_as_they_are,
    a_number_by_hand_moves_a_numbering_of_the_shops_own_on,
    a_numbering_that_would_repeat_a_number_is_refused,
    a_numbering_can_be_set_again,
    numbers_run_out,
    numbers_of_a_numbering_are_consecutive_however_many_post,
}

const INVOICE: DocumentKind = DocumentKind::Invoice;

async fn shop_and_customer(context: &TestContext) -> (Shop, CustomerId) {
    let shop = context.shop(1).await;
    let ravi = shop.add_customer(new_customer("Ravi", 1)).await.unwrap().id;
    (shop, ravi)
}

async fn next(shop: &Shop, text: &str) -> Result<String, Error> {
    let series = shop.set_numbering(NewNumbering::from_next(INVOICE, text)?).await?;
    Ok(series.next.expect("there are more").to_string())
}

/// The number of a further invoice, that number or the next one.
async fn bill(shop: &Shop, customer: CustomerId, number: Option<&str>) -> String {
    let new = NewInvoice::new(customer, day(0), paise(5));
    let new = match number {
        Some(number) => new.number(number).unwrap(),
        None => new,
    };
    shop.add_invoice(new).await.unwrap().number.to_string()
}

async fn check(context: &TestContext, shop: &Shop) {
    invariants::check(&*context.other, shop.id()).await.unwrap_or_else(|violation| panic!("{violation}"));
}

async fn numbers_go_on_after_those_of_the_old_book(context: TestContext) {
    let (here, ravi) = shop_and_customer(&context).await;
    let there = context.shop_elsewhere(&here).await;
    let last = NewNumbering::after_last(INVOICE, "15422").unwrap();
    assert_eq!(here.set_numbering(last).await.unwrap().next.unwrap().as_str(), "15423");
    assert_eq!(bill(&there, ravi, None).await, "15423");
    assert_eq!(bill(&here, ravi, None).await, "15424");
    check(&context, &here).await;
}

async fn another_kind_and_another_year_stay_as_they_are(context: TestContext) {
    let (shop, ravi) = shop_and_customer(&context).await;
    next(&shop, "KS/0100").await.unwrap();
    let later = NewNumbering::from_next(INVOICE, "N-1")
        .unwrap()
        .year(khata_core::calendar::FinancialYear::of(day(800)));
    shop.set_numbering(later).await.unwrap();
    let receipt = NewReceipt::new(ravi, day(0), paise(5), PaymentType::Cash);
    assert_eq!(shop.add_receipt(receipt).await.unwrap().number.as_str(), "RCT/2026-27/0001");
    let of = |date| NewInvoice::new(ravi, date, paise(5));
    assert_eq!(shop.add_invoice(of(day(365))).await.unwrap().number.as_str(), "INV/2027-28/0001");
    assert_eq!(shop.add_invoice(of(day(800))).await.unwrap().number.as_str(), "N-1");
    assert_eq!(bill(&shop, ravi, None).await, "KS/0100");
    let numbers = shop.numbers().await.unwrap().into_iter();
    let numbers = numbers.filter(|series| series.kind == INVOICE);
    let numbers: Vec<_> =
        numbers.map(|series| (series.year.start_year(), series.next.unwrap().to_string())).collect();
    let expected = [(2026, "KS/0101"), (2027, "INV/2027-28/0002"), (2028, "N-2")];
    assert_eq!(numbers, expected.map(|(year, number)| (year, number.to_owned())));
    check(&context, &shop).await;
}

async fn a_number_by_hand_moves_a_numbering_of_the_shops_own_on(context: TestContext) {
    let (shop, ravi) = shop_and_customer(&context).await;
    next(&shop, "KS/0100").await.unwrap();
    for (by_hand, then) in [
        ("ks/0105", "KS/0106"),
        ("KS/0050", "KS/0107"),
        ("KS/200", "KS/0108"),
        ("INV/2026-27/0900", "KS/0109"),
    ] {
        bill(&shop, ravi, Some(by_hand)).await;
        assert_eq!(bill(&shop, ravi, None).await, then, "after {by_hand}");
    }
    check(&context, &shop).await;
}

async fn a_numbering_that_would_repeat_a_number_is_refused(context: TestContext) {
    let (shop, ravi) = shop_and_customer(&context).await;
    bill(&shop, ravi, Some("ks/0007")).await;
    bill(&shop, ravi, None).await;
    for taken in ["KS/0007", "ks/0001", "INV/2026-27/0001"] {
        match next(&shop, taken).await {
            Err(Error::Invalid(faults)) => {
                let faults: Vec<_> = faults.into_iter().map(|fault| (fault.field, fault.code)).collect();
                assert_eq!(faults, fault("next", "number_used"), "{taken}");
            }
            other => panic!("{taken}: {other:?}"),
        }
    }
    assert_eq!(bill(&shop, ravi, None).await, "INV/2026-27/0002", "nothing was changed");
    assert_eq!(next(&shop, "KS/0008").await.unwrap(), "KS/0008");
    assert_eq!(bill(&shop, ravi, None).await, "KS/0008");
}

async fn a_numbering_can_be_set_again(context: TestContext) {
    let (shop, ravi) = shop_and_customer(&context).await;
    next(&shop, "A-01").await.unwrap();
    assert_eq!(bill(&shop, ravi, None).await, "A-01");
    next(&shop, "B-01").await.unwrap();
    assert_eq!(bill(&shop, ravi, None).await, "B-01");
    next(&shop, "A-05").await.unwrap();
    assert_eq!(bill(&shop, ravi, None).await, "A-05");
    assert_eq!(next(&shop, "INV/2026-27/0001").await.unwrap(), "INV/2026-27/0001");
    assert_eq!(bill(&shop, ravi, None).await, "INV/2026-27/0001");
    check(&context, &shop).await;
}

async fn numbers_run_out(context: TestContext) {
    let (shop, ravi) = shop_and_customer(&context).await;
    next(&shop, "ABCDEFGHIJKLMN99").await.unwrap();
    assert_eq!(bill(&shop, ravi, None).await, "ABCDEFGHIJKLMN99");
    assert_eq!(shop.numbers().await.unwrap()[0].next, None);
    let refused = shop.add_invoice(NewInvoice::new(ravi, day(0), paise(5))).await;
    assert_eq!(refused.unwrap_err().code(), "invalid");
    bill(&shop, ravi, Some("1")).await;
}

async fn numbers_of_a_numbering_are_consecutive_however_many_post(context: TestContext) {
    let (shop, ravi) = shop_and_customer(&context).await;
    next(&shop, "7").await.unwrap();
    let posted = at_once((0..20).map(|_| {
        let shop = shop.clone();
        async move { bill(&shop, ravi, None).await }
    }));
    let mut numbers: Vec<u32> = posted.await.iter().map(|number| number.parse().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (7..27).collect::<Vec<_>>());
}
