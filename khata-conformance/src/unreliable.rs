//! A store of which transactions go wrong.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use async_trait::async_trait;

use khata_core::calendar::{Date, Timestamp};
use khata_core::customer::Customer;
use khata_core::id::{CustomerId, ItemId, OwnerId, SessionId};
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::ledger::{Entry, Outcome};
use khata_core::number::DocumentKind;
use khata_core::phone::MobileNumber;
use khata_core::store::{
    BookRepository, Credentials, CustomerRepository, CustomerSelection, DayLine, DocumentRepository,
    DocumentSelection, EntryRepository, Extract, ExtractSelection, Head, Job, LiveSession, Outstanding,
    Overview, OwnerRepository, Posted, ReportRepository, Session, SessionRepository, Standing, Store,
    StoreError, StoredDocument, Throttle, ThrottleKey, ThrottleRepository, Trace,
};

/// What becomes of a transaction that goes wrong.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fate {
    /// It is committed, and its answer is lost.
    Committed,
    /// It is lost on the way, and nobody knows.
    Lost,
    /// It is refused.
    Refused,
}

/// A store over another of which some transactions go wrong.
#[derive(Debug)]
pub(super) struct Unreliable {
    inner: Arc<dyn Store>,
    fate: Fate,
    /// How many go well first.
    well: AtomicU32,
    /// How many go wrong then.
    wrong: AtomicU32,
}

impl Unreliable {
    /// A store of which every transaction goes wrong.
    pub(super) fn new(inner: Arc<dyn Store>, fate: Fate) -> Self {
        Self { inner, fate, well: AtomicU32::new(0), wrong: AtomicU32::new(u32::MAX) }
    }

    /// After so many that go well.
    pub(super) fn after(self, well: u32) -> Self {
        Self { well: AtomicU32::new(well), ..self }
    }

    /// And only so many of them.
    pub(super) fn for_next(self, wrong: u32) -> Self {
        Self { wrong: AtomicU32::new(wrong), ..self }
    }

    fn goes_wrong(&self) -> bool {
        let take = |count: &AtomicU32| {
            count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
        };
        !take(&self.well) && take(&self.wrong)
    }
}

#[async_trait]
impl BookRepository for Unreliable {
    async fn transact(&self, job: &dyn Job, deadline: Instant) -> Result<Vec<Outcome>, StoreError> {
        if !self.goes_wrong() {
            return self.inner.transact(job, deadline).await;
        }
        match self.fate {
            Fate::Refused => return Err(StoreError::unavailable("it is interrupted")),
            Fate::Committed => drop(self.inner.transact(job, deadline).await?),
            Fate::Lost => {}
        }
        Err(StoreError::in_doubt("the answer was lost"))
    }

    fn lanes(&self) -> NonZeroUsize {
        self.inner.lanes()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.inner.ping().await
    }
}

/// Passes the methods of a trait on to the store inside.
macro_rules! pass_on {
    ($repository:ident { $(fn $method:ident($($name:ident: $type:ty),*) -> $output:ty;)+ }) => {
        #[async_trait]
        impl $repository for Unreliable {
            $(async fn $method(&self, $($name: $type),*) -> Result<$output, StoreError> {
                self.inner.$method($($name),*).await
            })+
        }
    };
}

pass_on! { OwnerRepository {
    fn create_owner(head: &Head, password_hash: &str) -> ();
    fn head(owner: OwnerId) -> Head;
    fn owners(after: Option<OwnerId>, limit: u32) -> Vec<Head>;
    fn credentials_by_mobile(mobile: &MobileNumber) -> Credentials;
    fn credentials(owner: OwnerId) -> Credentials;
    fn renew_password_hash(owner: OwnerId, version: u64, hash: &str) -> ();
} }
pass_on! { SessionRepository {
    fn open_session(session: &Session, password_version: u64) -> ();
    fn live_sessions(sessions: &[(OwnerId, SessionId)]) -> Vec<LiveSession>;
    fn end_session(owner: OwnerId, session: SessionId) -> ();
    fn end_sessions(owner: OwnerId) -> ();
} }
pass_on! { ThrottleRepository {
    fn throttles(keys: &[ThrottleKey]) -> Vec<(ThrottleKey, Throttle)>;
    fn put_throttle(key: &ThrottleKey, throttle: &Throttle, now: Timestamp) -> ();
    fn put_throttles(counts: &[(ThrottleKey, Throttle)], now: Timestamp) -> Vec<ThrottleKey>;
    fn clear_throttle(key: &ThrottleKey) -> ();
} }
pass_on! { CustomerRepository {
    fn customer(owner: OwnerId, id: CustomerId) -> Customer;
    fn customers(owner: OwnerId, selection: &CustomerSelection) -> Vec<Customer>;
    fn all_customers(owner: OwnerId, after: Option<CustomerId>, limit: u32) -> Vec<Customer>;
} }
pass_on! { DocumentRepository {
    fn document(owner: OwnerId, kind: DocumentKind, id: ItemId) -> StoredDocument;
    fn documents(owner: OwnerId, kind: DocumentKind, selection: &DocumentSelection) -> Vec<StoredDocument>;
} }
pass_on! { EntryRepository {
    fn entries(owner: OwnerId, after: u64, limit: u32) -> Vec<Entry>;
    fn postings(owner: OwnerId, after: u64, limit: u32) -> Vec<Posted>;
    fn idempotency_records(owner: OwnerId, after: Option<&IdempotencyKey>, limit: u32)
        -> Vec<(IdempotencyKey, IdempotencyRecord)>;
    fn standing(owner: OwnerId, customer: CustomerId, as_of: Date) -> Standing;
    fn traces(owner: OwnerId, items: &[ItemId]) -> Vec<Trace>;
} }
pass_on! { ReportRepository {
    fn extract(owner: OwnerId, customer: CustomerId, selection: &ExtractSelection) -> Extract;
    fn day(owner: OwnerId, date: Date, after: u64, limit: u32) -> Vec<DayLine>;
    fn outstanding(owner: OwnerId, as_of: Date) -> Outstanding;
    fn overview(owner: OwnerId, day: Date, debtors: u32) -> Overview;
} }
