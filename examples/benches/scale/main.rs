//! What things cost in a large book, and in one of a hundredth the size: 1,000,000 entries of 10,000 customers beside
//! 10,000 entries of 100, each in a database of its own.
//!
//! The books are made once, in some minutes, and kept: SQLite's under `target/tmp`, the others on their servers. Calls
//! of the two take turns, so that what else the machine does meets both; what is told is the median of each. At the end
//! each book is exported whole.
//!
//! `cargo bench -p examples --bench scale`, with `KHATA_TEST_POSTGRES_URL` and `KHATA_TEST_MONGODB_URL` for those servers
//! too. `KHATA_TEST_STORES=sqlite` and the like names fewer.

mod book;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use book::Book;
use khata_conformance::servers::is_wanted;
use khata_core::Error;
use khata_core::calendar::Date;
use khata_core::export::{Format, Table};
use khata_core::number::DocumentKind;
use khata_core::shop::{CustomerFilter, StatementFilter};
use khata_core::store::{CustomerOrder, Store};
use khata_store_mongo::MongoStore;
use khata_store_mongo::conformance::MongoFixture;
use khata_store_sql::conformance::PostgresFixture;
use khata_store_sql::{PostgresStore, SqliteStore};

/// How many customers the smaller and the larger book have, in earnest and for show.
const CUSTOMERS: [u64; 2] = [100, 10_000];
const CUSTOMERS_FOR_SHOW: [u64; 2] = [2, 20];

/// How often each thing is done in each book.
const TIMES: usize = 200;

/// How often a report on the whole shop is made.
const REPORTS: usize = 5;

#[tokio::main]
async fn main() {
    let customers = if is_measured() { CUSTOMERS } else { CUSTOMERS_FOR_SHOW };
    let set = |variable| std::env::var_os(variable).is_some();
    if is_wanted("sqlite") {
        let stores = customers.map(open_sqlite);
        let [small, large] = stores;
        measure("sqlite", [small.await, large.await], customers).await;
    }
    if is_wanted("postgres") && set(khata_store_sql::conformance::SERVER) {
        let [small, large] = customers.map(open_postgres);
        measure("postgres", [small.await, large.await], customers).await;
    }
    if is_wanted("mongo") && set(khata_store_mongo::conformance::SERVER) {
        let [small, large] = customers.map(open_mongo);
        measure("mongo", [small.await, large.await], customers).await;
    }
}

/// What a book's database is called.
fn name(customers: u64) -> String {
    format!("khata_scale_{customers}")
}

async fn open_sqlite(customers: u64) -> Arc<dyn Store> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(folder).expect("a folder for the books");
    let file = folder.join(format!("{}.db", name(customers)));
    Arc::new(SqliteStore::open(&format!("sqlite://{}", file.display())).await.expect("a database"))
}

async fn open_postgres(customers: u64) -> Arc<dyn Store> {
    let url = PostgresFixture.url_of(&name(customers)).await;
    Arc::new(PostgresStore::open(&url).await.expect("a database"))
}

async fn open_mongo(customers: u64) -> Arc<dyn Store> {
    let url = MongoFixture.url_of(&name(customers));
    Arc::new(MongoStore::open(&url).await.expect("a database"))
}

async fn measure(store: &str, stores: [Arc<dyn Store>; 2], customers: [u64; 2]) {
    let [small, large] = stores;
    let books = [Book::of(small, customers[0]).await, Book::of(large, customers[1]).await];
    macro_rules! compare {
        ($what:literal, $times:expr, |$book:ident, $at:ident| $call:expr) => {{
            let mut times = [Vec::new(), Vec::new()];
            for $at in 0..$times {
                for ($book, times) in books.iter().zip(&mut times) {
                    let since = Instant::now();
                    times.push($call.await.map(|_| since.elapsed()));
                }
            }
            report(store, $what, times.map(|times| times.into_iter().collect::<Result<Vec<_>, _>>()));
        }};
    }
    let from = Date::parse("2026-01-01").expect("a date");
    let long_ago = Date::parse("2024-12-31").expect("a date");
    let statement = StatementFilter { from: Some(from), ..StatementFilter::default() };
    let richest = CustomerFilter { order: CustomerOrder::Balance, ..CustomerFilter::default() };
    let search = |words: String| CustomerFilter { search: Some(words), ..CustomerFilter::default() };
    compare!("a balance", TIMES, |book, at| book.shop.balance(book.customer(at), None));
    compare!("a balance long ago", TIMES, |book, at| book.shop.balance(book.customer(at), Some(long_ago)));
    compare!("a page of a statement", TIMES, |book, at| book.shop.statement(book.customer(at), &statement));
    compare!("a page of customers by balance", TIMES, |book, _at| book.shop.customers(&richest));
    compare!("a search that finds one", TIMES, |book, at| book
        .shop
        .customers(&search(book::mobile(at as u64 % 100).to_string())));
    compare!("a search that finds everybody", TIMES, |book, _at| book.shop.customers(&search("cus".into())));
    compare!("ageing of the shop", REPORTS, |book, _at| book.shop.ageing(None));
    compare!("ageing of the shop long ago", REPORTS, |book, _at| book.shop.ageing(Some(long_ago)));
    compare!("the summary", REPORTS, |book, _at| book.shop.summary());
    for format in [
        Format::JsonLines,
        Format::Csv(Table::Documents(DocumentKind::Invoice)),
        Format::Hledger,
        Format::Beancount,
    ] {
        for book in &books {
            report_export(store, book, format).await;
        }
    }
}

/// Tells how fast a book is written, to nowhere.
async fn report_export(store: &str, book: &Book, format: Format) {
    let since = Instant::now();
    let mut export = book.shop.export(format).await.expect("the book's head");
    let mut bytes = 0;
    while let Some(chunk) = export.next_chunk().await.expect("the book") {
        bytes += chunk.len();
    }
    let (entries, time) = (export.seq(), since.elapsed());
    let rate = u128::from(entries) * 1000 / time.as_millis().max(1);
    println!("{store}: export as {}: {entries} entries, {bytes} bytes, {rate} entries/s", format.file_name());
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Tells the medians, or what there was instead of an answer: a store may give up what takes too long.
fn report(store: &str, what: &str, [small, large]: [Result<Vec<Duration>, Error>; 2]) {
    let [small, large] = match (small, large) {
        (Ok(small), Ok(large)) => [small, large].map(median),
        (Err(error), _) | (_, Err(error)) => return println!("{store}: {what}: {error}"),
    };
    let tenfold = large.as_micros() * 10 / small.as_micros().max(1);
    let (times, tenths) = (tenfold / 10, tenfold % 10);
    println!(
        "{store}: {what}: {small:.1?} in the small book, {large:.1?} in the large one, {times}.{tenths}x"
    );
}

/// Whether the bench is to measure, as `cargo bench` has it. Otherwise it only shows that it runs.
fn is_measured() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}
