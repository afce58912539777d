//! `khata demo`: fills a book with a shop to look at, the same each time but for the dates, which end today.

mod people;
mod random;
mod regions;
mod trade;

use std::time::Instant;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use indicatif::ProgressBar;
use khata_core::calendar::Date;
use khata_core::customer::CustomerView;
use khata_core::error::Refusal;
use khata_core::{Khata, Shop};
use khata_open::{Database, OpenError, Place};

use self::people::Person;
use self::random::Random;
use self::trade::DemoDocument;
use super::args::DemoArgs;
use super::{print, progress};

/// How many postings are under way at once: two of the poster's batches, so that one fills while the other commits.
const POSTINGS_UNDER_WAY: usize = 512;

/// How long the book has been kept.
const DAYS: i64 = 365;

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// It would be gone at once.
    #[error("a demo in memory would be lost on exit; use a file, such as --database sqlite://demo.db")]
    InMemory,
    /// It was run before.
    #[error(
        "the demo's owner ({}) is in {database} already, so nothing was changed; name another database, such as \
         --database sqlite://demo.db",
        people::MOBILE
    )]
    Exists {
        /// Where.
        database: String,
    },
    /// The book refuses.
    #[error("the demo can't be written; what is there of it stays")]
    Book(#[from] khata_core::Error),
}

/// Fills a book, and tells how to look at it.
///
/// # Errors
/// [`Error`].
pub(super) async fn run(args: &DemoArgs) -> Result<(), Error> {
    let database = Database::open(&args.database.url).await?;
    let told = demonstrate(&database, args).await;
    database.close().await;
    print(&told?);
    Ok(())
}

async fn demonstrate(database: &Database, args: &DemoArgs) -> Result<String, Error> {
    let place = match database.place() {
        Place::Memory => return Err(Error::InMemory),
        place => place.to_string(),
    };
    // The URL of a server may hold a password.
    let at = if database.place().file().is_some() { &args.database.url } else { &place };
    let khata = Khata::new(database.store());
    let owner = match khata.register(people::owner()).await {
        Err(khata_core::Error::Refused(Refusal::MobileTaken(_))) => {
            return Err(Error::Exists { database: place });
        }
        registered => registered?,
    };
    let shop = khata.shop(owner.id).await?;
    let since = Instant::now();
    let Filled { customers, openings, invoices, receipts } = fill(&shop, args.customers).await?;
    let millis = since.elapsed().as_millis().max(1);
    let entries_per_second = u128::from(openings + invoices + receipts) * 1000 / millis;
    Ok(format!(
        "Filled {place} with the book of {shop}:\n  \
         {customers} customers, {openings} opening balances, {invoices} invoices, {receipts} receipts\n  \
         in {millis} ms ({entries_per_second} entries a second)\n\
         Log in with mobile number {mobile} and password {password}\n\
         once the server runs:  khata --database '{at}'",
        shop = owner.shop_name,
        mobile = people::MOBILE,
        password = people::PASSWORD,
    ))
}

/// How much was written.
#[derive(Debug)]
struct Filled {
    customers: u64,
    openings: u64,
    invoices: u64,
    receipts: u64,
}

async fn fill(shop: &Shop, customers: u32) -> Result<Filled, khata_core::Error> {
    let today = shop.today();
    let began = today.plus_days(-DAYS).unwrap_or(Date::MIN);
    let people: Vec<_> = (0..customers).map(|place| person(place, began)).collect();
    let openings = people.iter().filter(|(person, _)| person.new.opening_balance.is_some()).count();
    let progress = progress::bar("customers", people.len() as u64);
    let adding = people.iter().map(|(person, _)| shop.add_customer(person.new.clone()));
    let added: Vec<CustomerView> = in_order(adding, &progress).await?;

    let mut papers: Vec<DemoDocument> = added
        .iter()
        .zip(people)
        .flat_map(|(customer, (person, mut random))| {
            let local = std::ptr::eq(person.region, regions::HOME);
            trade::papers(customer.id, local, began, today, &mut random)
        })
        .collect();
    // As they came over the counter, so that the numbers of a series follow their dates.
    papers.sort_by_key(DemoDocument::date);
    let invoices = papers.iter().filter(|paper| matches!(paper, DemoDocument::Invoice(_))).count();
    let receipts = papers.len() - invoices;
    let progress = progress::bar("papers", papers.len() as u64);
    in_order(papers.into_iter().map(|paper| post(shop, paper)), &progress).await?;
    let [openings, invoices, receipts] = [openings, invoices, receipts].map(|count| count as u64);
    Ok(Filled { customers: customers.into(), openings, invoices, receipts })
}

/// The customer at that place, and the numbers that go on from there: each customer's do not depend on the others'.
fn person(place: u32, began: Date) -> (Person, Random) {
    let mut random = Random::new(place.into());
    (people::person(place, began, &mut random), random)
}

async fn post(shop: &Shop, paper: DemoDocument) -> Result<(), khata_core::Error> {
    match paper {
        DemoDocument::Invoice(invoice) => shop.add_invoice(invoice).await.map(drop),
        DemoDocument::Receipt(receipt) => shop.add_receipt(receipt).await.map(drop),
    }
}

/// Starts them in order, many at once, and gives what comes of them in order.
async fn in_order<T, F>(
    postings: impl Iterator<Item = F>,
    progress: &ProgressBar,
) -> Result<Vec<T>, khata_core::Error>
where
    F: Future<Output = Result<T, khata_core::Error>>,
{
    let done = stream::iter(postings)
        .buffered(POSTINGS_UNDER_WAY)
        .inspect_ok(|_| progress.inc(1))
        .try_collect()
        .await;
    progress.finish_and_clear();
    done
}
