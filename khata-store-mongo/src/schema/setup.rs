//! Bringing a database's schema up to date, however many processes do so at once.

use bson::{Document, doc};
use futures::future::try_join_all;
use mongodb::error::{Error, ErrorKind};
use mongodb::options::ReturnDocument;
use mongodb::{Collection as Handle, Database};

use super::{COLLECTIONS, Collection, KHATA, VERSION};

/// What the server answers to a collection that is there already.
const NAMESPACE_EXISTS: i32 = 48;

/// The document that says which schema a database has.
const MARK: &str = "schema";

/// What becomes of a database without anything in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Empty {
    IsFilled,
    IsRefused,
}

/// Whether a database is one to work with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// Its schema is the one of this version.
    Ready,
    /// There is nothing in it, and it was to be left so.
    Empty,
    /// Its collections are another program's; nothing was changed.
    NotKhata,
    /// A newer version wrote it; nothing was changed.
    Newer(i64),
    /// A version from before the first release wrote it, whose collections this one can't read; nothing was changed.
    Older(i64),
}

/// Makes what is missing of the collections and their indexes, in a database that is empty or Khata's. Of those that
/// do so at once, each is done when all is there.
pub(crate) async fn set_up(database: &Database, empty: Empty) -> Result<Judgement, Error> {
    let there = database.list_collection_names().await?;
    if there.is_empty() {
        if empty == Empty::IsRefused {
            return Ok(Judgement::Empty);
        }
        create(database, &KHATA).await?;
    } else if !there.iter().any(|name| name == KHATA.name) {
        return Ok(Judgement::NotKhata);
    }
    let found = mark(database).await?;
    if found > VERSION {
        return Ok(Judgement::Newer(found));
    }
    if found < VERSION {
        return Ok(Judgement::Older(found));
    }
    let missing = COLLECTIONS.iter().filter(|collection| !there.iter().any(|name| name == collection.name));
    try_join_all(missing.map(|collection| create(database, collection))).await?;
    let indexed = COLLECTIONS.iter().filter(|collection| !collection.indexes.is_empty());
    try_join_all(indexed.map(|collection| create_indexes(database, collection))).await?;
    Ok(Judgement::Ready)
}

/// The version that the database is marked with. One that has no mark yet gets it: it is the first thing written to a
/// database, so that one which was left half made is known.
async fn mark(database: &Database) -> Result<i64, Error> {
    let collection: Handle<Document> = database.collection(KHATA.name);
    let marked = collection
        .find_one_and_update(doc! { "_id": MARK }, doc! { "$setOnInsert": { "version": VERSION } })
        .upsert(true)
        .return_document(ReturnDocument::After)
        .await?;
    marked
        .and_then(|mark| mark.get_i64("version").ok())
        .ok_or_else(|| Error::custom("the mark that was just made is gone".to_owned()))
}

async fn create(database: &Database, collection: &Collection) -> Result<(), Error> {
    let command = doc! { "create": collection.name, "validator": collection.validator() };
    match run(database, command).await {
        Err(error) if is_there_already(&error) => Ok(()),
        created => created,
    }
}

async fn create_indexes(database: &Database, collection: &Collection) -> Result<(), Error> {
    let indexes: Vec<_> = collection.indexes.iter().map(super::Index::specification).collect();
    run(database, doc! { "createIndexes": collection.name, "indexes": indexes }).await
}

async fn run(database: &Database, mut command: Document) -> Result<(), Error> {
    command.insert("writeConcern", doc! { "w": "majority" });
    database.run_command(command).await.map(drop)
}

fn is_there_already(error: &Error) -> bool {
    matches!(error.kind.as_ref(), ErrorKind::Command(cause) if cause.code == NAMESPACE_EXISTS)
}
