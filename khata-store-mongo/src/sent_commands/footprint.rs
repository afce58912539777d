//! What a posting leaves in the database: documents, keys of indexes, and bytes. `schema.md` tells the same.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, Document, RawDocumentBuf, doc};
use futures::TryStreamExt as _;
use khata_conformance::sample::{adding, head, invoicing, job, receiving, soon};
use khata_core::calendar::Timestamp;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::idempotency::IdempotencyKey;
use khata_core::store::{BookRepository, OwnerRepository};
use khata_core::testing::{Command, Posting, PostingJob};

use super::RecordedStore;
use crate::schema::{COLLECTIONS, Index};

/// All documents, by the collection and the `_id`.
type Contents = BTreeMap<(&'static str, String), Document>;

/// What changed between two moments.
#[derive(Debug, PartialEq, Eq)]
struct Footprint {
    new: Vec<&'static str>,
    changed: Vec<&'static str>,
    /// Keys that were added to an index, or removed.
    keys: usize,
}

async fn contents(recorded: &RecordedStore) -> Contents {
    let mut contents = Contents::new();
    for collection in COLLECTIONS {
        let handle = recorded.store.database.collection::<Document>(collection.name);
        let found: Vec<_> = handle.find(doc! {}).await.unwrap().try_collect().await.unwrap();
        let keyed =
            found.into_iter().map(|row| ((collection.name, row.get("_id").unwrap().to_string()), row));
        contents.extend(keyed);
    }
    contents
}

/// The values of a field, by its path.
fn values(row: &Document, path: &str) -> Vec<Bson> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    match (row.get(first), rest) {
        (Some(Bson::Document(within)), Some(rest)) => values(within, rest),
        (Some(Bson::Array(values)), None) => values.clone(),
        (Some(value), None) => vec![value.clone()],
        _ => vec![Bson::Null],
    }
}

fn keys_of(index: &Index, row: &Document) -> BTreeSet<String> {
    if index.not_null.is_some_and(|(field, _)| values(row, field) == [Bson::Null]) {
        return BTreeSet::new();
    }
    let mut keys = vec![String::new()];
    for path in index.keys {
        let all = values(row, path);
        keys = keys.iter().flat_map(|key| all.iter().map(move |value| format!("{key} {value}"))).collect();
    }
    keys.into_iter().collect()
}

/// Every key of every index that the document has.
fn keys(collection: &str, row: &Document) -> BTreeSet<String> {
    let collection = COLLECTIONS.into_iter().find(|one| one.name == collection).unwrap();
    let by_id = format!("_id {}", row.get("_id").unwrap());
    let others = collection.indexes.iter();
    let others =
        others.flat_map(|index| keys_of(index, row).into_iter().map(|key| format!("{}{key}", index.name)));
    others.chain([by_id]).collect()
}

fn footprint(before: &Contents, after: &Contents) -> (Footprint, usize) {
    let (mut new, mut changed, mut moved, mut bytes) = (Vec::new(), Vec::new(), 0, 0);
    for (key @ (collection, _), row) in after {
        let old = before.get(key);
        if old == Some(row) {
            continue;
        }
        if old.is_some() {
            changed.push(*collection);
        } else {
            new.push(*collection);
        }
        let (had, has) = (old.map(|old| keys(collection, old)).unwrap_or_default(), keys(collection, row));
        moved += had.symmetric_difference(&has).count();
        bytes += RawDocumentBuf::try_from(row).unwrap().as_bytes().len();
    }
    (Footprint { new, changed, keys: moved }, bytes)
}

fn with_key(owner: OwnerId, command: Command, key: &str) -> PostingJob {
    let key = Some(IdempotencyKey::parse(key).unwrap());
    PostingJob::new(vec![Posting { owner, command, key, salt: [7; 16] }], Timestamp::now())
}

#[tokio::test]
async fn a_posting_is_one_document_beside_those_that_change() {
    let Some(recorded) = RecordedStore::new().await else { return };
    let head = head(0);
    recorded.store.create_owner(&head, "no password").await.unwrap();
    let (owner, customer) = (head.owner.id, CustomerId::generate());
    recorded.store.transact(&job(owner, [adding(customer, 1)]), soon()).await.unwrap();
    // The first entries of a customer change its place in the lists from that of those who have none.
    recorded.store.transact(&job(owner, [invoicing(customer)]), soon()).await.unwrap();
    let of = |new: &[&'static str], changed: &[&'static str], keys| Footprint {
        new: new.to_vec(),
        changed: changed.to_vec(),
        keys,
    };
    for (command, key, expected, bytes_max) in [
        (invoicing(customer), None, of(&["entries", "items"], &["customers", "heads"], 13), 2_200),
        (invoicing(customer), Some("a"), of(&["entries", "items"], &["customers", "heads"], 14), 2_400),
        // It pays a part of the first invoice, which stays open.
        (receiving(customer), None, of(&["entries", "items"], &["customers", "heads", "items"], 15), 2_900),
    ] {
        let before = contents(&recorded).await;
        let job = match key {
            Some(key) => with_key(owner, command, key),
            None => job(owner, [command]),
        };
        recorded.store.transact(&job, soon()).await.unwrap();
        let (footprint, bytes) = footprint(&before, &contents(&recorded).await);
        assert_eq!(footprint, expected, "{key:?}");
        assert!(bytes <= bytes_max, "{bytes} bytes");
    }
    recorded.end().await;
}
