//! When the lock of a book is taken: first, after a conflict with another transaction.

use std::time::Duration;

use bson::{Bson, Document, doc};
use khata_conformance::sample::{adding, batch, head, invoicing, job, soon};
use khata_core::id::CustomerId;
use khata_core::store::{BookRepository, OwnerRepository};
use mongodb::{Client, ClientSession};
use tokio::time::sleep;

use super::{RecordedStore, name};

/// The commands of each transaction. What is read before it belongs to none.
fn attempts(commands: Vec<Document>) -> Vec<Vec<Document>> {
    let mut attempts: Vec<Vec<Document>> = Vec::new();
    for command in commands.into_iter().filter(|command| command.contains_key("autocommit")) {
        if command.get("startTransaction") == Some(&Bson::Boolean(true)) {
            attempts.push(Vec::new());
        }
        attempts.last_mut().expect("a transaction is started").push(command);
    }
    attempts
}

/// Those that write to `heads`, by their place among the others that write, and whether they count `lock` up.
fn locks(attempt: &[Document]) -> Vec<(usize, bool)> {
    let writes = attempt.iter().filter(|command| ["update", "insert", "delete"].contains(&verb(command)));
    let heads = writes.enumerate().filter(|(_, command)| name(command) == "update heads");
    heads.map(|(at, command)| (at, command.to_string().contains("$inc"))).collect()
}

fn verb(command: &Document) -> &str {
    command.keys().next().expect("a command has a name")
}

/// A transaction of somebody else's, which has the lock.
async fn holder(recorded: &RecordedStore) -> ClientSession {
    let client = Client::with_uri_str(recorded.url.as_str()).await.unwrap();
    let heads = client.default_database().unwrap().collection::<Document>("heads");
    let mut session = client.start_session().await.unwrap();
    session.start_transaction().await.unwrap();
    heads.update_one(doc! {}, doc! { "$inc": { "lock": 1_i64 } }).session(&mut session).await.unwrap();
    session
}

#[tokio::test]
async fn alone_a_job_takes_the_lock_with_its_first_write() {
    let Some(recorded) = RecordedStore::new().await else { return };
    let head = head(0);
    recorded.store.create_owner(&head, "no password").await.unwrap();
    let customer = CustomerId::generate();
    // Neither moves on the same fields of the shop, but either writes to it.
    for command in [adding(customer, 1), invoicing(customer)] {
        recorded.taken();
        recorded.store.transact(&job(head.owner.id, [command]), soon()).await.unwrap();
        let attempts = attempts(recorded.taken());
        assert_eq!(attempts.len(), 1, "{attempts:#?}");
        assert_eq!((name(&attempts[0][0]), locks(&attempts[0])), ("update heads".into(), vec![(0, true)]));
    }
    recorded.end().await;
}

#[tokio::test]
async fn a_job_that_writes_to_one_shop_takes_the_lock_of_each() {
    let Some(recorded) = RecordedStore::new().await else { return };
    let shops = [head(0), head(1)];
    for head in &shops {
        recorded.store.create_owner(head, "no password").await.unwrap();
    }
    let [one, two] = shops.map(|head| head.owner.id);
    // Nobody knows the customer of the other, so nothing comes of that.
    let commands = [(one, adding(CustomerId::generate(), 1)), (two, invoicing(CustomerId::generate()))];
    recorded.taken();
    let outcomes = recorded.store.transact(&batch(commands), soon()).await.unwrap();
    assert_eq!(outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
    let commands = recorded.taken();
    let locking = commands.iter().find(|command| name(command) == "update heads").unwrap();
    assert_eq!(locking.get_array("updates").unwrap().len(), 2, "{locking}");
    assert_eq!(locking.to_string().matches("$inc").count(), 2, "{locking}");
    recorded.end().await;
}

#[tokio::test]
async fn a_job_that_writes_nothing_takes_no_lock() {
    let Some(recorded) = RecordedStore::new().await else { return };
    let head = head(0);
    recorded.store.create_owner(&head, "no password").await.unwrap();
    recorded.taken();
    let refused = job(head.owner.id, [invoicing(CustomerId::generate())]);
    assert!(recorded.store.transact(&refused, soon()).await.unwrap()[0].is_err());
    let commands = recorded.taken();
    let names: Vec<_> = commands.iter().map(verb).collect();
    assert!(!names.is_empty() && names.iter().all(|name| ["find", "aggregate"].contains(name)), "{names:?}");
    recorded.end().await;
}

#[tokio::test]
async fn a_job_that_met_another_takes_the_lock_first() {
    let Some(recorded) = RecordedStore::new().await else { return };
    let head = head(0);
    recorded.store.create_owner(&head, "no password").await.unwrap();
    let customer = CustomerId::generate();
    recorded.store.transact(&job(head.owner.id, [adding(customer, 1)]), soon()).await.unwrap();
    let mut holder = holder(&recorded).await;
    recorded.taken();
    let invoice = job(head.owner.id, [invoicing(customer)]);
    let release = async {
        // Until the second attempt.
        while recorded.started() < 2 {
            sleep(Duration::from_millis(1)).await;
        }
        holder.abort_transaction().await.unwrap();
    };
    let (posted, ()) = tokio::join!(recorded.store.transact(&invoice, soon()), release);
    assert!(posted.unwrap().iter().all(Result::is_ok));

    let attempts = attempts(recorded.taken());
    assert_eq!((name(&attempts[0][0]), locks(&attempts[0])), ("update heads".into(), vec![(0, true)]));
    for attempt in &attempts[1..] {
        assert_eq!(name(&attempt[0]), "update heads", "{attempt:#?}");
    }
    // The head is written beside it.
    assert_eq!(locks(attempts.last().unwrap()), [(0, true), (1, false)]);
    recorded.end().await;
}
