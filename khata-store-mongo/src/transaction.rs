//! Transactions, and snapshots that are only read.

use std::time::{Duration, Instant};

use bson::raw::cstr;
use bson::{Document, RawDocumentBuf, doc};
use khata_core::store::StoreError;
use mongodb::error::{TRANSIENT_TRANSACTION_ERROR, UNKNOWN_TRANSACTION_COMMIT_RESULT};
use mongodb::options::{
    AggregateOptions, FindOptions, Hint, ReadConcern, ReadPreference, SelectionCriteria, SessionOptions,
    TransactionOptions,
};
use mongodb::{ClientSession, Collection as Handle, Database, SessionCursor};
use tokio::time::{sleep, timeout, timeout_at};

use crate::command::{self, ROWS_IN_ONE_PIECE};
use crate::error::{Reason, UnreadableField, of_command, of_write};
use crate::open::durable;
use crate::row::{Fields, Row};
use crate::schema::{Collection, Index};

/// How long the first command of a transaction is waited for when it is too late for it already.
const GRACE: Duration = Duration::from_secs(5);

/// How long to wait before a commit of unknown fate is sent again.
const PAUSE: Duration = Duration::from_millis(20);

/// A transaction, or a snapshot. A transaction that is dropped before it is committed is undone: the driver sees to it in
/// the background.
pub(crate) struct Transaction {
    database: Database,
    session: ClientSession,
    only_reads: bool,
}

/// A query of one collection, to be carried out with others.
#[derive(Debug)]
pub(crate) struct Branch<K> {
    /// What it looks for, by which its results are told from those of the others.
    pub(crate) kind: K,
    pub(crate) collection: &'static Collection,
    pub(crate) pipeline: Vec<Document>,
}

impl Transaction {
    /// A snapshot: all that is read in it is as it was at one moment, which is after all that was answered before.
    pub(crate) async fn snapshot(database: &Database) -> Result<Self, StoreError> {
        let options = SessionOptions::builder().snapshot(true).build();
        let session = database.client().start_session().with_options(options).await.map_err(of_command)?;
        Ok(Self { database: database.clone(), session, only_reads: true })
    }

    /// Begins a transaction with this command, whose reply is handed back.
    ///
    /// The driver undoes a transaction only when it knows that the first command has begun it. So this is done in a task
    /// of its own, which goes on when the wait is given up.
    pub(crate) async fn begin(
        database: &Database,
        mut first: RawDocumentBuf,
        deadline: Instant,
    ) -> Result<(Self, Document), StoreError> {
        let left = time_left(deadline)?;
        first.append(cstr!("maxTimeMS"), i64::try_from(left.as_millis()).unwrap_or(i64::MAX).max(1));
        let options = TransactionOptions::builder()
            .read_concern(ReadConcern::snapshot())
            .write_concern(durable(left))
            .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary))
            .max_commit_time(left)
            .build();
        let database = database.clone();
        let begin = async move {
            let mut session = database.client().start_session().await?;
            session.start_transaction().with_options(options).await?;
            let reply = database.run_raw_command(first).session(&mut session).await?;
            Ok((Self { database, session, only_reads: false }, reply))
        };
        let begun = tokio::spawn(timeout(left + GRACE, begin)).await.map_err(StoreError::backend)?;
        begun.map_err(|_| StoreError::unavailable("the server does not answer"))?.map_err(of_command)
    }

    /// Whether it is a snapshot.
    pub(crate) fn only_reads(&self) -> bool {
        self.only_reads
    }

    fn collection(&self, collection: &Collection) -> Handle<RawDocumentBuf> {
        self.database.collection(collection.name)
    }

    /// The documents of this filter.
    pub(crate) async fn find<R: Row>(
        &mut self,
        filter: Document,
        options: FindOptions,
    ) -> Result<Vec<R>, StoreError> {
        self.find_as(R::COLLECTION, filter, options, R::read).await
    }

    /// What this function reads of the documents of this filter.
    pub(crate) async fn find_as<T>(
        &mut self,
        collection: &'static Collection,
        filter: Document,
        mut options: FindOptions,
        read: impl Fn(&mut Fields<'_>) -> Result<T, UnreadableField>,
    ) -> Result<Vec<T>, StoreError> {
        // To the server, a limit of 0 is none.
        if options.limit == Some(0) {
            return Ok(Vec::new());
        }
        options.batch_size = Some(ROWS_IN_ONE_PIECE);
        let handle = self.collection(collection);
        let found = handle.find(filter).with_options(options).session(&mut self.session);
        let cursor = found.await.map_err(of_command)?;
        self.read_all(collection, cursor, read).await
    }

    /// The documents of this filter; without one, nothing is asked for.
    pub(crate) async fn find_all<R: Row>(&mut self, filter: Option<Document>) -> Result<Vec<R>, StoreError> {
        match filter {
            Some(filter) => self.find(filter, FindOptions::default()).await,
            None => Ok(Vec::new()),
        }
    }

    /// Carries out these queries and shows each result, with what it is of, to a function.
    ///
    /// Of a snapshot they are one command. In a transaction each is one, since the server takes no `$unionWith` there.
    pub(crate) async fn gather<K: Copy>(
        &mut self,
        branches: Vec<Branch<K>>,
        mut each: impl FnMut(K, &mut Fields<'_>) -> Result<(), UnreadableField>,
    ) -> Result<(), StoreError> {
        if !self.only_reads {
            for Branch { kind, collection, pipeline } in branches {
                let mut cursor = self.aggregated(collection, None, pipeline).await?;
                while cursor.advance(&mut self.session).await.map_err(of_command)? {
                    each(kind, &mut Fields::new(collection, cursor.current()))?;
                }
            }
            return Ok(());
        }
        let kinds: Vec<_> = branches.iter().map(|branch| (branch.kind, branch.collection)).collect();
        let Some((first, pipeline)) = union(branches) else { return Ok(()) };
        let mut cursor = self.aggregated(first, None, pipeline).await?;
        while cursor.advance(&mut self.session).await.map_err(of_command)? {
            let tagged = cursor.current();
            let branch = tagged.get_i64("branch").ok().and_then(|branch| usize::try_from(branch).ok());
            let (kind, collection) = branch
                .and_then(|branch| kinds.get(branch).copied())
                .ok_or_else(|| StoreError::corrupt("a result of no query"))?;
            let row = tagged.get_document("row").map_err(StoreError::corrupt)?;
            each(kind, &mut Fields::new(collection, row))?;
        }
        Ok(())
    }

    async fn aggregated(
        &mut self,
        collection: &Collection,
        hint: Option<Hint>,
        pipeline: Vec<Document>,
    ) -> Result<SessionCursor<RawDocumentBuf>, StoreError> {
        let options = AggregateOptions::builder().batch_size(ROWS_IN_ONE_PIECE).hint(hint).build();
        let handle = self.collection(collection);
        let aggregated = handle.aggregate(pipeline).with_options(options).with_type::<RawDocumentBuf>();
        aggregated.session(&mut self.session).await.map_err(of_command)
    }

    /// The document of this filter.
    pub(crate) async fn find_one<R: Row>(&mut self, filter: Document) -> Result<R, StoreError> {
        let found: Vec<R> = self.find(filter, FindOptions::default()).await?;
        found.into_iter().next().ok_or(StoreError::NotFound)
    }

    /// What this function reads of the results of a pipeline.
    pub(crate) async fn aggregate<T>(
        &mut self,
        collection: &'static Collection,
        pipeline: Vec<Document>,
        read: impl Fn(&mut Fields<'_>) -> Result<T, UnreadableField>,
    ) -> Result<Vec<T>, StoreError> {
        let cursor = self.aggregated(collection, None, pipeline).await?;
        self.read_all(collection, cursor, read).await
    }

    /// What this function reads of the results of a pipeline that begins with this index.
    pub(crate) async fn aggregate_by<T>(
        &mut self,
        collection: &'static Collection,
        index: &Index,
        pipeline: Vec<Document>,
        read: impl Fn(&mut Fields<'_>) -> Result<T, UnreadableField>,
    ) -> Result<Vec<T>, StoreError> {
        let hint = Some(Hint::Name(index.name.to_owned()));
        let cursor = self.aggregated(collection, hint, pipeline).await?;
        self.read_all(collection, cursor, read).await
    }

    async fn read_all<T>(
        &mut self,
        collection: &'static Collection,
        mut cursor: SessionCursor<RawDocumentBuf>,
        read: impl Fn(&mut Fields<'_>) -> Result<T, UnreadableField>,
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        while cursor.advance(&mut self.session).await.map_err(of_command)? {
            found.push(read(&mut Fields::new(collection, cursor.current()))?);
        }
        Ok(found)
    }

    /// Adds these documents, none of which may be there.
    pub(crate) async fn insert(
        &mut self,
        collection: &'static Collection,
        documents: impl IntoIterator<Item = RawDocumentBuf>,
    ) -> Result<(), StoreError> {
        let documents: Vec<_> = documents.into_iter().collect();
        if documents.is_empty() {
            return Ok(());
        }
        let handle = self.collection(collection);
        let inserted = handle.insert_many(documents).session(&mut self.session).await;
        inserted.map(drop).map_err(of_command)
    }

    /// Carries out these statements. What a statement changes must be there, unless it puts a whole document.
    pub(crate) async fn change(
        &mut self,
        collection: &'static Collection,
        statements: impl IntoIterator<Item = RawDocumentBuf>,
    ) -> Result<(), StoreError> {
        let statements: Vec<_> = statements.into_iter().collect();
        for some in statements.chunks(command::STATEMENTS_MAX) {
            let command = command::update(collection, some);
            let reply = self.database.run_raw_command(command).session(&mut self.session);
            let reply = reply.await.map_err(of_command)?;
            if command::written(collection, &reply)? != some.len() {
                return Err(StoreError::corrupt("a document that is to be changed is not there"));
            }
        }
        Ok(())
    }

    /// Deletes the documents of this filter; without one, nothing.
    pub(crate) async fn delete(
        &mut self,
        collection: &'static Collection,
        filter: Option<Document>,
    ) -> Result<(), StoreError> {
        let Some(filter) = filter else { return Ok(()) };
        let handle = self.collection(collection);
        handle.delete_many(filter).session(&mut self.session).await.map(drop).map_err(of_command)
    }

    /// Commits the transaction. It goes on if the wait is given up.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: nothing was written. [`StoreError::InDoubt`]: the deadline passed before it was
    /// known what became of it.
    pub(crate) async fn commit(mut self, deadline: Instant) -> Result<(), StoreError> {
        time_left(deadline)?;
        let committing = tokio::spawn(async move { commit(&mut self.session, deadline).await });
        committing.await.map_err(StoreError::in_doubt)?
    }
}

async fn commit(session: &mut ClientSession, deadline: Instant) -> Result<(), StoreError> {
    let mut sent_before = false;
    loop {
        let Ok(answer) = timeout_at(deadline.into(), session.commit_transaction()).await else {
            return Err(StoreError::in_doubt("the deadline passed before the commit was answered"));
        };
        let Err(error) = answer else { return Ok(()) };
        if error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT) {
            if Instant::now() + PAUSE >= deadline {
                return Err(StoreError::in_doubt(Reason(error)));
            }
            sent_before = true;
            sleep(PAUSE).await;
        } else if error.contains_label(TRANSIENT_TRANSACTION_ERROR) {
            // By this the server says for certain that it did not happen, nor any time before.
            return Err(of_command(error));
        } else {
            return Err(if sent_before { StoreError::in_doubt(Reason(error)) } else { of_write(error) });
        }
    }
}

/// The pipeline of all these queries, with the collection that it begins with. Each result is told from the others by the
/// place of its query.
fn union<K>(branches: Vec<Branch<K>>) -> Option<(&'static Collection, Vec<Document>)> {
    let tagged = (0_i64..).zip(branches).map(|(at, Branch { collection, mut pipeline, .. })| {
        pipeline.push(doc! { "$replaceWith": { "branch": at, "row": "$$ROOT" } });
        (collection, pipeline)
    });
    let mut tagged = tagged.collect::<Vec<_>>().into_iter();
    let (first, mut all) = tagged.next()?;
    for (collection, pipeline) in tagged {
        all.push(doc! { "$unionWith": { "coll": collection.name, "pipeline": pipeline } });
    }
    Some((first, all))
}

/// How long it is until the deadline.
fn time_left(deadline: Instant) -> Result<Duration, StoreError> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(late()) } else { Ok(left) }
}

fn late() -> StoreError {
    StoreError::unavailable("the deadline passed before the commit could be sent")
}

/// What comes before a commit, given up at the deadline.
pub(crate) async fn in_time<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    timeout_at(deadline.into(), work).await.unwrap_or_else(|_| Err(late()))
}

/// The first documents in the order of their `_id`s.
pub(crate) fn by_key(limit: u32) -> FindOptions {
    FindOptions::builder().sort(doc! { "_id": 1 }).limit(i64::from(limit)).build()
}
