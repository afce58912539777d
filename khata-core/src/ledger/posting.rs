//! Batches of postings, each carried out by one [`Job`].

use std::collections::BTreeSet;

use super::book::Book;
use super::kept::KeptAnswer;
use super::{
    Answer, Command, Done, Entry, Outcome, Posting, bounce, customers, documents, reallocation,
    required_keys, views, void,
};
use crate::customer::Customer;
use crate::error::Error;
use crate::id::{ItemId, OwnerId};
use crate::idempotency::{IdempotencyKey, IdempotencyRecord};
use crate::store::{Job, Keys, Posted, Rows, Step, StoreError, Writes};
use crate::values::calendar::{Date, Timestamp};

/// A batch of postings. Each has its own outcome: a refused posting writes nothing and doesn't affect the others.
#[derive(Debug)]
pub struct PostingJob {
    shops: Vec<OwnerId>,
    postings: Vec<Posting>,
    now: Timestamp,
    was_sent: bool,
}

impl PostingJob {
    /// Creates a batch that is carried out at the given time.
    #[must_use]
    pub fn new(postings: Vec<Posting>, now: Timestamp) -> Self {
        let shops: BTreeSet<_> = postings.iter().map(|posting| posting.owner).collect();
        Self { shops: shops.into_iter().collect(), postings, now, was_sent: false }
    }

    /// Returns the postings.
    #[must_use]
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// Notes that the batch was sent without learning the outcome, so that what is sent again looks for its own entries.
    pub fn mark_sent(&mut self) {
        self.was_sent = true;
    }

    /// Returns whether the batch was sent without learning the outcome.
    #[must_use]
    pub(super) fn was_sent(&self) -> bool {
        self.was_sent
    }

    /// Gives the postings back.
    #[must_use]
    pub fn into_postings(self) -> Vec<Posting> {
        self.postings
    }
}

impl Job for PostingJob {
    fn shops(&self) -> &[OwnerId] {
        &self.shops
    }

    fn keys(&self) -> Keys {
        required_keys::named(self)
    }

    fn decide(&self, seen: &Rows) -> Step {
        if let Some(keys) = required_keys::next(self, seen) {
            return Step::Load(keys);
        }
        let mut book = Book::new(seen, self.now);
        let outcomes = self.postings.iter().map(|posting| carry_out(&mut book, posting)).collect();
        Step::Write(Box::new(book.into_writes(outcomes)))
    }
}

/// A job that finds out what would come of a posting. It writes nothing, so its outcome speaks of a document that isn't
/// there.
#[derive(Debug)]
pub(crate) struct PreviewJob(PostingJob);

impl PreviewJob {
    /// Creates a job that previews a posting at a given time.
    pub(crate) fn new(posting: Posting, now: Timestamp) -> Self {
        Self(PostingJob::new(vec![posting], now))
    }
}

impl Job for PreviewJob {
    fn shops(&self) -> &[OwnerId] {
        self.0.shops()
    }

    fn keys(&self) -> Keys {
        self.0.keys()
    }

    fn decide(&self, seen: &Rows) -> Step {
        match self.0.decide(seen) {
            Step::Write(writes) => {
                Step::Write(Box::new(Writes { outcomes: writes.outcomes, ..Writes::default() }))
            }
            load @ Step::Load(_) => load,
        }
    }
}

/// Carries out a posting, unless it was carried out earlier.
fn carry_out(book: &mut Book<'_>, posting: &Posting) -> Outcome {
    if let Some(answer) = sent_before(book, posting)? {
        return Ok(Done { answer, replayed: false });
    }
    if let Some(answer) = asked_before(book, posting)? {
        return Ok(Done { answer, replayed: true });
    }
    let answer = apply(book, posting)?;
    if let Some(key) = &posting.key {
        remember(book, posting, key.clone(), &answer);
    }
    Ok(Done { answer, replayed: false })
}

/// Returns the result of a posting that this process sent earlier without learning the outcome.
fn sent_before(book: &Book<'_>, posting: &Posting) -> Result<Option<Answer>, Error> {
    if let Some(id) = posting.command.entry() {
        let Some(posted) = book.posted(posting.owner, id) else { return Ok(None) };
        let day = day_of(book, posting.owner, posted.entry.recorded_at)?;
        return Ok(Some(answer_about(book, &posted, day)?));
    }
    let Command::AddCustomer { id, .. } = &posting.command else { return Ok(None) };
    let Some(customer) = book.customer(posting.owner, *id).cloned() else { return Ok(None) };
    let day = day_of(book, posting.owner, customer.created_at)?;
    Ok(Some(Answer::Customer(Box::new(customer.on(day)?))))
}

/// Returns the first result of the posting of an entry.
fn answer_about(book: &Book<'_>, posted: &Posted, day: Date) -> Result<Answer, Error> {
    let Entry { owner, item, .. } = posted.entry;
    Ok(views::first_answer(posted, book.allocations(owner, item), day)?)
}

/// Returns the day of a point in time in the shop's time zone.
fn day_of(book: &Book<'_>, owner: OwnerId, moment: Timestamp) -> Result<Date, Error> {
    let head = book.head(owner).ok_or(Error::NotFound)?;
    Ok(head.owner.time_zone.date_of(moment))
}

/// Returns the first result of a request that the client sent earlier under the same key.
fn asked_before(book: &Book<'_>, posting: &Posting) -> Result<Option<Answer>, Error> {
    let Some(record) = posting.key.as_ref().and_then(|key| book.record(posting.owner, key)) else {
        return Ok(None);
    };
    if record.fingerprint != posting.command.fingerprint() {
        return Err(Error::IdempotencyMismatch);
    }
    match KeptAnswer::read(&record.answer)? {
        KeptAnswer::Customer(customer) => {
            let day = day_of(book, posting.owner, customer.created_at)?;
            Ok(Some(Answer::Customer(Box::new(customer.on(day)?))))
        }
        KeptAnswer::Entry { id, as_of } => {
            let missing = || StoreError::corrupt("an idempotency record refers to a missing entry");
            let posted = book.posted(posting.owner, id).ok_or_else(missing)?;
            Ok(Some(answer_about(book, &posted, as_of.unwrap_or(Date::MAX))?))
        }
    }
}

fn remember(book: &mut Book<'_>, posting: &Posting, key: IdempotencyKey, answer: &Answer) {
    let (subject, kept) = match (answer, posting.command.entry()) {
        (Answer::Customer(customer), _) => {
            (ItemId::from_uuid(customer.id.uuid()), KeptAnswer::Customer(Box::new(Customer::clone(customer))))
        }
        (Answer::Document(document), Some(id)) => {
            (document.item(), KeptAnswer::Entry { id, as_of: day_shown(book) })
        }
        _ => return,
    };
    let record =
        IdempotencyRecord { fingerprint: posting.command.fingerprint(), subject, answer: kept.to_json() };
    book.put_record(posting.owner, key, record);
}

/// Returns the day of the answer about the last entry, if something of the entry takes effect later, so that the answer
/// depends on the day.
fn day_shown(book: &Book<'_>) -> Option<Date> {
    let entry = book.last_entry()?;
    let today = book.today(book.head(entry.owner)?);
    let is_later = entry.date > today || entry.allocations.iter().any(|row| row.effective > today);
    is_later.then_some(today)
}

/// Carries out several changes of which a later one may be refused: then the book is as it was.
fn atomically<T>(
    book: &mut Book<'_>,
    change: impl FnOnce(&mut Book<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let before = book.clone();
    change(book).inspect_err(|_| *book = before)
}

fn apply(book: &mut Book<'_>, posting: &Posting) -> Result<Answer, Error> {
    let owner = posting.owner;
    match &posting.command {
        Command::AddCustomer { id, opening, new } => customers::add(book, posting, *id, *opening, new),
        Command::UpdateCustomer { id, update, expected } => {
            customers::update(book, owner, *id, update, *expected)
        }
        Command::RemoveCustomer { id, expected } => customers::remove(book, owner, *id, *expected),
        Command::RestoreCustomer { id } => customers::restore(book, owner, *id),
        Command::Post { id, new } => documents::post(book, posting, *id, new),
        Command::ReplaceOpening { id, voids, new } => {
            atomically(book, |book| void::replace_opening(book, posting, *id, *voids, new))
        }
        Command::Bounce { id, charge, bounce } => {
            atomically(book, |book| bounce::bounce(book, posting, *id, *charge, bounce))
        }
        Command::Reallocate { id, kind, new } => reallocation::reallocate(book, owner, *id, *kind, new),
        Command::Void { id, kind, void } => void::void(book, owner, *id, *kind, void),
    }
}
