//! [`DocumentRepository`](khata_core::store::DocumentRepository).

use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::invoice::InvoiceStatus;
use khata_core::ledger::{Allocation, ItemKind};
use khata_core::number::DocumentKind;
use khata_core::store::{DocumentSelection, Store, StoreError, StoredDocument, Writes};

use super::context::{TestContext, assert_fails, day, write};
use super::row_builder::{Line, RowBuilder};
use super::suite;

suite! {
    a_document_is_read_as_it_stands,
    a_document_is_read_as_it_is_now,
    a_document_of_another_kind_is_not_found,
    a_document_that_is_not_there_is_not_found,
    a_document_brings_every_allocation_from_or_to_it,
    a_list_brings_each_document_as_it_stands,
    the_highest_seq_comes_first,
    a_list_is_of_one_kind,
    a_list_has_at_most_so_many,
    a_list_goes_on_below_a_seq,
    a_list_is_of_one_customer_if_asked,
    a_list_is_of_a_period_if_asked,
    a_list_is_of_one_status_if_asked,
    a_list_of_one_status_has_what_is_pending,
    all_filters_go_together,
    what_is_not_there_has_no_documents,
    an_opening_balance_from_before_they_had_documents_is_none,
}

const INVOICE: DocumentKind = DocumentKind::Invoice;
const RECEIPT: DocumentKind = DocumentKind::Receipt;

fn all() -> DocumentSelection {
    DocumentSelection { limit: 1_000, ..DocumentSelection::default() }
}

/// The document as the contract has it.
fn expected(builder: &RowBuilder, id: ItemId) -> StoredDocument {
    let mut allocations: Vec<Allocation> =
        builder.allocations().filter(|row| row.touches(id)).cloned().collect();
    allocations.sort_by_key(|row| (row.seq, row.ordinal));
    StoredDocument {
        document: builder.document_of(id).clone(),
        item: builder.items[&id].clone(),
        allocations,
    }
}

async fn list(store: &dyn Store, owner: OwnerId, kind: DocumentKind, by: &DocumentSelection) -> Vec<u64> {
    let documents = store.documents(owner, kind, by).await.unwrap();
    documents.into_iter().map(|stored| stored.document.seq).collect()
}

/// Invoices 1 to 6, of two customers in turn, on days 0, 10, … 50; 1 is paid, 2 in part, 3 void. Receipts 7 and 8.
async fn book(context: &TestContext) -> (RowBuilder, [CustomerId; 2]) {
    let mut builder = context.row_builder(1).await;
    let customers = [builder.customer(1), builder.customer(2)];
    for n in 0..6_u8 {
        let line = Line::debit(customers[usize::from(n % 2)], day(i64::from(n) * 10), 100);
        builder.post(Line { due: day(100), ..line });
    }
    let ids: Vec<_> = builder.entries().iter().map(|entry| entry.item).collect();
    builder.post(Line::credit(customers[0], day(20), 100, &[(ids[0], 100)]));
    builder.post(Line::credit(customers[1], day(30), 100, &[(ids[1], 40)]));
    builder.void(ids[2], day(60), "void");
    builder.commit(&*context.store).await;
    (builder, customers)
}

async fn a_document_is_read_as_it_stands(context: TestContext) {
    let (builder, _) = book(&context).await;
    for item in builder.items.values() {
        let kind = if item.kind == ItemKind::Invoice { INVOICE } else { RECEIPT };
        let stored = context.other.document(builder.owner(), kind, item.id).await.unwrap();
        assert_eq!(stored, expected(&builder, item.id));
    }
}

async fn a_document_is_read_as_it_is_now(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    let invoice = builder.post(Line::debit(customer, day(0), 100)).item;
    builder.commit(&*context.store).await;
    for n in 0..10 {
        let stored = context.other.document(builder.owner(), INVOICE, invoice).await.unwrap();
        assert_eq!(stored, expected(&builder, invoice), "after {n} payments");
        builder.post(Line::credit(customer, day(n), 10, &[(invoice, 10)]));
        builder.commit(&*context.store).await;
    }
}

async fn a_document_of_another_kind_is_not_found(context: TestContext) {
    let (builder, _) = book(&context).await;
    let (invoice, receipt) = (builder.entries()[0].item, builder.entries()[6].item);
    let wrong = [(RECEIPT, invoice), (INVOICE, receipt), (DocumentKind::CreditNote, invoice)];
    for (kind, id) in wrong {
        assert_fails!(context.store.document(builder.owner(), kind, id).await, StoreError::NotFound);
    }
}

async fn a_document_that_is_not_there_is_not_found(context: TestContext) {
    let (mut builder, [customer, _]) = book(&context).await;
    let kind = ItemKind::OpeningBalance;
    let opening = builder.post(Line { kind, ..Line::debit(customer, day(0), 100) }).item;
    builder.commit(&*context.store).await;
    let void = builder.entries()[8].id;
    for id in [ItemId::generate(), opening, void.into()] {
        assert_fails!(context.store.document(builder.owner(), INVOICE, id).await, StoreError::NotFound);
    }
    let invoice = builder.entries()[0].item;
    assert_fails!(context.store.document(OwnerId::generate(), INVOICE, invoice).await, StoreError::NotFound);
}

async fn a_document_brings_every_allocation_from_or_to_it(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    let debits = [(); 3].map(|()| builder.post(Line::debit(customer, day(0), 100)).item);
    let [one, two, three] = debits;
    let wide = builder.post(Line::credit(customer, day(1), 90, &[(three, 30), (one, 30), (two, 30)])).item;
    let narrow = builder.post(Line::credit(customer, day(2), 50, &[(one, 10), (two, 10)])).item;
    builder.commit(&*context.store).await;
    builder.void(wide, day(9), "bounced");
    builder.commit(&*context.store).await;
    for (kind, id, rows) in [(INVOICE, one, 3), (INVOICE, three, 2), (RECEIPT, wide, 6), (RECEIPT, narrow, 2)]
    {
        let stored = context.store.document(builder.owner(), kind, id).await.unwrap();
        assert_eq!(stored, expected(&builder, id));
        assert_eq!(stored.allocations.len(), rows);
    }
}

async fn a_list_brings_each_document_as_it_stands(context: TestContext) {
    let (builder, _) = book(&context).await;
    for kind in [INVOICE, RECEIPT] {
        let documents = context.store.documents(builder.owner(), kind, &all()).await.unwrap();
        assert!(!documents.is_empty());
        for stored in documents {
            assert_eq!(stored, expected(&builder, stored.document.id));
        }
    }
}

async fn the_highest_seq_comes_first(context: TestContext) {
    let (mut builder, [customer, _]) = book(&context).await;
    builder.post(Line::debit(customer, day(-400), 1));
    builder.commit(&*context.store).await;
    let listed = list(&*context.store, builder.owner(), INVOICE, &all()).await;
    assert_eq!(listed, [10, 6, 5, 4, 3, 2, 1], "whatever the date; 7 to 9 are receipts and a void");
}

async fn a_list_is_of_one_kind(context: TestContext) {
    let (mut builder, [customer, _]) = book(&context).await;
    let invoice = builder.entries()[0].item;
    builder.post(Line::credit_note(customer, day(0), 1, invoice));
    builder.commit(&*context.store).await;
    assert_eq!(list(&*context.store, builder.owner(), RECEIPT, &all()).await, [8, 7]);
    assert_eq!(list(&*context.store, builder.owner(), DocumentKind::CreditNote, &all()).await, [10]);
}

async fn a_list_has_at_most_so_many(context: TestContext) {
    let (builder, _) = book(&context).await;
    for limit in [0, 1, 5, 6, 7, u32::MAX] {
        let listed =
            list(&*context.store, builder.owner(), INVOICE, &DocumentSelection { limit, ..all() }).await;
        let most = limit.min(6) as usize;
        assert_eq!(listed, [6, 5, 4, 3, 2, 1][..most], "at most {limit}");
    }
}

async fn a_list_goes_on_below_a_seq(context: TestContext) {
    let (builder, _) = book(&context).await;
    let places: [(u64, &[u64]); 6] = [
        (u64::MAX, &[6, 5, 4, 3, 2, 1]),
        (7, &[6, 5, 4, 3, 2, 1]),
        (6, &[5, 4, 3, 2, 1]),
        (2, &[1]),
        (1, &[]),
        (0, &[]),
    ];
    for (before, expected) in places {
        let selection = DocumentSelection { before: Some(before), ..all() };
        let listed = list(&*context.store, builder.owner(), INVOICE, &selection).await;
        assert_eq!(listed, expected, "before {before}");
    }
}

async fn a_list_is_of_one_customer_if_asked(context: TestContext) {
    let (builder, customers) = book(&context).await;
    for (customer, expected) in customers.into_iter().zip([[5, 3, 1], [6, 4, 2]]) {
        let selection = DocumentSelection { customer: Some(customer), ..all() };
        assert_eq!(list(&*context.store, builder.owner(), INVOICE, &selection).await, expected);
    }
}

async fn a_list_is_of_a_period_if_asked(context: TestContext) {
    let (builder, _) = book(&context).await;
    let periods: [(Option<i64>, Option<i64>, &[u64]); 6] = [
        (Some(20), None, &[6, 5, 4, 3]),
        (None, Some(20), &[3, 2, 1]),
        (Some(20), Some(20), &[3]),
        (Some(21), Some(29), &[]),
        (Some(10), Some(40), &[5, 4, 3, 2]),
        (Some(30), Some(20), &[]),
    ];
    for (from, to, expected) in periods {
        let selection = DocumentSelection { from: from.map(day), to: to.map(day), ..all() };
        let listed = list(&*context.store, builder.owner(), INVOICE, &selection).await;
        assert_eq!(listed, expected, "from {from:?} to {to:?}");
    }
}

async fn a_list_is_of_one_status_if_asked(context: TestContext) {
    let (builder, _) = book(&context).await;
    let statuses: [(InvoiceStatus, &[u64]); 4] = [
        (InvoiceStatus::Paid, &[1]),
        (InvoiceStatus::Partial, &[2]),
        (InvoiceStatus::Void, &[3]),
        (InvoiceStatus::Unpaid, &[6, 5, 4]),
    ];
    for (status, expected) in statuses {
        let selection = DocumentSelection { status: Some(status), ..all() };
        let listed = list(&*context.store, builder.owner(), INVOICE, &selection).await;
        assert_eq!(listed, expected, "{status:?}");
    }
}

async fn a_list_of_one_status_has_what_is_pending(context: TestContext) {
    let (mut builder, customers) = book(&context).await;
    // The paid one and an unpaid one until the same day, the void one until a later day.
    let pending = [(0, 250), (3, 250), (2, 260)];
    for (at, until) in pending {
        let id = builder.entries()[at].item;
        builder.items.get_mut(&id).unwrap().pending_until = Some(day(until));
        let items = vec![builder.items[&id].clone()];
        write(&*context.store, builder.owner(), Writes { items, ..Writes::default() }).await.unwrap();
    }
    let statuses: [(InvoiceStatus, Option<i64>, &[u64]); 8] = [
        (InvoiceStatus::Unpaid, None, &[6, 5, 4]),
        (InvoiceStatus::Unpaid, Some(249), &[6, 5, 4, 3, 1]),
        (InvoiceStatus::Unpaid, Some(250), &[6, 5, 4, 3]),
        (InvoiceStatus::Unpaid, Some(260), &[6, 5, 4]),
        (InvoiceStatus::Paid, Some(249), &[4, 3, 1]),
        (InvoiceStatus::Paid, Some(250), &[3, 1]),
        (InvoiceStatus::Partial, Some(0), &[4, 3, 2, 1]),
        (InvoiceStatus::Void, Some(249), &[4, 3, 1]),
    ];
    for (status, pending_after, expected) in statuses {
        let (status, pending_after) = (Some(status), pending_after.map(day));
        let selection = DocumentSelection { status, pending_after, ..all() };
        assert_eq!(list(&*context.other, builder.owner(), INVOICE, &selection).await, expected);
        for limit in 1..3 {
            let selection = DocumentSelection { limit, ..selection.clone() };
            let expected = &expected[..expected.len().min(limit as usize)];
            assert_eq!(list(&*context.other, builder.owner(), INVOICE, &selection).await, expected);
            let (before, rest) = (Some(expected[0]), &expected[1..]);
            let next = DocumentSelection { before, limit: limit - 1, ..selection };
            assert_eq!(list(&*context.other, builder.owner(), INVOICE, &next).await, rest);
        }
        for (customer, rest) in customers.iter().zip([1, 0]) {
            let selection = DocumentSelection { customer: Some(*customer), ..selection.clone() };
            let expected: Vec<_> = expected.iter().copied().filter(|seq| seq % 2 == rest).collect();
            assert_eq!(list(&*context.other, builder.owner(), INVOICE, &selection).await, expected);
        }
        let (from, to) = (Some(day(20)), Some(day(30)));
        let selection = DocumentSelection { from, to, ..selection };
        let expected: Vec<_> = expected.iter().copied().filter(|seq| (3..=4).contains(seq)).collect();
        assert_eq!(list(&*context.other, builder.owner(), INVOICE, &selection).await, expected);
    }
    let unfiltered = DocumentSelection { pending_after: Some(day(0)), ..all() };
    assert_eq!(list(&*context.other, builder.owner(), INVOICE, &unfiltered).await, [6, 5, 4, 3, 2, 1]);
}

async fn all_filters_go_together(context: TestContext) {
    let (builder, [_, customer]) = book(&context).await;
    let selection = DocumentSelection {
        customer: Some(customer),
        from: Some(day(10)),
        to: Some(day(50)),
        status: Some(InvoiceStatus::Unpaid),
        pending_after: None,
        before: None,
        limit: 1,
    };
    assert_eq!(list(&*context.store, builder.owner(), INVOICE, &selection).await, [6]);
    let next = DocumentSelection { before: Some(6), ..selection };
    assert_eq!(list(&*context.store, builder.owner(), INVOICE, &next).await, [4]);
    let last = DocumentSelection { before: Some(4), ..next };
    assert_eq!(list(&*context.store, builder.owner(), INVOICE, &last).await, [0; 0]);
}

async fn what_is_not_there_has_no_documents(context: TestContext) {
    let (builder, _) = book(&context).await;
    let stranger = DocumentSelection { customer: Some(CustomerId::generate()), ..all() };
    assert_eq!(list(&*context.store, builder.owner(), INVOICE, &stranger).await, [0; 0]);
    assert_eq!(list(&*context.store, OwnerId::generate(), INVOICE, &all()).await, [0; 0]);
}

async fn an_opening_balance_from_before_they_had_documents_is_none(context: TestContext) {
    let mut builder = context.row_builder(1).await;
    let customer = builder.customer(1);
    let opening = Line { kind: ItemKind::OpeningBalance, ..Line::debit(customer, day(0), 10) };
    let opening = builder.post(opening).item;
    builder.commit(&*context.store).await;

    let (owner, kind) = (builder.owner(), DocumentKind::OpeningBalance);
    let read = context.store.document(owner, kind, opening).await;
    assert_fails!(read, StoreError::NotFound);
    for customer in [None, Some(customer)] {
        let selection = DocumentSelection { customer, limit: 9, ..DocumentSelection::default() };
        assert!(context.store.documents(owner, kind, &selection).await.unwrap().is_empty());
    }
}
