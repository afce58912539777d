//! A transaction costs the same number of commands however many keys or rows of a kind there are.

use std::time::{Duration, Instant};

use khata_conformance::sample::{adding, head, invoicing, job, receiving};
use khata_core::id::{CustomerId, OwnerId};
use khata_core::store::{BookRepository, EntryRepository, OwnerRepository};
use khata_core::testing::Command;

use super::{RecordedStore, name};

/// The commands it takes to add so many customers, to invoice each of them, and to be paid by each.
async fn costs(recorded: &RecordedStore, customers: u64) -> [Vec<String>; 3] {
    let head = head(customers);
    recorded.store.create_owner(&head, "no password").await.unwrap();
    let ids: Vec<_> = (0..customers).map(|_| CustomerId::generate()).collect();
    let owner = head.owner.id;
    [
        cost(recorded, owner, (1..).zip(&ids).map(|(number, id)| adding(*id, number))).await,
        cost(recorded, owner, ids.iter().copied().map(invoicing)).await,
        cost(recorded, owner, ids.iter().copied().map(receiving)).await,
    ]
}

async fn cost(
    recorded: &RecordedStore,
    owner: OwnerId,
    commands: impl Iterator<Item = Command>,
) -> Vec<String> {
    recorded.taken();
    let deadline = Instant::now() + Duration::from_secs(60);
    let outcomes = recorded.store.transact(&job(owner, commands), deadline).await.unwrap();
    outcomes.into_iter().for_each(|outcome| drop(outcome.unwrap()));
    recorded.taken().iter().map(name).collect()
}

#[tokio::test]
async fn a_batch_of_a_hundred_costs_as_many_commands_as_one_posting() {
    let Some(recorded) = RecordedStore::new().await else { return };
    let of_one = costs(&recorded, 1).await;
    assert_eq!(of_one.each_ref().map(Vec::len), [5, 6, 7], "{of_one:#?}");
    assert_eq!(costs(&recorded, 100).await, of_one);
    recorded.end().await;
}

#[tokio::test]
async fn one_posting_is_read_decided_written_and_committed() {
    let Some(recorded) = RecordedStore::new().await else { return };
    let [adding, invoicing, receiving] = costs(&recorded, 1).await;
    let written = |names: &[&'static str]| {
        [&["aggregate heads", "update heads"], names, &["commitTransaction"]].concat()
    };
    assert_eq!(adding, written(&["update customer_names", "update customers"]));
    assert_eq!(invoicing, written(&["update customers", "insert entries", "insert items"]));
    assert_eq!(receiving, written(&["update customers", "insert entries", "insert items", "update items"]));
    recorded.end().await;
}

#[tokio::test]
async fn a_page_of_postings_is_two_commands() {
    let Some(recorded) = RecordedStore::new().await else { return };
    costs(&recorded, 3).await;
    let shop = recorded.store.owners(None, 1).await.unwrap()[0].owner.id;
    recorded.taken();
    let postings = recorded.store.postings(shop, 0, 100).await.unwrap();
    assert_eq!(postings.iter().map(|posted| posted.entry.allocations.len()).sum::<usize>(), 3);
    let commands: Vec<_> = recorded.taken().iter().map(name).collect();
    assert_eq!(commands, ["find entries", "aggregate items"]);
    recorded.end().await;
}
