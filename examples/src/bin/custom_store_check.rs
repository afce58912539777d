//! A store of one's own, put through the suite that every store must pass:
//! `cargo run -p examples --bin custom_store_check`.
//!
//! This one leaves the rows to another, and counts the changes that it lets through. One that keeps rows itself has the
//! same methods; what they must do is said at each of them in `khata_core::store`.

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use async_trait::async_trait;
use khata_conformance::{Fixture, Fresh, Suite};
use khata_core::calendar::{Date, Timestamp};
use khata_core::customer::Customer;
use khata_core::id::{CustomerId, ItemId, OwnerId, SessionId};
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::ledger::{Entry, Outcome};
use khata_core::number::DocumentKind;
use khata_core::phone::MobileNumber;
use khata_core::store::{
    BookRepository, Credentials, CustomerRepository, CustomerSelection, DayLine, DocumentRepository,
    DocumentSelection, EntryRepository, Extract, ExtractSelection, Head, Job, LiveSession, MemoryStore,
    Outstanding, Overview, OwnerRepository, Posted, ReportRepository, Session, SessionRepository, Standing,
    Store, StoreError, StoredDocument, Throttle, ThrottleKey, ThrottleRepository, Trace,
};

/// How many changes were let through.
static CHANGES: AtomicU64 = AtomicU64::new(0);

/// A store whose changes are counted.
#[derive(Debug)]
struct Counted<S> {
    rows: S,
}

#[async_trait]
impl<S: Store> BookRepository for Counted<S> {
    async fn transact(&self, job: &dyn Job, deadline: Instant) -> Result<Vec<Outcome>, StoreError> {
        let outcomes = self.rows.transact(job, deadline).await?;
        CHANGES.fetch_add(1, Ordering::Relaxed);
        Ok(outcomes)
    }

    fn lanes(&self) -> NonZeroUsize {
        self.rows.lanes()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.rows.ping().await
    }
}

#[async_trait]
impl<S: Store> OwnerRepository for Counted<S> {
    async fn create_owner(&self, head: &Head, password_hash: &str) -> Result<(), StoreError> {
        self.rows.create_owner(head, password_hash).await
    }

    async fn head(&self, owner: OwnerId) -> Result<Head, StoreError> {
        self.rows.head(owner).await
    }

    async fn credentials_by_mobile(&self, mobile: &MobileNumber) -> Result<Credentials, StoreError> {
        self.rows.credentials_by_mobile(mobile).await
    }

    async fn owners(&self, after: Option<OwnerId>, limit: u32) -> Result<Vec<Head>, StoreError> {
        self.rows.owners(after, limit).await
    }

    async fn credentials(&self, owner: OwnerId) -> Result<Credentials, StoreError> {
        self.rows.credentials(owner).await
    }

    async fn renew_password_hash(&self, owner: OwnerId, version: u64, hash: &str) -> Result<(), StoreError> {
        self.rows.renew_password_hash(owner, version, hash).await
    }
}

#[async_trait]
impl<S: Store> SessionRepository for Counted<S> {
    async fn open_session(&self, session: &Session, password_version: u64) -> Result<(), StoreError> {
        self.rows.open_session(session, password_version).await
    }

    async fn live_sessions(&self, sessions: &[(OwnerId, SessionId)]) -> Result<Vec<LiveSession>, StoreError> {
        self.rows.live_sessions(sessions).await
    }

    async fn end_session(&self, owner: OwnerId, session: SessionId) -> Result<(), StoreError> {
        self.rows.end_session(owner, session).await
    }

    async fn end_sessions(&self, owner: OwnerId) -> Result<(), StoreError> {
        self.rows.end_sessions(owner).await
    }
}

#[async_trait]
impl<S: Store> ThrottleRepository for Counted<S> {
    async fn throttles(&self, keys: &[ThrottleKey]) -> Result<Vec<(ThrottleKey, Throttle)>, StoreError> {
        self.rows.throttles(keys).await
    }

    async fn put_throttle(
        &self,
        key: &ThrottleKey,
        throttle: &Throttle,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.rows.put_throttle(key, throttle, now).await
    }

    async fn clear_throttle(&self, key: &ThrottleKey) -> Result<(), StoreError> {
        self.rows.clear_throttle(key).await
    }
}

#[async_trait]
impl<S: Store> CustomerRepository for Counted<S> {
    async fn customer(&self, owner: OwnerId, id: CustomerId) -> Result<Customer, StoreError> {
        self.rows.customer(owner, id).await
    }

    async fn customers(
        &self,
        owner: OwnerId,
        selection: &CustomerSelection,
    ) -> Result<Vec<Customer>, StoreError> {
        self.rows.customers(owner, selection).await
    }

    async fn all_customers(
        &self,
        owner: OwnerId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Vec<Customer>, StoreError> {
        self.rows.all_customers(owner, after, limit).await
    }
}

#[async_trait]
impl<S: Store> DocumentRepository for Counted<S> {
    async fn document(
        &self,
        owner: OwnerId,
        kind: DocumentKind,
        id: ItemId,
    ) -> Result<StoredDocument, StoreError> {
        self.rows.document(owner, kind, id).await
    }

    async fn documents(
        &self,
        owner: OwnerId,
        kind: DocumentKind,
        selection: &DocumentSelection,
    ) -> Result<Vec<StoredDocument>, StoreError> {
        self.rows.documents(owner, kind, selection).await
    }
}

#[async_trait]
impl<S: Store> EntryRepository for Counted<S> {
    async fn entries(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        self.rows.entries(owner, after, limit).await
    }

    async fn postings(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Posted>, StoreError> {
        self.rows.postings(owner, after, limit).await
    }

    async fn idempotency_records(
        &self,
        owner: OwnerId,
        after: Option<&IdempotencyKey>,
        limit: u32,
    ) -> Result<Vec<(IdempotencyKey, IdempotencyRecord)>, StoreError> {
        self.rows.idempotency_records(owner, after, limit).await
    }

    async fn standing(
        &self,
        owner: OwnerId,
        customer: CustomerId,
        as_of: Date,
    ) -> Result<Standing, StoreError> {
        self.rows.standing(owner, customer, as_of).await
    }

    async fn traces(&self, owner: OwnerId, items: &[ItemId]) -> Result<Vec<Trace>, StoreError> {
        self.rows.traces(owner, items).await
    }
}

#[async_trait]
impl<S: Store> ReportRepository for Counted<S> {
    async fn extract(
        &self,
        owner: OwnerId,
        customer: CustomerId,
        selection: &ExtractSelection,
    ) -> Result<Extract, StoreError> {
        self.rows.extract(owner, customer, selection).await
    }

    async fn day(
        &self,
        owner: OwnerId,
        date: Date,
        after: u64,
        limit: u32,
    ) -> Result<Vec<DayLine>, StoreError> {
        self.rows.day(owner, date, after, limit).await
    }

    async fn outstanding(&self, owner: OwnerId, as_of: Date) -> Result<Outstanding, StoreError> {
        self.rows.outstanding(owner, as_of).await
    }

    async fn overview(&self, owner: OwnerId, day: Date, debtors: u32) -> Result<Overview, StoreError> {
        self.rows.overview(owner, day, debtors).await
    }
}

/// Gives each case of the suite a store of its own.
struct InMemory;

#[async_trait]
impl Fixture for InMemory {
    async fn fresh(&self) -> Fresh {
        Fresh::new(Arc::new(Counted { rows: MemoryStore::new() }))
    }
}

fn main() -> ExitCode {
    let ended = Suite::new().over("counted", &InMemory).run();
    println!("{} changes were let through", CHANGES.load(Ordering::Relaxed));
    ended
}
