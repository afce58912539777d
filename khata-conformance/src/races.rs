//! What many want at once and one can have, through two processes that share a database.

use std::collections::BTreeSet;

use khata_core::customer::{CustomerUpdate, CustomerView};
use khata_core::error::Error;
use khata_core::form::Patch;
use khata_core::idempotency::IdempotencyKey;
use khata_core::invoice::NewInvoice;
use khata_core::number::DocumentNumber;
use khata_core::page::Limit;
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::shop::Shop;

use super::context::{RACERS, TestContext, at_once, day, mobile, name, new_customer, new_owner, paise, with};
use super::suite;

suite! {
    one_invoice_number_is_given_once,
    automatic_numbers_are_consecutive,
    one_mobile_number_is_one_customers,
    one_mobile_number_is_one_owners,
    one_idempotency_key_makes_one_document,
    one_idempotency_key_makes_one_customer,
    one_revision_of_a_customer_is_changed_once,
    a_customer_who_is_posted_to_is_not_deleted,
    a_credit_limit_is_not_passed,
}

/// The shop through each of two processes, as many times as there are racers, and a customer.
async fn shops(context: &TestContext) -> (Shop, Vec<Shop>, CustomerView) {
    let here = context.shop(1).await;
    let there = context.shop_elsewhere(&here).await;
    let customer = here.add_customer(new_customer("Ravi", 1)).await.unwrap();
    let shops = (0..RACERS).map(|n| if n % 2 == 0 { here.clone() } else { there.clone() });
    (here.clone(), shops.collect(), customer)
}

fn invoice(customer: &CustomerView) -> NewInvoice {
    NewInvoice::new(customer.id, day(0), paise(100))
}

/// What the one winner has; all others failed with this code.
fn only_winner<T>(ends: Vec<Result<T, Error>>, code: &str) -> T {
    let mut winners = Vec::new();
    for end in ends {
        match end {
            Ok(won) => winners.push(won),
            Err(error) => assert_eq!(error.code(), code, "{error:?}"),
        }
    }
    assert_eq!(winners.len(), 1, "exactly one wins");
    winners.remove(0)
}

async fn one_invoice_number_is_given_once(context: TestContext) {
    let (shop, shops, ravi) = shops(&context).await;
    let racers = shops.into_iter().enumerate().map(|(n, shop)| {
        let text = if n % 4 < 2 { "RACE/1" } else { "race/1" };
        let number = Some(DocumentNumber::parse(text).expect("it is a number"));
        let new = with(invoice(&ravi), |new| new.number = number);
        async move { shop.add_invoice(new).await }
    });
    let won = only_winner(at_once(racers).await, "number_taken");
    assert_eq!(shop.invoice(won.id).await.unwrap(), won);
    assert_eq!(shop.customer(ravi.id).await.unwrap().balance(), paise(100));
    context.assert_sound(&shop).await;
}

async fn automatic_numbers_are_consecutive(context: TestContext) {
    let (shop, shops, ravi) = shops(&context).await;
    let racers = shops.into_iter().map(|shop| {
        let new = invoice(&ravi);
        async move { shop.add_invoice(new).await.map(|invoice| (invoice.number, invoice.seq)) }
    });
    let ends: Result<Vec<_>, _> = at_once(racers).await.into_iter().collect();
    let mut numbers = ends.expect("each of them gets a number");
    numbers.sort_unstable();
    for (n, (number, seq)) in (1..).zip(&numbers) {
        assert_eq!((number.as_str(), *seq), (format!("INV/2026-27/{n:04}").as_str(), n));
    }
    context.assert_sound(&shop).await;
}

async fn one_mobile_number_is_one_customers(context: TestContext) {
    let (shop, shops, _) = shops(&context).await;
    let others = async |n| {
        let new = new_customer("Other", n);
        shop.add_customer(new).await.unwrap()
    };
    let changers = [others(50).await, others(51).await];
    let racers = shops.into_iter().enumerate().map(|(n, shop)| {
        let changer = changers[n / 2 % 2].id;
        async move {
            if n % 8 < 2 {
                let update = with(CustomerUpdate::default(), |update| update.mobile = Patch::Set(mobile(77)));
                shop.update_customer(changer, update, None).await.map(|customer| customer.id)
            } else {
                let new = new_customer("Ravi", 77);
                shop.add_customer(new).await.map(|customer| customer.id)
            }
        }
    });
    // Who has the number may ask for it again, and gets it: so a winner counts once.
    let mut winners = BTreeSet::new();
    for end in at_once(racers).await {
        match end {
            Ok(id) => drop(winners.insert(id)),
            Err(error) => assert_eq!(error.code(), "mobile_taken", "{error:?}"),
        }
    }
    let winners: Vec<_> = winners.into_iter().collect();
    assert_eq!(winners.len(), 1, "exactly one wins");
    assert_eq!(shop.customer(winners[0]).await.unwrap().mobile, Some(mobile(77)));
}

async fn one_mobile_number_is_one_owners(context: TestContext) {
    let khatas = [context.khata(), context.other_khata()];
    let racers = (0..RACERS as usize).map(|n| {
        let khata = khatas[n % 2].clone();
        async move { khata.register(new_owner(1)).await }
    });
    let mut ends = at_once(racers).await;
    // Too many hashes at once may be refused; that is no answer to the question.
    ends.retain(|end| !matches!(end, Err(Error::Overloaded)));
    let won = only_winner(ends, "mobile_taken");
    assert_eq!(context.store.credentials_by_mobile(&mobile(1)).await.unwrap().owner, won.id);
}

async fn one_idempotency_key_makes_one_document(context: TestContext) {
    let (shop, shops, ravi) = shops(&context).await;
    let racers = shops.into_iter().map(|shop| {
        let new = NewReceipt::new(ravi.id, day(0), paise(100), PaymentType::Upi);
        let key = IdempotencyKey::parse("one-key").expect("it is visible ASCII");
        async move { shop.perform(new, Some(key)).await }
    });
    let ends: Result<Vec<_>, _> = at_once(racers).await.into_iter().collect();
    let ends = ends.expect("all of them are answered");
    assert_eq!(ends.iter().filter(|once| !once.replayed).count(), 1, "it was done once");
    for once in &ends {
        assert_eq!(once.value, ends[0].value, "all have the same answer");
    }
    assert_eq!(shop.entries(0, Limit::MAX).await.unwrap().len(), 1);
    context.assert_sound(&shop).await;
}

async fn one_idempotency_key_makes_one_customer(context: TestContext) {
    let (_, shops, _) = shops(&context).await;
    let racers = shops.into_iter().map(|shop| {
        let new = new_customer("Asha", 2).opening_balance(paise(500));
        let key = IdempotencyKey::parse("one-key").expect("it is visible ASCII");
        async move { shop.perform(new, Some(key)).await }
    });
    let ends: Result<Vec<_>, _> = at_once(racers).await.into_iter().collect();
    let ends = ends.expect("all of them are answered");
    assert_eq!(ends.iter().filter(|once| !once.replayed).count(), 1, "it was done once");
    assert!(ends.iter().all(|once| once.value == ends[0].value), "all have the same answer");
    assert_eq!(context.store.head(ends[0].value.owner).await.unwrap().seq, 1);
}

async fn one_revision_of_a_customer_is_changed_once(context: TestContext) {
    let (shop, shops, ravi) = shops(&context).await;
    let (ravi, revision) = (ravi.id, ravi.revision);
    let racers = shops.into_iter().enumerate().map(|(n, shop)| {
        let update = with(CustomerUpdate::default(), |update| update.name = Some(name(&format!("Name {n}"))));
        async move { shop.update_customer(ravi, update, Some(revision)).await }
    });
    let won = only_winner(at_once(racers).await, "stale");
    assert_eq!(shop.customer(ravi).await.unwrap(), won);
}

async fn a_customer_who_is_posted_to_is_not_deleted(context: TestContext) {
    let (shop, shops, _) = shops(&context).await;
    for (n, there) in (10..20).zip(shops) {
        let customer = shop.add_customer(new_customer("Asha", n)).await.unwrap();
        let (here, posted) = (shop.clone(), invoice(&customer));
        let removal = tokio::spawn(async move { here.remove_customer(customer.id, None).await.map(drop) });
        let posting = tokio::spawn(async move { there.add_invoice(posted).await.map(drop) });
        let (removal, posting) = (removal.await.expect("it ends"), posting.await.expect("it ends"));
        match (removal, posting) {
            (Ok(()), Err(error)) => assert_eq!(error.code(), "invalid", "{error:?}"),
            (Err(error), Ok(())) => assert_eq!(error.code(), "balance_outstanding", "{error:?}"),
            other => panic!("one of them must give way: {other:?}"),
        }
    }
    context.assert_sound(&shop).await;
}

async fn a_credit_limit_is_not_passed(context: TestContext) {
    let (shop, shops, _) = shops(&context).await;
    let new = new_customer("Asha", 2).credit_limit(paise(1_050));
    let asha = shop.add_customer(new).await.unwrap();
    let racers = shops.into_iter().map(|shop| {
        let new = invoice(&asha);
        async move { shop.add_invoice(new).await.map(drop) }
    });
    let (mut within, mut over) = (0, 0);
    for end in at_once(racers).await {
        match end {
            Ok(()) => within += 1,
            Err(error) => {
                assert_eq!(error.code(), "credit_limit_exceeded", "{error:?}");
                over += 1;
            }
        }
    }
    assert_eq!((within, over), (10, RACERS - 10));
    assert_eq!(shop.customer(asha.id).await.unwrap().balance(), paise(1_000));
    context.assert_sound(&shop).await;
}
