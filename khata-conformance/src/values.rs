//! Values at their ends, and texts in every script: what comes back is what was written.

use khata_core::calendar::{Date, Timestamp};
use khata_core::customer::{Customer, CustomerUpdate};
use khata_core::id::{CustomerId, ItemId};
use khata_core::ledger::{ChainHash, Totals};
use khata_core::money::Money;
use khata_core::number::{DocumentKind, Series};
use khata_core::phone::MobileNumber;
use khata_core::store::{Keys, Writes};
use khata_core::text::{Name, Note};

use super::context::{TestContext, day, load, moment, name, new_customer, paise, with, write};
use super::row_builder::Line;
use super::suite;

suite! {
    names_in_every_script_come_back,
    names_as_long_as_may_be_come_back,
    notes_as_long_as_may_be_come_back,
    amounts_at_their_ends_come_back,
    days_at_their_ends_come_back,
    times_at_their_ends_come_back,
    ids_of_any_bits_come_back,
    hashes_of_any_bits_come_back,
    a_foreign_mobile_number_comes_back,
    a_body_comes_back_byte_for_byte,
    an_entry_may_have_as_many_allocations_as_may_be,
    numbers_as_large_as_may_be_come_back,
    customers_in_every_script_are_found_and_sorted,
}

/// The most allocations of one receipt.
const ALLOCATIONS_MAX: usize = 500;

/// Hindi, Tamil, Urdu, Bengali, Gujarati, an emoji of several characters, quotes, and what SQL or JSON might trip over.
const NAMES: [&str; 12] = [
    "श्रीमती आशा क्षत्रिय",
    "குமார் மளிகை",
    "عامر کریانہ سٹور",
    "রবীন্দ্রনাথ স্টোর্স",
    "કુમાર કિરાણા",
    "👨‍👩‍👧‍👦 Family Store 🧾",
    "O'Brien \"& Sons\"; DROP TABLE customers; --",
    "{\"$gt\": \"\"}",
    "a\\b%c_d\\u0000",
    "Ǆabc ﬁne Straße İstanbul",
    "null",
    "  inner   spaces  ",
];

async fn names_in_every_script_come_back(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    for (n, text) in (0..).zip(NAMES) {
        let id = builder.customer_called(n, text);
        builder.change(id, |customer| {
            customer.firm_name = Some(name(text));
            customer.city = Some(name(text));
            customer.state = Some(name(text));
        });
    }
    builder.commit(&*context.store).await;
    builder.assert_written(&*context.store).await;
}

async fn names_as_long_as_may_be_come_back(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    for (n, part) in (0..).zip(["x", "क", "🧾", "🧾 "]) {
        let longest: String = part.chars().cycle().take(Name::CHARACTERS_MAX).collect();
        builder.customer_called(n, &longest);
    }
    builder.commit(&*context.store).await;
    builder.assert_written(&*context.store).await;
}

async fn notes_as_long_as_may_be_come_back(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    let debit = builder.post(Line::debit(customer, day(0), 100)).item;
    let longest = "🧾".repeat(Note::CHARACTERS_MAX);
    builder.void(debit, day(0), &longest);
    builder.commit(&*context.store).await;
    builder.assert_written(&*context.store).await;
    let entries = context.store.entries(builder.owner(), 1, 1).await.unwrap();
    assert_eq!(entries[0].reason.as_ref().map(Note::as_str), Some(longest.as_str()));
}

async fn amounts_at_their_ends_come_back(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    let most = Money::DOCUMENT_MAX.minor();
    let debit = builder.post(Line::debit(customer, day(0), most)).item;
    builder.post(Line::credit(customer, day(0), most, &[(debit, most)]));
    builder.post(Line::debit(customer, day(0), 1));
    for (n, [balance, invoiced, received]) in
        (2..).zip([[i64::MAX, 0, i64::MIN], [i64::MIN, i64::MAX, 0], [-1, i64::MIN, i64::MAX]])
    {
        let id = builder.customer(n);
        builder.change(id, |customer| {
            let (balance, invoiced, received) = (paise(balance), paise(invoiced), paise(received));
            customer.totals = Totals {
                balance,
                invoiced,
                received,
                opening: balance,
                written_off: received,
                ..customer.totals
            };
            customer.credit_limit = Some(paise(i64::MAX));
        });
    }
    builder.commit(&*context.store).await;
    builder.assert_written(&*context.store).await;
}

async fn days_at_their_ends_come_back(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    let leap = Date::from_ymd(2028, 2, 29).unwrap();
    for date in [Date::MIN, leap, Date::MAX] {
        builder.post(Line { due: Date::MAX, ..Line::debit(customer, date, 100) });
    }
    builder.count(Series::of(DocumentKind::Invoice, Date::MIN), 1);
    builder.count(Series::of(DocumentKind::Invoice, Date::MAX), 2);
    builder.commit(&*context.store).await;
    builder.assert_written(&*context.store).await;
}

async fn times_at_their_ends_come_back(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let times = [Timestamp::MIN, moment(0), moment(1), Timestamp::MAX];
    for (n, time) in (0..).zip(times) {
        let id = builder.customer(n);
        builder.change(id, |customer| {
            (customer.created_at, customer.updated_at) = (time, time);
            customer.archived_at = Some(time);
        });
        builder.head.recorded_at = time;
        builder.post(Line::debit(id, day(0), 100));
    }
    builder.commit(&*context.store).await;
    builder.assert_written(&*context.store).await;
}

async fn ids_of_any_bits_come_back(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let template = builder.customer(0);
    for (n, bits) in (1..).zip([0, 1, u128::MAX, 1 << 127, 0x00ff_00ff << 64]) {
        let id = CustomerId::from_uuid(uuid::Uuid::from_u128(bits));
        let mobile = Some(super::context::mobile(n));
        builder.put(Customer { id, mobile, ..builder.customers[&template].clone() });
        builder.post(Line::debit(id, day(0), 100));
        builder.remember(&format!("key-{n}"), ItemId::from_uuid(id.uuid()));
    }
    builder.commit(&*context.store).await;
    builder.assert_written(&*context.store).await;
}

async fn hashes_of_any_bits_come_back(context: TestContext) {
    for (n, byte) in (1..).zip([0, 0x7f, 0x80, 0xff]) {
        let mut builder = context.row_builder(n).await;
        let customer = builder.customer(1);
        builder.post(Line::debit(customer, day(0), 100));
        let mut writes = builder.take();
        writes.entries[0].hash = ChainHash([byte; 32]);
        writes.entries[0].body_hash = Some([!byte; 32]);
        writes.heads[0].hash = ChainHash([byte; 32]);
        write(&*context.store, builder.owner(), writes.clone()).await.unwrap();
        assert_eq!(context.store.entries(builder.owner(), 0, 1).await.unwrap(), writes.entries);
        assert_eq!(context.store.head(builder.owner()).await.unwrap(), writes.heads[0]);
    }
}

async fn a_foreign_mobile_number_comes_back(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let id = builder.customer(1);
    let abroad = MobileNumber::parse("+49 1512 3456789").unwrap();
    builder.change(id, |customer| customer.mobile = Some(abroad));
    builder.commit(&*context.store).await;
    builder.assert_written(&*context.store).await;
}

async fn a_body_comes_back_byte_for_byte(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    let bodies = [
        "{\"b\":1,\"a\":2,\"a\":3}".to_owned(),
        " {\n\t\"amount\" : 1.10e2 } ".to_owned(),
        format!("{{\"note\":\"{}\"}}", "जी 🧾 \\u0000 \\\" ".repeat(4_000)),
    ];
    bodies.iter().for_each(|_| drop(builder.post(Line::debit(customer, day(0), 100))));
    let mut writes = builder.take();
    for (document, body) in writes.documents.iter_mut().zip(&bodies) {
        document.body.clone_from(body);
    }
    write(&*context.store, builder.owner(), writes.clone()).await.unwrap();
    for document in &writes.documents {
        let stored = context.store.document(builder.owner(), document.kind(), document.id).await.unwrap();
        assert_eq!(stored.document, *document);
    }
}

async fn an_entry_may_have_as_many_allocations_as_may_be(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    let joins: Vec<_> =
        (0..ALLOCATIONS_MAX).map(|_| (builder.post(Line::debit(customer, day(0), 1)).item, 1)).collect();
    let credit = builder.post(Line::credit(customer, day(0), i64::MAX / 2, &joins));
    assert_eq!(credit.allocations.len(), ALLOCATIONS_MAX);
    builder.commit(&*context.store).await;
    builder.assert_written(&*context.store).await;
    let document = context.store.document(builder.owner(), DocumentKind::Receipt, credit.item).await.unwrap();
    assert_eq!(document.allocations, credit.allocations);
}

async fn numbers_as_large_as_may_be_come_back(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let largest = u64::try_from(i64::MAX).unwrap();
    let id = builder.customer(1);
    builder.put(Customer { revision: largest, last_seq: largest, ..builder.customers[&id].clone() });
    builder.count(Series::of(DocumentKind::Receipt, day(0)), largest);
    builder.commit(&*context.store).await;
    builder.head.owner.revision = largest;
    let owners = vec![khata_core::store::OwnerWrite { owner: builder.head.owner.clone(), password: None }];
    write(&*context.store, builder.owner(), Writes { owners, ..Writes::default() }).await.unwrap();
    builder.assert_written(&*context.store).await;
    let owner = builder.owner();
    let rows =
        load(&*context.store, &[owner], Keys { customers: vec![(owner, id)], ..Keys::default() }).await;
    assert_eq!(rows.customers[&(owner, id)].revision, largest);
}

async fn customers_in_every_script_are_found_and_sorted(context: TestContext) {
    use khata_core::shop::CustomerFilter;
    use khata_core::store::CustomerOrder;

    let shop = context.shop(1).await;
    for (n, text) in (0..).zip(NAMES) {
        let new = new_customer(text, n);
        let added = shop.add_customer(new).await.unwrap();
        let update =
            with(CustomerUpdate::default(), |update| update.city = khata_core::form::Patch::Set(name(text)));
        let updated = shop.update_customer(added.id, update, Some(added.revision)).await.unwrap();
        assert_eq!((updated.name.as_str(), &updated.city), (text.trim(), &Some(name(text))));
    }
    let filter = |search: Option<&str>| CustomerFilter {
        search: search.map(str::to_owned),
        order: CustomerOrder::Name,
        ..CustomerFilter::default()
    };
    let listed = shop.customers(&filter(None)).await.unwrap().items;
    let mut sorted = listed.clone();
    sorted.sort_by_key(|customer| (customer.name_key().into_bytes(), customer.id));
    assert_eq!((listed.len(), &listed), (NAMES.len(), &sorted));

    let searches = [
        ("क्षत्रिय", 0),
        ("குமார்", 1),
        ("کریانہ", 2),
        ("রবীন্দ্র", 3),
        ("કિરાણા કુમાર", 4),
        ("FAMILY", 5),
        ("sons", 6),
        ("strasse", 9),
        ("fine", 9),
        ("+91 98000 00010", 10),
    ];
    for (search, n) in searches {
        let found = shop.customers(&filter(Some(search))).await.unwrap().items;
        let names: Vec<_> = found.iter().map(|customer| customer.name.as_str()).collect();
        assert_eq!(names, [NAMES[n]], "{search}");
    }
}
