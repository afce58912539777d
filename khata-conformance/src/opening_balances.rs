//! Opening balances: entered, voided, entered again.

use khata_core::error::Error;
use khata_core::id::CustomerId;
use khata_core::idempotency::IdempotencyKey;
use khata_core::invoice::NewInvoice;
use khata_core::ledger::EntryKind;
use khata_core::opening_balance::{NewOpeningBalance, OpeningBalance};
use khata_core::receipt::{CreditStatus, NewReceipt, PaymentType};
use khata_core::shop::{DocumentFilter, Shop, StatementFilter};
use khata_core::void::Void;

use super::context::{TestContext, at_once, day, new_customer, paise, with};
use super::{invariants, suite};

suite! {
    an_opening_balance_is_listed_and_read_like_other_documents,
    another_one_takes_its_place_from_its_date_on,
    a_second_one_is_refused_until_the_first_is_void,
    a_replacement_that_is_refused_leaves_everything_as_it_is,
    a_replacement_under_the_same_key_happens_once,
    of_replacements_at_once_one_counts_at_last,
}

async fn opened(context: &TestContext, amount: i64) -> (Shop, CustomerId) {
    let shop = context.shop(1).await;
    let new = new_customer("Ravi", 1).opening_balance(paise(amount)).opening_date(day(0));
    let ravi = shop.add_customer(new).await.unwrap().id;
    (shop, ravi)
}

async fn openings(shop: &Shop) -> Vec<OpeningBalance> {
    shop.opening_balances(&DocumentFilter::default()).await.unwrap().items
}

async fn balance(shop: &Shop, customer: CustomerId, on: i64) -> i64 {
    shop.balance(customer, Some(day(on))).await.unwrap().balance.minor()
}

async fn check(context: &TestContext, shop: &Shop) {
    invariants::check(&*context.other, shop.id()).await.unwrap_or_else(|violation| panic!("{violation}"));
}

async fn an_opening_balance_is_listed_and_read_like_other_documents(context: TestContext) {
    let (shop, ravi) = opened(&context, -700).await;
    let invoice = shop.add_invoice(NewInvoice::new(ravi, day(3), paise(300))).await.unwrap().id;
    let [listed] = <[_; 1]>::try_from(openings(&shop).await).unwrap();
    let read = shop.opening_balance(listed.id).await.unwrap();
    assert_eq!(read, listed);
    assert_eq!((read.amount, read.unapplied, read.outstanding), (paise(-700), paise(400), paise(0)));
    assert_eq!((read.number.as_str(), read.customer), ("OPB/2026-27/0001", ravi));
    assert_eq!((read.allocations[0].invoice, read.allocations[0].amount), (Some(invoice), paise(300)));
    assert_eq!(shop.invoice(invoice).await.unwrap().allocations[0].opening_balance, Some(read.id));

    let new = new_customer("Asha", 2).opening_balance(paise(500));
    let asha = shop.add_customer(new).await.unwrap().id;
    let receipt = NewReceipt::new(asha, shop.today(), paise(200), PaymentType::Cash);
    let receipt = shop.add_receipt(receipt).await.unwrap();
    let owed = &openings(&shop).await[0];
    assert_eq!(
        (owed.customer, owed.outstanding, owed.paid_by[0].receipt),
        (asha, paise(300), Some(receipt.id))
    );
    assert_eq!(receipt.allocations[0].opening_balance, Some(owed.id));
}

async fn another_one_takes_its_place_from_its_date_on(context: TestContext) {
    let (here, ravi) = opened(&context, 50_000).await;
    let there = context.shop_elsewhere(&here).await;
    there.add_receipt(NewReceipt::new(ravi, day(5), paise(4_000), PaymentType::Cash)).await.unwrap();
    let new = NewOpeningBalance::new(ravi, day(0), paise(5_000));
    let replaced = there.replace_opening_balance(new, None).await.unwrap().value;
    assert_eq!((replaced.outstanding, replaced.number.as_str()), (paise(1_000), "OPB/2026-27/0002"));
    assert_eq!([balance(&here, ravi, 0).await, balance(&here, ravi, 9).await], [5_000, 1_000]);
    let statuses: Vec<_> = openings(&here).await.iter().map(|opening| opening.status).collect();
    assert_eq!(statuses, [CreditStatus::Recorded, CreditStatus::Void]);
    let statement = here.statement(ravi, &StatementFilter::default()).await.unwrap();
    let kinds: Vec<_> = statement.entries.iter().map(|line| line.kind).collect();
    let opening = EntryKind::OpeningBalance;
    assert_eq!(kinds, [opening, EntryKind::Void, opening, EntryKind::Receipt]);
    check(&context, &here).await;
}

async fn a_second_one_is_refused_until_the_first_is_void(context: TestContext) {
    let (shop, ravi) = opened(&context, 700).await;
    let new = NewOpeningBalance::new(ravi, day(0), paise(-50));
    let refused = shop.add_opening_balance(new.clone()).await.unwrap_err();
    assert_eq!(refused.code(), "has_opening_balance");
    let first = openings(&shop).await[0].id;
    let void = shop.void_opening_balance(Void::new(first, "wrong").unwrap()).await.unwrap();
    assert_eq!((void.status, void.outstanding), (CreditStatus::Void, paise(0)));
    assert_eq!(shop.add_opening_balance(new).await.unwrap().unapplied, paise(50));
    check(&context, &shop).await;
}

async fn a_replacement_that_is_refused_leaves_everything_as_it_is(context: TestContext) {
    let (shop, ravi) = opened(&context, 700).await;
    let head = context.store.head(shop.id()).await.unwrap();
    let new = |customer| NewOpeningBalance::new(customer, day(0), paise(5));
    let taken = with(new(ravi), |new| new.terms.number = Some(openings_number()));
    assert_eq!(shop.replace_opening_balance(taken, None).await.unwrap_err().code(), "number_taken");
    let unknown = shop.replace_opening_balance(new(CustomerId::generate()), None).await;
    assert!(matches!(unknown, Err(Error::NotFound)), "{unknown:?}");
    assert_eq!(context.other.head(shop.id()).await.unwrap(), head);
    assert_eq!(openings(&shop).await[0].status, CreditStatus::Recorded);
}

fn openings_number() -> khata_core::number::DocumentNumber {
    khata_core::number::DocumentNumber::parse("opb/2026-27/0001").unwrap()
}

async fn a_replacement_under_the_same_key_happens_once(context: TestContext) {
    let (here, ravi) = opened(&context, 700).await;
    let there = context.shop_elsewhere(&here).await;
    let key = IdempotencyKey::parse("again").ok();
    let new = NewOpeningBalance::new(ravi, day(0), paise(5));
    let first = here.replace_opening_balance(new.clone(), key.clone()).await.unwrap();
    let again = there.replace_opening_balance(new, key).await.unwrap();
    assert!(again.replayed && !first.replayed);
    assert_eq!(again.value, first.value);
    assert_eq!(openings(&here).await.len(), 2);
}

async fn of_replacements_at_once_one_counts_at_last(context: TestContext) {
    let (here, ravi) = opened(&context, 700).await;
    let there = context.shop_elsewhere(&here).await;
    let posted = at_once([1, 2, 3].map(|amount| {
        let shop = if amount == 2 { there.clone() } else { here.clone() };
        let new = NewOpeningBalance::new(ravi, day(0), paise(amount));
        async move { shop.replace_opening_balance(new, None).await }
    }));
    assert!(posted.await.iter().all(Result::is_ok));
    let live = openings(&here).await.into_iter().filter(|opening| opening.status == CreditStatus::Recorded);
    let amounts: Vec<_> = live.map(|opening| opening.amount.minor()).collect();
    assert_eq!(amounts, [balance(&here, ravi, 9).await]);
    check(&context, &here).await;
}
