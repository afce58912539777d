//! Lists in pages over a store: what stays put is neither repeated nor missed, whatever moves meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use khata_core::customer::CustomerUpdate;
use khata_core::error::Error;
use khata_core::id::{CustomerId, InvoiceId};
use khata_core::invoice::{InvoiceStatus, NewInvoice};
use khata_core::page::{Limit, Page};
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::shop::{CustomerFilter, DocumentFilter, Shop};
use khata_core::store::CustomerOrder;

use super::context::{TestContext, assert_fails, day, name, new_customer, paise, with};
use super::suite;

suite! {
    a_page_that_is_exactly_full_is_the_last,
    one_more_makes_another_page,
    pages_of_customers_neither_repeat_nor_miss_what_stays,
    pages_of_found_customers_keep_their_search,
    pages_of_invoices_neither_repeat_nor_miss_what_stays,
    pages_of_a_filter_keep_to_it,
    the_feed_of_entries_has_no_gap,
    a_customer_without_documents_has_an_empty_page,
}

const ORDERS: [CustomerOrder; 3] = [CustomerOrder::Recent, CustomerOrder::Name, CustomerOrder::Balance];

fn limit(rows: u16) -> Limit {
    Limit::new(rows).expect("it is from 1 to 500")
}

async fn add(shop: &Shop, n: u32) -> CustomerId {
    let new = new_customer(&format!("Customer {n:02}"), n);
    shop.add_customer(new).await.unwrap().id
}

async fn invoice(shop: &Shop, customer: CustomerId, n: i64) -> InvoiceId {
    shop.add_invoice(NewInvoice::new(customer, day(n), paise(100 + n))).await.unwrap().id
}

/// A shop with that many customers, each of whom owes something else.
async fn shop(context: &TestContext, count: u32) -> (Shop, Vec<CustomerId>) {
    let shop = context.shop(1).await;
    let mut customers = Vec::new();
    for n in 0..count {
        let customer = add(&shop, n).await;
        invoice(&shop, customer, i64::from(n * 7 % count)).await;
        customers.push(customer);
    }
    (shop, customers)
}

async fn a_page_that_is_exactly_full_is_the_last(context: TestContext) {
    let (shop, customers) = shop(&context, 4).await;
    for order in ORDERS {
        let filter = CustomerFilter { order, limit: limit(4), ..CustomerFilter::default() };
        let page = shop.customers(&filter).await.unwrap();
        assert_eq!((page.items.len(), page.next), (4, None), "{order:?}");
    }
    let filter = DocumentFilter { limit: limit(4), ..DocumentFilter::default() };
    let page = shop.invoices(&filter).await.unwrap();
    assert_eq!((page.items.len(), page.next), (4, None));
    let one = DocumentFilter { customer: Some(customers[0]), limit: limit(1), ..DocumentFilter::default() };
    assert_eq!(shop.invoices(&one).await.unwrap().next, None);
}

async fn one_more_makes_another_page(context: TestContext) {
    let (shop, _) = shop(&context, 5).await;
    for order in ORDERS {
        let filter = CustomerFilter { order, limit: limit(4), ..CustomerFilter::default() };
        let first = shop.customers(&filter).await.unwrap();
        let last = shop.customers(&CustomerFilter { after: first.next, ..filter }).await.unwrap();
        assert_eq!((first.items.len(), last.items.len(), last.next), (4, 1, None), "{order:?}");
    }
    let filter = DocumentFilter { limit: limit(4), ..DocumentFilter::default() };
    let first = shop.invoices(&filter).await.unwrap();
    let last = shop.invoices(&DocumentFilter { before: first.next, ..filter }).await.unwrap();
    assert_eq!((first.items.len(), last.items.len(), last.next), (4, 1, None));
}

/// How often each customer is seen on pages of three, while something is done between any two.
async fn seen<F: Future<Output = ()>>(
    shop: &Shop,
    mut filter: CustomerFilter,
    between: impl Fn(usize) -> F,
) -> BTreeMap<CustomerId, usize> {
    filter.limit = limit(3);
    let mut seen = BTreeMap::new();
    for n in 0.. {
        let Page { items, next } = shop.customers(&filter).await.unwrap();
        assert!(items.len() == 3 || next.is_none(), "only the last page is short");
        for customer in items {
            *seen.entry(customer.id).or_default() += 1;
        }
        let Some(next) = next else { break };
        filter.after = Some(next);
        between(n).await;
    }
    seen
}

async fn pages_of_customers_neither_repeat_nor_miss_what_stays(context: TestContext) {
    for (n, order) in (1..).zip(ORDERS) {
        let shop = context.shop(n).await;
        let mut customers = Vec::new();
        for n in 0..14_u32 {
            let customer = add(&shop, n).await;
            invoice(&shop, customer, i64::from(n * 5 % 14)).await;
            customers.push(customer);
        }
        // Between pages one moves to the front, one to the back, one is archived, one comes.
        let movers = &customers[..4];
        let between = async |at: usize| {
            let rename =
                |text: &str| with(CustomerUpdate::default(), |update| update.name = Some(name(text)));
            shop.add_invoice(NewInvoice::new(movers[0], day(0), paise(10_000))).await.unwrap();
            shop.add_receipt(NewReceipt::new(movers[1], day(0), paise(10_000), PaymentType::Upi))
                .await
                .unwrap();
            shop.update_customer(movers[0], rename(&format!("A {at}")), None).await.unwrap();
            shop.update_customer(movers[1], rename(&format!("Z {at}")), None).await.unwrap();
            if at == 0 {
                let owed = shop.customer(movers[2]).await.unwrap().balance();
                shop.add_receipt(NewReceipt::new(movers[2], day(0), owed, PaymentType::Upi)).await.unwrap();
                shop.remove_customer(movers[2], None).await.unwrap();
            }
            add(&shop, 100 + u32::try_from(at).unwrap()).await;
        };
        let filter = CustomerFilter { order, ..CustomerFilter::default() };
        let seen = seen(&shop, filter, between).await;
        for stays in &customers[4..] {
            assert_eq!(seen.get(stays), Some(&1), "{order:?}: {stays} stays where it is");
        }
    }
}

async fn pages_of_found_customers_keep_their_search(context: TestContext) {
    let (shop, customers) = shop(&context, 11).await;
    let rename = with(CustomerUpdate::default(), |update| update.name = Some(name("Nobody")));
    shop.update_customer(customers[5], rename, None).await.unwrap();
    for order in ORDERS {
        let search = Some("cust".to_owned());
        let filter = CustomerFilter { search, order, ..CustomerFilter::default() };
        let seen = seen(&shop, filter, |_| std::future::ready(())).await;
        let expected = customers.iter().filter(|id| **id != customers[5]).map(|id| (*id, 1)).collect();
        assert_eq!(seen, expected, "{order:?}");
    }
}

/// The invoices on pages of three, while something is done between any two.
async fn invoices<F: Future<Output = ()>>(
    shop: &Shop,
    mut filter: DocumentFilter,
    between: impl Fn() -> F,
) -> Vec<InvoiceId> {
    filter.limit = limit(3);
    let mut seen = Vec::new();
    loop {
        let Page { items, next } = shop.invoices(&filter).await.unwrap();
        seen.extend(items.iter().map(|invoice| invoice.id));
        let Some(next) = next else { return seen };
        filter.before = Some(next);
        between().await;
    }
}

async fn pages_of_invoices_neither_repeat_nor_miss_what_stays(context: TestContext) {
    let (shop, customers) = shop(&context, 10).await;
    let page = shop.invoices(&DocumentFilter::default()).await.unwrap();
    let expected: Vec<_> = page.items.iter().map(|invoice| invoice.id).collect();
    let between = async || {
        invoice(&shop, customers[3], 0).await;
    };
    assert_eq!(invoices(&shop, DocumentFilter::default(), between).await, expected, "new ones come before");
}

async fn pages_of_a_filter_keep_to_it(context: TestContext) {
    let shop = context.shop(1).await;
    let (one, two) = (add(&shop, 1).await, add(&shop, 2).await);
    let mut expected = Vec::new();
    for n in 0..24 {
        let customer = if n % 3 == 0 { two } else { one };
        let id = invoice(&shop, customer, n).await;
        if customer == one && (5..20).contains(&n) {
            expected.push(id);
        }
    }
    expected.reverse();
    let status = Some(InvoiceStatus::Unpaid);
    let (from, to) = (Some(day(5)), Some(day(19)));
    let filter = DocumentFilter { customer: Some(one), from, to, status, ..DocumentFilter::default() };
    let between = async || {
        invoice(&shop, two, 9).await;
    };
    assert_eq!(invoices(&shop, filter, between).await, expected);
}

async fn the_feed_of_entries_has_no_gap(context: TestContext) {
    let (shop, customers) = shop(&context, 10).await;
    let (mut seen, mut ids) = (0, BTreeSet::new());
    for page in 0.. {
        let entries = shop.entries(seen, limit(4)).await.unwrap();
        for entry in &entries {
            seen += 1;
            assert_eq!(entry.seq, seen, "in order and without a gap");
            assert!(ids.insert(entry.id), "none twice");
        }
        if entries.is_empty() {
            break;
        }
        if page < 5 {
            invoice(&shop, customers[0], 0).await;
        }
    }
    assert_eq!(seen, context.store.head(shop.id()).await.unwrap().seq, "and to the end");
}

async fn a_customer_without_documents_has_an_empty_page(context: TestContext) {
    let shop = context.shop(1).await;
    let known = add(&shop, 1).await;
    let of = |customer| DocumentFilter { customer: Some(customer), ..DocumentFilter::default() };
    assert_eq!(shop.invoices(&of(known)).await.unwrap(), Page { items: vec![], next: None });
    assert_eq!(shop.receipts(&of(known)).await.unwrap(), Page { items: vec![], next: None });
    assert_fails!(shop.invoices(&of(CustomerId::generate())).await, Error::NotFound);
}
