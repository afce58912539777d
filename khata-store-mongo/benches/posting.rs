//! Entries per second and the time of one posting, by one caller and by many, in one shop and in many; and what a receipt
//! costs where many invoices are open.
//!
//! `cargo bench -p khata-store-mongo --all-features`, with `KHATA_TEST_MONGODB_URL` naming a durable server. With
//! `KHATA_BENCH_PID`, the id of its process, the processor time of the server is shown too. Without `--bench`, as in
//! `cargo test --benches`, it only shows that it runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use khata_conformance::sample::head;
use khata_core::calendar::Date;
use khata_core::customer::NewCustomer;
use khata_core::id::CustomerId;
use khata_core::invoice::NewInvoice;
use khata_core::money::Money;
use khata_core::phone::MobileNumber;
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::store::OwnerRepository as _;
use khata_core::text::Name;
use khata_core::{Khata, Shop};
use khata_store_mongo::MongoStore;
use khata_store_mongo::conformance::{MongoFixture, SERVER};
use tokio::task::JoinSet;

/// How many callers post at once.
const CALLERS: usize = 64;

/// How much of everything.
#[derive(Clone, Copy)]
struct Size {
    customers: u64,
    /// How many invoices a customer has open, for the receipts.
    open: [usize; 3],
    time: Duration,
}

/// A shop and its customers.
#[derive(Clone)]
struct Book {
    shop: Shop,
    customers: Arc<Vec<CustomerId>>,
}

#[tokio::main]
async fn main() {
    // Only where there is a server, since a bench is not a test.
    if std::env::var_os(SERVER).is_none() {
        return;
    }
    let size = if std::env::args().any(|argument| argument == "--bench") {
        Size { customers: 300, open: [10, 500, 2_350], time: Duration::from_secs(5) }
    } else {
        Size { customers: 3, open: [1, 2, 3], time: Duration::ZERO }
    };
    let fresh = MongoFixture.fresh_url();
    let store = Arc::new(MongoStore::open(fresh.as_str()).await.expect("a new database"));
    let khata = Khata::new(store.clone());
    let mut books = Vec::new();
    for number in 0..64 {
        let head = head(number);
        store.create_owner(&head, "no password").await.expect("a new owner");
        let shop = khata.shop(head.owner.id).await.expect("the shop");
        let count = if number == 0 { size.customers } else { size.customers / 10 };
        books.push(Book { customers: Arc::new(customers(&shop, 0..count).await), shop });
    }
    measure("one shop", &books[..1], CALLERS, size.time, Posting::Invoice).await;
    measure("64 shops", &books, CALLERS, size.time, Posting::Invoice).await;
    measure("one shop, one caller", &books[..1], 1, size.time, Posting::Invoice).await;
    measure("one shop, receipts", &books[..1], CALLERS, size.time, Posting::Receipt).await;
    receipts(&books[1], size).await;
    fresh.delete().await;
}

/// Receipts of customers who have so many invoices open, each paying one.
async fn receipts(book: &Book, size: Size) {
    for (at, open) in (1..).zip(size.open) {
        let first = at * 1_000_000;
        let customers = customers(&book.shop, first..first + 20).await;
        let book = Book { shop: book.shop.clone(), customers: Arc::new(customers) };
        let mut filling = JoinSet::new();
        for customer in book.customers.iter().copied() {
            let shop = book.shop.clone();
            filling.spawn(async move {
                for _ in 0..open {
                    Posting::Invoice.post(&shop, customer).await;
                }
            });
        }
        filling.join_all().await;
        // So few that the invoices do not run out.
        let time = size.time.min(Duration::from_secs(2));
        measure(&format!("receipts, {open} open each"), &[book], CALLERS, time, Posting::Receipt).await;
    }
}

/// What is posted.
#[derive(Clone, Copy)]
enum Posting {
    Invoice,
    Receipt,
}

impl Posting {
    async fn post(self, shop: &Shop, customer: CustomerId) {
        let date = Date::parse("2026-11-24").expect("a date");
        let amount = Money::from_minor(118_050);
        match self {
            Self::Invoice => {
                shop.add_invoice(NewInvoice::new(customer, date, amount)).await.expect("an invoice");
            }
            Self::Receipt => {
                let new = NewReceipt::new(customer, date, amount, PaymentType::Upi);
                shop.add_receipt(new).await.expect("a receipt");
            }
        }
    }
}

/// Posts by so many callers, each of whom waits for the answer before asking again, and shows what came of it.
async fn measure(what: &str, books: &[Book], callers: usize, time: Duration, posting: Posting) {
    let (since, before) = (Instant::now(), server_time());
    let mut running = JoinSet::new();
    for caller in 0..callers {
        let book = books[caller % books.len()].clone();
        running.spawn(async move {
            let mut took = Vec::new();
            let mut customers = book.customers.iter().cycle().skip(caller * 97);
            while took.is_empty() || since.elapsed() < time {
                let begun = Instant::now();
                posting.post(&book.shop, *customers.next().expect("customers without end")).await;
                took.push(begun.elapsed());
            }
            took
        });
    }
    let mut took: Vec<_> = running.join_all().await.into_iter().flatten().collect();
    let elapsed = since.elapsed();
    took.sort_unstable();
    let (count, median) = (took.len() as u128, took[took.len() / 2]);
    let rate = count * 1_000_000 / elapsed.as_micros().max(1);
    let server = server_time().zip(before).map(|(now, before)| (now - before).as_micros() / count);
    let server = server.map(|each| format!(", {each} us of the server each")).unwrap_or_default();
    println!("{what}: {rate}/s, median {median:?}{server}");
}

/// Processor time that the server has used.
fn server_time() -> Option<Duration> {
    let stat =
        std::fs::read_to_string(format!("/proc/{}/stat", std::env::var("KHATA_BENCH_PID").ok()?)).ok()?;
    let ticks =
        stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().ok());
    // The kernel counts in hundredths of a second wherever Khata runs.
    Some(Duration::from_millis(ticks.sum::<Option<u64>>()? * 10))
}

async fn customers(shop: &Shop, numbers: std::ops::Range<u64>) -> Vec<CustomerId> {
    let mut adding = JoinSet::new();
    for number in numbers {
        let shop = shop.clone();
        let name = Name::parse(&format!("Customer {number}")).expect("a name");
        let mobile = MobileNumber::parse(&(9_000_000_000 + number).to_string()).expect("a mobile number");
        adding.spawn(async move { shop.add_customer(NewCustomer::new(name, mobile)?).await });
    }
    adding.join_all().await.into_iter().map(|added| added.expect("a customer").id).collect()
}
