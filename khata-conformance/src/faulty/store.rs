//! The store in memory with one fault.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
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
    BookRepository, Credentials, CustomerRepository, CustomerSelection, DocumentRepository,
    DocumentSelection, EntryRepository, Head, Job, Keys, LiveSession, MemoryStore, OwnerRepository, Posted,
    Rows, Session, SessionRepository, Standing, Step, StoreError, StoredDocument, Throttle, ThrottleKey,
    ThrottleRepository, Trace, UniqueRule, Writes,
};

use super::{Fault, Leak, Wrong};
use crate::context::{JobFn, soon};

#[derive(Debug)]
pub(super) struct Faulty {
    pub(super) inner: MemoryStore,
    pub(super) fault: Fault,
    seen: Mutex<Seen>,
}

/// What some faults remember.
#[derive(Debug, Default)]
struct Seen {
    owners: BTreeSet<OwnerId>,
    customers: BTreeMap<CustomerId, Customer>,
    heads: BTreeMap<OwnerId, Head>,
    live: BTreeMap<SessionId, LiveSession>,
}

impl Faulty {
    pub(super) fn new(fault: Fault) -> Self {
        Self { inner: MemoryStore::new(), fault, seen: Mutex::default() }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is(&self, wrong: Wrong) -> bool {
        matches!(self.fault, Fault::Does(fault) if fault == wrong)
    }

    /// The page of a list in the order of its keys that is read instead of the one that was asked for.
    fn page<K>(&self, after: Option<K>, limit: u32) -> (Option<K>, u32) {
        match self.fault {
            Fault::Does(Wrong::PagesRepeated) => (None, limit),
            Fault::Does(Wrong::PagesTooLong) => (after, limit.saturating_add(1)),
            Fault::Does(Wrong::PagesTooShort) => (after, limit.saturating_sub(1)),
            _ => (after, limit),
        }
    }

    /// The owners whose rows a method looks at: the one who is asked for, and others if it leaks.
    pub(super) fn shops(&self, owner: OwnerId, leak: Leak) -> Vec<OwnerId> {
        let leaks = matches!(self.fault, Fault::Leaks(fault) if fault == leak);
        let others =
            self.seen().owners.iter().copied().filter(|other| leaks && *other != owner).collect::<Vec<_>>();
        [vec![owner], others].concat()
    }

    /// The writes of a job that is let in on the present rows, without a lock that lasts.
    async fn glance(&self, job: &dyn Job) -> Result<Writes, StoreError> {
        let writes = Mutex::new(Writes::default());
        let look = JobFn::new(job.shops().iter().copied(), |rows: &Rows| match job.decide(rows) {
            Step::Load(keys) => Step::Load(keys),
            Step::Write(decided) => {
                *writes.lock().unwrap_or_else(PoisonError::into_inner) = *decided;
                Step::Write(Box::default())
            }
        });
        look.send(&self.inner).await?;
        Ok(writes.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    async fn put(&self, job: &dyn Job, writes: Writes) -> Result<Vec<Outcome>, StoreError> {
        let put = JobFn::new(job.shops().iter().copied(), |_: &Rows| Step::Write(Box::new(writes.clone())));
        put.send(&self.inner).await
    }

    async fn half(&self, job: &dyn Job) -> Result<(), StoreError> {
        let Writes { heads, balances, customers, .. } = self.glance(job).await?;
        let customers = if self.is(Wrong::HalfOfAConflict) { customers } else { Vec::new() };
        self.put(job, Writes { heads, balances, customers, ..Writes::default() }).await.map(drop)
    }
}

/// A job between which and the store a fault stands.
struct Tampered<'a> {
    job: &'a dyn Job,
    shops: Vec<OwnerId>,
    pub(super) fault: Fault,
}

impl Job for Tampered<'_> {
    fn shops(&self) -> &[OwnerId] {
        &self.shops
    }

    fn decide(&self, seen: &Rows) -> Step {
        let mut rows = seen.clone();
        match self.fault {
            Fault::Rows(tamper) => tamper(&mut rows),
            Fault::Leaks(Leak::Loads) => leak_rows(&mut rows),
            _ => {}
        }
        match (self.job.decide(&rows), self.fault) {
            (Step::Load(mut keys), Fault::Keys(tamper)) => {
                tamper(&mut keys);
                Step::Load(keys)
            }
            (Step::Load(mut keys), Fault::Leaks(Leak::Loads)) => {
                leak_keys(&mut keys, &self.shops);
                Step::Load(keys)
            }
            (Step::Write(mut writes), Fault::Writes(tamper)) => {
                tamper(&mut writes);
                Step::Write(writes)
            }
            (step, _) => step,
        }
    }
}

fn leak_keys(keys: &mut Keys, shops: &[OwnerId]) {
    fn spread<K: Clone + PartialEq>(keys: &mut Vec<(OwnerId, K)>, shops: &[OwnerId]) {
        for (_, key) in keys.clone() {
            for shop in shops {
                if !keys.contains(&(*shop, key.clone())) {
                    keys.push((*shop, key.clone()));
                }
            }
        }
    }
    spread(&mut keys.customers, shops);
    spread(&mut keys.mobiles, shops);
    spread(&mut keys.items, shops);
    spread(&mut keys.allocations, shops);
    spread(&mut keys.highest_numbers, shops);
}

fn leak_rows(rows: &mut Rows) {
    fn spread<K: Clone + Ord, V: Clone>(rows: &mut BTreeMap<(OwnerId, K), V>, shops: &[OwnerId]) {
        for ((_, key), row) in rows.clone() {
            for shop in shops {
                rows.entry((*shop, key.clone())).or_insert_with(|| row.clone());
            }
        }
    }
    let shops: Vec<_> = rows.heads.keys().copied().collect();
    spread(&mut rows.customers, &shops);
    spread(&mut rows.mobiles, &shops);
    spread(&mut rows.items, &shops);
    spread(&mut rows.allocations, &shops);
    spread(&mut rows.highest_numbers, &shops);
}

#[async_trait]
impl BookRepository for Faulty {
    async fn transact(&self, job: &dyn Job, deadline: Instant) -> Result<Vec<Outcome>, StoreError> {
        let deadline = if self.is(Wrong::NoDeadline) { soon() } else { deadline };
        let mut shops = job.shops().to_vec();
        if self.is(Wrong::MissingShopsPassedOver) {
            shops.retain(|shop| self.seen().owners.contains(shop));
        }
        let tampered = Tampered { job, shops, fault: self.fault };
        if self.is(Wrong::NoLock) {
            let writes = self.glance(&tampered).await?;
            tokio::task::yield_now().await;
            return self.put(&tampered, writes).await;
        }
        let answered = self.inner.transact(&tampered, deadline).await;
        match &answered {
            Ok(_) if self.is(Wrong::EveryJobTwice) => drop(self.inner.transact(&tampered, deadline).await?),
            Err(StoreError::Corrupt { .. }) if self.is(Wrong::HalfOfACorruptJob) => self.half(job).await?,
            Err(StoreError::Conflict(_)) if self.is(Wrong::HalfOfAConflict) => self.half(job).await?,
            _ => {}
        }
        answered.map(|mut outcomes| {
            if self.is(Wrong::LastOutcomeLost) {
                outcomes.pop();
            }
            outcomes
        })
    }

    fn lanes(&self) -> NonZeroUsize {
        self.inner.lanes()
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.inner.ping().await
    }
}

#[async_trait]
impl OwnerRepository for Faulty {
    async fn create_owner(&self, head: &Head, password_hash: &str) -> Result<(), StoreError> {
        self.seen().owners.insert(head.owner.id);
        match self.inner.create_owner(head, password_hash).await {
            Err(StoreError::Conflict(_)) if self.is(Wrong::TwoOwnersOfANumber) => Ok(()),
            Err(StoreError::Conflict(UniqueRule::OwnerMobile)) if self.is(Wrong::ConflictCalledCorrupt) => {
                Err(StoreError::corrupt("two owners have one mobile number"))
            }
            other => other,
        }
    }

    async fn head(&self, owner: OwnerId) -> Result<Head, StoreError> {
        let head = self.inner.head(owner).await?;
        let old = self.seen().heads.entry(owner).or_insert_with(|| head.clone()).clone();
        Ok(if self.is(Wrong::OldHeads) { old } else { head })
    }

    async fn owners(&self, after: Option<OwnerId>, limit: u32) -> Result<Vec<Head>, StoreError> {
        let (after, limit) = self.page(after, limit);
        let mut heads = self.inner.owners(after, limit).await?;
        if let Fault::Owners(tamper) = self.fault {
            tamper(&mut heads);
        }
        Ok(heads)
    }

    async fn credentials_by_mobile(&self, mobile: &MobileNumber) -> Result<Credentials, StoreError> {
        self.inner.credentials_by_mobile(mobile).await
    }

    async fn credentials(&self, owner: OwnerId) -> Result<Credentials, StoreError> {
        self.inner.credentials(owner).await
    }

    async fn renew_password_hash(&self, owner: OwnerId, version: u64, hash: &str) -> Result<(), StoreError> {
        let any = self.is(Wrong::HashOfAnyVersionRenewed);
        let version = if any { self.inner.head(owner).await?.password_version } else { version };
        self.inner.renew_password_hash(owner, version, hash).await
    }
}

#[async_trait]
impl SessionRepository for Faulty {
    async fn open_session(&self, session: &Session, password_version: u64) -> Result<(), StoreError> {
        let mut session = *session;
        if let Fault::Session(tamper) = self.fault {
            tamper(&mut session);
        }
        if self.is(Wrong::ExpiredSessionsKept) {
            session.opened_at = Timestamp::MIN;
        }
        let any = self.is(Wrong::SessionOfAnyVersionOpened);
        let version =
            if any { self.inner.head(session.owner).await?.password_version } else { password_version };
        self.inner.open_session(&session, version).await
    }

    async fn live_sessions(&self, sessions: &[(OwnerId, SessionId)]) -> Result<Vec<LiveSession>, StoreError> {
        let mut live = Vec::new();
        for &(owner, id) in sessions {
            let anyones = self.shops(owner, Leak::LiveSessions).into_iter().map(|owner| (owner, id));
            let found = self.inner.live_sessions(&anyones.collect::<Vec<_>>()).await?;
            live.extend(found);
        }
        if self.is(Wrong::OldLiveSessions) {
            let mut seen = self.seen();
            seen.live.extend(live.iter().map(|live| (live.id, *live)));
            live = sessions.iter().filter_map(|(_, id)| seen.live.get(id).copied()).collect();
        }
        if let Fault::Live(tamper) = self.fault {
            tamper(&mut live);
        }
        Ok(live)
    }

    async fn end_session(&self, owner: OwnerId, session: SessionId) -> Result<(), StoreError> {
        if self.is(Wrong::EndForgotten) {
            return Ok(());
        }
        if self.is(Wrong::EndOfOneEndsAll) {
            return self.inner.end_sessions(owner).await;
        }
        for owner in self.shops(owner, Leak::EndSession) {
            self.inner.end_session(owner, session).await?;
        }
        Ok(())
    }

    async fn end_sessions(&self, owner: OwnerId) -> Result<(), StoreError> {
        if self.is(Wrong::EndOfAllForgotten) { Ok(()) } else { self.inner.end_sessions(owner).await }
    }
}

#[async_trait]
impl ThrottleRepository for Faulty {
    async fn throttles(&self, keys: &[ThrottleKey]) -> Result<Vec<(ThrottleKey, Throttle)>, StoreError> {
        self.inner.throttles(keys).await
    }

    async fn put_throttle(
        &self,
        key: &ThrottleKey,
        throttle: &Throttle,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (mut throttle, mut now) = (*throttle, now);
        if let Fault::Throttle(tamper) = self.fault {
            tamper(&mut throttle, &mut now);
        }
        match self.inner.put_throttle(key, &throttle, now).await {
            Err(StoreError::Stale) if self.is(Wrong::StaleCountAccepted) => Ok(()),
            other => other,
        }
    }

    async fn clear_throttle(&self, key: &ThrottleKey) -> Result<(), StoreError> {
        if self.is(Wrong::ClearedCountKept) { Ok(()) } else { self.inner.clear_throttle(key).await }
    }
}

#[async_trait]
impl CustomerRepository for Faulty {
    async fn customer(&self, owner: OwnerId, id: CustomerId) -> Result<Customer, StoreError> {
        let mut answer = Err(StoreError::NotFound);
        for owner in self.shops(owner, Leak::Customer) {
            answer = answer.or(self.inner.customer(owner, id).await);
        }
        let mut customer = answer?;
        if let Fault::Customer(tamper) = self.fault {
            tamper(&mut customer);
        }
        let old = self.seen().customers.entry(id).or_insert_with(|| customer.clone()).clone();
        Ok(if self.is(Wrong::OldCustomers) { old } else { customer })
    }

    async fn customers(
        &self,
        owner: OwnerId,
        selection: &CustomerSelection,
    ) -> Result<Vec<Customer>, StoreError> {
        let mut selection = selection.clone();
        if let Fault::Customers(tamper) = self.fault {
            tamper(&mut selection);
        }
        let mut customers = Vec::new();
        for owner in self.shops(owner, Leak::Customers) {
            customers.extend(self.inner.customers(owner, &selection).await?);
        }
        if let Fault::Customer(tamper) = self.fault {
            customers.iter_mut().for_each(tamper);
        }
        Ok(customers)
    }

    async fn all_customers(
        &self,
        owner: OwnerId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Vec<Customer>, StoreError> {
        let (after, limit) = self.page(after, limit);
        let mut customers = Vec::new();
        for owner in self.shops(owner, Leak::AllCustomers) {
            customers.extend(self.inner.all_customers(owner, after, limit).await?);
        }
        if let Fault::AllCustomers(tamper) = self.fault {
            tamper(&mut customers);
        }
        Ok(customers)
    }
}

#[async_trait]
impl DocumentRepository for Faulty {
    async fn document(
        &self,
        owner: OwnerId,
        kind: DocumentKind,
        id: ItemId,
    ) -> Result<StoredDocument, StoreError> {
        let any = [DocumentKind::Invoice, DocumentKind::Receipt, DocumentKind::CreditNote];
        let kinds = if self.is(Wrong::DocumentsOfAnyKind) { any.to_vec() } else { vec![kind] };
        let mut answer = Err(StoreError::NotFound);
        for owner in self.shops(owner, Leak::Document) {
            for kind in &kinds {
                answer = answer.or(self.inner.document(owner, *kind, id).await);
            }
        }
        let mut document = answer?;
        if let Fault::StoredDocument(tamper) = self.fault {
            tamper(&mut document);
        }
        Ok(document)
    }

    async fn documents(
        &self,
        owner: OwnerId,
        kind: DocumentKind,
        selection: &DocumentSelection,
    ) -> Result<Vec<StoredDocument>, StoreError> {
        let mut selection = selection.clone();
        if let Fault::Documents(tamper) = self.fault {
            tamper(&mut selection);
        }
        let mut documents = Vec::new();
        for owner in self.shops(owner, Leak::Documents) {
            documents.extend(self.inner.documents(owner, kind, &selection).await?);
        }
        if let Fault::StoredDocument(tamper) = self.fault {
            documents.iter_mut().for_each(tamper);
        }
        Ok(documents)
    }
}

#[async_trait]
impl EntryRepository for Faulty {
    async fn entries(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let (mut after, mut limit) = (after, limit);
        if let Fault::Feed(tamper) = self.fault {
            tamper(&mut after, &mut limit);
        }
        let mut entries = Vec::new();
        for owner in self.shops(owner, Leak::Entries) {
            entries.extend(self.inner.entries(owner, after, limit).await?);
        }
        if let Fault::Entries(tamper) = self.fault {
            tamper(&mut entries);
        }
        Ok(entries)
    }

    async fn postings(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Posted>, StoreError> {
        let (mut after, mut limit) = (after, limit);
        if let Fault::PostingsFeed(tamper) = self.fault {
            tamper(&mut after, &mut limit);
        }
        let mut postings = Vec::new();
        for owner in self.shops(owner, Leak::Postings) {
            postings.extend(self.inner.postings(owner, after, limit).await?);
        }
        if let Fault::Postings(tamper) = self.fault {
            tamper(&mut postings);
        }
        Ok(postings)
    }

    async fn idempotency_records(
        &self,
        owner: OwnerId,
        after: Option<&IdempotencyKey>,
        limit: u32,
    ) -> Result<Vec<(IdempotencyKey, IdempotencyRecord)>, StoreError> {
        let (after, limit) = self.page(after, limit);
        let mut records = Vec::new();
        for owner in self.shops(owner, Leak::Records) {
            records.extend(self.inner.idempotency_records(owner, after, limit).await?);
        }
        if let Fault::Records(tamper) = self.fault {
            tamper(&mut records);
        }
        Ok(records)
    }

    async fn standing(
        &self,
        owner: OwnerId,
        customer: CustomerId,
        as_of: Date,
    ) -> Result<Standing, StoreError> {
        let mut answer = Err(StoreError::NotFound);
        for owner in self.shops(owner, Leak::Standing) {
            answer = answer.or(self.inner.standing(owner, customer, as_of).await);
        }
        let mut standing = answer?;
        if let Fault::Standing(tamper) = self.fault {
            tamper(&mut standing);
        }
        Ok(standing)
    }

    async fn traces(&self, owner: OwnerId, items: &[ItemId]) -> Result<Vec<Trace>, StoreError> {
        let mut traces = Vec::new();
        for owner in self.shops(owner, Leak::Traces) {
            traces.extend(self.inner.traces(owner, items).await?);
        }
        if let Fault::Traces(tamper) = self.fault {
            tamper(&mut traces);
        }
        Ok(traces)
    }
}
