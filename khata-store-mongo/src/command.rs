//! Commands that the driver has no methods for: many different updates at once, and what a transaction begins with.

use bson::{Document, RawDocumentBuf, deserialize_from_document, serialize_to_raw_document_buf};
use khata_core::store::StoreError;
use serde::{Deserialize, Serialize};

use crate::error::Refused;
use crate::row::{Row, from_document};
use crate::schema::Collection;

/// The most statements of a command: the server takes 100,000, but no more than 16 MiB of them.
pub(crate) const STATEMENTS_MAX: usize = 10_000;

/// More rows than any answer has: it comes in one piece, as far as the server's 16 MiB for one allow it.
pub(crate) const ROWS_IN_ONE_PIECE: u32 = i32::MAX as u32;

/// The update of the rows that `q` lets through.
#[derive(Debug, Serialize)]
pub(crate) struct Statement<Q, U> {
    q: Q,
    u: U,
    upsert: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct ById<K> {
    #[serde(rename = "_id")]
    id: K,
}

/// Puts these fields of a row, and leaves the others.
#[derive(Debug, Serialize)]
pub(crate) struct Set<T> {
    #[serde(rename = "$set")]
    fields: T,
}

impl<Q, U> Statement<Q, U> {
    /// Changes a row that is there.
    pub(crate) fn change(q: Q, u: U) -> Self {
        Self { q, u, upsert: false }
    }
}

impl<K, U> Statement<ById<K>, U> {
    /// Changes the row with this id, which is there.
    pub(crate) fn change_one(id: K, u: U) -> Self {
        Self::change(ById { id }, u)
    }
}

impl<K, T> Statement<ById<K>, Set<T>> {
    /// Changes these fields of a row that is there.
    pub(crate) fn set(id: K, fields: T) -> Self {
        Self::change_one(id, Set { fields })
    }
}

impl<K, R> Statement<ById<K>, R> {
    /// Puts a row whole.
    pub(crate) fn put(id: K, row: R) -> Self {
        Self { q: ById { id }, u: row, upsert: true }
    }
}

/// One command of these updates, carried out in this order.
pub(crate) fn update<Q: Serialize, U: Serialize>(
    collection: &Collection,
    statements: &[Statement<Q, U>],
) -> Result<RawDocumentBuf, StoreError> {
    #[derive(Serialize)]
    struct Update<'a, Q, U> {
        update: &'a str,
        updates: &'a [Statement<Q, U>],
    }
    let command = Update { update: collection.name, updates: statements };
    serialize_to_raw_document_buf(&command).map_err(StoreError::backend)
}

/// The command that adds a row.
pub(crate) fn insert<R: Row + Serialize>(row: &R) -> Result<RawDocumentBuf, StoreError> {
    #[derive(Serialize)]
    struct Insert<'a, R> {
        insert: &'a str,
        documents: [&'a R; 1],
    }
    let command = Insert { insert: R::COLLECTION.name, documents: [row] };
    serialize_to_raw_document_buf(&command).map_err(StoreError::backend)
}

/// The command that finds the rows that this filter lets through, which must be few: the reply has no more than 16 MiB.
pub(crate) fn find<R: Row>(filter: &Document) -> Result<RawDocumentBuf, StoreError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Find<'a> {
        find: &'a str,
        filter: &'a Document,
        batch_size: u32,
        single_batch: bool,
    }
    let command =
        Find { find: R::COLLECTION.name, filter, batch_size: ROWS_IN_ONE_PIECE, single_batch: true };
    serialize_to_raw_document_buf(&command).map_err(StoreError::backend)
}

/// The rows that were found, as the reply to that command says.
pub(crate) fn found<R: Row>(reply: Document) -> Result<Vec<R>, StoreError> {
    #[derive(Deserialize)]
    struct Reply {
        cursor: Rows,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Rows {
        first_batch: Vec<Document>,
    }
    let reply: Reply = deserialize_from_document(reply).map_err(StoreError::corrupt)?;
    let rows = reply.cursor.first_batch.into_iter();
    Ok(rows.map(from_document).collect::<Result<_, _>>()?)
}

/// How many rows were matched or added, as the reply to one of these commands says.
pub(crate) fn written(collection: &Collection, reply: &Document) -> Result<usize, Refused> {
    let errors = reply.get_array("writeErrors").ok();
    if let Some(error) = errors.and_then(|errors| errors.first()?.as_document()) {
        let (code, message) = (error.get_i32("code"), error.get_str("errmsg"));
        return Err(Refused::new(collection.name, code.unwrap_or_default(), message.unwrap_or_default()));
    }
    Ok(reply.get_i32("n").ok().and_then(|n| usize::try_from(n).ok()).unwrap_or_default())
}
