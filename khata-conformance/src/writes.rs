//! What a job can write: each kind of row of [`Writes`].

use super::context::{TestContext, day, load, mobile, moment, name, paise, write};
use super::scribe::{Line, Scribe, customer_write};
use super::suite;
use khata_core::customer::Customer;
use khata_core::gst::Gstin;
use khata_core::id::{ActorId, CustomerId, ItemId};
use khata_core::ledger::{ChainHash, Item, ItemKind, Totals};
use khata_core::number::{DocumentKind, Series};
use khata_core::owner::Owner;
use khata_core::store::{CustomerOrder, CustomerSelection, Keys, OwnerWrite, Store, Writes};

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
    let scribe = context.scribe(1).await;
    let mut moved = scribe.head.clone();
    (moved.seq, moved.hash, moved.recorded_at) = (7, ChainHash([9; 32]), moment(70));
    let mut written = moved.clone();
    written.owner.shop_name = name("Another name");
    written.owner.revision = 8;
    written.password_version = 9;
    let heads = vec![written];
    write(&*context.store, scribe.owner(), Writes { heads, ..Writes::default() }).await.unwrap();
    assert_eq!(context.store.head(scribe.owner()).await.unwrap(), moved);
    assert_eq!(context.store.credentials(scribe.owner()).await.unwrap().password_version, 1);
}

async fn a_profile_changes_without_its_ledger(context: TestContext) {
    let mut scribe = context.scribe(1).await;
    let customer = scribe.customer(1);
    scribe.post(Line::debit(customer, day(0), 100));
    scribe.commit(&*context.store).await;
    scribe.head.owner = Owner {
        shop_name: name("New name"),
        proprietor_name: name("New owner"),
        mobile: mobile(77),
        gst_number: Some(Gstin::parse("29AABCR1718E1ZL").unwrap()),
        state: Some(name("Karnataka")),
        locked_until: Some(day(-1)),
        updated_at: moment(5),
        revision: 2,
        ..scribe.head.owner
    };
    let owners = vec![OwnerWrite { owner: scribe.head.owner.clone(), password: None }];
    write(&*context.store, scribe.owner(), Writes { owners, ..Writes::default() }).await.unwrap();
    scribe.assert_written(&*context.store).await;
    let credentials = context.store.credentials(scribe.owner()).await.unwrap();
    assert_eq!(credentials.password_hash, "$argon2id$made$by$hand", "the password stays");
}

async fn counters_are_put(context: TestContext) {
    let mut scribe = context.scribe(1).await;
    let series = |kind, date| Series::of(kind, day(date));
    for last in [1, 2, 1_000_000_007] {
        scribe.count(series(DocumentKind::Invoice, 0), last);
        scribe.count(series(DocumentKind::Invoice, 365), last + 1);
        scribe.count(series(DocumentKind::CreditNote, 0), last + 2);
        scribe.commit(&*context.store).await;
        scribe.assert_written(&*context.store).await;
    }
}

/// A customer of whom everything is known.
fn full(customer: Customer) -> Customer {
    Customer {
        name: name("रवि कुमार"),
        firm_name: Some(name("Kumar & Sons")),
        mobile: mobile(99),
        city: Some(name("पुणे")),
        state: Some(name("Maharashtra")),
        gst_number: Some(Gstin::parse("27AAPFU0939F1ZV").unwrap()),
        credit_limit: Some(paise(0)),
        totals: Totals { balance: paise(-5), invoiced: paise(10), received: paise(15) },
        archived_at: Some(moment(3)),
        created_at: moment(1),
        updated_at: moment(4),
        revision: 17,
        last_seq: 12,
        ..customer
    }
}

async fn a_customer_is_put_whole(context: TestContext) {
    let mut scribe = context.scribe(1).await;
    let id = scribe.customer(1);
    let bare = scribe.customers[&id].clone();
    for customer in [bare.clone(), full(bare.clone()), bare] {
        scribe.put(customer);
        scribe.commit(&*context.store).await;
        scribe.assert_written(&*context.store).await;
    }
}

/// Who is found by these words, by name.
async fn found(store: &dyn Store, scribe: &Scribe, words: &[&str]) -> Vec<CustomerId> {
    let words = words.iter().map(ToString::to_string).collect();
    let selection =
        CustomerSelection { words, order: CustomerOrder::Name, limit: 10, ..CustomerSelection::default() };
    let customers = store.customers(scribe.owner(), &selection).await.unwrap();
    customers.into_iter().map(|customer| customer.id).collect()
}

async fn the_words_of_a_customer_are_replaced(context: TestContext) {
    let mut scribe = context.scribe(1).await;
    let (one, two) = (scribe.customer_called(1, "Asha Patil"), scribe.customer_called(2, "Asha Rao"));
    scribe.commit(&*context.store).await;
    assert_eq!(found(&*context.store, &scribe, &["asha"]).await, [one, two]);

    scribe.change(one, |customer| customer.name = name("Usha Patil"));
    scribe.commit(&*context.store).await;
    assert_eq!(found(&*context.store, &scribe, &["asha"]).await, [two], "the old word is gone");
    assert_eq!(found(&*context.store, &scribe, &["usha"]).await, [one], "the new one is there");
    assert_eq!(found(&*context.store, &scribe, &["patil"]).await, [one], "the one that stayed is too");
}

async fn the_place_of_a_customer_by_name_is_the_key_that_was_written(context: TestContext) {
    let mut scribe = context.scribe(1).await;
    let ids = [scribe.customer_called(1, "Anil"), scribe.customer_called(2, "Bina")];
    scribe.commit(&*context.store).await;
    assert_eq!(found(&*context.store, &scribe, &[]).await, ids);

    let mut anil = customer_write(&scribe.customers[&ids[0]]);
    anil.name_key = "zz".to_owned();
    let customers = vec![anil];
    write(&*context.store, scribe.owner(), Writes { customers, ..Writes::default() }).await.unwrap();
    assert_eq!(found(&*context.store, &scribe, &[]).await, [ids[1], ids[0]]);
}

async fn a_deleted_customer_leaves_nothing(context: TestContext) {
    let mut scribe = context.scribe(1).await;
    let (gone, stays) = (scribe.customer_called(1, "Asha Patil"), scribe.customer_called(2, "Asha Rao"));
    let of_gone = scribe.remember("of-gone", ItemId::from_uuid(gone.uuid()));
    let of_gone_too = scribe.remember("of-gone-too", ItemId::from_uuid(gone.uuid()));
    scribe.remember("of-stays", ItemId::from_uuid(stays.uuid()));
    scribe.commit(&*context.store).await;
    scribe.delete(gone);
    scribe.commit(&*context.store).await;
    scribe.assert_written(&*context.store).await;

    let owner = scribe.owner();
    let keys = Keys {
        customers: vec![(owner, gone)],
        mobiles: vec![(owner, mobile(1))],
        idempotency: vec![(owner, of_gone), (owner, of_gone_too)],
        ..Keys::default()
    };
    let rows = load(&*context.store, &[owner], keys).await;
    assert!(rows.customers.is_empty() && rows.mobiles.is_empty() && rows.idempotency.is_empty(), "{rows:?}");
    assert_eq!(found(&*context.store, &scribe, &["asha"]).await, [stays]);

    // A word that was left behind would show with the next customer of this id.
    let again = Customer { id: gone, name: name("Usha"), ..scribe.customers[&stays].clone() };
    scribe.put(Customer { mobile: mobile(1), ..again });
    scribe.commit(&*context.store).await;
    assert_eq!(found(&*context.store, &scribe, &["asha"]).await, [stays]);
}

async fn a_deletion_comes_before_all_else(context: TestContext) {
    let mut scribe = context.scribe(1).await;
    let old = scribe.customer(1);
    scribe.remember("key", ItemId::from_uuid(old.uuid()));
    scribe.commit(&*context.store).await;

    scribe.delete(old);
    let new = scribe.customer(1);
    scribe.remember("key", ItemId::from_uuid(new.uuid()));
    scribe.commit(&*context.store).await;
    scribe.assert_written(&*context.store).await;
}

async fn a_balance_changes_the_ledgers_part_only(context: TestContext) {
    let mut scribe = context.scribe(1).await;
    let id = scribe.customer_called(1, "Asha Patil");
    let stored = full(scribe.customers[&id].clone());
    scribe.put(Customer { name: name("Asha Patil"), totals: Totals::default(), archived_at: None, ..stored });
    let other = scribe.customer(2);
    scribe.commit(&*context.store).await;

    scribe.post(Line::debit(id, day(0), 700));
    scribe.post(Line::credit(id, day(0), 200, &[]));
    scribe.commit(&*context.store).await;
    scribe.assert_written(&*context.store).await;
    let customer = &scribe.customers[&id];
    let totals = Totals { balance: paise(500), invoiced: paise(700), received: paise(200) };
    assert_eq!((customer.totals, customer.last_seq), (totals, 2));
    assert_eq!(found(&*context.store, &scribe, &["asha"]).await, [id], "the words stay");
    assert_eq!(found(&*context.store, &scribe, &[]).await, [id, other], "the place by name stays");
}

async fn entries_keep_their_allocations_in_order(context: TestContext) {
    let mut scribe = context.scribe(1).await;
    let customer = scribe.customer(1);
    let debits: Vec<_> = (0..20).map(|n| scribe.post(Line::debit(customer, day(n), 10)).item).collect();
    scribe.commit(&*context.store).await;
    let joins: Vec<_> = debits.iter().rev().map(|id| (*id, 4)).collect();
    let first = scribe.post(Line::credit(customer, day(9), 80, &joins));
    scribe.post(Line::credit(customer, day(9), 40, &joins[..10]));
    scribe.commit(&*context.store).await;
    scribe.assert_written(&*context.store).await;
    let entries = context.store.entries(scribe.owner(), 20, 1).await.unwrap();
    let order: Vec<_> = entries[0].allocations.iter().map(|row| row.debit).collect();
    assert_eq!((entries[0].id, order), (first.id, debits.into_iter().rev().collect()));
}

async fn a_void_is_an_entry_with_reversed_allocations(context: TestContext) {
    let mut scribe = context.scribe(1).await;
    let customer = scribe.customer(1);
    let debit = scribe.post(Line::debit(customer, day(0), 100)).item;
    let credit = scribe.post(Line::credit(customer, day(1), 60, &[(debit, 60)])).item;
    scribe.commit(&*context.store).await;
    let void = scribe.void(credit, day(9), "the cheque bounced");
    scribe.commit(&*context.store).await;
    scribe.assert_written(&*context.store).await;

    let stored = context.store.entries(scribe.owner(), 2, 1).await.unwrap();
    assert_eq!(stored, std::slice::from_ref(&void));
    assert_eq!((void.amount, void.allocations[0].amount), (paise(60), paise(-60)));
    assert_eq!(scribe.items[&debit].open, paise(100));
}

async fn the_actor_of_an_entry_need_not_be_the_owner(context: TestContext) {
    let mut scribe = context.scribe(1).await;
    let customer = scribe.customer(1);
    scribe.post(Line::debit(customer, day(0), 100));
    let mut writes = scribe.take();
    writes.entries[0].actor = ActorId::generate();
    write(&*context.store, scribe.owner(), writes.clone()).await.unwrap();
    assert_eq!(context.store.entries(scribe.owner(), 0, 9).await.unwrap(), writes.entries);
}

async fn every_kind_of_item_and_document_is_written(context: TestContext) {
    let mut scribe = context.scribe(1).await;
    let customer = scribe.customer(1);
    for kind in ItemKind::ALL {
        let line = match kind {
            ItemKind::CreditNote => Line::credit_note(customer, day(0), 100, scribe.entries()[0].item),
            ItemKind::Receipt => Line::credit(customer, day(0), 100, &[]),
            _ => Line { due: day(30), ..Line::debit(customer, day(0), 100) },
        };
        scribe.post(Line { kind, ..line });
    }
    let opening = Line { kind: ItemKind::OpeningBalance, ..Line::credit(customer, day(0), 1, &[]) };
    scribe.post(opening);
    scribe.commit(&*context.store).await;
    scribe.assert_written(&*context.store).await;
}

async fn the_changeable_part_of_an_item_is_put(context: TestContext) {
    let mut scribe = context.scribe(1).await;
    let customer = scribe.customer(1);
    let items = [(); 3].map(|()| scribe.post(Line::debit(customer, day(0), 100)).item);
    scribe.commit(&*context.store).await;

    let before = scribe.items[&items[0]].clone();
    let changes = [
        Item { open: paise(1), ..before.clone() },
        Item { credited: paise(100), ..before.clone() },
        Item { free_from: day(44), ..before.clone() },
        Item { updated_at: moment(44), ..before.clone() },
        Item { open: paise(0), free_from: day(45), void: true, updated_at: moment(45), ..before },
    ];
    for item in changes {
        scribe.items.insert(item.id, item.clone());
        let items = vec![item];
        write(&*context.store, scribe.owner(), Writes { items, ..Writes::default() }).await.unwrap();
        scribe.assert_written(&*context.store).await;
    }
}

async fn thousands_of_rows_are_written_at_once(context: TestContext) {
    let mut scribe = context.scribe(1).await;
    for n in 0..1_500 {
        let customer = scribe.customer(n);
        let debit = scribe.post(Line::debit(customer, day(0), 100));
        scribe.post(Line::credit(customer, day(0), 60, &[(debit.item, 30), (debit.item, 30)]));
        scribe.remember(&format!("key-{n}"), debit.item);
    }
    scribe.commit(&*context.store).await;
    scribe.assert_written(&*context.store).await;

    let customers: Vec<_> = scribe.customers.keys().copied().collect();
    for customer in customers {
        scribe.post(Line::debit(customer, day(0), 1));
    }
    scribe.commit(&*context.store).await;
    scribe.assert_written(&*context.store).await;
}
