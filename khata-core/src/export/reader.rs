//! Paged reading of a book for an export.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::layout::{Part, Piece};
use crate::calendar::Date;
use crate::engine::shares::Shares;
use crate::error::Error;
use crate::id::{CustomerId, OwnerId};
use crate::idempotency::IdempotencyKey;
use crate::store::{Head, Store, StoreError};

/// Number of rows of a page: large enough that a round trip costs little per row.
const PAGE: u32 = 1000;

/// Maximum number of pages that are being read or wait to be written.
const PAGES_AHEAD: usize = 2;

/// A book up to a head.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) store: Arc<dyn Store>,
    /// By which its pages are read beside what other shops read.
    pub(crate) reports: Arc<Shares>,
    pub(crate) head: Head,
    /// Today, by the shop's clock.
    pub(crate) today: Date,
}

/// A reader of the requested parts of a book, in order. While a page is written the next ones are read, so that the database
/// and this process work at the same time.
#[derive(Debug)]
pub(super) struct Reader {
    source: Source,
    page: u32,
    parts: &'static [Part],
    /// Position of the next read; none while it depends on a read in progress, and after a failure.
    place: Option<Place>,
    asked: VecDeque<Reading>,
}

/// A task that reads a piece. It is in a set of its own, so that it is aborted when the set is dropped.
type Reading = JoinSet<Result<Piece, StoreError>>;

/// A position in a book.
#[derive(Debug, Clone)]
enum Place {
    Begin,
    Customers { after: Option<CustomerId> },
    Postings { after: u64 },
    Requests { after: Option<IdempotencyKey> },
    End,
    Ended,
}

impl Reader {
    /// Creates a reader of a book.
    pub(super) fn new(source: Source, parts: &'static [Part]) -> Self {
        Self { source, page: PAGE, parts, place: Some(Place::Begin), asked: VecDeque::new() }
    }

    /// Sets the number of rows to read at once.
    pub(super) fn in_pages_of(self, page: u32) -> Self {
        Self { page, ..self }
    }

    pub(super) fn head(&self) -> &Head {
        &self.source.head
    }

    /// Returns the next piece, or `None` after the end. After an error it returns only errors.
    pub(super) async fn next(&mut self) -> Result<Option<Piece>, Error> {
        self.ask();
        let Some(mut reading) = self.asked.pop_front() else {
            return match self.place {
                Some(Place::Ended) => Ok(None),
                _ => Err(Error::Internal("the export has failed before".into())),
            };
        };
        let read = reading.join_next().await.expect("it reads one piece");
        let read = read.map_err(|failed| Error::Internal(format!("reading ahead failed: {failed}")));
        let piece = read.and_then(|piece| Ok(piece?)).inspect_err(|_| self.break_off())?;
        self.place = self.place.take().or_else(|| self.after(&piece));
        self.ask();
        Ok(Some(piece))
    }

    /// Stops reading.
    pub(super) fn break_off(&mut self) {
        self.place = None;
        self.asked.clear();
    }

    /// Starts the next reads, as far as their positions are known and may be read ahead.
    fn ask(&mut self) {
        while self.asked.len() < PAGES_AHEAD {
            let Some(place) = self.place.take_if(|place| !matches!(place, Place::Ended)) else { return };
            self.place = self.known_after(&place);
            let Source { store, reports, head, today } = &self.source;
            let (store, reports) = (store.clone(), reports.clone());
            let (owner, last, page, today) = (head.owner.id, head.seq, self.page, *today);
            let mut reading = Reading::new();
            reading.spawn(async move {
                let _place = reports.place_to_go_on(owner).await;
                read(&*store, owner, last, page, today, place).await
            });
            self.asked.push_back(reading);
        }
    }

    /// Returns the position after a piece if it doesn't depend on the contents. The pages of entries are known in advance,
    /// since their `seq` has no gaps.
    fn known_after(&self, place: &Place) -> Option<Place> {
        match place {
            Place::Begin => Some(self.from(Part::Customers)),
            Place::Postings { after } => {
                let after = after + u64::from(self.page);
                let more = after < self.source.head.seq;
                Some(if more { Place::Postings { after } } else { self.from(Part::Requests) })
            }
            Place::End => Some(Place::Ended),
            Place::Customers { .. } | Place::Requests { .. } | Place::Ended => None,
        }
    }

    /// Returns the position after a piece if it depends on the contents.
    fn after(&self, piece: &Piece) -> Option<Place> {
        match piece {
            Piece::Customers(page) => Some(match page.last().filter(|_| self.is_full(page)) {
                Some(last) => Place::Customers { after: Some(last.id) },
                None => self.from(Part::Postings),
            }),
            Piece::Requests(page) => Some(match page.last().filter(|_| self.is_full(page)) {
                Some((last, _)) => Place::Requests { after: Some(last.clone()) },
                None => Place::End,
            }),
            Piece::Begin | Piece::Postings(..) | Piece::End => None,
        }
    }

    /// Returns whether there may be more rows. A page that is not full is the last one, so that an export ends even if rows
    /// are added all the time.
    fn is_full<T>(&self, page: &[T]) -> bool {
        page.len() as u64 == u64::from(self.page)
    }

    /// Returns the beginning of the first requested part, from a part on.
    fn from(&self, part: Part) -> Place {
        let order = [Part::Customers, Part::Postings, Part::Requests].into_iter();
        let there = |part: &Part| {
            let empty = *part == Part::Postings && self.source.head.seq == 0;
            self.parts.contains(part) && !empty
        };
        match order.skip_while(|next| *next != part).find(there) {
            Some(Part::Customers) => Place::Customers { after: None },
            Some(Part::Postings) => Place::Postings { after: 0 },
            Some(Part::Requests) => Place::Requests { after: None },
            None => Place::End,
        }
    }
}

/// Reads the piece at a position, in a book up to a last entry.
async fn read(
    store: &dyn Store,
    owner: OwnerId,
    last: u64,
    page: u32,
    today: Date,
    place: Place,
) -> Result<Piece, StoreError> {
    Ok(match place {
        Place::Begin => Piece::Begin,
        Place::Customers { after } => Piece::Customers(store.all_customers(owner, after, page).await?),
        Place::Postings { after } => {
            let left = u32::try_from(last - after).unwrap_or(u32::MAX).min(page);
            let postings = store.postings(owner, after, left).await?;
            let found = (after + 1..).zip(&postings).take_while(|(seq, posted)| posted.entry.seq == *seq);
            let found = found.count() as u64;
            if found < u64::from(left) {
                return Err(StoreError::corrupt(format!("entry {} is missing", after + found + 1)));
            }
            let items = postings.iter().map(|posted| &posted.item);
            let pending = items.filter(|item| item.pending_until.is_some_and(|until| until > today));
            let pending: Vec<_> = pending.map(|item| item.id).collect();
            let traces = if pending.is_empty() { Vec::new() } else { store.traces(owner, &pending).await? };
            Piece::Postings(postings, traces)
        }
        Place::Requests { after } => {
            Piece::Requests(store.idempotency_records(owner, after.as_ref(), page).await?)
        }
        Place::End | Place::Ended => Piece::End,
    })
}
