//! What a job can write: each kind of row of [`Writes`].

use khata_core::customer::Customer;
use khata_core::email::Email;
use khata_core::gst::Gstin;
use khata_core::id::{ActorId, CustomerId, ItemId};
use khata_core::ledger::{ChainHash, Item, ItemKind, Totals};
use khata_core::number::{DocumentKind, Series};
use khata_core::owner::Owner;
use khata_core::store::{CustomerOrder, CustomerSelection, Keys, OwnerWrite, Store, Writes};
use khata_core::tags::Tags;
use khata_core::text::Note;

use super::context::{TestContext, credited, day, load, mobile, moment, name, paise, post_dated, write};
use super::row_builder::{Line, RowBuilder, customer_write};
use super::suite;

suite! {
    a_head_moves_on_without_its_profile,
    a_profile_changes_without_its_ledger,
    counters_are_put,
    a_customer_is_put_whole,
    the_words_of_a_customer_are_replaced,
    the_place_of_a_customer_by_name_is_the_key_that_was_written,
    a_deleted_customer_leaves_nothing,
    a_deletion_comes_before_all_else,
    a_balance_changes_the_ledgers_part_only,
    entries_keep_their_allocations_in_order,
    a_void_is_an_entry_with_reversed_allocations,
    the_actor_of_an_entry_need_not_be_the_owner,
    every_kind_of_item_and_document_is_written,
    the_changeable_part_of_an_item_is_put,
    thousands_of_rows_are_written_at_once,
}

async fn a_head_moves_on_without_its_profile(context: TestContext) {
    let builder = context.row_builder(1).await;
    let mut moved = builder.head.clone();
    (moved.seq, moved.hash, moved.recorded_at) = (7, ChainHash([9; 32]), moment(70));
    let mut written = moved.clone();
    written.owner.shop_name = name("Another name");
    written.owner.revision = 8;
    written.password_version = 9;
    let heads = vec![written];
    write(&*context.store, builder.owner(), Writes { heads, ..Writes::default() }).await.unwrap();
    assert_eq!(context.store.head(builder.owner()).await.unwrap(), moved);
    assert_eq!(context.store.credentials(builder.owner()).await.unwrap().password_version, 1);
}

async fn a_profile_changes_without_its_ledger(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    builder.post(Line::debit(customer, day(0), 100));
    builder.commit(&*context.store).await;
    builder.head.owner = Owner {
        shop_name: name("New name"),
        proprietor_name: name("New owner"),
        mobile: mobile(77),
        gst_number: Some(Gstin::parse("29AABCR1718E1ZL").unwrap()),
        state: Some(name("Karnataka")),
        locked_until: Some(day(-1)),
        updated_at: moment(5),
        revision: 2,
        ..builder.head.owner
    };
    let owners = vec![OwnerWrite { owner: builder.head.owner.clone(), password: None }];
    write(&*context.store, builder.owner(), Writes { owners, ..Writes::default() }).await.unwrap();
    builder.assert_written(&*context.store).await;
    let credentials = context.store.credentials(builder.owner()).await.unwrap();
    assert_eq!(credentials.password_hash, "$argon2id$made$by$hand", "the password stays");
}

async fn counters_are_put(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let series = |kind, date| Series::of(kind, day(date));
    for last in [1, 2, 1_000_000_007] {
        builder.count(series(DocumentKind::Invoice, 0), last);
        builder.count(series(DocumentKind::Invoice, 365), last + 1);
        builder.count(series(DocumentKind::CreditNote, 0), last + 2);
        builder.commit(&*context.store).await;
        builder.assert_written(&*context.store).await;
    }
}

/// A customer of whom everything is known.
fn full(customer: Customer) -> Customer {
    Customer {
        name: name("रवि कुमार"),
        firm_name: Some(name("Kumar & Sons")),
        alternate_mobile: Some(mobile(77)),
        email: Some(Email::parse("ravi@example.com").unwrap()),
        address: Some(Note::parse("12, M G Road\nPune").unwrap()),
        notes: Some(Note::parse("Pays on the 5th").unwrap()),
        tags: Some(Tags::parse(["Wholesale", "थोक \"मंडी\", पुणे"]).unwrap()),
        mobile: Some(mobile(99)),
        city: Some(name("पुणे")),
        state: Some(name("Maharashtra")),
        gst_number: Some(Gstin::parse("27AAPFU0939F1ZV").unwrap()),
        credit_limit: Some(paise(0)),
        totals: Totals { balance: paise(-5), invoiced: paise(10), received: paise(15), ..Totals::default() },
        post_dated: post_dated("2199-12-31:0:9223372036854775807,2026-12-15:7:0"),
        bounced_cheques: 3,
        archived_at: Some(moment(3)),
        created_at: moment(1),
        updated_at: moment(4),
        revision: 17,
        last_seq: 12,
        ..customer
    }
}

async fn a_customer_is_put_whole(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let id = builder.customer(1);
    let bare = builder.customers[&id].clone();
    for customer in [bare.clone(), full(bare.clone()), bare] {
        builder.put(customer);
        builder.commit(&*context.store).await;
        builder.assert_written(&*context.store).await;
    }
}

/// Who is found by these words, by name.
async fn found(store: &dyn Store, builder: &RowBuilder, words: &[&str]) -> Vec<CustomerId> {
    let words = words.iter().map(ToString::to_string).collect();
    let selection =
        CustomerSelection { words, order: CustomerOrder::Name, limit: 10, ..CustomerSelection::default() };
    let customers = store.customers(builder.owner(), &selection).await.unwrap();
    customers.into_iter().map(|customer| customer.id).collect()
}

async fn the_words_of_a_customer_are_replaced(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let (one, two) = (builder.customer_called(1, "Asha Patil"), builder.customer_called(2, "Asha Rao"));
    builder.commit(&*context.store).await;
    assert_eq!(found(&*context.store, &builder, &["asha"]).await, [one, two]);

    builder.change(one, |customer| customer.name = name("Usha Patil"));
    builder.commit(&*context.store).await;
    assert_eq!(found(&*context.store, &builder, &["asha"]).await, [two], "the old word is gone");
    assert_eq!(found(&*context.store, &builder, &["usha"]).await, [one], "the new one is there");
    assert_eq!(found(&*context.store, &builder, &["patil"]).await, [one], "the one that stayed is too");
}

async fn the_place_of_a_customer_by_name_is_the_key_that_was_written(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let ids = [builder.customer_called(1, "Anil"), builder.customer_called(2, "Bina")];
    builder.commit(&*context.store).await;
    assert_eq!(found(&*context.store, &builder, &[]).await, ids);

    let mut anil = customer_write(&builder.customers[&ids[0]]);
    anil.name_key = "zz".to_owned();
    let customers = vec![anil];
    write(&*context.store, builder.owner(), Writes { customers, ..Writes::default() }).await.unwrap();
    assert_eq!(found(&*context.store, &builder, &[]).await, [ids[1], ids[0]]);
}

async fn a_deleted_customer_leaves_nothing(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let (gone, stays) = (builder.customer_called(1, "Asha Patil"), builder.customer_called(2, "Asha Rao"));
    let of_gone = builder.remember("of-gone", ItemId::from_uuid(gone.uuid()));
    let of_gone_too = builder.remember("of-gone-too", ItemId::from_uuid(gone.uuid()));
    builder.remember("of-stays", ItemId::from_uuid(stays.uuid()));
    builder.commit(&*context.store).await;
    builder.delete(gone);
    builder.commit(&*context.store).await;
    builder.assert_written(&*context.store).await;

    let owner = builder.owner();
    let keys = Keys {
        customers: vec![(owner, gone)],
        mobiles: vec![(owner, mobile(1))],
        idempotency: vec![(owner, of_gone), (owner, of_gone_too)],
        ..Keys::default()
    };
    let rows = load(&*context.store, &[owner], keys).await;
    assert!(rows.customers.is_empty() && rows.mobiles.is_empty() && rows.idempotency.is_empty(), "{rows:?}");
    assert_eq!(found(&*context.store, &builder, &["asha"]).await, [stays]);

    // A word that was left behind would show with the next customer of this id.
    let again = Customer { id: gone, name: name("Usha"), ..builder.customers[&stays].clone() };
    builder.put(Customer { mobile: Some(mobile(1)), ..again });
    builder.commit(&*context.store).await;
    assert_eq!(found(&*context.store, &builder, &["asha"]).await, [stays]);
}

async fn a_deletion_comes_before_all_else(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let old = builder.customer(1);
    builder.remember("key", ItemId::from_uuid(old.uuid()));
    builder.commit(&*context.store).await;

    builder.delete(old);
    let new = builder.customer(1);
    builder.remember("key", ItemId::from_uuid(new.uuid()));
    builder.commit(&*context.store).await;
    builder.assert_written(&*context.store).await;
}

async fn a_balance_changes_the_ledgers_part_only(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let id = builder.customer_called(1, "Asha Patil");
    let stored = full(builder.customers[&id].clone());
    builder.put(Customer {
        name: name("Asha Patil"),
        totals: Totals::default(),
        post_dated: None,
        archived_at: None,
        ..stored
    });
    let other = builder.customer(2);
    builder.commit(&*context.store).await;

    builder.post(Line::debit(id, day(0), 700));
    builder.post(Line::credit(id, day(0), 200, &[]));
    builder.commit(&*context.store).await;
    builder.assert_written(&*context.store).await;
    for text in ["2026-12-15:0:100", "2027-01-01:5:0,2026-12-15:0:100"] {
        let days = post_dated(text);
        builder.customers.get_mut(&id).unwrap().post_dated = days;
        builder.post(Line::debit(id, day(0), 16));
        builder.post(Line::credit(id, day(0), 16, &[]));
        builder.commit(&*context.store).await;
        builder.assert_written(&*context.store).await;
    }
    let customer = &builder.customers[&id];
    let totals =
        Totals { balance: paise(500), invoiced: paise(732), received: paise(232), ..Totals::default() };
    assert_eq!((customer.totals, customer.last_seq), (totals, 6));
    assert_eq!(found(&*context.store, &builder, &["asha"]).await, [id], "the words stay");
    assert_eq!(found(&*context.store, &builder, &[]).await, [id, other], "the place by name stays");
}

async fn entries_keep_their_allocations_in_order(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    let debits: Vec<_> = (0..20).map(|n| builder.post(Line::debit(customer, day(n), 10)).item).collect();
    builder.commit(&*context.store).await;
    let joins: Vec<_> = debits.iter().rev().map(|id| (*id, 4)).collect();
    let first = builder.post(Line::credit(customer, day(9), 80, &joins));
    builder.post(Line::credit(customer, day(9), 40, &joins[..10]));
    builder.commit(&*context.store).await;
    builder.assert_written(&*context.store).await;
    let entries = context.store.entries(builder.owner(), 20, 1).await.unwrap();
    let order: Vec<_> = entries[0].allocations.iter().map(|row| row.debit).collect();
    assert_eq!((entries[0].id, order), (first.id, debits.into_iter().rev().collect()));
}

async fn a_void_is_an_entry_with_reversed_allocations(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    let debit = builder.post(Line::debit(customer, day(0), 100)).item;
    let credit = builder.post(Line::credit(customer, day(1), 60, &[(debit, 60)])).item;
    builder.commit(&*context.store).await;
    let void = builder.void(credit, day(9), "the cheque bounced");
    builder.commit(&*context.store).await;
    builder.assert_written(&*context.store).await;

    let stored = context.store.entries(builder.owner(), 2, 1).await.unwrap();
    assert_eq!(stored, std::slice::from_ref(&void));
    assert_eq!((void.amount, void.allocations[0].amount), (paise(60), paise(-60)));
    assert_eq!(builder.items[&debit].open, paise(100));
}

async fn the_actor_of_an_entry_need_not_be_the_owner(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    builder.post(Line::debit(customer, day(0), 100));
    let mut writes = builder.take();
    writes.entries[0].actor = ActorId::generate();
    write(&*context.store, builder.owner(), writes.clone()).await.unwrap();
    assert_eq!(context.store.entries(builder.owner(), 0, 9).await.unwrap(), writes.entries);
}

async fn every_kind_of_item_and_document_is_written(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    for &kind in ItemKind::ALL {
        let line = match kind {
            ItemKind::CreditNote => Line::credit_note(customer, day(0), 100, builder.entries()[0].item),
            ItemKind::Receipt => Line::credit(customer, day(0), 100, &[]),
            _ => Line { due: day(30), ..Line::debit(customer, day(0), 100) },
        };
        builder.post(Line { kind, ..line });
    }
    let opening = Line { kind: ItemKind::OpeningBalance, ..Line::credit(customer, day(0), 1, &[]) };
    builder.post(opening);
    builder.commit(&*context.store).await;
    builder.assert_written(&*context.store).await;
}

async fn the_changeable_part_of_an_item_is_put(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    let items = [(); 3].map(|()| builder.post(Line::debit(customer, day(0), 100)).item);
    builder.commit(&*context.store).await;

    let before = builder.items[&items[0]].clone();
    let changes = [
        Item { open: paise(1), ..before.clone() },
        Item { credited: credited("90:5:5:0:0:0"), ..before.clone() },
        Item { free_from: day(44), ..before.clone() },
        Item { pending_until: Some(day(300)), ..before.clone() },
        Item { updated_at: moment(44), ..before.clone() },
        Item {
            open: paise(0),
            free_from: day(45),
            voided_on: Some(day(45)),
            updated_at: moment(45),
            ..before
        },
    ];
    for item in changes {
        builder.items.insert(item.id, item.clone());
        let items = vec![item];
        write(&*context.store, builder.owner(), Writes { items, ..Writes::default() }).await.unwrap();
        builder.assert_written(&*context.store).await;
    }
}

async fn thousands_of_rows_are_written_at_once(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    for n in 0..1_500 {
        let customer = builder.customer(n);
        let debit = builder.post(Line::debit(customer, day(0), 100));
        builder.post(Line::credit(customer, day(0), 60, &[(debit.item, 30), (debit.item, 30)]));
        builder.remember(&format!("key-{n}"), debit.item);
    }
    builder.commit(&*context.store).await;
    builder.assert_written(&*context.store).await;

    let customers: Vec<_> = builder.customers.keys().copied().collect();
    for customer in customers {
        builder.post(Line::debit(customer, day(0), 1));
    }
    builder.commit(&*context.store).await;
    builder.assert_written(&*context.store).await;
}
