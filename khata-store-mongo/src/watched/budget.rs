//! A transaction costs the same number of commands however many keys or rows of a kind there are.

use std::time::{Duration, Instant};

use khata_conformance::sample::{adding, head, invoicing, job, receiving};
use khata_core::id::{CustomerId, OwnerId};
use khata_core::ledger::Command;
use khata_core::store::{BookRepository, EntryRepository, OwnerRepository};

use super::{Watched, name};

/// The commands it takes to add so many customers, to invoice each of them, and to be paid by each.
async fn costs(watched: &Watched, customers: u64) -> [Vec<String>; 3] {
    let head = head(customers);
    watched.store.create_owner(&head, "no password").await.unwrap();
    let ids: Vec<_> = (0..customers).map(|_| CustomerId::generate()).collect();
    let owner = head.owner.id;
    [
        cost(watched, owner, (1..).zip(&ids).map(|(number, id)| adding(*id, number))).await,
        cost(watched, owner, ids.iter().copied().map(invoicing)).await,
        cost(watched, owner, ids.iter().copied().map(receiving)).await,
    ]
}

async fn cost(watched: &Watched, owner: OwnerId, commands: impl Iterator<Item = Command>) -> Vec<String> {
    watched.taken();
    let deadline = Instant::now() + Duration::from_secs(60);
    let outcomes = watched.store.transact(&job(owner, commands), deadline).await.unwrap();
    outcomes.into_iter().for_each(|outcome| drop(outcome.unwrap()));
    watched.taken().iter().map(name).collect()
}

#[tokio::test]
async fn a_batch_of_a_hundred_costs_as_many_commands_as_one_posting() {
    let Some(watched) = Watched::new().await else { return };
    let of_one = costs(&watched, 1).await;
    assert_eq!(of_one.each_ref().map(Vec::len), [6, 10, 12], "{of_one:#?}");
    assert_eq!(costs(&watched, 100).await, of_one);
    watched.end().await;
}

#[tokio::test]
async fn the_allocations_of_entries_in_a_row_are_one_range() {
    let Some(watched) = Watched::new().await else { return };
    costs(&watched, 3).await;
    let shop = watched.store.owners(None, 1).await.unwrap()[0].owner.id;
    watched.taken();
    let postings = watched.store.postings(shop, 0, 100).await.unwrap();
    assert_eq!(postings.iter().map(|posted| posted.entry.allocations.len()).sum::<usize>(), 3);
    let commands = watched.taken();
    let asked = commands
        .iter()
        .find(|command| command.get_str("find").is_ok_and(|name| name == "allocations"))
        .unwrap();
    let filter = asked.get_document("filter").unwrap();
    assert_eq!(filter.keys().collect::<Vec<_>>(), ["_id"], "{filter}");
    watched.end().await;
}
