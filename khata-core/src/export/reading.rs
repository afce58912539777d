//! Reading a book for an export, a page at a time.

use std::sync::Arc;

use super::Format;
use super::beancount::Beancount;
use super::hledger::Hledger;
use super::json_lines::JsonLines;
use super::layout::{Layout, Part};
use super::tables;
use crate::error::Error;
use crate::id::{CustomerId, OwnerId};
use crate::idempotency::IdempotencyKey;
use crate::store::{Head, Store, StoreError};

/// How many rows are read at once: enough that a round trip costs little for each.
const PAGE: u32 = 1000;

/// An export under way, as [`Shop::export`](crate::Shop::export) begins it. Nothing is read but for the next chunk.
#[derive(Debug)]
pub struct Export {
    store: Arc<dyn Store>,
    head: Head,
    page: u32,
    layout: Box<dyn Layout>,
    stage: Stage,
    written: u64,
}

/// What comes next.
#[derive(Debug)]
enum Stage {
    Begin,
    Customers { after: Option<CustomerId> },
    Postings { after: u64 },
    Requests { after: Option<IdempotencyKey> },
    End,
    Ended,
}

impl Export {
    /// The export of the book that stands at this head.
    pub(crate) fn new(store: Arc<dyn Store>, head: Head, format: Format) -> Self {
        let layout: Box<dyn Layout> = match format {
            Format::JsonLines => Box::new(JsonLines::new(&head)),
            Format::Csv(table) => tables::layout(table, head.owner.currency),
            Format::Hledger => Box::new(Hledger::new(&head)),
            Format::Beancount => Box::new(Beancount::new(&head)),
        };
        Self { store, head, page: PAGE, layout, stage: Stage::Begin, written: 0 }
    }

    /// The same with so many rows at once.
    #[cfg(any(test, feature = "conformance"))]
    pub(crate) fn in_pages_of(self, page: u32) -> Self {
        Self { page, ..self }
    }

    /// The `seq` of the last entry that is exported: how many there are.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.head.seq
    }

    /// How many entries have been written so far.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// The next bytes; `None` at the end, and from then on. After an error, what there is so far is not a whole export.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn next_chunk(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let mut out = Vec::new();
        while out.is_empty() && !matches!(self.stage, Stage::Ended) {
            self.stage = self.step(&mut out).await?;
        }
        Ok(Some(out).filter(|out| !out.is_empty()))
    }

    async fn step(&mut self, out: &mut Vec<u8>) -> Result<Stage, Error> {
        let owner = self.head.owner.id;
        match &self.stage {
            Stage::Begin => {
                self.layout.begin(out);
                Ok(self.from(Part::Customers))
            }
            Stage::Customers { after } => {
                let page = self.store.all_customers(owner, *after, self.page).await?;
                self.layout.customers(&page, out);
                Ok(match page.last().filter(|_| self.is_full(&page)) {
                    Some(last) => Stage::Customers { after: Some(last.id) },
                    None => self.from(Part::Postings),
                })
            }
            Stage::Postings { after } => self.postings(owner, *after, out).await,
            Stage::Requests { after } => {
                let page = self.store.idempotency_records(owner, after.as_ref(), self.page).await?;
                self.layout.requests(&page, out);
                Ok(match page.last().filter(|_| self.is_full(&page)) {
                    Some((last, _)) => Stage::Requests { after: Some(last.clone()) },
                    None => Stage::End,
                })
            }
            Stage::End => {
                self.layout.end(out);
                Ok(Stage::Ended)
            }
            Stage::Ended => Ok(Stage::Ended),
        }
    }

    async fn postings(&mut self, owner: OwnerId, after: u64, out: &mut Vec<u8>) -> Result<Stage, Error> {
        let left = u32::try_from(self.head.seq - after).unwrap_or(u32::MAX);
        if left == 0 {
            return Ok(self.from(Part::Requests));
        }
        let page = self.store.postings(owner, after, self.page.min(left)).await?;
        let Some(last) = page.last().map(|posted| posted.entry.seq) else {
            return Err(StoreError::corrupt(format!("entry {} is missing", after + 1)).into());
        };
        self.layout.postings(&page, out)?;
        self.written += page.len() as u64;
        Ok(Stage::Postings { after: last })
    }

    /// Whether there may be more. After a page that is not full there was none: else an export of a book in which more is
    /// always added might never end.
    fn is_full<T>(&self, page: &[T]) -> bool {
        page.len() as u64 == u64::from(self.page)
    }

    /// The first stage from that part on that the format wants.
    fn from(&self, part: Part) -> Stage {
        let wanted = self.layout.parts();
        let order = [Part::Customers, Part::Postings, Part::Requests];
        let next = order.into_iter().skip_while(|next| *next != part).find(|next| wanted.contains(next));
        match next {
            Some(Part::Customers) => Stage::Customers { after: None },
            Some(Part::Postings) => Stage::Postings { after: 0 },
            Some(Part::Requests) => Stage::Requests { after: None },
            None => Stage::End,
        }
    }
}
