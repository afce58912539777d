//! Files that are refused, before anything of them is written.

use std::io::Cursor;

use khata_core::customer::CustomerUpdate;
use khata_core::form::Patch;
use khata_core::id::CustomerId;
use khata_core::import::{BookFile, Error, LineFault, Standing};
use khata_core::invoice::NewInvoice;
use khata_core::owner::OwnerUpdate;
use khata_core::shop::Shop;
use khata_core::transfer::{self, Obstacle};

use super::super::context::{TestContext, day, mobile, name, new_customer, paise, with};
use super::super::suite;
use super::super::transfer::{book, in_memory, whole};
use super::{exported, import};

suite! {
    a_file_that_is_wrong_is_refused_with_its_line,
    a_file_that_is_cut_short_anywhere_is_refused,
    another_book_of_the_shop_is_not_written_over,
    an_owner_with_the_mobile_number_is_in_the_way,
    a_profile_that_was_changed_there_is_not_changed_back,
    a_customer_who_was_changed_there_is_not_changed_back,
    a_mobile_number_that_stays_anothers_is_in_the_way,
    a_mobile_number_that_the_book_sets_free_is_not_in_the_way,
}

/// The lines of a book: 1 the format, 2 the shop, 3 to 6 the customers, 7 to 24 the entries, 25 to 29 the requests, and
/// 30 the end.
async fn lines() -> Vec<String> {
    let text = exported(&book(&in_memory(), 1).await).await;
    let lines: Vec<_> = text.lines().map(ToOwned::to_owned).collect();
    assert_eq!(lines.len(), 30, "{text}");
    lines
}

fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn edit(lines: &mut [String], line: usize, from: &str, to: &str) {
    let line = &mut lines[line - 1];
    assert!(line.contains(from), "{line} has no {from}");
    *line = line.replacen(from, to, 1);
}

async fn a_file_that_is_wrong_is_refused_with_its_line(context: TestContext) {
    type Change = fn(&mut Vec<String>);
    let cases: [(Change, u64, &str); 18] = [
        (|lines| lines.clear(), 1, "this is not the beginning of a book"),
        (|lines| lines.insert(0, "name,mobile".into()), 1, "this is not the beginning of a book"),
        (|lines| edit(lines, 1, "khata-book", "other"), 1, "this is not the beginning of a book"),
        (
            |lines| edit(lines, 1, "\"version\":1", "\"version\":2"),
            1,
            "the book is in version 2 of the format",
        ),
        (|lines| edit(lines, 2, "\"currency\":\"INR\"", "\"currency\":\"EUR\""), 7, "entry 1 was changed"),
        (|lines| edit(lines, 3, "\"name\"", "\"nmae\""), 3, "this can't be parsed: unknown field `nmae`"),
        (|lines| edit(lines, 4, "Ravi", "Rani"), 30, "a line before this one was changed"),
        (|lines| lines.swap(3, 4), 5, "customer "),
        (|lines| drop(lines.remove(3)), 8, "entry 3: its customer doesn't exist"),
        (|lines| edit(lines, 9, "\"amount\":", "\"amount\":1"), 9, "entry 3 was changed"),
        (|lines| edit(lines, 9, "Ravi", "Rani"), 9, "entry 3 was changed"),
        (|lines| drop(lines.remove(8)), 9, "entry 4 can't come here"),
        (|lines| lines.swap(8, 9), 9, "entry 4 can't come here"),
        (|lines| lines.insert(9, lines[8].clone()), 10, "entry 3 can't come here"),
        (
            |lines| edit(lines, 26, "\"answer\":\"", "\"answer\":\" "),
            30,
            "a line before this one was changed",
        ),
        (|lines| drop(lines.remove(25)), 29, "the last line counts 5 requests, but the file has 4"),
        (|lines| lines.truncate(29), 30, "the file ends before the end of the book"),
        (|lines| lines.push("{}".into()), 31, "something follows the end of the book"),
    ];
    for (at, (change, line, why)) in cases.into_iter().enumerate() {
        let mut lines = lines().await;
        change(&mut lines);
        let refused = import(&context, &joined(&lines)).await.unwrap_err().to_string();
        assert!(refused.starts_with(&format!("line {line}: {why}")), "case {at}: {refused}");
        assert_eq!(context.store.owners(None, 9).await.unwrap(), [], "case {at}: nothing was written");
    }
}

async fn a_file_that_is_cut_short_anywhere_is_refused(context: TestContext) {
    let text = joined(&lines().await);
    for at in (1..text.len()).step_by(997).filter(|at| text.is_char_boundary(*at)) {
        match import(&context, &text[..at]).await {
            Err(Error::Line { fault: LineFault::CutShort | LineFault::NotABook, .. }) => {}
            other => panic!("cut after {at} bytes: {other:?}"),
        }
    }
    assert_eq!(context.store.owners(None, 9).await.unwrap(), []);
}

fn obstacle<T: std::fmt::Debug>(refused: Result<T, Error>) -> Obstacle {
    match refused {
        Err(Error::Transfer(transfer::Error::Shop { obstacle, .. })) => obstacle,
        other => panic!("it is not refused: {other:?}"),
    }
}

async fn another_book_of_the_shop_is_not_written_over(context: TestContext) {
    let source = in_memory();
    let here = book(&source, 1).await;
    import(&context, &exported(&here).await).await.unwrap();
    let there = context.khata().shop(here.id()).await.unwrap();
    let customer = whole(&*source.store, here.id()).await.customers[0].id;
    let new = || NewInvoice::new(customer, day(1), paise(100));
    there.add_invoice(new()).await.unwrap();
    here.add_invoice(new()).await.unwrap();
    here.add_invoice(new()).await.unwrap();
    let before = whole(&*context.other, here.id()).await;
    let refused = obstacle(import(&context, &exported(&here).await).await);
    assert_eq!(refused, Obstacle::Diverged { seq: 19 });
    assert_eq!(whole(&*context.other, here.id()).await, before);
}

async fn an_owner_with_the_mobile_number_is_in_the_way(context: TestContext) {
    context.shop(1).await;
    let text = exported(&book(&in_memory(), 1).await).await;
    assert_eq!(obstacle(import(&context, &text).await), Obstacle::OwnerMobileTaken);
    assert_eq!(context.store.owners(None, 9).await.unwrap().len(), 1);
    assert!(context.store.credentials_by_mobile(&mobile(1)).await.is_ok());
}

async fn a_profile_that_was_changed_there_is_not_changed_back(context: TestContext) {
    let here = book(&in_memory(), 1).await;
    import(&context, &exported(&here).await).await.unwrap();
    let there = context.khata().shop(here.id()).await.unwrap();
    let rename = with(OwnerUpdate::default(), |update| update.profile.shop_name = Some(name("There")));
    there.update_profile(rename, None).await.unwrap();
    assert_eq!(obstacle(import(&context, &exported(&here).await).await), Obstacle::ProfileAhead);
    assert_eq!(there.profile().await.unwrap().shop_name, name("There"));
}

/// What a check and an import say to a book that can't be imported; neither writes anything.
async fn assert_refused(context: &TestContext, text: &str) -> Obstacle {
    let mut file = BookFile::check(Cursor::new(text.as_bytes())).unwrap();
    let before = whole(&*context.other, file.owner().id).await;
    let foreseen = obstacle(context.khata().standing_of(&mut file).await);
    assert_eq!(obstacle(import(context, text).await), foreseen);
    assert_eq!(whole(&*context.other, file.owner().id).await, before);
    foreseen
}

/// A shop in memory with two customers, which was imported before.
async fn imported(context: &TestContext) -> (Shop, Shop, [CustomerId; 2]) {
    let here = in_memory().shop(1).await;
    let add = |n: u32| here.add_customer(new_customer("Asha", n));
    let customers = [add(1).await.unwrap().id, add(2).await.unwrap().id];
    import(context, &exported(&here).await).await.unwrap();
    let there = context.khata().shop(here.id()).await.unwrap();
    (here, there, customers)
}

async fn set_mobile(shop: &Shop, customer: CustomerId, n: u32) {
    let update = with(CustomerUpdate::default(), |update| update.mobile = Patch::Set(mobile(n)));
    shop.update_customer(customer, update, None).await.unwrap();
}

async fn a_customer_who_was_changed_there_is_not_changed_back(context: TestContext) {
    let (here, there, [customer, _]) = imported(&context).await;
    set_mobile(&there, customer, 7).await;
    here.add_invoice(NewInvoice::new(customer, day(1), paise(100))).await.unwrap();
    let refused = assert_refused(&context, &exported(&here).await).await;
    assert_eq!(refused, Obstacle::CustomerAhead { customer });
}

async fn a_mobile_number_that_stays_anothers_is_in_the_way(context: TestContext) {
    let (here, there, [one, two]) = imported(&context).await;
    for (customer, n) in [(one, 9), (two, 1), (one, 2)] {
        set_mobile(&here, customer, n).await;
    }
    let exchanged = assert_refused(&context, &exported(&here).await).await;
    assert_eq!(exchanged, Obstacle::CustomerMobileTaken { customer: one });
    there.add_customer(new_customer("Bina", 3)).await.unwrap();
    set_mobile(&here, one, 3).await;
    let taken = assert_refused(&context, &exported(&here).await).await;
    assert_eq!(taken, Obstacle::CustomerMobileTaken { customer: one });
}

async fn a_mobile_number_that_the_book_sets_free_is_not_in_the_way(context: TestContext) {
    let (here, there, [one, two]) = imported(&context).await;
    for (customer, n) in [(two, 3), (one, 2)] {
        set_mobile(&here, customer, n).await;
    }
    let text = exported(&here).await;
    let mut file = BookFile::check(Cursor::new(text.as_bytes())).unwrap();
    assert_eq!(context.khata().standing_of(&mut file).await.unwrap(), Standing::Has(0));
    import(&context, &text).await.unwrap();
    assert_eq!(there.customer(one).await.unwrap().mobile, Some(mobile(2)));
}
