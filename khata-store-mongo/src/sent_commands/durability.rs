//! A transaction is asked to be of one moment, and to be durable.

use bson::{Bson, Document};
use khata_conformance::sample::{adding, head, job, soon};
use khata_core::id::CustomerId;
use khata_core::store::{BookRepository, OwnerRepository};

use super::RecordedStore;

fn is(command: &Document, name: &str) -> bool {
    command.keys().next().is_some_and(|first| first == name)
}

fn level(command: &Document) -> Option<&str> {
    command.get_document("readConcern").ok()?.get_str("level").ok()
}

#[tokio::test]
async fn a_commit_is_in_the_journals_of_a_majority_when_it_is_answered() {
    let Some(recorded) = RecordedStore::new().await else { return };
    let head = head(1);
    recorded.store.create_owner(&head, "no password").await.unwrap();
    recorded.taken();
    let posting = job(head.owner.id, [adding(CustomerId::generate(), 1)]);
    recorded.store.transact(&posting, soon()).await.unwrap();
    let commands = recorded.taken();

    // What is read before the transaction is of one moment too.
    assert_eq!(level(&commands[0]), Some("snapshot"), "{}", commands[0]);
    let first = &commands[1];
    assert_eq!(first.get("startTransaction"), Some(&Bson::Boolean(true)), "{first}");
    assert_eq!(level(first), Some("snapshot"), "{first}");
    let last = commands.last().unwrap();
    assert!(is(last, "commitTransaction"), "{last}");
    let concern = last.get_document("writeConcern").unwrap();
    assert_eq!(
        (concern.get_str("w").ok(), concern.get_bool("j").ok()),
        (Some("majority"), Some(true)),
        "{last}"
    );
    recorded.end().await;
}
