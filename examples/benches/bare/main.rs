//! How near posting comes to what its server can do at all.
//!
//! *Posting*: 64 callers, each with a shop of its own, post invoices and receipts in turns through `Shop`, each waiting
//! for the answer before it asks again.
//!
//! *Bare*: the very rows that those postings added (entries, items, allocations) go by the same driver into
//! empty tables of the same schema, indexes and constraints on the same server, in transactions with one multi-row insert
//! for each table. The rows are in memory, in the driver's own types. Nothing is looked up, decided, hashed or locked, and
//! no head, balance, counter or open amount is changed. As many postings are under way at once as there are callers: 64
//! in a transaction over one connection, 32 in each of two, or 16 in each of four; the fastest counts.
//!
//! Both are durable: PostgreSQL as it is set up, MongoDB by a majority from its journal. They take turns, so that what
//! else the machine does meets both.
//!
//! `cargo bench -p examples --bench bare`, with `KHATA_TEST_POSTGRES_URL` and `KHATA_TEST_MONGODB_URL` (one may be left
//! out). The servers that `cargo xtask serve` starts are for tests, and keep their data in memory: use others.

mod mongo;
mod postgres;
mod shops;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use khata_core::id::OwnerId;
use khata_core::store::Store;
use tokio::task::JoinSet;

use shops::Shops;

/// How many callers there are, and shops of theirs.
const CALLERS: usize = 64;

/// Over how many connections bare inserts are made.
const CONNECTIONS: [usize; 3] = [1, 2, 4];

/// The rows of a table, each with the posting that it is of.
type Rows<R> = Vec<((u64, OwnerId), R)>;

/// A server with a book to post in, and a place for bare rows for each of [`CONNECTIONS`].
#[async_trait]
trait Server: Sized {
    /// A row of any table.
    type Row: Send;
    /// What goes into a transaction.
    type Batch: Send + 'static;
    /// A connection to such a place.
    type Connection: Send + 'static;

    const NAME: &str;

    async fn start(shops: &Shops) -> Self;

    fn store(&self) -> Arc<dyn Store>;

    /// What the server says of how durable its commits are.
    async fn durability(&self) -> String;

    /// The rows that were added since the last time, by table.
    async fn added(&mut self) -> Vec<Rows<Self::Row>>;

    /// Rows of some postings, by table.
    fn batch(&self, rows: Vec<Vec<&Self::Row>>) -> Self::Batch;

    /// A connection to the place of that number.
    async fn connect(&self, place: usize) -> Self::Connection;

    /// One transaction.
    async fn insert(connection: &mut Self::Connection, batch: Self::Batch);

    async fn stop(self);
}

#[tokio::main]
async fn main() {
    let (rounds, time) = if is_measured() { (6, Duration::from_secs(4)) } else { (1, Duration::ZERO) };
    // Only where there is a server, since a bench is not a test.
    if std::env::var_os(khata_store_sql::conformance::SERVER).is_some() {
        measure::<postgres::Postgres>(rounds, time).await;
    }
    if std::env::var_os(khata_store_mongo::conformance::SERVER).is_some() {
        measure::<mongo::Mongo>(rounds, time).await;
    }
}

async fn measure<S: Server>(rounds: u32, time: Duration) {
    let shops = Shops::new(CALLERS as u64);
    let mut server = S::start(&shops).await;
    let name = S::NAME;
    println!("{name}: {}", server.durability().await);
    let mut posting = Duration::ZERO;
    let mut bare = [Duration::ZERO; CONNECTIONS.len()];
    let mut postings = 0;
    for _ in 0..rounds {
        let since = Instant::now();
        let posted = shops.post(&server.store(), time).await;
        posting += since.elapsed();
        postings += posted;
        let added = server.added().await;
        for (place, connections) in CONNECTIONS.into_iter().enumerate() {
            bare[place] += insert(&server, place, connections, &shops, &added).await;
        }
    }
    server.stop().await;
    let rate = |time: Duration| u128::from(postings) * 1000 / time.as_millis().max(1);
    for (connections, time) in CONNECTIONS.into_iter().zip(bare) {
        println!("{name}: bare inserts over {connections}: {:>6} postings/s", rate(time));
    }
    let fastest = bare.into_iter().min().unwrap_or_default();
    let hundredths = rate(posting) * 100 / rate(fastest).max(1);
    println!(
        "{name}: posting {} postings/s, bare inserts {} postings/s, ratio {}.{:02}",
        rate(posting),
        rate(fastest),
        hundredths / 100,
        hundredths % 100
    );
}

/// The time it takes to insert these rows over so many connections at once.
async fn insert<S: Server>(
    server: &S,
    place: usize,
    connections: usize,
    shops: &Shops,
    added: &[Rows<S::Row>],
) -> Duration {
    let mut shares = Vec::new();
    for share in 0..connections {
        let of_share: BTreeSet<_> = shops.ids().skip(share).step_by(connections).collect();
        let batches = batches(server, &of_share, CALLERS / connections, added);
        shares.push((server.connect(place).await, batches));
    }
    let since = Instant::now();
    let mut running = JoinSet::new();
    for (mut connection, batches) in shares {
        running.spawn(async move {
            for batch in batches {
                S::insert(&mut connection, batch).await;
            }
        });
    }
    running.join_all().await;
    since.elapsed()
}

/// The rows of these shops, `size` postings to a batch, in the order in which the shops took them.
fn batches<S: Server>(
    server: &S,
    shops: &BTreeSet<OwnerId>,
    size: usize,
    added: &[Rows<S::Row>],
) -> Vec<S::Batch> {
    let postings: BTreeSet<_> = added.iter().flatten().map(|(posting, _)| *posting).collect();
    let postings: Vec<_> = postings.into_iter().filter(|(_, shop)| shops.contains(shop)).collect();
    let batch_of: HashMap<_, _> =
        postings.iter().enumerate().map(|(at, posting)| (*posting, at / size)).collect();
    let mut batches = Vec::new();
    batches.resize_with(postings.len().div_ceil(size), || {
        added.iter().map(|_| Vec::new()).collect::<Vec<Vec<&S::Row>>>()
    });
    for (table, rows) in added.iter().enumerate() {
        for (posting, row) in rows {
            if let Some(at) = batch_of.get(posting) {
                batches[*at][table].push(row);
            }
        }
    }
    batches.into_iter().map(|rows| server.batch(rows)).collect()
}

/// Whether the bench is to measure, as `cargo bench` has it. Otherwise it only shows that it runs.
fn is_measured() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}
