//! Customers who are imported out of a table.

use std::ops::ControlFlow;

use khata_core::customer::CustomerView;
use khata_core::form::Patch;
use khata_core::import::{CustomerPlan, CustomerTable};
use khata_core::owner::OwnerUpdate;
use khata_core::shop::Shop;

use super::super::context::{TestContext, day, mobile, new_customer, paise, with};
use super::super::{invariants, suite};

suite! {
    those_who_are_new_are_added_once,
    what_is_broken_off_ends_with_those_under_way,
    what_the_book_does_not_allow_is_told_before_anything_is_written,
    those_without_a_mobile_number_are_known_by_name,
}

async fn plan(shop: &Shop, text: &str) -> CustomerPlan {
    let table = CustomerTable::read(text.as_bytes(), shop.currency(), &[]).unwrap();
    shop.plan_customers(table).await.unwrap()
}

async fn those_who_are_new_are_added_once(context: TestContext) {
    let shop = context.shop(1).await;
    shop.add_customer(new_customer("José  Ravi", 7)).await.unwrap();
    let rows = |n: u32| format!("Customer {n},{},{n}\n", mobile(n));
    let others: String = (100..700).map(rows).collect();
    let text = format!("name,phone,balance\nJOSE ravi,{},5\n{others}", mobile(7));

    let first = plan(&shop, &text).await;
    assert_eq!((first.new.len(), first.known, first.bad.len()), (600, 1, 0));
    let mut added = Vec::new();
    let mut report = |customer: &CustomerView| {
        added.push(customer.balance());
        ControlFlow::Continue(())
    };
    shop.add_customers(first, &mut report).await.unwrap();
    let balances: Vec<_> = (100..700).map(|rupees| paise(rupees * 100)).collect();
    assert_eq!(added, balances, "in the order of the rows");
    let second = plan(&context.shop_elsewhere(&shop).await, &text).await;
    assert_eq!((second.new.len(), second.known, second.bad.len()), (0, 601, 0));
    invariants::check(&*context.other, shop.id()).await.unwrap_or_else(|violation| panic!("{violation}"));
}

async fn what_is_broken_off_ends_with_those_under_way(context: TestContext) {
    let shop = context.shop(1).await;
    let rows: String = (0..1200).map(|n| format!("Customer {n},{}\n", mobile(n))).collect();
    let text = format!("name,phone\n{rows}");
    let first = plan(&shop, &text).await;
    let mut told = 0;
    let mut report = |_: &CustomerView| {
        told += 1;
        if told < 10 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    shop.add_customers(first, &mut report).await.unwrap();
    assert_eq!(told, 10);
    let rest = plan(&shop, &text).await;
    assert!((10..1200).contains(&rest.known), "{}", rest.known);
    assert_eq!(rest.known + rest.new.len() as u64, 1200);
    shop.add_customers(rest, &mut |_| ControlFlow::Continue(())).await.unwrap();
    assert_eq!(plan(&shop, &text).await.known, 1200);
}

async fn what_the_book_does_not_allow_is_told_before_anything_is_written(context: TestContext) {
    let shop = context.shop(1).await;
    shop.add_customer(new_customer("Asha", 1)).await.unwrap();
    let lock = with(OwnerUpdate::default(), |update| update.profile.locked_until = Patch::Set(day(10)));
    shop.update_profile(lock, None).await.unwrap();
    let numbers = [1, 2, 3, 4, 4].map(|n| mobile(n).to_string());
    let [asha, bina, chitra, deepa, again] = numbers;
    let (locked, free) = (day(10), day(11));
    let text = format!(
        "name,phone,opening,as of\nSomebody else,{asha},,\nBina,{bina},5,{locked}\nChitra,{chitra},0,{locked}\n\
         Deepa,{deepa},5,{free}\nEsha,{again},,\n"
    );
    let plan = plan(&shop, &text).await;
    let names: Vec<_> = plan.new.iter().map(|new| new.name.as_str()).collect();
    assert_eq!(names, ["Chitra", "Deepa"]);
    let bad = plan.bad.iter().map(|row| (row.line, &*row.faults[0].field, row.faults[0].code));
    let expected =
        [(2, "phone", "mobile_taken"), (3, "as of", "period_locked"), (6, "phone", "mobile_repeated")];
    assert_eq!(bad.collect::<Vec<_>>(), expected);
    assert_eq!(context.other.all_customers(shop.id(), None, 9).await.unwrap().len(), 1);
}

async fn those_without_a_mobile_number_are_known_by_name(context: TestContext) {
    let shop = context.shop(1).await;
    shop.add_customer(new_customer("Asha", 1)).await.unwrap();
    let text = "name,phone,balance\nAsha,,5\nRavi,,7\n RAVI,,8\n";
    let first = plan(&shop, text).await;
    let bad: Vec<_> = first.bad.iter().map(|row| (row.line, row.faults[0].code)).collect();
    assert_eq!((first.new.len(), bad), (2, vec![(4, "name_repeated")]), "Asha with a number is another one");
    shop.add_customers(first, &mut |_| ControlFlow::Continue(())).await.unwrap();
    let second = plan(&shop, text).await;
    assert_eq!((second.new.len(), second.known), (0, 3));
}
