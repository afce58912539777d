//! Shops that many callers post in at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use khata_conformance::sample;
use khata_core::calendar::Date;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::invoice::NewInvoice;
use khata_core::money::Money;
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::store::{Head, Store};
use khata_core::{Khata, Shop};
use tokio::task::JoinSet;

/// How many customers a shop has.
const CUSTOMERS: u64 = 16;

/// Shops with a few customers each, the same wherever they are founded.
#[derive(Debug, Clone)]
pub(super) struct Shops {
    shops: Vec<(Head, Vec<CustomerId>)>,
}

impl Shops {
    /// So many, that are nowhere yet.
    pub(super) fn new(count: u64) -> Self {
        let shop = |number| {
            (sample::head(number), (0..CUSTOMERS).map(|_| CustomerId::generate()).collect::<Vec<_>>())
        };
        Self { shops: (0..count).map(shop).collect() }
    }

    /// Which they are.
    pub(super) fn ids(&self) -> impl Iterator<Item = OwnerId> {
        self.shops.iter().map(|(head, _)| head.owner.id)
    }

    /// Founds them in a store, with their customers and without an entry.
    ///
    /// # Panics
    /// If that fails.
    pub(super) async fn found(&self, store: &dyn Store) {
        for (head, customers) in &self.shops {
            store.create_owner(head, "no password").await.expect("a new shop");
            let adding = (0..).zip(customers).map(|(number, id)| sample::adding(*id, number));
            let outcomes = store.transact(&sample::job(head.owner.id, adding), sample::soon()).await;
            outcomes.expect("an answer").into_iter().for_each(|outcome| drop(outcome.expect("a customer")));
        }
    }

    /// Posts for so long, one caller to a shop, each of whom waits for the answer before asking again. Tells how many
    /// entries there are of it.
    ///
    /// # Panics
    /// If a posting fails.
    pub(super) async fn post(&self, store: &Arc<dyn Store>, time: Duration) -> u64 {
        let khata = Khata::new(store.clone());
        let since = Instant::now();
        let mut callers = JoinSet::new();
        for (head, customers) in &self.shops {
            let shop = khata.shop(head.owner.id).await.expect("the shop");
            let customers = customers.clone();
            callers.spawn(async move {
                let mut posted = 0;
                for customer in customers.into_iter().cycle() {
                    invoice_and_receipt(&shop, customer).await;
                    posted += 2;
                    if since.elapsed() >= time {
                        break;
                    }
                }
                posted
            });
        }
        callers.join_all().await.into_iter().sum()
    }
}

/// Goods on credit, paid in full.
async fn invoice_and_receipt(shop: &Shop, customer: CustomerId) {
    let date = Date::parse("2026-11-24").expect("a date");
    let amount = Money::from_minor(118_050);
    shop.add_invoice(NewInvoice::new(customer, date, amount)).await.expect("an invoice");
    shop.add_receipt(NewReceipt::new(customer, date, amount, PaymentType::Upi)).await.expect("a receipt");
}
