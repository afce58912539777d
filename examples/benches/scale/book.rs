//! A book of a given size, made where it isn't yet.

use std::sync::Arc;
use std::time::Instant;

use khata_conformance::sample;
use khata_core::calendar::Date;
use khata_core::customer::NewCustomer;
use khata_core::id::{CustomerId, EntryId, OwnerId};
use khata_core::invoice::NewInvoice;
use khata_core::money::Money;
use khata_core::phone::MobileNumber;
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::store::Store;
use khata_core::testing::Command;
use khata_core::{Khata, Shop};

/// How many entries there are of each customer: invoices, and as many receipts, by turns.
const ENTRIES: u64 = 100;

/// How many days lie between two entries of a customer.
const DAYS: u64 = 10;

/// The first day of the book; the last is in November 2026.
const FIRST: &str = "2024-03-01";

/// How many postings go into a transaction.
const BATCH: usize = 1000;

/// A shop with its customers.
pub(crate) struct Book {
    pub(crate) shop: Shop,
    customers: Vec<CustomerId>,
}

impl Book {
    /// The book with so many customers in this store, made or finished if need be.
    pub(crate) async fn of(store: Arc<dyn Store>, customers: u64) -> Self {
        let since = Instant::now();
        let (owner, seq) = match store.owners(None, 1).await.expect("shops").pop() {
            Some(head) => (head.owner.id, head.seq),
            None => (found(&*store, customers).await, 0),
        };
        let ids = ids(&*store, owner).await;
        assert_eq!(
            ids.len() as u64,
            customers,
            "the book was given up when its customers were added; delete it"
        );
        let commands = (seq..customers * ENTRIES).map(|number| posting(&ids, number));
        carry_out(&*store, owner, commands).await;
        if seq < customers * ENTRIES {
            println!("{} entries made in {:.0?}", customers * ENTRIES - seq, since.elapsed());
        }
        Self { shop: Khata::new(store).shop(owner).await.expect("the shop"), customers: ids }
    }

    /// A customer, another one each time, from all over the book.
    pub(crate) fn customer(&self, at: usize) -> CustomerId {
        self.customers[at * 7919 % self.customers.len()]
    }
}

/// The mobile number of that customer.
pub(crate) fn mobile(number: u64) -> MobileNumber {
    MobileNumber::parse(&(9_000_000_000 + number * 7919).to_string()).expect("a mobile number")
}

/// Makes the shop and its customers.
async fn found(store: &dyn Store, customers: u64) -> OwnerId {
    let head = sample::head(0);
    store.create_owner(&head, "no password").await.expect("a new shop");
    let adding = (0..customers).map(|number| {
        let new = NewCustomer::new(format!("Customer {number}"), mobile(number));
        let new = Box::new(new.expect("a name"));
        Command::AddCustomer { id: CustomerId::generate(), opening: EntryId::generate(), new }
    });
    carry_out(store, head.owner.id, adding).await;
    head.owner.id
}

/// Every customer, in the order of their ids.
async fn ids(store: &dyn Store, owner: OwnerId) -> Vec<CustomerId> {
    let mut ids: Vec<CustomerId> = Vec::new();
    loop {
        let page = store.all_customers(owner, ids.last().copied(), 500).await.expect("customers");
        if page.is_empty() {
            return ids;
        }
        ids.extend(page.into_iter().map(|customer| customer.id));
    }
}

/// The posting of that number: every customer's first, then every customer's second, and so on. What a customer gets on
/// credit is paid but for a twentieth.
fn posting(customers: &[CustomerId], number: u64) -> Command {
    let count = customers.len() as u64;
    let (round, customer) = (number / count, customers[usize::try_from(number % count).expect("an index")]);
    let first = Date::parse(FIRST).expect("a date");
    let date = first.plus_days((round * DAYS).cast_signed()).expect("a date");
    // Not the same of each, so that they can be sorted by what they owe.
    let amount = 100_000 + (number % count * 7919 % count * 20).cast_signed();
    let new = if round.is_multiple_of(2) {
        NewInvoice::new(customer, date, Money::from_minor(amount)).into()
    } else {
        NewReceipt::new(customer, date, Money::from_minor(amount / 20 * 19), PaymentType::Upi).into()
    };
    Command::Post { id: EntryId::generate(), new: Box::new(new) }
}

async fn carry_out(store: &dyn Store, owner: OwnerId, commands: impl Iterator<Item = Command>) {
    let mut commands = commands.peekable();
    while commands.peek().is_some() {
        let job = sample::job(owner, commands.by_ref().take(BATCH));
        let outcomes = store.transact(&job, sample::soon()).await.expect("a commit");
        outcomes.into_iter().for_each(|outcome| drop(outcome.expect("a posting")));
    }
}
