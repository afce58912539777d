//! Checks of a whole book before anything is written.

use std::collections::{BTreeMap, HashSet};
use std::io::BufRead;

use serde::Deserialize;

use super::error::{Error, LineFault};
use super::lines::Lines;
use crate::calendar::Timestamp;
use crate::customer::Customer;
use crate::documents::Document;
use crate::export::line::{End, EntryLine, Line, RecordLine, RequestLine};
use crate::id::{CustomerId, ItemId, OwnerId};
use crate::idempotency::IdempotencyKey;
use crate::ledger::{ChainHash, Entry, Item, ItemKind, Side, Totals, entry_hash, genesis_hash};
use crate::number::{DocumentKind, DocumentNumber, NumberKey, Series};
use crate::owner::Owner;
use crate::phone::MobileNumber;
use crate::store::Posted;
use crate::transfer::replay::Replay;
use crate::verify::Documents;

/// A sound book, with the data needed to write it.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) owner: Owner,
    pub(super) end: End,
    customers: BTreeMap<CustomerId, Totals>,
    items: Replay,
    /// The documents of credit notes, which their voids need.
    credit_notes: BTreeMap<ItemId, Document>,
    /// Hash of each entry, by `seq`.
    hashes: Vec<ChainHash>,
}

impl Checked {
    /// Returns the hash of the chain after a number of entries, or `None` if there are fewer.
    pub(super) fn hash_at(&self, seq: u64) -> Option<ChainHash> {
        match seq.checked_sub(1) {
            None => Some(genesis_hash(self.owner.id, self.owner.currency, self.owner.time_zone)),
            Some(before) => self.hashes.get(usize::try_from(before).ok()?).copied(),
        }
    }

    /// Returns whether the subject of a request is in the book.
    pub(super) fn has(&self, subject: ItemId) -> bool {
        self.items.get(subject).is_some()
            || self.customers.contains_key(&CustomerId::from_uuid(subject.uuid()))
    }

    /// Returns the entry of a line with its item and its document.
    ///
    /// # Errors
    /// The fault, if the line doesn't belong to this book.
    pub(super) fn posted(&self, line: EntryLine) -> Result<Posted, LineFault> {
        let (entry, body) = line.of(self.owner.id);
        let item = self.items.get(entry.item).cloned();
        let item = item.ok_or_else(|| out_of_order(format!("entry {}", entry.seq)))?;
        let document = document(&entry, body)?.or_else(|| self.credit_notes.get(&entry.item).cloned());
        Ok(Posted { document, item, entry })
    }
}

/// Reads and checks all lines.
pub(super) fn check(reader: impl BufRead) -> Result<Checked, Error> {
    let mut lines = Lines::new(reader);
    lines.begin()?;
    let owner = match lines.next()? {
        Line::Shop(shop) => *shop.0,
        other => return Err(lines.wrong(out_of_order(name(&other)))),
    };
    let mut check = Check::new(owner);
    loop {
        let done = match lines.next()? {
            Line::Customer(line) => check.customer(line),
            Line::Entry(line) => check.entry(*line),
            Line::Request(line) => check.request(line),
            Line::End(end) => {
                let checked = check.end(end, lines.digest()).map_err(|fault| lines.wrong(fault))?;
                return lines.end().map(|()| checked);
            }
            other => Err(out_of_order(name(&other))),
        };
        done.map_err(|fault| lines.wrong(fault))?;
    }
}

/// State of the check.
struct Check {
    owner: Owner,
    recorded_at: Timestamp,
    hash: ChainHash,
    hashes: Vec<ChainHash>,
    customers: BTreeMap<CustomerId, Totals>,
    mobiles: HashSet<MobileNumber>,
    items: Replay,
    credit_notes: BTreeMap<ItemId, Document>,
    documents: Documents,
    requests: u64,
    last_key: Option<IdempotencyKey>,
}

impl Check {
    fn new(owner: Owner) -> Self {
        Self {
            recorded_at: owner.created_at,
            hash: genesis_hash(owner.id, owner.currency, owner.time_zone),
            items: Replay::new(owner.time_zone, []),
            documents: Documents::of(&owner),
            owner,
            hashes: Vec::new(),
            customers: BTreeMap::new(),
            credit_notes: BTreeMap::new(),
            mobiles: HashSet::new(),
            requests: 0,
            last_key: None,
        }
    }

    fn owner(&self) -> OwnerId {
        self.owner.id
    }

    fn seq(&self) -> u64 {
        self.hashes.len() as u64
    }

    fn customer(&mut self, line: RecordLine<Customer>) -> Result<(), LineFault> {
        let customer = line.of(self.owner());
        let last = self.customers.last_key_value().map(|(id, _)| *id);
        if self.seq() > 0 || self.requests > 0 || last >= Some(customer.id) {
            return Err(out_of_order(format!("customer {}", customer.id)));
        }
        self.customers.insert(customer.id, customer.totals);
        let is_new = customer.mobile.is_none_or(|mobile| self.mobiles.insert(mobile));
        if is_new { Ok(()) } else { Err(LineFault::MobileRepeated) }
    }

    fn entry(&mut self, line: EntryLine) -> Result<(), LineFault> {
        let seq = line.seq();
        if self.requests > 0 || seq != self.seq() + 1 {
            return Err(out_of_order(format!("entry {seq}")));
        }
        let (entry, body) = line.of(self.owner());
        if entry_hash(self.hash, &entry) != entry.hash {
            return Err(LineFault::BrokenChain { seq });
        }
        let wrong = |what: &str| LineFault::Entry { seq, what: what.to_owned() };
        if entry.recorded_at < self.recorded_at {
            return Err(wrong("it was recorded before the preceding entry"));
        }
        let posted = self.posted(entry, body)?;
        self.items.carry_out(&posted).map_err(|what| wrong(&format!("it {what}")))?;
        self.add_up(&posted)?;
        (self.hash, self.recorded_at) = (posted.entry.hash, posted.entry.recorded_at);
        self.hashes.push(self.hash);
        Ok(())
    }

    /// Returns the entry with its document and the item that it opens or voids.
    fn posted(&mut self, entry: Entry, body: Option<String>) -> Result<Posted, LineFault> {
        let seq = entry.seq;
        let wrong = |what: &str| LineFault::Entry { seq, what: what.to_owned() };
        let document = document(&entry, body)?;
        let Some(item) = opened(&entry) else {
            let item = self
                .items
                .get(entry.item)
                .cloned()
                .ok_or_else(|| wrong("it voids an item that doesn't exist"))?;
            let is_its = item.customer == entry.customer && document.is_none();
            let document = self.credit_notes.get(&entry.item).cloned();
            let posted = is_its.then_some(Posted { entry, item, document });
            return posted.ok_or_else(|| wrong("it voids an item of another customer, or has a document"));
        };
        let mut posted = Posted { entry, item, document };
        let terms = self.documents.check(&posted).map_err(|what| wrong(&what))?;
        (posted.item.due, posted.item.invoice) = (terms.due, terms.invoice);
        let credit_note =
            posted.document.as_ref().filter(|document| document.kind() == DocumentKind::CreditNote);
        self.credit_notes.extend(credit_note.map(|note| (note.id, note.clone())));
        Ok(posted)
    }

    fn add_up(&mut self, posted: &Posted) -> Result<(), LineFault> {
        let Posted { entry, item, .. } = posted;
        let wrong = |what: &str| LineFault::Entry { seq: entry.seq, what: what.to_owned() };
        let totals = self.customers.get_mut(&entry.customer);
        let totals = totals.ok_or_else(|| wrong("its customer doesn't exist"))?;
        let sum = totals.plus(item.kind.into(), entry.amount);
        *totals = sum.ok_or_else(|| wrong("its customer's balance is out of range"))?;
        Ok(())
    }

    fn request(&mut self, line: RequestLine) -> Result<(), LineFault> {
        if self.last_key.as_ref() >= Some(&line.key) {
            return Err(out_of_order(format!("the request {}", line.key)));
        }
        self.last_key = Some(line.key);
        self.requests += 1;
        Ok(())
    }

    fn end(self, end: End, sha256: ChainHash) -> Result<Checked, LineFault> {
        for (what, expected, found) in [
            ("customers", end.customers, self.customers.len() as u64),
            ("entries", end.seq, self.seq()),
            ("requests", end.requests, self.requests),
        ] {
            if expected != found {
                return Err(LineFault::Count { what, expected, found });
            }
        }
        if (end.hash, end.recorded_at) != (self.hash, self.recorded_at) {
            return Err(LineFault::Head { expected: end.hash });
        }
        if end.sha256 != sha256 {
            return Err(LineFault::Changed);
        }
        let Self { owner, customers, items, credit_notes, hashes, .. } = self;
        Ok(Checked { owner, end, customers, items, credit_notes, hashes })
    }
}

/// Returns the item that an entry opens, as far as it follows from the entry. A void opens none.
fn opened(entry: &Entry) -> Option<Item> {
    let kind = entry.kind.opens()?;
    // An amount that can't be negated stays as it is: no document has such an amount.
    let side = if entry.amount.is_negative() { Side::Credit } else { Side::Debit };
    let amount = if side == Side::Credit { entry.amount.checked_neg() } else { None };
    let amount = amount.unwrap_or(entry.amount);
    let mut item = Item::new(entry.owner, entry.item, entry.customer, kind, side, amount, entry.date);
    (item.seq, item.updated_at) = (entry.seq, entry.recorded_at);
    Some(item)
}

/// Returns the document with a body, with lookup fields from the body.
fn document(entry: &Entry, body: Option<String>) -> Result<Option<Document>, LineFault> {
    #[derive(Deserialize)]
    struct Written {
        number: DocumentNumber,
    }
    let wrong = |what: &str| LineFault::Entry { seq: entry.seq, what: what.to_owned() };
    let Some(body) = body else { return Ok(None) };
    let kind = entry.kind.opens().and_then(ItemKind::document);
    let kind = kind.ok_or_else(|| wrong("it has a document, but its kind has none"))?;
    let written: Written = serde_json::from_str(&body).map_err(|_| wrong("its document can't be read"))?;
    Ok(Some(Document {
        owner: entry.owner,
        id: entry.item,
        customer: entry.customer,
        key: NumberKey::new(Series::of(kind, entry.date), &written.number),
        date: entry.date,
        seq: entry.seq,
        recorded_at: entry.recorded_at,
        body,
    }))
}

fn out_of_order(found: String) -> LineFault {
    LineFault::OutOfOrder { found }
}

fn name(line: &Line) -> String {
    match line {
        Line::Khata(_) => "the beginning of a book".into(),
        Line::Shop(_) => "the shop".into(),
        Line::Customer(line) => format!("customer {}", line.0.id),
        Line::Entry(line) => format!("entry {}", line.seq()),
        Line::Request(line) => format!("the request {}", line.key),
        Line::End(_) => "the end of the book".into(),
    }
}
