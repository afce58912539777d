//! Rows made by hand, so that a store is tested apart from the code that makes them otherwise.

use std::collections::{BTreeMap, BTreeSet};

use khata_core::calendar::Date;
use khata_core::customer::Customer;
use khata_core::documents::Document;
use khata_core::id::{CustomerId, EntryId, InvoiceId, ItemId, OwnerId};
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::ledger::{Allocation, Entry, EntryKind, Item, ItemKind, Side, Totals, entry_hash};
use khata_core::number::{DocumentKind, DocumentNumber, NumberKey, Series};
use khata_core::phone::MobileNumber;
use khata_core::store::{
    BalanceWrite, CustomerOrder, CustomerSelection, CustomerWrite, Head, Keys, Posted, Store, StoreError,
    Writes,
};
use khata_core::text::Note;
use uuid::Uuid;

use super::context::{load, mobile, moment, name, paise, write};

/// What a book should be, and the rows that are still to be written for it.
#[derive(Debug, Clone)]
pub(super) struct RowBuilder {
    pub(super) head: Head,
    pub(super) customers: BTreeMap<CustomerId, Customer>,
    pub(super) items: BTreeMap<ItemId, Item>,
    entries: Vec<Entry>,
    documents: BTreeMap<ItemId, Document>,
    idempotency: BTreeMap<IdempotencyKey, IdempotencyRecord>,
    whole: BTreeSet<CustomerId>,
    ledger: BTreeSet<CustomerId>,
    touched: BTreeSet<ItemId>,
    pending: Writes,
}

/// An entry to be made, with the item that it opens.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) customer: CustomerId,
    pub(super) kind: ItemKind,
    pub(super) side: Side,
    pub(super) date: Date,
    pub(super) due: Date,
    pub(super) amount: i64,
    /// Items of the other side that it is joined with, and how much of each.
    pub(super) joins: Vec<(ItemId, i64)>,
    /// The invoice that a credit note is on.
    pub(super) invoice: Option<InvoiceId>,
    /// The number; one of its own if absent.
    pub(super) number: Option<DocumentNumber>,
}

impl Line {
    /// An invoice that is due on its date.
    pub(super) fn debit(customer: CustomerId, date: Date, amount: i64) -> Self {
        let (kind, side) = (ItemKind::Invoice, Side::Debit);
        Self { customer, kind, side, date, due: date, amount, joins: Vec::new(), invoice: None, number: None }
    }

    /// A receipt that pays that much of these items.
    pub(super) fn credit(customer: CustomerId, date: Date, amount: i64, joins: &[(ItemId, i64)]) -> Self {
        let (kind, side) = (ItemKind::Receipt, Side::Credit);
        let joins = joins.to_vec();
        Self { customer, kind, side, date, due: date, amount, joins, invoice: None, number: None }
    }

    /// A credit note on that invoice, which pays nothing.
    pub(super) fn credit_note(customer: CustomerId, date: Date, amount: i64, invoice: ItemId) -> Self {
        let (kind, invoice) = (ItemKind::CreditNote, Some(invoice.into()));
        Self { kind, invoice, ..Self::credit(customer, date, amount, &[]) }
    }
}

impl RowBuilder {
    /// A book without entries.
    pub(super) fn new(head: Head) -> Self {
        Self {
            head,
            customers: BTreeMap::new(),
            items: BTreeMap::new(),
            entries: Vec::new(),
            documents: BTreeMap::new(),
            idempotency: BTreeMap::new(),
            whole: BTreeSet::new(),
            ledger: BTreeSet::new(),
            touched: BTreeSet::new(),
            pending: Writes::default(),
        }
    }

    pub(super) fn owner(&self) -> OwnerId {
        self.head.owner.id
    }

    /// Adds a customer with that mobile number, called `Customer n`, about whom nothing else is known.
    pub(super) fn customer(&mut self, n: u32) -> CustomerId {
        self.customer_called(n, &format!("Customer {n}"))
    }

    pub(super) fn customer_called(&mut self, n: u32, called: &str) -> CustomerId {
        let customer = Customer {
            id: CustomerId::from_uuid(scattered()),
            owner: self.owner(),
            name: name(called),
            firm_name: None,
            alternate_mobile: None,
            email: None,
            address: None,
            notes: None,
            tags: None,
            mobile: Some(mobile(n)),
            city: None,
            state: None,
            gst_number: None,
            credit_limit: None,
            totals: Totals::default(),
            post_dated: None,
            bounced_cheques: 0,
            archived_at: None,
            created_at: moment(i64::from(n)),
            updated_at: moment(i64::from(n)),
            revision: 1,
            last_seq: 0,
        };
        let id = customer.id;
        self.put(customer);
        id
    }

    /// Puts a customer whole.
    pub(super) fn put(&mut self, customer: Customer) {
        self.whole.insert(customer.id);
        self.customers.insert(customer.id, customer);
    }

    /// Changes a customer, and puts it whole.
    pub(super) fn change(&mut self, id: CustomerId, change: impl FnOnce(&mut Customer)) {
        let mut customer = self.customers[&id].clone();
        change(&mut customer);
        customer.revision += 1;
        self.put(customer);
    }

    /// Deletes a customer who was written before.
    pub(super) fn delete(&mut self, id: CustomerId) {
        self.customers.remove(&id);
        self.idempotency.retain(|_, record| record.subject.uuid() != id.uuid());
        self.pending.deleted_customers.push((self.owner(), id));
    }

    pub(super) fn remember(&mut self, key: &str, subject: ItemId) -> IdempotencyKey {
        let key = IdempotencyKey::parse(key).expect("it is visible ASCII");
        let record =
            IdempotencyRecord { fingerprint: [7; 32], subject, answer: format!("{{\"of\": \"{key}\"}}") };
        self.idempotency.insert(key.clone(), record.clone());
        self.pending.idempotency.push((self.owner(), key.clone(), record));
        key
    }

    pub(super) fn count(&mut self, series: Series, last: u64) {
        self.head.counters.set(series, last);
        self.pending.heads = vec![self.head.clone()];
    }

    /// Makes an entry with its item and document, and moves the balance. Nothing is applied by itself.
    pub(super) fn post(&mut self, line: Line) -> Entry {
        let id = EntryId::from_uuid(scattered());
        let mut item = Item {
            owner: self.owner(),
            id: id.into(),
            customer: line.customer,
            kind: line.kind,
            side: line.side,
            amount: paise(line.amount),
            open: paise(line.amount),
            invoice: line.invoice,
            credited: None,
            date: line.date,
            due: line.due,
            free_from: line.date,
            seq: self.head.seq + 1,
            voided_on: None,
            bounced: false,
            pending_until: None,
            updated_at: self.head.recorded_at,
        };
        let mut entry = self.draft(id, line.kind.into(), &item);
        for (other, amount) in line.joins {
            self.join(&mut entry, &mut item, other, amount);
        }
        let document = self.document(&item, line.number);
        entry.body_hash = document.as_ref().map(|document| Document::body_hash(&document.body));
        self.documents.extend(document.clone().map(|document| (item.id, document)));
        self.pending.documents.extend(document);
        self.put_item(item);
        self.link(entry)
    }

    /// Reverses an item and its allocations, and lets what becomes free lie.
    pub(super) fn void(&mut self, id: ItemId, date: Date, reason: &str) -> Entry {
        let mut item = self.items[&id].clone();
        let rows: Vec<_> = self.allocations().filter(|row| row.touches(id)).cloned().collect();
        let mut entry = self.draft(EntryId::from_uuid(scattered()), EntryKind::Void, &item);
        entry.amount = entry.amount.checked_neg().expect("it is no more than an item's");
        entry.reason = Some(Note::parse(reason).expect("it is a note"));
        (entry.date, item.free_from) = (date, date);
        for row in rows {
            let other = if row.debit == id { row.credit } else { row.debit };
            self.join(&mut entry, &mut item, other, -row.amount.minor());
        }
        (item.open, item.voided_on) = (paise(0), Some(date));
        self.put_item(item);
        self.link(entry)
    }

    /// The next entry, without allocations, document or reason.
    fn draft(&self, id: EntryId, kind: EntryKind, item: &Item) -> Entry {
        let amount = match item.side {
            Side::Debit => Some(item.amount),
            Side::Credit => item.amount.checked_neg(),
        };
        Entry {
            owner: item.owner,
            seq: self.head.seq + 1,
            id,
            actor: item.owner.into(),
            kind,
            customer: item.customer,
            item: item.id,
            date: item.date,
            recorded_at: self.head.recorded_at,
            amount: amount.expect("amounts of items are positive"),
            reason: None,
            body_hash: None,
            allocations: Vec::new(),
            hash: self.head.hash,
        }
    }

    /// Adds an allocation between two items to an entry; a negative amount reverses one.
    fn join(&mut self, entry: &mut Entry, item: &mut Item, other: ItemId, amount: i64) {
        let mut other = self.items[&other].clone();
        other.open = paise(other.open.minor() - amount);
        item.open = paise(item.open.minor() - amount);
        let effective = entry.date.max(item.free_from).max(other.free_from);
        let (debit, credit) = match item.side {
            Side::Debit => (&*item, &other),
            Side::Credit => (&other, &*item),
        };
        entry.allocations.push(Allocation {
            owner: entry.owner,
            seq: entry.seq,
            ordinal: u32::try_from(entry.allocations.len()).expect("there are few"),
            customer: entry.customer,
            debit: debit.id,
            debit_kind: debit.kind,
            credit: credit.id,
            credit_kind: credit.kind,
            amount: paise(amount),
            effective,
        });
        self.put_item(other);
    }

    fn put_item(&mut self, item: Item) {
        self.touched.insert(item.id);
        self.items.insert(item.id, item);
    }

    /// Links an entry to the chain, and moves the balance.
    fn link(&mut self, mut entry: Entry) -> Entry {
        entry.hash = entry_hash(self.head.hash, &entry);
        (self.head.seq, self.head.hash) = (entry.seq, entry.hash);
        self.pending.heads = vec![self.head.clone()];
        let customer = self.customers.get_mut(&entry.customer).expect("an entry is that of a customer");
        customer.totals = customer.totals.plus(entry.kind, entry.amount).expect("it stays in the range");
        customer.last_seq = entry.seq;
        customer.revision += 1;
        self.ledger.insert(entry.customer);
        self.pending.entries.push(entry.clone());
        self.entries.push(entry.clone());
        entry
    }

    fn document(&self, item: &Item, number: Option<DocumentNumber>) -> Option<Document> {
        // Opening balances are as in a book from before they had documents.
        let kind = item.kind.document().filter(|kind| *kind != DocumentKind::OpeningBalance)?;
        let seq = item.seq;
        let number = number.or_else(|| DocumentNumber::parse(&format!("h/{seq}")).ok())?;
        Some(Document {
            owner: item.owner,
            id: item.id,
            customer: item.customer,
            key: NumberKey::new(Series::of(kind, item.date), &number),
            date: item.date,
            seq,
            recorded_at: item.updated_at,
            // Neither its order nor its spaces may change: its hash is in the chain.
            body: format!("{{\"z\":  {seq}, \"a\": \"\\u20b9 जी 🧾\", \"n\": 1.50}}"),
        })
    }

    pub(super) fn allocations(&self) -> impl Iterator<Item = &Allocation> {
        self.entries.iter().flat_map(|entry| &entry.allocations)
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// An entry of the book, with what came of it.
    pub(super) fn posted(&self, entry: &Entry) -> Posted {
        let document = self.documents.get(&entry.item).cloned();
        Posted { entry: entry.clone(), item: self.items[&entry.item].clone(), document }
    }

    /// The idempotency records, by key.
    pub(super) fn records(&self) -> impl Iterator<Item = (&IdempotencyKey, &IdempotencyRecord)> {
        self.idempotency.iter()
    }

    pub(super) fn document_of(&self, id: ItemId) -> &Document {
        &self.documents[&id]
    }

    /// The document, unless it is an opening balance.
    pub(super) fn find_document(&self, id: ItemId) -> Option<&Document> {
        self.documents.get(&id)
    }

    /// The rows still to be written, each kind of customer's row once.
    pub(super) fn take(&mut self) -> Writes {
        let mut writes = std::mem::take(&mut self.pending);
        let whole = std::mem::take(&mut self.whole);
        let there = whole.iter().filter_map(|id| self.customers.get(id));
        writes.customers.extend(there.map(customer_write));
        let ledger = std::mem::take(&mut self.ledger);
        let there = ledger.difference(&whole).filter_map(|id| self.customers.get(id));
        writes.balances.extend(there.map(balance_write));
        writes.items.extend(std::mem::take(&mut self.touched).iter().map(|id| self.items[id].clone()));
        writes
    }

    /// Writes what is still to be written.
    pub(super) async fn commit(&mut self, store: &dyn Store) {
        self.try_commit(store).await.expect("the rows break no rule");
    }

    pub(super) async fn try_commit(&mut self, store: &dyn Store) -> Result<(), StoreError> {
        let writes = self.take();
        write(store, self.owner(), writes).await
    }

    /// What a store should show of the book.
    pub(super) fn expected(&self) -> Shown {
        let documents = self.documents.values().map(|document| (document.key.clone(), document.id));
        Shown {
            head: self.head.clone(),
            customers: self.customers.clone(),
            mobiles: self.customers.values().filter_map(|row| Some((row.mobile.clone()?, row.id))).collect(),
            postings: self.entries.iter().map(|entry| self.posted(entry)).collect(),
            documents: self.documents.clone(),
            numbers: documents.collect(),
            idempotency: self.idempotency.clone(),
        }
    }

    /// Panics if the store shows another book than it should.
    pub(super) async fn assert_written(&self, store: &dyn Store) {
        let expected = self.expected();
        assert_eq!(Shown::read(store, &expected).await, expected);
    }
}

/// All that a store shows of a book, and of the keys that it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    head: Head,
    customers: BTreeMap<CustomerId, Customer>,
    mobiles: BTreeMap<MobileNumber, CustomerId>,
    postings: Vec<Posted>,
    documents: BTreeMap<ItemId, Document>,
    numbers: BTreeMap<NumberKey, ItemId>,
    idempotency: BTreeMap<IdempotencyKey, IdempotencyRecord>,
}

impl Shown {
    /// What a store shows of that book, and whether it has these keys.
    pub(super) async fn read(store: &dyn Store, of: &Self) -> Self {
        const ALL: u32 = 100_000;
        let owner = of.head.owner.id;
        let mut customers = BTreeMap::new();
        for archived in [false, true] {
            let selection =
                CustomerSelection { archived, order: CustomerOrder::Name, limit: ALL, ..Default::default() };
            let found = store.customers(owner, &selection).await.expect("customers can be read");
            customers.extend(found.into_iter().map(|customer| (customer.id, customer)));
        }
        let mut documents = BTreeMap::new();
        for &kind in DocumentKind::ALL {
            let selection = khata_core::store::DocumentSelection { limit: ALL, ..Default::default() };
            let found = store.documents(owner, kind, &selection).await.expect("documents can be read");
            documents.extend(found.into_iter().map(|stored| (stored.document.id, stored.document)));
        }
        let keys = Keys {
            mobiles: of.mobiles.keys().map(|key| (owner, key.clone())).collect(),
            numbers: of.numbers.keys().map(|key| (owner, key.clone())).collect(),
            idempotency: of.idempotency.keys().map(|key| (owner, key.clone())).collect(),
            ..Keys::default()
        };
        let rows = load(store, &[owner], keys).await;
        Self {
            head: store.head(owner).await.expect("the shop is there"),
            customers,
            mobiles: rows.mobiles.into_iter().map(|((_, key), value)| (key, value)).collect(),
            postings: store.postings(owner, 0, ALL).await.expect("entries can be read"),
            documents,
            numbers: rows.numbers.into_iter().map(|((_, key), value)| (key, value)).collect(),
            idempotency: rows.idempotency.into_iter().map(|((_, key), value)| (key, value)).collect(),
        }
    }
}

pub(super) fn customer_write(customer: &Customer) -> CustomerWrite {
    CustomerWrite::new(customer.clone())
}

fn balance_write(customer: &Customer) -> BalanceWrite {
    BalanceWrite {
        owner: customer.owner,
        customer: customer.id,
        totals: customer.totals,
        post_dated: customer.post_dated.clone(),
        bounced_cheques: customer.bounced_cheques,
        last_seq: customer.last_seq,
        revision: customer.revision,
    }
}

/// The bits of a new id that does not sort by the time it was made: no order of a store may rest on that.
pub(super) fn scattered() -> Uuid {
    Uuid::from_u128(Uuid::now_v7().as_u128().swap_bytes())
}
