//! Reading of a book for its audit, page by page, during concurrent writes.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Verified;
use super::audit::Audit;
use super::fault::Place;
use crate::calendar::Date;
use crate::id::{CustomerId, ItemId, OwnerId};
use crate::idempotency::IdempotencyKey;
use crate::number::DocumentKind;
use crate::store::{DocumentSelection, Job, Keys, Rows, Step, Store, StoreError};

/// Default number of rows of a page.
pub(crate) const PAGE: u32 = 500;

/// Reads and verifies a shop's book. `timeout` is the maximum wait for the shop's lock, which a store may take for a
/// consistent read; `page` is the number of rows to read at once.
///
/// The entries up to the head are read first, and the stored rows after them. So the entries that were posted meanwhile are
/// read last: each row must match the book as one of them left it.
pub async fn verify(
    store: &dyn Store,
    owner: OwnerId,
    timeout: Duration,
    page: u32,
) -> Result<Verified, StoreError> {
    let audit = Audit::new(store.head(owner).await?);
    let mut reading = Reading { store, owner, timeout, page, audit };
    let end = reading.audit.head().seq;
    if reading.entries(end).await? {
        reading.audit.settle();
        reading.customers().await?;
        for &kind in DocumentKind::ALL {
            reading.documents(kind).await?;
        }
        let doubtful = reading.doubtful_requests().await?;
        reading.end().await?;
        reading.requests(&doubtful).await?;
    }
    Ok(reading.audit.finish())
}

struct Reading<'a> {
    store: &'a dyn Store,
    owner: OwnerId,
    timeout: Duration,
    page: u32,
    audit: Audit,
}

impl Reading<'_> {
    /// Adds the entries up to a position. Returns whether all of them could be read.
    async fn entries(&mut self, end: u64) -> Result<bool, StoreError> {
        let mut pages = Pages::of(self.page);
        while self.audit.seq() < end {
            let after = self.audit.seq();
            match pages.turn(self.store.postings(self.owner, after, pages.limit).await)? {
                Page::Rows(rows) if rows.is_empty() => break,
                Page::Rows(rows) => {
                    rows.iter().filter(|row| row.entry.seq <= end).for_each(|row| self.audit.take(row));
                    if rows.last().is_some_and(|row| row.entry.seq > end) {
                        break;
                    }
                }
                Page::Again => {}
                Page::Unreadable(cause) => {
                    self.audit.unreadable(Place::Entry(after + 1), &cause);
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    async fn customers(&mut self) -> Result<(), StoreError> {
        let (mut after, mut pages) = (None, Pages::of(self.page));
        loop {
            match pages.turn(self.store.all_customers(self.owner, after, pages.limit).await)? {
                Page::Rows(rows) => {
                    let Some(last) = rows.last() else { return Ok(()) };
                    after = Some(last.id);
                    for customer in &rows {
                        self.customer(customer.id).await?;
                    }
                }
                Page::Again => {}
                Page::Unreadable(cause) => {
                    self.audit.unreadable(Place::Customers, &cause);
                    return Ok(());
                }
            }
        }
    }

    async fn customer(&mut self, id: CustomerId) -> Result<(), StoreError> {
        match self.store.standing(self.owner, id, Date::MAX).await {
            Ok(standing) => self.audit.add_stored(&standing),
            // Deleted since.
            Err(StoreError::NotFound) => {}
            Err(cause @ StoreError::Corrupt { .. }) => self.audit.unreadable(Place::Customer(id), &cause),
            Err(other) => return Err(other),
        }
        Ok(())
    }

    async fn documents(&mut self, kind: DocumentKind) -> Result<(), StoreError> {
        let (mut before, mut pages) = (None, Pages::of(self.page));
        loop {
            let selection = DocumentSelection { before, limit: pages.limit, ..DocumentSelection::default() };
            match pages.turn(self.store.documents(self.owner, kind, &selection).await)? {
                Page::Rows(rows) => {
                    let Some(last) = rows.last() else { return Ok(()) };
                    before = Some(last.document.seq);
                    rows.iter().for_each(|listed| self.audit.listed(listed));
                }
                Page::Again => {}
                Page::Unreadable(cause) => {
                    self.audit.unreadable(Place::Documents(kind), &cause);
                    return Ok(());
                }
            }
        }
    }

    /// Returns the idempotency records whose subject is unknown so far.
    async fn doubtful_requests(&mut self) -> Result<Vec<IdempotencyKey>, StoreError> {
        let (mut after, mut pages, mut doubtful) = (None, Pages::of(self.page), Vec::new());
        loop {
            let read = self.store.idempotency_records(self.owner, after.as_ref(), pages.limit).await;
            match pages.turn(read)? {
                Page::Rows(rows) => {
                    let Some((last, _)) = rows.last() else { return Ok(doubtful) };
                    after = Some(last.clone());
                    let unknown = rows.into_iter().filter(|(_, record)| !self.audit.knows(record.subject));
                    doubtful.extend(unknown.map(|(key, _)| key));
                }
                Page::Again => {}
                Page::Unreadable(cause) => {
                    self.audit.unreadable(Place::Keys, &cause);
                    return Ok(doubtful);
                }
            }
        }
    }

    /// Reads the counters, and the entries up to the point where they were read.
    async fn end(&mut self) -> Result<(), StoreError> {
        let end = match self.store.head(self.owner).await {
            Ok(head) => head,
            Err(cause @ StoreError::Corrupt { .. }) => {
                self.audit.unreadable(Place::Head, &cause);
                return Ok(());
            }
            Err(other) => return Err(other),
        };
        if self.entries(end.seq).await? {
            self.audit.check_counters(&end);
        }
        let beyond = self.store.entries(self.owner, end.seq, 1).await?;
        if let Some(entry) = beyond.first()
            && entry.seq > self.store.head(self.owner).await?.seq
        {
            self.audit.beyond_the_head(entry.seq);
        }
        Ok(())
    }

    /// Reads the current subjects of idempotency records. A customer may have been added or deleted since they were listed,
    /// so records and subjects are read at a single point in time.
    async fn requests(&mut self, doubtful: &[IdempotencyKey]) -> Result<(), StoreError> {
        for keys in doubtful.chunks(self.page as usize) {
            let idempotency = keys.iter().map(|key| (self.owner, key.clone())).collect();
            let Some(rows) = self.look(Keys { idempotency, ..Keys::default() }).await? else { return Ok(()) };
            for ((owner, key), record) in rows.idempotency {
                let is_item = rows.items.contains_key(&(owner, record.subject));
                let customer = CustomerId::from_uuid(record.subject.uuid());
                if !is_item && !rows.customers.contains_key(&(owner, customer)) {
                    self.audit.led_to_nothing(key, record.subject);
                }
            }
        }
        Ok(())
    }

    /// Reads idempotency records and their subjects at a single point in time. Returns `None` if they can't be parsed.
    async fn look(&mut self, keys: Keys) -> Result<Option<Rows>, StoreError> {
        let look = Look { shop: [self.owner], keys, seen: Mutex::default() };
        match self.store.transact(&look, Instant::now() + self.timeout).await {
            Ok(_) => Ok(Some(look.seen.into_inner().unwrap_or_else(PoisonError::into_inner))),
            Err(cause @ StoreError::Corrupt { .. }) => {
                self.audit.unreadable(Place::Head, &cause);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }
}

/// A job that only reads idempotency records and their subjects.
struct Look {
    shop: [OwnerId; 1],
    keys: Keys,
    seen: Mutex<Rows>,
}

impl Job for Look {
    fn shops(&self) -> &[OwnerId] {
        &self.shop
    }

    fn decide(&self, seen: &Rows) -> Step {
        match seen.loads {
            0 => Step::Load(self.keys.clone()),
            1 if !seen.idempotency.is_empty() => Step::Load(subjects(seen)),
            _ => {
                self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone_from(seen);
                Step::Write(Box::default())
            }
        }
    }
}

/// Returns the keys of the subjects, each of which is a customer or an item.
fn subjects(seen: &Rows) -> Keys {
    let mut subjects: Vec<(OwnerId, ItemId)> =
        seen.idempotency.iter().map(|((owner, _), record)| (*owner, record.subject)).collect();
    subjects.sort_unstable();
    subjects.dedup();
    let customers =
        subjects.iter().map(|(owner, subject)| (*owner, CustomerId::from_uuid(subject.uuid()))).collect();
    Keys { customers, items: subjects, ..Keys::default() }
}

/// A reader of pages. If a page can't be read, it tries shorter ones to find the row that causes it.
struct Pages {
    limit: u32,
}

enum Page<T> {
    Rows(Vec<T>),
    /// The page was too long: read a shorter one.
    Again,
    Unreadable(StoreError),
}

impl Pages {
    fn of(limit: u32) -> Self {
        Self { limit }
    }

    fn turn<T>(&mut self, read: Result<Vec<T>, StoreError>) -> Result<Page<T>, StoreError> {
        match read {
            Ok(rows) => Ok(Page::Rows(rows)),
            Err(cause @ StoreError::Corrupt { .. }) if self.limit == 1 => Ok(Page::Unreadable(cause)),
            Err(StoreError::Corrupt { .. }) => {
                self.limit /= 2;
                Ok(Page::Again)
            }
            Err(other) => Err(other),
        }
    }
}
