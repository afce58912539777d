//! The posting: a batch of commands, as the one [`Job`] that carries them out.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::book::Book;
use super::{Answer, Command, Done, Outcome, Side, customers, papers, position};
use crate::calendar::Timestamp;
use crate::error::Error;
use crate::id::{CustomerId, EntryId, ItemId, OwnerId};
use crate::idempotency::{IdempotencyKey, IdempotencyRecord};
use crate::invoice::NewInvoice;
use crate::money::Money;
use crate::number::{DocumentKind, DocumentNumber, NumberKey, Series};
use crate::receipt::NewReceipt;
use crate::store::{Job, Keys, OpenItemsKey, Rows, Step};

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

    fn keys(&self) -> Keys {
        let mut wanted = Wanted::default();
        for posting in &self.postings {
            wanted.add(posting);
        }
        wanted.into_keys()
    }
}

impl Job for PostingJob {
    fn shops(&self) -> &[OwnerId] {
        &self.shops
    }

    fn decide(&self, seen: &Rows) -> Step {
        if seen.loads == 0 {
            return Step::Load(self.keys());
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
        Command::AddInvoice { id, .. } | Command::AddReceipt { id, .. } => {
            Ok(book.posted(posting.owner, *id).map(position::first_answer).transpose()?)
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
    }
}

/// The rows that a batch asks for, each once. All postings say beforehand what they touch, so one load will do.
#[derive(Default)]
struct Wanted {
    customers: BTreeSet<(OwnerId, CustomerId)>,
    mobiles: BTreeSet<(OwnerId, crate::phone::MobileNumber)>,
    entries: BTreeSet<(OwnerId, EntryId)>,
    idempotency: BTreeSet<(OwnerId, IdempotencyKey)>,
    items: BTreeSet<(OwnerId, ItemId)>,
    open: BTreeMap<(OwnerId, CustomerId, Side), Money>,
    numbers: BTreeSet<(OwnerId, NumberKey)>,
    counters: BTreeSet<(OwnerId, Series)>,
}

impl Wanted {
    fn add(&mut self, posting: &Posting) {
        let owner = posting.owner;
        self.idempotency.extend(posting.key.clone().map(|key| (owner, key)));
        match &posting.command {
            Command::AddCustomer { id, new, .. } => {
                self.customers.insert((owner, *id));
                self.mobiles.insert((owner, new.mobile.clone()));
            }
            Command::UpdateCustomer { id, update, .. } => {
                self.customers.insert((owner, *id));
                self.mobiles.extend(update.mobile.clone().map(|mobile| (owner, mobile)));
            }
            Command::RemoveCustomer { id, .. } | Command::RestoreCustomer { id } => {
                self.customers.insert((owner, *id));
            }
            Command::AddInvoice { id, new } => self.add_invoice(owner, *id, new),
            Command::AddReceipt { id, new } => self.add_receipt(owner, *id, new),
        }
    }

    fn add_invoice(&mut self, owner: OwnerId, id: EntryId, new: &NewInvoice) {
        self.entries.insert((owner, id));
        self.customers.insert((owner, new.customer));
        self.number(owner, Series::of(DocumentKind::Invoice, new.date), new.number.as_ref());
        self.open_items(owner, new.customer, Side::Credit, new.total);
    }

    fn add_receipt(&mut self, owner: OwnerId, id: EntryId, new: &NewReceipt) {
        self.entries.insert((owner, id));
        self.customers.insert((owner, new.customer));
        self.number(owner, Series::of(DocumentKind::Receipt, new.date), new.number.as_ref());
        self.items.extend(new.allocations.iter().map(|row| (owner, row.invoice.into())));
        self.open_items(owner, new.customer, Side::Debit, new.amount);
    }

    fn number(&mut self, owner: OwnerId, series: Series, given: Option<&DocumentNumber>) {
        self.counters.insert((owner, series));
        self.numbers.extend(given.map(|number| (owner, NumberKey::new(series, number))));
    }

    /// Together the postings of a batch use up at most the sum of their amounts on the other side. What is named
    /// explicitly is loaded beside that, so it can't use up what the rest would need.
    fn open_items(&mut self, owner: OwnerId, customer: CustomerId, side: Side, amount: Money) {
        let sum = self.open.entry((owner, customer, side)).or_default();
        *sum = sum.checked_add(amount).unwrap_or(Money::from_minor(i64::MAX));
    }

    fn into_keys(self) -> Keys {
        let open = self.open.into_iter();
        Keys {
            customers: self.customers.into_iter().collect(),
            mobiles: self.mobiles.into_iter().collect(),
            entries: self.entries.into_iter().collect(),
            idempotency: self.idempotency.into_iter().collect(),
            items: self.items.into_iter().collect(),
            open_items: open
                .map(|((owner, customer, side), up_to)| (owner, OpenItemsKey { customer, side, up_to }))
                .collect(),
            allocations: Vec::new(),
            numbers: self.numbers.into_iter().collect(),
            counters: self.counters.into_iter().collect(),
        }
    }
}
