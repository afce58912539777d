//! What a copy is, whatever happens while it is made.

use khata_core::auth::Client;
use khata_core::counters::Counters;
use khata_core::customer::CustomerUpdate;
use khata_core::form::Patch;
use khata_core::invoice::NewInvoice;
use khata_core::number::{DocumentKind, DocumentNumber};
use khata_core::numbering::NewNumbering;
use khata_core::owner::{OwnerUpdate, Passwords};
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::store::Writes;
use khata_core::testing::copy_in_pages;
use khata_core::transfer::{Copied, Error, Obstacle, Place, Progress};
use secrecy::SecretString;

use super::super::context::{PASSWORD, TestContext, day, mobile, name, new_customer, paise, with, write};
use super::super::model_runner::ModelRunner;
use super::super::unreliable::{Fate, Unreliable};
use super::super::{invariants, random, suite};
use super::{PAGE, assert_same, book, copy, customers, in_memory, key, set_mobile, whole};

suite! {
    a_copy_is_the_same_there_and_back,
    a_counter_that_is_wrong_in_the_source_is_right_in_the_copy,
    random_books_are_copied,
    a_copy_tells_how_far_it_has_got,
    an_interrupted_copy_goes_on,
    until_a_copy_is_complete_nobody_logs_in,
    a_copy_in_doubt_is_not_doubled,
    a_copy_that_is_repeated_adds_what_is_new,
    a_numbering_that_was_set_between_two_copies_is_copied,
    mobile_numbers_that_were_passed_on_are_copied,
    a_copy_into_itself_changes_nothing,
    other_shops_stay_as_they_are,
    a_source_that_changes_is_told,
}

async fn a_copy_is_the_same_there_and_back(context: TestContext) {
    let (source, back) = (in_memory(), in_memory());
    let shops = [book(&source, 1).await, book(&source, 2).await];
    let copied = copy(&*source.store, &*context.store).await.unwrap();
    let expected = Copied { shops: 2, customers: 8, entries: 36, documents: 32, records: 10 };
    assert_eq!(copied, expected);
    assert_eq!(copy(&*context.other, &*back.store).await.unwrap(), expected);
    for shop in &shops {
        assert_same(&*source.store, &*context.other, shop.id()).await;
        assert_same(&*source.store, &*back.store, shop.id()).await;
    }

    let there = context.khata().shop(shops[0].id()).await.unwrap();
    let ravi = there.customer(whole(&*source.store, there.id()).await.customers[1].id).await.unwrap();
    let next = NewInvoice::new(ravi.id, day(9), paise(100));
    let [here, there] = [shops[0].add_invoice(next.clone()).await, there.add_invoice(next).await]
        .map(|posted| posted.unwrap().number.to_string());
    assert_eq!(
        (here.as_str(), there.as_str()),
        ("INV/2026-27/0009", "INV/2026-27/0009"),
        "the series goes on"
    );
}

async fn a_counter_that_is_wrong_in_the_source_is_right_in_the_copy(context: TestContext) {
    let source = in_memory();
    let id = book(&source, 1).await.id();
    let right = source.store.head(id).await.unwrap();
    let mut wrong = right.clone();
    wrong.counters = Counters::default();
    write(&*source.store, id, Writes { heads: vec![wrong], ..Writes::default() }).await.unwrap();
    copy(&*source.store, &*context.store).await.unwrap();
    assert_eq!(context.store.head(id).await.unwrap().counters, right.counters);
}

async fn random_books_are_copied(context: TestContext) {
    let source = in_memory();
    for (n, steps) in (1..).zip(random::books(8)) {
        ModelRunner::new(&source, n).await.run(&steps).await.expect("the store in memory keeps sound books");
    }
    copy(&*source.store, &*context.store).await.unwrap();
    for head in source.store.owners(None, u32::MAX).await.unwrap() {
        assert_same(&*source.store, &*context.other, head.owner.id).await;
    }
}

async fn a_copy_tells_how_far_it_has_got(context: TestContext) {
    let source = in_memory();
    book(&source, 1).await;
    let mut told = Vec::new();
    copy_in_pages(&*source.store, &*context.store, 7, &mut |progress| told.push(progress)).await.unwrap();
    let steps = [Progress::Entries(7), Progress::Entries(7), Progress::Entries(4)];
    let copying = [Progress::Copying { shops: 1, entries: 18 }];
    let proving = [Progress::Proving { entries: 18 }];
    assert_eq!(told, [&copying[..], &steps, &proving, &steps].concat());
}

async fn an_interrupted_copy_goes_on(context: TestContext) {
    let source = in_memory();
    let owner = book(&source, 1).await.id();
    let mut seqs = Vec::new();
    for transactions in 0.. {
        let target = Unreliable::new(context.store.clone(), Fate::Refused).after(transactions);
        match copy(&*source.store, &target).await {
            Ok(_) => break,
            Err(Error::Store { place: Place::Target, .. }) => {}
            Err(other) => panic!("{other}"),
        }
        invariants::check(&*context.other, owner).await.unwrap_or_else(|violation| panic!("{violation}"));
        seqs.push(context.other.head(owner).await.unwrap().seq);
    }
    assert_same(&*source.store, &*context.other, owner).await;
    // Each time one transaction later: at either page of customers, then at entries after one and two pages of them,
    // then at the records.
    assert_eq!(seqs, [0, 0, 0, 3, 9, 18]);
}

async fn until_a_copy_is_complete_nobody_logs_in(context: TestContext) {
    let source = in_memory();
    let owner = book(&source, 1).await.id();
    let login = async |context: &TestContext| {
        let password = SecretString::from(PASSWORD);
        context
            .other_khata()
            .login(&mobile(1), &password, &Client::default())
            .await
            .map(|login| login.owner.id)
    };
    let known = source.store.credentials(owner).await.unwrap();
    let target = Unreliable::new(context.store.clone(), Fate::Refused).after(3);
    copy(&*source.store, &target).await.unwrap_err();
    assert!(login(&context).await.is_err());
    let locked = context.other.credentials(owner).await.unwrap();
    assert_eq!(locked.password_version, known.password_version);
    assert_ne!(locked.password_hash, known.password_hash);
    copy(&*source.store, &*context.store).await.unwrap();
    assert_eq!(login(&context).await.unwrap(), owner);
}

async fn a_copy_in_doubt_is_not_doubled(context: TestContext) {
    for (n, fate) in [(1, Fate::Committed), (2, Fate::Lost)] {
        let source = in_memory();
        let owner = book(&source, n).await.id();
        for well in 0..8 {
            let target = Unreliable::new(context.store.clone(), fate).after(well).for_next(1);
            copy(&*source.store, &target).await.unwrap();
        }
        assert_same(&*source.store, &*context.other, owner).await;
    }
}

async fn a_copy_that_is_repeated_adds_what_is_new(context: TestContext) {
    let source = in_memory();
    let shop = book(&source, 1).await;
    copy(&*source.store, &*context.store).await.unwrap();

    let known = whole(&*source.store, shop.id()).await.customers;
    let asha = &known[0];
    let rename = with(CustomerUpdate::default(), |update| {
        update.name = Some(name("आशा"));
        update.mobile = Patch::Set(mobile(9));
    });
    shop.update_customer(asha.id, rename, None).await.unwrap();
    let new = shop.add_customer(new_customer("Meena", 1)).await.unwrap().id;
    shop.perform(NewInvoice::new(new, day(3), paise(900)), Some(key("more"))).await.unwrap();
    shop.add_receipt(NewReceipt::new(asha.id, day(3), paise(90), PaymentType::Cash)).await.unwrap();
    let passwords = Passwords {
        current: SecretString::from(PASSWORD),
        new: Some(khata_core::auth::Password::parse("another password of hers").unwrap()),
    };
    let update = with(OwnerUpdate::default(), |update| {
        update.profile.shop_name = Some(name("दुकान"));
        update.passwords = Some(passwords);
    });
    shop.update_profile(update, None).await.unwrap();
    book(&source, 2).await;

    let mut told = Vec::new();
    let copied =
        copy_in_pages(&*source.store, &*context.store, 100, &mut |progress| told.push(progress)).await;
    assert_eq!(copied.unwrap().shops, 2);
    assert_eq!(told[0], Progress::Copying { shops: 2, entries: 2 + 18 });
    for head in source.store.owners(None, 9).await.unwrap() {
        assert_same(&*source.store, &*context.other, head.owner.id).await;
    }
}

async fn a_numbering_that_was_set_between_two_copies_is_copied(context: TestContext) {
    let source = in_memory();
    let shop = book(&source, 1).await;
    let customer = whole(&*source.store, shop.id()).await.customers[0].id;
    let invoice = |number: Option<&str>| {
        let new = NewInvoice::new(customer, day(3), paise(900));
        with(new, |new| new.number = number.and_then(|number| DocumentNumber::parse(number).ok()))
    };
    shop.add_invoice(invoice(Some("A/0005"))).await.unwrap();
    copy(&*source.store, &*context.store).await.unwrap();
    shop.add_invoice(invoice(Some("A/0007"))).await.unwrap();
    shop.set_numbering(NewNumbering::from_next(DocumentKind::Invoice, "A/0009").unwrap()).await.unwrap();
    shop.add_invoice(invoice(None)).await.unwrap();
    copy(&*source.store, &*context.store).await.unwrap();
    assert_same(&*source.store, &*context.other, shop.id()).await;
}

async fn mobile_numbers_that_were_passed_on_are_copied(context: TestContext) {
    let source = in_memory();
    let (shop, made) = customers(&source, &context).await;
    // The last gets a new one, and everybody takes that of who comes next: within a page of the copy and across.
    for (n, id) in (1..13_u32).zip(&made).rev() {
        set_mobile(&shop, *id, n).await;
    }
    copy(&*source.store, &*context.store).await.unwrap();
    assert_same(&*source.store, &*context.other, shop.id()).await;
    for (n, id) in (1..).zip(&made) {
        set_mobile(&shop, *id, n - 1).await;
    }
    copy(&*source.store, &*context.store).await.unwrap();
    assert_same(&*source.store, &*context.other, shop.id()).await;
}

async fn a_copy_into_itself_changes_nothing(context: TestContext) {
    let owner = book(&context, 1).await.id();
    let before = whole(&*context.store, owner).await;
    assert_eq!(copy(&*context.store, &*context.other).await.unwrap().entries, 18);
    assert_eq!(whole(&*context.store, owner).await, before);
}

async fn other_shops_stay_as_they_are(context: TestContext) {
    let source = in_memory();
    let (here, there) = (book(&source, 1).await.id(), book(&context, 2).await.id());
    let before = whole(&*context.store, there).await;
    assert_eq!(copy(&*source.store, &*context.store).await.unwrap().shops, 1);
    assert_eq!(whole(&*context.store, there).await, before);
    assert_same(&*source.store, &*context.store, here).await;
}

async fn a_source_that_changes_is_told(context: TestContext) {
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
    let ended = copy_in_pages(&*source.store, &*context.store, PAGE, &mut |_| {
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
        Ok(copied) => assert!(copied.entries >= 18, "it has seen what was there when it began"),
        other => panic!("{other:?}"),
    }
    copy(&*source.store, &*context.store).await.unwrap();
    assert_same(&*source.store, &*context.store, shop.id()).await;
}
