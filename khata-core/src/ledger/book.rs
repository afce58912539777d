//! The working copy of a transaction's rows: the loaded rows with the changes of the batch so far.

use std::collections::{BTreeMap, BTreeSet};

use super::allocation::{Cause, allocate, live};
use super::{Allocation, Entry, EntryKind, Item, Outcome, Side, Totals, entry_hash};
use crate::calendar::{Date, Timestamp};
use crate::customer::Customer;
use crate::documents::Document;
use crate::id::{CustomerId, EntryId, ItemId, OwnerId};
use crate::idempotency::{IdempotencyKey, IdempotencyRecord};
use crate::money::Money;
use crate::number::{DocumentKind, NumberKey, Series};
use crate::phone::MobileNumber;
use crate::store::{BalanceWrite, CustomerWrite, Head, Posted, Rows, Writes};
use crate::text::Note;

/// Extent of the changes to a customer's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Ledger,
    Whole,
    Added,
}

type OpenItems = BTreeMap<(OwnerId, CustomerId, Side), BTreeMap<(Date, u64), ItemId>>;

/// A working copy of the rows. Changes are tracked, so that they can be written.
pub(super) struct Book {
    rows: Rows,
    now: Timestamp,
    open: OpenItems,
    heads: BTreeSet<OwnerId>,
    customers: BTreeMap<(OwnerId, CustomerId), Change>,
    deleted: Vec<(OwnerId, CustomerId)>,
    items: BTreeSet<(OwnerId, ItemId)>,
    entries: Vec<Entry>,
    documents: Vec<Document>,
    idempotency: BTreeSet<(OwnerId, IdempotencyKey)>,
}

/// An entry to be posted that opens an item. All rules have been checked.
pub(super) struct Draft {
    pub(super) id: EntryId,
    pub(super) kind: EntryKind,
    pub(super) amount: Money,
    /// Totals of the customer after the entry.
    pub(super) totals: Totals,
    /// The item that the entry opens. The book sets its `seq` and its open amount.
    pub(super) item: Item,
    /// Number and body of the document.
    pub(super) document: Option<(NumberKey, String)>,
    /// Items that the new item pays first, with the amounts, all of which are open.
    pub(super) explicit: Vec<(ItemId, Money)>,
}

/// An entry to be posted that reverses an item. All rules have been checked.
pub(super) struct Reversal {
    pub(super) id: EntryId,
    pub(super) date: Date,
    pub(super) reason: Note,
    pub(super) amount: Money,
    /// Totals of the customer after the entry.
    pub(super) totals: Totals,
}

impl Book {
    pub(super) fn new(seen: &Rows, now: Timestamp) -> Self {
        let mut open = OpenItems::new();
        for item in seen.items.values().filter(|item| item.open.is_positive()) {
            index(&mut open, item);
        }
        Self {
            rows: seen.clone(),
            now,
            open,
            heads: BTreeSet::new(),
            customers: BTreeMap::new(),
            deleted: Vec::new(),
            items: BTreeSet::new(),
            entries: Vec::new(),
            documents: Vec::new(),
            idempotency: BTreeSet::new(),
        }
    }

    pub(super) fn head(&self, owner: OwnerId) -> Option<&Head> {
        self.rows.heads.get(&owner)
    }

    /// Returns the recorded time of a change made now. It never runs backwards in a book, even if the clock does.
    pub(super) fn recorded_at(&self, head: &Head) -> Timestamp {
        self.now.max(head.recorded_at)
    }

    pub(super) fn customer(&self, owner: OwnerId, id: CustomerId) -> Option<&Customer> {
        self.rows.customers.get(&(owner, id))
    }

    pub(super) fn mobile_holder(&self, owner: OwnerId, mobile: &MobileNumber) -> Option<CustomerId> {
        self.rows.mobiles.get(&(owner, mobile.clone())).copied()
    }

    /// Returns an entry with its item and document, loaded or posted by the batch.
    pub(super) fn posted(&self, owner: OwnerId, id: EntryId) -> Option<Posted> {
        if let Some(loaded) = self.rows.entries.get(&(owner, id)) {
            return Some(loaded.clone());
        }
        let entry = self.entries.iter().rev().find(|entry| (entry.owner, entry.id) == (owner, id))?.clone();
        let item = self.item(owner, entry.item)?.clone();
        let document = self.document_of(owner, entry.item).cloned();
        Some(Posted { entry, item, document })
    }

    pub(super) fn item(&self, owner: OwnerId, id: ItemId) -> Option<&Item> {
        self.rows.items.get(&(owner, id))
    }

    /// Returns a document of a kind, loaded with its entry or added by the batch.
    pub(super) fn document(&self, owner: OwnerId, kind: DocumentKind, id: ItemId) -> Option<&Document> {
        self.document_of(owner, id).filter(|document| document.kind() == kind)
    }

    fn document_of(&self, owner: OwnerId, id: ItemId) -> Option<&Document> {
        let loaded = self.rows.entries.get(&(owner, id.into())).and_then(|posted| posted.document.as_ref());
        let added =
            || self.documents.iter().rev().find(|document| (document.owner, document.id) == (owner, id));
        // The document that is loaded with the entry of a void is the voided one.
        loaded.or_else(added).filter(|document| document.id == id)
    }

    pub(super) fn is_taken(&self, owner: OwnerId, key: &NumberKey) -> bool {
        self.rows.numbers.contains_key(&(owner, key.clone()))
    }

    /// Returns the last assigned number of a series.
    pub(super) fn last_number(&self, owner: OwnerId, series: Series) -> u64 {
        self.head(owner).map_or(0, |head| head.counters.last(series))
    }

    /// Advances a series, so that it assigns no number up to `number` any more.
    pub(super) fn advance_series(&mut self, owner: OwnerId, series: Series, number: u64) {
        if let Some(head) = self.rows.heads.get_mut(&owner)
            && number > head.counters.last(series)
        {
            head.counters.set(series, number);
            self.heads.insert(owner);
        }
    }

    pub(super) fn record(&self, owner: OwnerId, key: &IdempotencyKey) -> Option<&IdempotencyRecord> {
        self.rows.idempotency.get(&(owner, key.clone()))
    }

    pub(super) fn put_record(&mut self, owner: OwnerId, key: IdempotencyKey, record: IdempotencyRecord) {
        self.rows.idempotency.insert((owner, key.clone()), record);
        self.idempotency.insert((owner, key));
    }

    pub(super) fn add_customer(&mut self, customer: Customer) {
        self.rows.mobiles.insert((customer.owner, customer.mobile.clone()), customer.id);
        self.customers.insert((customer.owner, customer.id), Change::Added);
        self.rows.customers.insert((customer.owner, customer.id), customer);
    }

    pub(super) fn put_customer(&mut self, customer: Customer) {
        let key = (customer.owner, customer.id);
        self.rows.mobiles.insert((customer.owner, customer.mobile.clone()), customer.id);
        let change = self.customers.entry(key).or_insert(Change::Whole);
        if *change == Change::Ledger {
            *change = Change::Whole;
        }
        self.rows.customers.insert(key, customer);
    }

    /// Deletes a customer without entries, with the idempotency records of adding it.
    pub(super) fn delete_customer(&mut self, owner: OwnerId, id: CustomerId) {
        if self.customers.remove(&(owner, id)) != Some(Change::Added) {
            self.deleted.push((owner, id));
        }
        self.rows.customers.remove(&(owner, id));
        let subject = ItemId::from_uuid(id.uuid());
        self.rows.idempotency.retain(|(shop, _), record| *shop != owner || record.subject != subject);
        let kept = &self.rows.idempotency;
        self.idempotency.retain(|key| kept.contains_key(key));
    }

    /// Posts an entry: opens its item, allocates it, links the entry to the chain, and updates the balance.
    pub(super) fn post(&mut self, draft: Draft) -> Entry {
        let Draft { id, kind, amount, totals, mut item, document, explicit } = draft;
        let cause = self.cause(item.owner, item.date);
        (item.seq, item.open, item.updated_at) = (cause.seq, item.amount, cause.recorded_at);
        let mut entry = self.draft(id, kind, &item, &cause, amount);
        entry.body_hash = document.as_ref().map(|(_, body)| Document::body_hash(body));
        let (new, side) = (item.id, item.side);
        self.put_item(item);

        for (other, most) in explicit {
            let (debit, credit) = if side == Side::Debit { (new, other) } else { (other, new) };
            self.join(debit, credit, most, &cause, &mut entry);
        }
        self.settle(&cause, &mut entry);
        let entry = self.link(entry, totals);
        if let Some((key, body)) = document {
            self.write_document(&entry, key, body);
        }
        entry
    }

    /// Posts an entry that reverses an item and each of its allocations, and allocates the amounts that become open again.
    pub(super) fn reverse(&mut self, mut item: Item, reversal: Reversal) -> Entry {
        let Reversal { id, date, reason, amount, totals } = reversal;
        let cause = self.cause(item.owner, date);
        let mut entry = self.draft(id, EntryKind::Void, &item, &cause, amount);
        entry.reason = Some(reason);

        for row in self.live_allocations(&item) {
            let reversal = row.reversal(&cause, next_ordinal(&entry));
            let mut other = self.joined(item.owner, row.other(item.id));
            other.open = other.open.checked_add(row.amount).expect("no more is released than was allocated");
            for item in [&mut item, &mut other] {
                item.free_from = item.free_from.max(reversal.effective);
                item.updated_at = cause.recorded_at;
            }
            self.put_item(other);
            entry.allocations.push(reversal);
        }
        (item.open, item.void, item.updated_at) = (Money::ZERO, true, cause.recorded_at);
        self.put_item(item);
        self.settle(&cause, &mut entry);
        self.link(entry, totals)
    }

    /// Adds an amount, which may be negative, to the credited amount of an invoice.
    pub(super) fn credit(&mut self, owner: OwnerId, invoice: ItemId, amount: Money) {
        let mut invoice = self.joined(owner, invoice);
        invoice.credited =
            invoice.credited.checked_add(amount).expect("the amount is checked against the invoice's total");
        invoice.updated_at = self.head(owner).map_or(invoice.updated_at, |head| self.recorded_at(head));
        self.put_item(invoice);
    }

    /// Returns an item that was loaded with a document that it is allocated to.
    fn joined(&self, owner: OwnerId, id: ItemId) -> Item {
        self.item(owner, id).cloned().expect("the items allocated to a document are loaded with it")
    }

    fn live_allocations(&self, item: &Item) -> Vec<Allocation> {
        let loaded = self.rows.allocations.get(&(item.owner, item.id)).into_iter().flatten();
        let of_batch = self.entries.iter().filter(|entry| entry.owner == item.owner);
        let of_batch = of_batch.flat_map(|entry| &entry.allocations).filter(|row| row.touches(item.id));
        live(loaded.chain(of_batch)).into_iter().cloned().collect()
    }

    fn cause(&self, owner: OwnerId, date: Date) -> Cause {
        let head = self.head(owner).expect("a posting is checked against its shop's head");
        Cause { seq: head.seq + 1, date, recorded_at: self.recorded_at(head) }
    }

    /// Creates the next entry, without its allocations and its hash.
    fn draft(&self, id: EntryId, kind: EntryKind, item: &Item, cause: &Cause, amount: Money) -> Entry {
        let head = self.head(item.owner).expect("a posting is checked against its shop's head");
        Entry {
            owner: item.owner,
            seq: cause.seq,
            id,
            actor: item.owner.into(),
            kind,
            customer: item.customer,
            item: item.id,
            date: cause.date,
            recorded_at: cause.recorded_at,
            amount,
            reason: None,
            body_hash: None,
            allocations: Vec::new(),
            hash: head.hash,
        }
    }

    /// Allocates the customer's open credits to open debits, both in payment order, until one side has none left.
    fn settle(&mut self, cause: &Cause, entry: &mut Entry) {
        while let Some((debit, credit)) = self.next_pair(entry.owner, entry.customer) {
            self.join(debit, credit, Money::DOCUMENT_MAX, cause, entry);
        }
    }

    fn next_pair(&self, owner: OwnerId, customer: CustomerId) -> Option<(ItemId, ItemId)> {
        let first = |side| self.open.get(&(owner, customer, side))?.values().next().copied();
        let (debit, credit) = (first(Side::Debit)?, first(Side::Credit)?);
        // A credit note pays its own invoice first.
        let own = self.item(owner, credit)?.invoice.and_then(|invoice| self.item(owner, invoice.into()));
        let own = own.filter(|invoice| invoice.open.is_positive());
        Some((own.map_or(debit, |invoice| invoice.id), credit))
    }

    fn join(&mut self, debit: ItemId, credit: ItemId, most: Money, cause: &Cause, entry: &mut Entry) {
        let [mut debit, mut credit] = [debit, credit].map(|id| self.joined(entry.owner, id));
        let allocation = allocate(&mut debit, &mut credit, most, cause, next_ordinal(entry));
        entry.allocations.extend(allocation);
        self.put_item(debit);
        self.put_item(credit);
    }

    fn put_item(&mut self, item: Item) {
        let key = (item.owner, item.id);
        if item.open.is_positive() {
            index(&mut self.open, &item);
        } else if let Some(open) = self.open.get_mut(&(item.owner, item.customer, item.side)) {
            open.remove(&item.payment_order());
        }
        self.items.insert(key);
        self.rows.items.insert(key, item);
    }

    fn write_document(&mut self, entry: &Entry, key: NumberKey, body: String) {
        self.rows.numbers.insert((entry.owner, key.clone()), entry.item);
        self.documents.push(Document {
            owner: entry.owner,
            id: entry.item,
            customer: entry.customer,
            key,
            date: entry.date,
            seq: entry.seq,
            recorded_at: entry.recorded_at,
            body,
        });
    }

    /// Links an entry to the chain, and updates the head and the customer's totals.
    fn link(&mut self, mut entry: Entry, totals: Totals) -> Entry {
        entry.hash = entry_hash(entry.hash, &entry);
        let head =
            self.rows.heads.get_mut(&entry.owner).expect("a posting is checked against its shop's head");
        (head.seq, head.hash, head.recorded_at) = (entry.seq, entry.hash, entry.recorded_at);
        self.heads.insert(entry.owner);

        let key = (entry.owner, entry.customer);
        let customer = self.rows.customers.get_mut(&key).expect("a posting is checked against its customer");
        customer.totals = totals;
        customer.last_seq = entry.seq;
        customer.revision += 1;
        self.customers.entry(key).or_insert(Change::Ledger);
        self.entries.push(entry.clone());
        entry
    }

    /// Returns the rows to write.
    pub(super) fn into_writes(self, outcomes: Vec<Outcome>) -> Writes {
        let Self { rows, heads, customers, items, idempotency, .. } = self;
        let mut writes = Writes {
            heads: heads.iter().map(|owner| rows.heads[owner].clone()).collect(),
            deleted_customers: self.deleted,
            entries: self.entries,
            documents: self.documents,
            items: items.iter().map(|key| rows.items[key].clone()).collect(),
            outcomes,
            ..Writes::default()
        };
        for (owner, key) in idempotency {
            let record = rows.idempotency[&(owner, key.clone())].clone();
            writes.idempotency.push((owner, key, record));
        }
        for (key, change) in customers {
            let customer = rows.customers[&key].clone();
            match change {
                Change::Ledger => writes.balances.push(BalanceWrite {
                    owner: customer.owner,
                    customer: customer.id,
                    totals: customer.totals,
                    last_seq: customer.last_seq,
                    revision: customer.revision,
                }),
                Change::Whole | Change::Added => writes.customers.push(CustomerWrite {
                    words: customer.search_words(),
                    name_key: customer.name_key(),
                    customer,
                }),
            }
        }
        writes
    }
}

fn index(open: &mut OpenItems, item: &Item) {
    open.entry((item.owner, item.customer, item.side)).or_default().insert(item.payment_order(), item.id);
}

fn next_ordinal(entry: &Entry) -> u32 {
    u32::try_from(entry.allocations.len()).expect("a batch loads far fewer items")
}
