//! What a posting costs is counted, since it is no matter of the clock.

#[path = "../../../tests/common/costs.rs"]
mod costs;

use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::trace::{TraceEvent, TraceEventCodes};

use crate::SqliteStore;

static STATEMENTS: AtomicUsize = AtomicUsize::new(0);

fn count(_: TraceEvent<'_>) {
    STATEMENTS.fetch_add(1, Ordering::SeqCst);
}

async fn costs(shop: u64, customers: u64) -> [usize; 3] {
    let store = SqliteStore::open("sqlite::memory:").await.unwrap();
    let traced = store.change(|connection| {
        Box::pin(async move {
            connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(count));
            Ok(())
        })
    });
    traced.await.unwrap();
    costs::costs(&store, shop, customers, || STATEMENTS.load(Ordering::SeqCst)).await
}

/// Each is run by itself, so a statement more for each posting is what would cost.
#[tokio::test]
async fn a_posting_costs_its_statements_and_no_more() {
    let one = costs(1, 1).await;
    let hundred = costs(2, 100).await;
    let each: Vec<_> = one.iter().zip(hundred).map(|(one, hundred)| (hundred - one) / 99).collect();
    assert_eq!(
        (one, &each[..]),
        ([11, 9, 11], &[8, 5, 7][..]),
        "a customer, an invoice, a receipt that pays it"
    );
}
