//! The posting: a batch of commands, as the one [`Job`] that carries them out.

use std::collections::BTreeSet;

use super::book::Book;
use super::{Answer, Command, Done, Outcome, credit_notes, customers, papers, required_keys, views, voids};
use crate::calendar::Timestamp;
use crate::error::Error;
use crate::id::{ItemId, OwnerId};
use crate::idempotency::{IdempotencyKey, IdempotencyRecord};
use crate::store::{Job, Rows, Step};

/// One command of one shop, ready to be sent; sending it again is seen to be that.
#[derive(Debug, Clone)]
pub struct Posting {
    /// The shop.
    pub owner: OwnerId,
    /// What to do.
    pub command: Command,
    /// The client's name for the request, if it gave one.
    pub key: Option<IdempotencyKey>,
    /// What hides a document's body in its hash. Random, and the same however often the posting is sent.
    pub salt: [u8; 16],
}

impl Posting {
    /// About how many bytes it brings into a batch.
    #[must_use]
    pub fn weight(&self) -> usize {
        let note = |note: &Option<crate::text::Note>| note.as_ref().map_or(0, |note| note.as_str().len());
        1024 + match &self.command {
            Command::AddInvoice { new, .. } => note(&new.note),
            Command::AddReceipt { new, .. } => note(&new.note) + 64 * new.allocations.len(),
            Command::AddCreditNote { new, .. } => note(&new.note),
            Command::Void { void, .. } => void.reason.as_str().len(),
            _ => 0,
        }
    }

    /// Whether it may set free what is unique, a customer's mobile number. It is then the last of its shop in a batch,
    /// so that no write of the same batch takes what another one gives up.
    #[must_use]
    pub fn frees_mobile(&self) -> bool {
        match &self.command {
            Command::UpdateCustomer { update, .. } => update.mobile.is_some(),
            Command::RemoveCustomer { .. } => true,
            _ => false,
        }
    }
}

/// A batch of postings. Each has its own outcome: one that is refused leaves no trace, and does not hinder the rest.
#[derive(Debug)]
pub struct PostingJob {
    shops: Vec<OwnerId>,
    postings: Vec<Posting>,
    now: Timestamp,
}

impl PostingJob {
    /// A batch that is carried out now.
    #[must_use]
    pub fn new(postings: Vec<Posting>, now: Timestamp) -> Self {
        let shops: BTreeSet<_> = postings.iter().map(|posting| posting.owner).collect();
        Self { shops: shops.into_iter().collect(), postings, now }
    }

    /// The postings.
    #[must_use]
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }
}

impl Job for PostingJob {
    fn shops(&self) -> &[OwnerId] {
        &self.shops
    }

    fn decide(&self, seen: &Rows) -> Step {
        if let Some(keys) = required_keys::next(&self.postings, seen) {
            return Step::Load(keys);
        }
        let mut book = Book::new(seen, self.now);
        let outcomes = self.postings.iter().map(|posting| carry_out(&mut book, posting)).collect();
        Step::Write(Box::new(book.into_writes(outcomes)))
    }
}

/// Carries out one posting, unless it was before.
fn carry_out(book: &mut Book, posting: &Posting) -> Outcome {
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

/// The answer to a posting that this process sent before without learning its fate.
fn sent_before(book: &Book, posting: &Posting) -> Result<Option<Answer>, Error> {
    match &posting.command {
        Command::AddInvoice { id, .. }
        | Command::AddReceipt { id, .. }
        | Command::AddCreditNote { id, .. }
        | Command::Void { id, .. } => {
            Ok(book.posted(posting.owner, *id).map(views::first_answer).transpose()?)
        }
        Command::AddCustomer { id, .. } => {
            let customer = book.customer(posting.owner, *id).cloned();
            Ok(customer.map(|customer| Answer::Customer(Box::new(customer))))
        }
        Command::UpdateCustomer { .. } | Command::RemoveCustomer { .. } | Command::RestoreCustomer { .. } => {
            Ok(None)
        }
    }
}

/// The first answer to a request that the client has sent before under the same key.
fn asked_before(book: &Book, posting: &Posting) -> Result<Option<Answer>, Error> {
    let Some(record) = posting.key.as_ref().and_then(|key| book.record(posting.owner, key)) else {
        return Ok(None);
    };
    if record.fingerprint != posting.command.fingerprint() {
        return Err(Error::IdempotencyMismatch);
    }
    let answer = serde_json::from_str(&record.answer).map_err(crate::store::StoreError::corrupt)?;
    Ok(Some(answer))
}

fn remember(book: &mut Book, posting: &Posting, key: IdempotencyKey, answer: &Answer) {
    let subject = match answer {
        Answer::Customer(customer) => ItemId::from_uuid(customer.id.uuid()),
        Answer::Invoice(invoice) => invoice.id.into(),
        Answer::Receipt(receipt) => receipt.id.into(),
        Answer::CreditNote(note) => note.id.into(),
        Answer::Owner(_) | Answer::Removal(_) => return,
    };
    let answer = serde_json::to_string(answer).expect("plain values always have a JSON form");
    let record = IdempotencyRecord { fingerprint: posting.command.fingerprint(), subject, answer };
    book.put_record(posting.owner, key, record);
}

fn apply(book: &mut Book, posting: &Posting) -> Result<Answer, Error> {
    let owner = posting.owner;
    match &posting.command {
        Command::AddCustomer { id, opening, new } => customers::add(book, owner, *id, *opening, new),
        Command::UpdateCustomer { id, update, expected } => {
            customers::update(book, owner, *id, update, *expected)
        }
        Command::RemoveCustomer { id, expected } => customers::remove(book, owner, *id, *expected),
        Command::RestoreCustomer { id } => customers::restore(book, owner, *id),
        Command::AddInvoice { id, new } => papers::add_invoice(book, posting, *id, new),
        Command::AddReceipt { id, new } => papers::add_receipt(book, posting, *id, new),
        Command::AddCreditNote { id, new } => credit_notes::add(book, posting, *id, new),
        Command::Void { id, kind, void } => voids::void(book, posting.owner, *id, *kind, void),
    }
}
