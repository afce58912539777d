//! [`transfer`](crate::transfer): whole books out of memory into the store, and back.

use std::sync::Arc;

use secrecy::SecretString;

use super::bench::{Bench, PASSWORD, day, head, mobile, name, paise, write};
use super::invariants;
use super::play::Play;
use super::random;
use super::scribe::{Line, Scribe};
use super::suite;
use super::unreliable::{Fate, Unreliable};
use crate::customer::{Customer, CustomerUpdate, NewCustomer};
use crate::id::{CustomerId, ItemId, OwnerId};
use crate::idempotency::{IdempotencyKey, IdempotencyRecord};
use crate::invoice::NewInvoice;
use crate::number::DocumentNumber;
use crate::owner::{OwnerUpdate, PasswordChange};
use crate::receipt::{NewReceipt, PaymentType};
use crate::shop::Shop;
use crate::store::{Credentials, CustomerWrite, Head, MemoryStore, Posted, Store, Writes};
use crate::transfer::{Copied, Error, Obstacle, Place, Progress, copy_in_pages};

suite! {
    a_copy_is_the_same_there_and_back,
    random_books_are_copied,
    a_copy_tells_how_far_it_has_got,
    an_interrupted_copy_goes_on,
    until_a_copy_is_complete_nobody_logs_in,
    a_copy_in_doubt_is_not_doubled,
    a_copy_that_is_repeated_adds_what_is_new,
    mobile_numbers_that_were_passed_on_are_copied,
    mobile_numbers_that_were_exchanged_are_refused,
    a_copy_into_itself_changes_nothing,
    other_shops_stay_as_they_are,
    a_taken_mobile_number_is_refused_before_anything_is_written,
    a_book_that_went_on_by_itself_is_refused,
    a_book_that_is_further_on_is_refused,
    a_profile_that_was_changed_there_is_refused,
    a_customer_who_was_changed_there_is_refused,
    a_changed_entry_is_found,
    a_changed_paper_is_found,
    a_missing_entry_is_found,
    a_source_that_changes_is_told,
    a_difference_is_found_at_the_end,
}

/// Few rows at once, so that a small book takes many batches.
const PAGE: u32 = 3;

/// A store in memory, as the bench of a book to copy.
fn in_memory() -> Bench {
    let store = Arc::new(MemoryStore::new());
    Bench::new(store.clone(), store)
}

async fn copy(from: &dyn Store, to: &dyn Store) -> Result<Copied, Error> {
    copy_in_pages(from, to, PAGE, &mut |_| ()).await
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).expect("it is visible ASCII")
}

/// A shop with every kind of row: customers of all sorts, papers with numbers given by hand, paid at once, late and in
/// advance, requests with keys.
async fn book(bench: &Bench, n: u32) -> Shop {
    let shop = bench.shop(n).await;
    let opening_balance = Some(paise(-700));
    let asha =
        NewCustomer { opening_balance, ..NewCustomer::new(name("आशा पाटील"), mobile(1)) };
    let asha = shop.once(key("asha"), asha).await.unwrap().value.id;
    let ravi = shop.add_customer(NewCustomer::new(name("Ravi"), mobile(2))).await.unwrap().id;
    let gone = shop.add_customer(NewCustomer::new(name("Gone"), mobile(3))).await.unwrap().id;
    shop.add_customer(NewCustomer::new(name("New"), mobile(4))).await.unwrap();
    for (at, customer) in [asha, ravi, gone, ravi].into_iter().enumerate() {
        let at = i64::try_from(at).expect("it is small");
        let number = (at == 3).then(|| DocumentNumber::parse("inv/2026-27/0007").expect("it is a number"));
        let due_date = Some(day(at + 30));
        let new = NewInvoice { number, due_date, ..NewInvoice::new(customer, day(at), paise(500 + at)) };
        shop.once(key(&format!("invoice-{at}")), new).await.unwrap();
    }
    for (at, (customer, amount)) in
        [(ravi, 300), (gone, 502), (asha, 900), (ravi, 5_000)].into_iter().enumerate()
    {
        let at = i64::try_from(at).expect("it is small");
        shop.add_receipt(NewReceipt::new(customer, day(at + 5), paise(amount), PaymentType::Upi))
            .await
            .unwrap();
    }
    shop.remove_customer(gone, None).await.unwrap();
    shop
}

/// All that a store has of a shop.
#[derive(Debug, PartialEq)]
struct Whole {
    head: Head,
    credentials: Credentials,
    customers: Vec<Customer>,
    postings: Vec<Posted>,
    records: Vec<(IdempotencyKey, IdempotencyRecord)>,
}

async fn whole(store: &dyn Store, owner: OwnerId) -> Whole {
    Whole {
        head: store.head(owner).await.unwrap(),
        credentials: store.credentials(owner).await.unwrap(),
        customers: store.all_customers(owner, None, u32::MAX).await.unwrap(),
        postings: store.postings(owner, 0, u32::MAX).await.unwrap(),
        records: store.idempotency_records(owner, None, u32::MAX).await.unwrap(),
    }
}

async fn assert_same(from: &dyn Store, to: &dyn Store, owner: OwnerId) {
    assert_eq!(whole(to, owner).await, whole(from, owner).await);
    invariants::check(to, owner).await.unwrap_or_else(|violation| panic!("{violation}"));
}

/// What is in the way; nothing of the shop has changed in the store.
async fn assert_refused(from: &dyn Store, to: &dyn Store, owner: OwnerId) -> Obstacle {
    let before = whole(to, owner).await;
    let refused = copy(from, to).await;
    assert_eq!(whole(to, owner).await, before);
    obstacle(refused)
}

fn obstacle(refused: Result<Copied, Error>) -> Obstacle {
    match refused {
        Err(Error::Shop { obstacle, .. }) => obstacle,
        other => panic!("it is not refused: {other:?}"),
    }
}

async fn a_copy_is_the_same_there_and_back(bench: Bench) {
    let (source, back) = (in_memory(), in_memory());
    let shops = [book(&source, 1).await, book(&source, 2).await];
    let copied = copy(&*source.store, &*bench.store).await.unwrap();
    let expected = Copied { shops: 2, customers: 8, entries: 18, documents: 16, records: 10 };
    assert_eq!(copied, expected);
    assert_eq!(copy(&*bench.other, &*back.store).await.unwrap(), expected);
    for shop in &shops {
        assert_same(&*source.store, &*bench.other, shop.id()).await;
        assert_same(&*source.store, &*back.store, shop.id()).await;
    }

    let there = bench.khata().shop(shops[0].id()).await.unwrap();
    let ravi = there.customer(whole(&*source.store, there.id()).await.customers[1].id).await.unwrap();
    let next = NewInvoice::new(ravi.id, day(9), paise(100));
    let [here, there] = [shops[0].add_invoice(next.clone()).await, there.add_invoice(next).await]
        .map(|posted| posted.unwrap().number.to_string());
    assert_eq!(
        (here.as_str(), there.as_str()),
        ("INV/2026-27/0008", "INV/2026-27/0008"),
        "the series goes on"
    );
}

async fn random_books_are_copied(bench: Bench) {
    let source = in_memory();
    for (n, steps) in (1..).zip(random::books(8)) {
        Play::new(&source, n).await.run(&steps).await.expect("the store in memory keeps sound books");
    }
    copy(&*source.store, &*bench.store).await.unwrap();
    for head in source.store.owners(None, u32::MAX).await.unwrap() {
        assert_same(&*source.store, &*bench.other, head.owner.id).await;
    }
}

async fn a_copy_tells_how_far_it_has_got(bench: Bench) {
    let source = in_memory();
    book(&source, 1).await;
    let mut told = Vec::new();
    copy_in_pages(&*source.store, &*bench.store, 5, &mut |progress| told.push(progress)).await.unwrap();
    let steps = [Progress::Entries(5), Progress::Entries(4)];
    let copying = [Progress::Copying { shops: 1, entries: 9 }];
    let proving = [Progress::Proving { entries: 9 }];
    assert_eq!(told, [&copying[..], &steps, &proving, &steps].concat());
}

async fn an_interrupted_copy_goes_on(bench: Bench) {
    let source = in_memory();
    let owner = book(&source, 1).await.id();
    let mut seqs = Vec::new();
    for transactions in 0.. {
        let target = Unreliable::new(bench.store.clone(), Fate::Refused).after(transactions);
        match copy(&*source.store, &target).await {
            Ok(_) => break,
            Err(Error::Store { place: Place::Target, .. }) => {}
            Err(other) => panic!("{other}"),
        }
        invariants::check(&*bench.other, owner).await.unwrap_or_else(|violation| panic!("{violation}"));
        seqs.push(bench.other.head(owner).await.unwrap().seq);
    }
    assert_same(&*source.store, &*bench.other, owner).await;
    // Each time one transaction later: at either page of customers, then at entries after one and two pages of them,
    // then at the records.
    assert_eq!(seqs, [0, 0, 0, 3, 9]);
}

async fn until_a_copy_is_complete_nobody_logs_in(bench: Bench) {
    let source = in_memory();
    let owner = book(&source, 1).await.id();
    let login = async |bench: &Bench| {
        let password = SecretString::from(PASSWORD);
        bench.other_khata().login(&mobile(1), &password, None).await.map(|login| login.owner.id)
    };
    let known = source.store.credentials(owner).await.unwrap();
    let target = Unreliable::new(bench.store.clone(), Fate::Refused).after(3);
    copy(&*source.store, &target).await.unwrap_err();
    assert!(login(&bench).await.is_err());
    let locked = bench.other.credentials(owner).await.unwrap();
    assert_eq!(locked.password_version, known.password_version);
    assert_ne!(locked.password_hash, known.password_hash);
    copy(&*source.store, &*bench.store).await.unwrap();
    assert_eq!(login(&bench).await.unwrap(), owner);
}

async fn a_copy_in_doubt_is_not_doubled(bench: Bench) {
    for (n, fate) in [(1, Fate::Committed), (2, Fate::Lost)] {
        let source = in_memory();
        let owner = book(&source, n).await.id();
        for well in 0..8 {
            let target = Unreliable::new(bench.store.clone(), fate).after(well).for_next(1);
            copy(&*source.store, &target).await.unwrap();
        }
        assert_same(&*source.store, &*bench.other, owner).await;
    }
}

async fn a_copy_that_is_repeated_adds_what_is_new(bench: Bench) {
    let source = in_memory();
    let shop = book(&source, 1).await;
    copy(&*source.store, &*bench.store).await.unwrap();

    let known = whole(&*source.store, shop.id()).await.customers;
    let asha = &known[0];
    let rename =
        CustomerUpdate {
            name: Some(name("आशा")), mobile: Some(mobile(9)), ..CustomerUpdate::default()
        };
    shop.update_customer(asha.id, rename, None).await.unwrap();
    let new = shop.add_customer(NewCustomer::new(name("Meena"), mobile(1))).await.unwrap().id;
    shop.once(key("more"), NewInvoice::new(new, day(3), paise(900))).await.unwrap();
    shop.add_receipt(NewReceipt::new(asha.id, day(3), paise(90), PaymentType::Cash)).await.unwrap();
    let password = PasswordChange {
        current: SecretString::from(PASSWORD),
        new: crate::auth::Password::parse("another password").unwrap(),
    };
    let update =
        OwnerUpdate {
            shop_name: Some(name("दुकान")), password: Some(password), ..OwnerUpdate::default()
        };
    shop.update_profile(update, None).await.unwrap();
    book(&source, 2).await;

    let mut told = Vec::new();
    let copied = copy_in_pages(&*source.store, &*bench.store, 100, &mut |progress| told.push(progress)).await;
    assert_eq!(copied.unwrap().shops, 2);
    assert_eq!(told[0], Progress::Copying { shops: 2, entries: 2 + 9 });
    for head in source.store.owners(None, 9).await.unwrap() {
        assert_same(&*source.store, &*bench.other, head.owner.id).await;
    }
}

async fn set_mobile(shop: &Shop, customer: CustomerId, n: u32) {
    let update = CustomerUpdate { mobile: Some(mobile(n)), ..CustomerUpdate::default() };
    shop.update_customer(customer, update, None).await.unwrap();
}

/// Twelve customers, of whom the nth has the mobile number n, and who have been copied.
async fn customers(source: &Bench, bench: &Bench) -> (Shop, Vec<CustomerId>) {
    let shop = source.shop(1).await;
    let mut made = Vec::new();
    for n in 0..12 {
        made.push(shop.add_customer(NewCustomer::new(name("Somebody"), mobile(n))).await.unwrap().id);
    }
    copy(&*source.store, &*bench.store).await.unwrap();
    (shop, made)
}

async fn mobile_numbers_that_were_passed_on_are_copied(bench: Bench) {
    let source = in_memory();
    let (shop, made) = customers(&source, &bench).await;
    // The last gets a new one, and everybody takes that of who comes next: within a page of the copy and across.
    for (n, id) in (1..13_u32).zip(&made).rev() {
        set_mobile(&shop, *id, n).await;
    }
    copy(&*source.store, &*bench.store).await.unwrap();
    assert_same(&*source.store, &*bench.other, shop.id()).await;
    for (n, id) in (1..).zip(&made) {
        set_mobile(&shop, *id, n - 1).await;
    }
    copy(&*source.store, &*bench.store).await.unwrap();
    assert_same(&*source.store, &*bench.other, shop.id()).await;
}

async fn mobile_numbers_that_were_exchanged_are_refused(bench: Bench) {
    let source = in_memory();
    let (shop, made) = customers(&source, &bench).await;
    for (id, n) in [(made[0], 99), (made[11], 0), (made[0], 11)] {
        set_mobile(&shop, id, n).await;
    }
    let refused = assert_refused(&*source.store, &*bench.store, shop.id()).await;
    assert_eq!(refused, Obstacle::CustomerMobileTaken { customer: made[0] });
}

async fn a_copy_into_itself_changes_nothing(bench: Bench) {
    let owner = book(&bench, 1).await.id();
    let before = whole(&*bench.store, owner).await;
    assert_eq!(copy(&*bench.store, &*bench.other).await.unwrap().entries, 9);
    assert_eq!(whole(&*bench.store, owner).await, before);
}

async fn other_shops_stay_as_they_are(bench: Bench) {
    let source = in_memory();
    let (here, there) = (book(&source, 1).await.id(), book(&bench, 2).await.id());
    let before = whole(&*bench.store, there).await;
    assert_eq!(copy(&*source.store, &*bench.store).await.unwrap().shops, 1);
    assert_eq!(whole(&*bench.store, there).await, before);
    assert_same(&*source.store, &*bench.store, here).await;
}

async fn a_taken_mobile_number_is_refused_before_anything_is_written(bench: Bench) {
    let source = in_memory();
    book(&source, 1).await;
    book(&source, 2).await;
    let there = book(&bench, 2).await.id();
    assert_eq!(assert_refused(&*source.store, &*bench.store, there).await, Obstacle::OwnerMobileTaken);
    assert_eq!(bench.store.owners(None, 9).await.unwrap().len(), 1);
}

/// A shop with a customer, in memory and copied.
async fn copied(bench: &Bench) -> (Bench, Shop, Shop, CustomerId) {
    let source = in_memory();
    let here = book(&source, 1).await;
    copy(&*source.store, &*bench.store).await.unwrap();
    let there = bench.khata().shop(here.id()).await.unwrap();
    let customer = whole(&*source.store, here.id()).await.customers[0].id;
    (source, here, there, customer)
}

async fn a_book_that_went_on_by_itself_is_refused(bench: Bench) {
    let (source, here, there, customer) = copied(&bench).await;
    let new = || NewInvoice::new(customer, day(1), paise(100));
    there.add_invoice(new()).await.unwrap();
    here.add_invoice(new()).await.unwrap();
    here.add_invoice(new()).await.unwrap();
    let refused = assert_refused(&*source.store, &*bench.store, here.id()).await;
    assert_eq!(refused, Obstacle::Diverged { seq: 10 });
}

async fn a_book_that_is_further_on_is_refused(bench: Bench) {
    let (source, here, there, customer) = copied(&bench).await;
    there.add_invoice(NewInvoice::new(customer, day(1), paise(100))).await.unwrap();
    let refused = assert_refused(&*source.store, &*bench.store, here.id()).await;
    assert_eq!(refused, Obstacle::Ahead { target: 10, source_has: 9 });
}

async fn a_profile_that_was_changed_there_is_refused(bench: Bench) {
    let (source, here, there, _) = copied(&bench).await;
    let rename = |text| OwnerUpdate { shop_name: Some(name(text)), ..OwnerUpdate::default() };
    there.update_profile(rename("There"), None).await.unwrap();
    let refused = assert_refused(&*source.store, &*bench.store, here.id()).await;
    assert_eq!(refused, Obstacle::ProfileAhead);
    here.update_profile(rename("Here"), None).await.unwrap();
    let refused = assert_refused(&*source.store, &*bench.store, here.id()).await;
    assert_eq!(refused, Obstacle::ProfileAhead, "as often here as there");
}

async fn a_customer_who_was_changed_there_is_refused(bench: Bench) {
    let (source, here, there, customer) = copied(&bench).await;
    let rename = |text| CustomerUpdate { name: Some(name(text)), ..CustomerUpdate::default() };
    there.update_customer(customer, rename("There"), None).await.unwrap();
    let refused = assert_refused(&*source.store, &*bench.store, here.id()).await;
    assert_eq!(refused, Obstacle::CustomerAhead { customer });
    here.update_customer(customer, rename("Here"), None).await.unwrap();
    let refused = assert_refused(&*source.store, &*bench.store, here.id()).await;
    assert_eq!(refused, Obstacle::CustomerAhead { customer }, "as often here as there");
}

/// A book in memory with six entries, written otherwise than it should be.
async fn written(change: impl FnOnce(&mut Writes)) -> Bench {
    let source = in_memory();
    let mut scribe: Scribe = source.scribe(1).await;
    let customer = scribe.customer(1);
    for n in 0..6 {
        scribe.post(Line::debit(customer, day(n), 100));
    }
    let mut writes = scribe.take();
    change(&mut writes);
    write(&*source.store, scribe.owner(), writes).await.unwrap();
    source
}

async fn assert_unsound(bench: &Bench, source: &Bench, unsound: u64) {
    let Obstacle::Unsound { seq, what } = obstacle(copy(&*source.store, &*bench.store).await) else {
        panic!("it is not called unsound")
    };
    assert_eq!(seq, unsound, "{what}");
    let owner = source.store.owners(None, 1).await.unwrap()[0].owner.id;
    let before = unsound - 1;
    assert!(bench.store.head(owner).await.unwrap().seq <= before, "no entry after {before} was written");
}

async fn a_changed_entry_is_found(bench: Bench) {
    let source = written(|writes| writes.entries[4].amount = paise(99)).await;
    assert_unsound(&bench, &source, 5).await;
}

async fn a_changed_paper_is_found(bench: Bench) {
    let source = written(|writes| writes.documents[3].body.push(' ')).await;
    assert_unsound(&bench, &source, 4).await;
}

async fn a_missing_entry_is_found(bench: Bench) {
    let source = written(|writes| {
        writes.entries.truncate(4);
        writes.items.retain(|item| item.seq <= 4);
        writes.documents.truncate(4);
    })
    .await;
    assert_unsound(&bench, &source, 5).await;
}

async fn a_source_that_changes_is_told(bench: Bench) {
    let source = in_memory();
    let shop = book(&source, 1).await;
    let customer = whole(&*source.store, shop.id()).await.customers[0].id;
    let (sent, mut wanted) = tokio::sync::mpsc::unbounded_channel();
    let writing = tokio::spawn({
        let shop = shop.clone();
        async move {
            let mut posted = 0;
            while wanted.recv().await.is_some() {
                shop.add_invoice(NewInvoice::new(customer, day(1), paise(100))).await.unwrap();
                posted += 1;
            }
            posted
        }
    });
    // At each page somebody writes, and the copy waits for nobody; it may go on only so long.
    let mut pages = 0;
    let ended = copy_in_pages(&*source.store, &*bench.store, PAGE, &mut |_| {
        pages += 1;
        sent.send(()).expect("the writer listens");
        assert!(pages < 1_000, "it follows a source that never rests");
    })
    .await;
    drop(sent);
    let posted: u64 = writing.await.expect("each invoice is carried out");
    assert!(posted > 0);
    match ended {
        Err(Error::Shop { obstacle: Obstacle::Changed, .. }) => {}
        Ok(copied) => assert!(copied.entries >= 9, "it has seen what was there when it began"),
        other => panic!("{other:?}"),
    }
    copy(&*source.store, &*bench.store).await.unwrap();
    assert_same(&*source.store, &*bench.store, shop.id()).await;
}

async fn a_difference_is_found_at_the_end(bench: Bench) {
    let (source, here, _, id) = copied(&bench).await;
    let there = whole(&*bench.store, here.id()).await;
    let mut customer = there.customers[0].clone();
    customer.totals.balance = paise(1);
    let poorer = Writes { customers: vec![CustomerWrite::new(customer)], ..Writes::default() };
    write(&*bench.store, here.id(), poorer).await.unwrap();
    let Obstacle::Differs { what } = assert_refused(&*source.store, &*bench.store, here.id()).await else {
        panic!("no difference is found")
    };
    assert!(what.contains(&id.to_string()) && what.contains("owing 1,"), "{what}");

    let right =
        Writes { customers: vec![CustomerWrite::new(there.customers[0].clone())], ..Writes::default() };
    write(&*bench.store, here.id(), right).await.unwrap();
    let mut items: Vec<_> = there.postings.iter().map(|posted| posted.item.clone()).collect();
    items.retain(|item| item.open.is_zero());
    items[0].open = items[0].amount;
    let seq = items[0].seq;
    let open = Writes { items: vec![items.swap_remove(0)], ..Writes::default() };
    write(&*bench.store, here.id(), open).await.unwrap();
    let Obstacle::Differs { what } = assert_refused(&*source.store, &*bench.store, here.id()).await else {
        panic!("no difference is found")
    };
    assert_eq!(what, format!("entry {seq} is not the same in both"));

    let (bench, source) = (in_memory(), source);
    bench.store.create_owner(&head(9), "hash").await.unwrap();
    copy(&*source.store, &*bench.store).await.unwrap();
    let subject = ItemId::from_uuid(id.uuid());
    let record = IdempotencyRecord { fingerprint: [1; 32], subject, answer: String::new() };
    let more = Writes { idempotency: vec![(here.id(), key("zzz"), record)], ..Writes::default() };
    write(&*bench.store, here.id(), more).await.unwrap();
    let Obstacle::Differs { what } = assert_refused(&*source.store, &*bench.store, here.id()).await else {
        panic!("no difference is found")
    };
    assert_eq!(what, "only the target has the record of idempotency key zzz");
}
