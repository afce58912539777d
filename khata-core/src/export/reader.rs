//! Reading a book for an export, a page at a time.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::layout::{Part, Piece};
use crate::error::Error;
use crate::id::CustomerId;
use crate::idempotency::IdempotencyKey;
use crate::store::{Head, Store, StoreError};

/// How many rows are read at once: enough that a round trip costs little for each.
const PAGE: u32 = 1000;

/// Who reads the parts of a book that are wanted, in their order. While one page is being written, the next is read, so
/// that the database and this process work at the same time.
#[derive(Debug)]
pub(super) struct Reader {
    store: Arc<dyn Store>,
    head: Head,
    page: u32,
    parts: &'static [Part],
    place: Place,
    /// What is read ahead, if anything is. What is read for nobody is stopped.
    ahead: JoinSet<Result<Piece, StoreError>>,
}

/// What comes next.
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
    /// Of the book that stands at this head.
    pub(super) fn new(store: Arc<dyn Store>, head: Head, parts: &'static [Part]) -> Self {
        Self { store, head, page: PAGE, parts, place: Place::Begin, ahead: JoinSet::new() }
    }

    /// The same with so many rows at once.
    #[cfg(any(test, feature = "conformance"))]
    pub(super) fn in_pages_of(self, page: u32) -> Self {
        Self { page, ..self }
    }

    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    /// The next piece; `None` after the end. After an error it is tried again.
    pub(super) async fn next(&mut self) -> Result<Option<Piece>, Error> {
        if matches!(self.place, Place::Ended) {
            return Ok(None);
        }
        if self.ahead.is_empty() {
            self.read_ahead();
        }
        let read = self.ahead.join_next().await.expect("something is read");
        let piece = read.map_err(|failed| Error::Internal(format!("reading ahead failed: {failed}")))??;
        self.place = self.after(&piece);
        if !matches!(self.place, Place::Ended) {
            self.read_ahead();
        }
        Ok(Some(piece))
    }

    fn read_ahead(&mut self) {
        let (store, owner, page) = (self.store.clone(), self.head.owner.id, self.page);
        let (place, last) = (self.place.clone(), self.head.seq);
        self.ahead.spawn(async move {
            Ok(match place {
                Place::Begin => Piece::Begin,
                Place::Customers { after } => {
                    Piece::Customers(store.all_customers(owner, after, page).await?)
                }
                Place::Postings { after } => {
                    let left = u32::try_from(last - after).unwrap_or(u32::MAX);
                    let postings = store.postings(owner, after, page.min(left)).await?;
                    if postings.is_empty() {
                        return Err(StoreError::corrupt(format!("entry {} is missing", after + 1)));
                    }
                    Piece::Postings(postings)
                }
                Place::Requests { after } => {
                    Piece::Requests(store.idempotency_records(owner, after.as_ref(), page).await?)
                }
                Place::End | Place::Ended => Piece::End,
            })
        });
    }

    /// What comes after that piece.
    fn after(&self, piece: &Piece) -> Place {
        match piece {
            Piece::Begin => self.from(Part::Customers),
            Piece::Customers(page) => match page.last().filter(|_| self.is_full(page)) {
                Some(last) => Place::Customers { after: Some(last.id) },
                None => self.from(Part::Postings),
            },
            Piece::Postings(page) => match page.last().map(|last| last.entry.seq) {
                Some(last) if last < self.head.seq => Place::Postings { after: last },
                _ => self.from(Part::Requests),
            },
            Piece::Requests(page) => match page.last().filter(|_| self.is_full(page)) {
                Some((last, _)) => Place::Requests { after: Some(last.clone()) },
                None => Place::End,
            },
            Piece::End => Place::Ended,
        }
    }

    /// Whether there may be more. After a page that is not full there was none: else an export of a book in which more is
    /// always added might never end.
    fn is_full<T>(&self, page: &[T]) -> bool {
        page.len() as u64 == u64::from(self.page)
    }

    /// Where the first part begins that is wanted, of that one and those after it.
    fn from(&self, part: Part) -> Place {
        let order = [Part::Customers, Part::Postings, Part::Requests].into_iter();
        let there = |part: &Part| {
            let empty = *part == Part::Postings && self.head.seq == 0;
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
