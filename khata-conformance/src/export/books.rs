//! What comes of a book that is exported and imported.

use std::collections::BTreeMap;
use std::io::Cursor;

use khata_core::auth::Client;
use khata_core::export::{Format, Table};
use khata_core::id::OwnerId;
use khata_core::import::{BookFile, Standing};
use khata_core::invoice::NewInvoice;
use khata_core::number::DocumentKind;
use khata_core::numbering::NewNumbering;
use secrecy::SecretString;

use super::super::context::{PASSWORD, TestContext, day, mobile, new_customer, paise};
use super::super::model_runner::ModelRunner;
use super::super::transfer::{book, in_memory};
use super::super::unreliable::{Fate, Unreliable};
use super::super::{invariants, random, suite};
use super::{NEW_PASSWORD, PAGE, all_but_the_password, exported, import, text_of};

suite! {
    an_imported_book_is_the_same,
    random_books_are_imported,
    an_interrupted_import_goes_on,
    until_an_import_is_complete_nobody_logs_in,
    a_book_without_a_password_gets_one_later,
    a_later_export_adds_what_is_new,
    a_book_that_has_gone_on_is_left_alone,
    what_is_posted_meanwhile_is_not_in_it,
    a_check_writes_nothing_and_tells_what_is_there,
    every_format_is_the_same_on_every_store,
    all_tables_at_once_are_those_one_by_one,
    a_numbering_of_the_shops_own_is_imported,
}

async fn assert_same(source: &TestContext, context: &TestContext, owner: OwnerId) {
    let (here, there) = (&*source.store, &*context.other);
    assert_eq!(all_but_the_password(there, owner).await, all_but_the_password(here, owner).await);
    invariants::check(there, owner).await.unwrap_or_else(|violation| panic!("{violation}"));
    let verified = context.other_khata().shop(owner).await.unwrap().verify().await.unwrap();
    assert!(verified.is_sound(), "{verified}");
}

async fn an_imported_book_is_the_same(context: TestContext) {
    let source = in_memory();
    let shop = book(&source, 1).await;
    let text = exported(&shop).await;
    let imported = import(&context, &text).await.unwrap();
    assert_eq!((imported.before, imported.password_set), (Standing::Absent, true));
    assert_same(&source, &context, shop.id()).await;
    let there = context.other_khata().shop(shop.id()).await.unwrap();
    assert_eq!(exported(&there).await, text, "the same book gives the same bytes");

    let again = import(&context, &text).await.unwrap();
    assert_eq!((again.before, again.password_set), (Standing::Has(18), false));
    assert_same(&source, &context, shop.id()).await;
}

async fn random_books_are_imported(context: TestContext) {
    let source = in_memory();
    for (n, steps) in (1..).zip(random::books(4)) {
        ModelRunner::new(&source, n).await.run(&steps).await.expect("the store in memory keeps sound books");
    }
    for head in source.store.owners(None, u32::MAX).await.unwrap() {
        let text = exported(&source.khata().shop(head.owner.id).await.unwrap()).await;
        import(&context, &text).await.unwrap();
        assert_same(&source, &context, head.owner.id).await;
    }
}

async fn an_interrupted_import_goes_on(context: TestContext) {
    let source = in_memory();
    let shop = book(&source, 1).await;
    let text = exported(&shop).await;
    let mut interruptions = 0;
    for transactions in 0.. {
        let target = Unreliable::new(context.store.clone(), Fate::Refused).after(transactions);
        let mut file = BookFile::check(Cursor::new(text.as_bytes())).unwrap();
        let khata = context.khata_over(std::sync::Arc::new(target));
        let password = khata_core::auth::Password::parse(NEW_PASSWORD).unwrap();
        if khata.import(&mut file, &password, &mut |_| ()).await.is_ok() {
            break;
        }
        interruptions += 1;
        invariants::check(&*context.other, shop.id()).await.unwrap_or_else(|violation| panic!("{violation}"));
    }
    assert!(interruptions > 0);
    assert_same(&source, &context, shop.id()).await;
}

async fn login(context: &TestContext, password: &str) -> bool {
    let password = SecretString::from(password);
    context.other_khata().login(&mobile(1), &password, &Client::default()).await.is_ok()
}

async fn until_an_import_is_complete_nobody_logs_in(context: TestContext) {
    let source = in_memory();
    let text = exported(&book(&source, 1).await).await;
    let target = Unreliable::new(context.store.clone(), Fate::Refused).after(1);
    let mut file = BookFile::check(Cursor::new(text.as_bytes())).unwrap();
    let password = khata_core::auth::Password::parse("of the first try").unwrap();
    let khata = context.khata_over(std::sync::Arc::new(target));
    khata.import(&mut file, &password, &mut |_| ()).await.unwrap_err();
    assert!(!login(&context, "of the first try").await);
    let imported = import(&context, &text).await.unwrap();
    assert!(imported.password_set);
    assert!(login(&context, NEW_PASSWORD).await);
    assert!(!login(&context, PASSWORD).await, "a file holds no password");
}

async fn a_book_without_a_password_gets_one_later(context: TestContext) {
    let source = in_memory();
    let shop = book(&source, 1).await;
    let text = exported(&shop).await;
    let mut file = BookFile::check(Cursor::new(text.as_bytes())).unwrap();
    let imported = context.khata().import_without_password(&mut file, &mut |_| ()).await.unwrap();
    assert_eq!((imported.before, imported.password_set), (Standing::Absent, false));
    assert_same(&source, &context, shop.id()).await;
    assert!(!login(&context, NEW_PASSWORD).await && !login(&context, PASSWORD).await);
    assert!(import(&context, &text).await.unwrap().password_set);
    assert!(login(&context, NEW_PASSWORD).await);
}

async fn a_later_export_adds_what_is_new(context: TestContext) {
    let source = in_memory();
    let shop = book(&source, 1).await;
    import(&context, &exported(&shop).await).await.unwrap();
    let bina = shop.add_customer(new_customer("Bina", 9)).await.unwrap().id;
    shop.add_invoice(NewInvoice::new(bina, day(30), paise(100))).await.unwrap();
    let imported = import(&context, &exported(&shop).await).await.unwrap();
    assert_eq!((imported.before, imported.password_set), (Standing::Has(18), false));
    assert_same(&source, &context, shop.id()).await;
    assert!(login(&context, NEW_PASSWORD).await, "it stays as it is");
}

async fn a_book_that_has_gone_on_is_left_alone(context: TestContext) {
    let source = in_memory();
    let shop = book(&source, 1).await;
    let text = exported(&shop).await;
    import(&context, &text).await.unwrap();
    let there = context.khata().shop(shop.id()).await.unwrap();
    let bina = there.add_customer(new_customer("Bina", 9)).await.unwrap().id;
    there.add_invoice(NewInvoice::new(bina, day(30), paise(100))).await.unwrap();
    let before = all_but_the_password(&*context.other, shop.id()).await;
    assert_eq!(import(&context, &text).await.unwrap().before, Standing::GoneOn(19));
    assert_eq!(all_but_the_password(&*context.other, shop.id()).await, before);
}

async fn what_is_posted_meanwhile_is_not_in_it(context: TestContext) {
    let shop = book(&context, 1).await;
    let mut export = shop.export(Format::JsonLines).await.unwrap().in_pages_of(2);
    let mut bytes = export.next_chunk().await.unwrap().unwrap();
    for n in 0.. {
        let bina = new_customer("Bina", 100 + n);
        let bina = shop.add_customer(bina).await.unwrap().id;
        shop.add_invoice(NewInvoice::new(bina, day(30), paise(100))).await.unwrap();
        match export.next_chunk().await.unwrap() {
            Some(chunk) => bytes.extend(chunk),
            None => break,
        }
        assert!(n < 100, "it follows a book that never rests");
    }
    assert_eq!((export.seq(), export.written()), (18, 18));
    let target = in_memory();
    import(&target, &String::from_utf8(bytes).unwrap()).await.unwrap();
    let there = target.khata().shop(shop.id()).await.unwrap();
    let verified = there.verify().await.unwrap();
    assert!(verified.is_sound(), "{verified}");
    assert_eq!(verified.seq, 18);
}

async fn a_check_writes_nothing_and_tells_what_is_there(context: TestContext) {
    let source = in_memory();
    let shop = book(&source, 1).await;
    let text = exported(&shop).await;
    let mut file = BookFile::check(Cursor::new(text.as_bytes())).unwrap();
    assert_eq!((file.owner().id, file.entries(), file.customers()), (shop.id(), 18, 4));
    assert_eq!(context.khata().standing_of(&mut file).await.unwrap(), Standing::Absent);
    assert_eq!(context.store.owners(None, 9).await.unwrap(), []);
    import(&context, &text).await.unwrap();
    assert_eq!(context.khata().standing_of(&mut file).await.unwrap(), Standing::Has(18));
}

async fn every_format_is_the_same_on_every_store(context: TestContext) {
    let source = in_memory();
    let shop = book(&source, 1).await;
    import(&context, &exported(&shop).await).await.unwrap();
    let there = context.other_khata().shop(shop.id()).await.unwrap();
    let tables = Table::all().map(Format::Csv).collect::<Vec<_>>();
    for format in tables.into_iter().chain([Format::Hledger, Format::Beancount]) {
        let small = text_of(there.export(format).await.unwrap().in_pages_of(2)).await;
        let large = text_of(shop.export(format).await.unwrap()).await;
        assert_eq!(small, large, "{format:?}");
        assert!(large.lines().count() > 1, "{format:?}: {large}");
    }
}

async fn all_tables_at_once_are_those_one_by_one(context: TestContext) {
    import(&context, &exported(&book(&in_memory(), 1).await).await).await.unwrap();
    let head = &context.store.owners(None, 1).await.unwrap()[0];
    let shop = context.khata().shop(head.owner.id).await.unwrap();
    let mut export = shop.export_tables().await.unwrap().in_pages_of(PAGE);
    let mut tables: BTreeMap<Table, Vec<u8>> = BTreeMap::new();
    while let Some((table, chunk)) = export.next_chunk().await.unwrap() {
        tables.entry(table).or_default().extend(chunk);
    }
    assert_eq!(export.next_chunk().await.unwrap(), None, "it has ended");
    assert_eq!((export.seq(), export.written()), (18, 18));
    assert_eq!(tables.len(), Table::all().count());
    for (table, text) in tables {
        let alone = text_of(shop.export(Format::Csv(table)).await.unwrap()).await;
        assert_eq!(String::from_utf8(text).unwrap(), alone, "{table}");
    }
}

async fn a_numbering_of_the_shops_own_is_imported(context: TestContext) {
    let source = in_memory();
    let shop = book(&source, 1).await;
    let next = NewNumbering::from_next(DocumentKind::Invoice, "A/0009").unwrap();
    shop.set_numbering(next).await.unwrap();
    let bina = shop.add_customer(new_customer("Bina", 9)).await.unwrap().id;
    shop.add_invoice(NewInvoice::new(bina, day(3), paise(100))).await.unwrap();
    import(&context, &exported(&shop).await).await.unwrap();
    assert_same(&source, &context, shop.id()).await;
    let there = context.khata().shop(shop.id()).await.unwrap();
    let further = there.add_invoice(NewInvoice::new(bina, day(3), paise(100))).await.unwrap();
    assert_eq!(further.number.as_str(), "A/0010");
}
