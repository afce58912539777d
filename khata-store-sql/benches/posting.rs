//! What group commit is worth: entries per second by one caller and by many, with every commit on the disk; and what
//! a page of customers costs.
//!
//! `cargo bench -p khata-store-sql --all-features`, with `KHATA_TEST_POSTGRES_URL` for PostgreSQL too. Without
//! `--bench`, as in `cargo test --benches`, it only shows that it runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use khata_core::calendar::{Date, TimeZone, Timestamp};
use khata_core::counters::Counters;
use khata_core::customer::NewCustomer;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::invoice::NewInvoice;
use khata_core::ledger::genesis_hash;
use khata_core::money::{Currency, Money};
use khata_core::owner::Owner;
use khata_core::phone::MobileNumber;
use khata_core::receipt::{NewReceipt, PaymentType};
use khata_core::shop::CustomerFilter;
use khata_core::store::{CustomerOrder, Head, MemoryStore, Store};
use khata_core::text::Name;
use khata_core::{Khata, Shop};
use khata_store_sql::SqliteStore;
use tokio::task::JoinSet;

/// How many callers post at once.
const CALLERS: [usize; 3] = [1, 64, 256];

/// How much of everything.
#[derive(Clone, Copy)]
struct Size {
    customers: u64,
    /// How many of them buy and pay in a shop of the usual size.
    customers_active: usize,
    time: Duration,
}

#[tokio::main]
async fn main() {
    let measured = std::env::args().any(|argument| argument == "--bench");
    let size = if measured {
        Size { customers: 10_000, customers_active: 300, time: Duration::from_secs(5) }
    } else {
        Size { customers: 10, customers_active: 3, time: Duration::ZERO }
    };
    let folder = tempfile::TempDir::new().expect("a folder for the database");
    let url = format!("sqlite://{}", folder.path().join("khata.db").display());
    let sqlite = SqliteStore::open(&url).await.expect("a new database");
    report("sqlite", Arc::new(sqlite), size).await;
    report("memory", Arc::new(MemoryStore::default()), size).await;
    // Only where there is a server, since a bench is not a test.
    #[cfg(all(feature = "postgres", feature = "conformance"))]
    if std::env::var_os(khata_store_sql::conformance::SERVER).is_some() {
        let fresh = khata_store_sql::conformance::PostgresFixture.fresh_url().await;
        let postgres = khata_store_sql::PostgresStore::open(fresh.as_str()).await.expect("a new schema");
        report("postgres", Arc::new(postgres), size).await;
        fresh.delete().await;
    }
}

async fn report(name: &str, store: Arc<dyn Store>, size: Size) {
    let shop = shop(store).await;
    let customers = customers(&shop, size).await;
    // What a commit costs beside its wait for the disk is the pages that it changes, and these grow with the customers.
    for active in [size.customers_active, customers.len()] {
        let mut alone = None;
        for callers in CALLERS {
            let rate = posting_rate(&shop, &customers[..active], callers, size.time).await;
            let tenfold = rate * 10 / (*alone.get_or_insert(rate)).max(1);
            let (times, tenths) = (tenfold / 10, tenfold % 10);
            println!(
                "{name}: {callers:>3} callers, {active} customers: {rate:>6} entries/s, {times}.{tenths}x"
            );
        }
    }
    for (what, filter) in [
        ("recent", CustomerFilter::default()),
        ("by name", CustomerFilter { order: CustomerOrder::Name, ..CustomerFilter::default() }),
        ("found by `cus 77`", CustomerFilter { search: Some("cus 77".into()), ..CustomerFilter::default() }),
        ("found by `9`", CustomerFilter { search: Some("9".into()), ..CustomerFilter::default() }),
    ] {
        let since = Instant::now();
        let mut pages = 0;
        while pages == 0 || since.elapsed() < size.time / 5 {
            shop.customers(&filter).await.expect("a page of customers");
            pages += 1;
        }
        println!("{name}: customers {what}: {:?} a page", since.elapsed() / pages);
    }
}

/// Entries per second by so many callers, each of whom waits for the answer before asking again.
async fn posting_rate(shop: &Shop, customers: &[CustomerId], callers: usize, time: Duration) -> u128 {
    let since = Instant::now();
    let mut running = JoinSet::new();
    for caller in 0..callers {
        let (shop, customers) = (shop.clone(), customers.to_vec());
        running.spawn(async move {
            let mut posted = 0_u128;
            let mut customers = customers.iter().cycle().skip(caller * 97);
            while posted < 2 || since.elapsed() < time {
                post(&shop, *customers.next().expect("customers without end"), posted.is_multiple_of(2))
                    .await;
                posted += 1;
            }
            posted
        });
    }
    let posted: u128 = running.join_all().await.into_iter().sum();
    posted * 1000 / since.elapsed().as_millis().max(1)
}

/// An invoice or a receipt, in turns.
async fn post(shop: &Shop, customer: CustomerId, invoice: bool) {
    let date = Date::parse("2026-11-24").expect("a date");
    let amount = Money::from_minor(118_050);
    if invoice {
        shop.add_invoice(NewInvoice::new(customer, date, amount)).await.expect("an invoice");
    } else {
        shop.add_receipt(NewReceipt::new(customer, date, amount, PaymentType::Upi)).await.expect("a receipt");
    }
}

async fn shop(store: Arc<dyn Store>) -> Shop {
    let now = Timestamp::now();
    let name = |text| Name::parse(text).expect("a name");
    let owner = Owner {
        id: OwnerId::generate(),
        shop_name: name("Sharma General Store"),
        proprietor_name: name("Asha Sharma"),
        mobile: mobile(0),
        gst_number: None,
        state: None,
        currency: Currency::INR,
        time_zone: TimeZone::KOLKATA,
        upi_id: None,
        locked_until: None,
        numberings: None,
        created_at: now,
        updated_at: now,
        revision: 1,
    };
    let hash = genesis_hash(owner.id, owner.currency, owner.time_zone);
    let head =
        Head { owner, password_version: 1, seq: 0, hash, recorded_at: now, counters: Counters::default() };
    store.create_owner(&head, "no password").await.expect("a new owner");
    Khata::new(store).shop(head.owner.id).await.expect("the shop")
}

async fn customers(shop: &Shop, size: Size) -> Vec<CustomerId> {
    let mut adding = JoinSet::new();
    for number in 0..size.customers {
        let shop = shop.clone();
        let name = Name::parse(&format!("Customer {}", number * 7919 % size.customers)).expect("a name");
        adding.spawn(async move { shop.add_customer(NewCustomer::new(name, mobile(number))?).await });
    }
    adding.join_all().await.into_iter().map(|added| added.expect("a customer").id).collect()
}

fn mobile(number: u64) -> MobileNumber {
    MobileNumber::parse(&(9_000_000_000 + number).to_string()).expect("a mobile number")
}
