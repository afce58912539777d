//! A transaction's rows as they stand: the loaded rows, and before them what the batch has changed so far.

use std::collections::BTreeMap;

use super::allocation::{Cause, allocate, live};
use super::{
    Allocation, Credited, CreditedAmounts, Entry, EntryKind, Item, OutOfRange, Outcome, PostDatedDays, Side,
    Totals, entry_hash,
};
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

/// The rows as they stand. What the batch changes is kept beside the loaded rows, as it is to be written.
#[derive(Clone)]
pub(super) struct Book<'a> {
    loaded: &'a Rows,
    now: Timestamp,
    /// Open items in payment order.
    open: OpenItems,
    heads: BTreeMap<OwnerId, Head>,
    customers: BTreeMap<(OwnerId, CustomerId), (Change, Customer)>,
    deleted: Vec<(OwnerId, CustomerId)>,
    mobiles: BTreeMap<(OwnerId, MobileNumber), CustomerId>,
    numbers: BTreeMap<(OwnerId, NumberKey), ItemId>,
    items: BTreeMap<(OwnerId, ItemId), Item>,
    entries: Vec<Entry>,
    documents: Vec<Document>,
    idempotency: BTreeMap<(OwnerId, IdempotencyKey), IdempotencyRecord>,
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
    /// A void or a bounce.
    pub(super) kind: EntryKind,
    pub(super) date: Date,
    pub(super) reason: Note,
    pub(super) amount: Money,
    /// Totals of the customer after the entry.
    pub(super) totals: Totals,
}

impl<'a> Book<'a> {
    pub(super) fn new(loaded: &'a Rows, now: Timestamp) -> Self {
        let mut open = OpenItems::new();
        for item in loaded.items.values().filter(|item| item.open.is_positive()) {
            index(&mut open, item);
        }
        Self {
            loaded,
            now,
            open,
            heads: BTreeMap::new(),
            customers: BTreeMap::new(),
            deleted: Vec::new(),
            mobiles: BTreeMap::new(),
            numbers: BTreeMap::new(),
            items: BTreeMap::new(),
            entries: Vec::new(),
            documents: Vec::new(),
            idempotency: BTreeMap::new(),
        }
    }

    pub(super) fn head(&self, owner: OwnerId) -> Option<&Head> {
        self.heads.get(&owner).or_else(|| self.loaded.heads.get(&owner))
    }

    fn head_mut(&mut self, owner: OwnerId) -> &mut Head {
        let head = || self.loaded.heads.get(&owner).cloned();
        self.heads
            .entry(owner)
            .or_insert_with(|| head().expect("a posting is checked against its shop's head"))
    }

    /// Returns the recorded time of a change made now. It never runs backwards in a book, even if the clock does.
    pub(super) fn recorded_at(&self, head: &Head) -> Timestamp {
        self.now.max(head.recorded_at)
    }

    /// Returns the day on which a change made now is recorded.
    pub(super) fn today(&self, head: &Head) -> Date {
        head.owner.time_zone.date_of(self.recorded_at(head))
    }

    pub(super) fn customer(&self, owner: OwnerId, id: CustomerId) -> Option<&Customer> {
        let key = (owner, id);
        let loaded = || self.loaded.customers.get(&key).filter(|_| !self.deleted.contains(&key));
        self.customers.get(&key).map(|(_, customer)| customer).or_else(loaded)
    }

    pub(super) fn mobile_holder(&self, owner: OwnerId, mobile: &MobileNumber) -> Option<CustomerId> {
        let key = (owner, mobile.clone());
        self.mobiles.get(&key).or_else(|| self.loaded.mobiles.get(&key)).copied()
    }

    /// Returns an entry with its item and document, loaded or posted by the batch.
    pub(super) fn posted(&self, owner: OwnerId, id: EntryId) -> Option<Posted> {
        if let Some(loaded) = self.loaded.entries.get(&(owner, id)) {
            return Some(loaded.clone());
        }
        let entry = self.entries.iter().rev().find(|entry| (entry.owner, entry.id) == (owner, id))?.clone();
        let item = self.item(owner, entry.item)?.clone();
        let document = self.document_of(owner, entry.item).cloned();
        Some(Posted { entry, item, document })
    }

    pub(super) fn item(&self, owner: OwnerId, id: ItemId) -> Option<&Item> {
        self.items.get(&(owner, id)).or_else(|| self.loaded.items.get(&(owner, id)))
    }

    /// Returns the last entry that the batch posted.
    pub(super) fn last_entry(&self) -> Option<&Entry> {
        self.entries.last()
    }

    /// Returns a document of a kind, loaded with its entry or added by the batch.
    pub(super) fn document(&self, owner: OwnerId, kind: DocumentKind, id: ItemId) -> Option<&Document> {
        self.document_of(owner, id).filter(|document| document.kind() == kind)
    }

    fn document_of(&self, owner: OwnerId, id: ItemId) -> Option<&Document> {
        let loaded = self.loaded.entries.get(&(owner, id.into())).and_then(|posted| posted.document.as_ref());
        let added =
            || self.documents.iter().rev().find(|document| (document.owner, document.id) == (owner, id));
        // The document that is loaded with the entry of a void is the voided one.
        loaded.or_else(added).filter(|document| document.id == id)
    }

    /// Returns the document that has a number.
    pub(super) fn number_holder(&self, owner: OwnerId, key: &NumberKey) -> Option<ItemId> {
        let key = (owner, key.clone());
        self.numbers.get(&key).or_else(|| self.loaded.numbers.get(&key)).copied()
    }

    /// Returns the position before that of the next automatic number of a series.
    pub(super) fn last_number(&self, owner: OwnerId, series: Series) -> u64 {
        self.head(owner).map_or(0, |head| head.last_number(series))
    }

    /// Advances a series, so that it assigns no number up to `number` any more.
    pub(super) fn advance_series(&mut self, owner: OwnerId, series: Series, number: u64) {
        if number > self.last_number(owner, series) {
            self.head_mut(owner).counters.set(series, number);
        }
    }

    pub(super) fn record(&self, owner: OwnerId, key: &IdempotencyKey) -> Option<&IdempotencyRecord> {
        let key = (owner, key.clone());
        // Deleting a customer deletes the records of adding it.
        let is_kept = |record: &&IdempotencyRecord| {
            !self.deleted.iter().any(|(shop, id)| (*shop, subject(*id)) == (owner, record.subject))
        };
        self.idempotency.get(&key).or_else(|| self.loaded.idempotency.get(&key).filter(is_kept))
    }

    pub(super) fn put_record(&mut self, owner: OwnerId, key: IdempotencyKey, record: IdempotencyRecord) {
        self.idempotency.insert((owner, key), record);
    }

    pub(super) fn add_customer(&mut self, customer: Customer) {
        self.put(Change::Added, customer);
    }

    pub(super) fn put_customer(&mut self, customer: Customer) {
        let was_added = self.customers.get(&(customer.owner, customer.id)).map(|(change, _)| *change);
        let change = if was_added == Some(Change::Added) { Change::Added } else { Change::Whole };
        self.put(change, customer);
    }

    fn put(&mut self, change: Change, customer: Customer) {
        self.mobiles.extend(customer.mobile.clone().map(|mobile| ((customer.owner, mobile), customer.id)));
        self.customers.insert((customer.owner, customer.id), (change, customer));
    }

    /// Deletes a customer without entries, with the idempotency records of adding it.
    pub(super) fn delete_customer(&mut self, owner: OwnerId, id: CustomerId) {
        let changed = self.customers.remove(&(owner, id));
        if changed.is_none_or(|(change, _)| change != Change::Added) {
            self.deleted.push((owner, id));
        }
        self.mobiles.retain(|(shop, _), holder| (*shop, *holder) != (owner, id));
        self.idempotency.retain(|(shop, _), record| *shop != owner || record.subject != subject(id));
    }

    /// Posts an entry: opens its item, allocates it, links the entry to the chain, and updates the balance.
    pub(super) fn post(&mut self, draft: Draft) {
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
        if let Some((key, body)) = document {
            self.write_document(&entry, key, body);
        }
        self.link(entry, totals);
    }

    /// Posts an entry that reverses an item and each of its allocations, and allocates the amounts that become open again.
    pub(super) fn reverse(&mut self, mut item: Item, reversal: Reversal) {
        let Reversal { id, kind, date, reason, amount, totals } = reversal;
        let cause = self.cause(item.owner, date);
        let mut entry = self.draft(id, kind, &item, &cause, amount);
        entry.reason = Some(reason);

        self.release(&mut item, &cause, &mut entry);
        (item.open, item.voided_on, item.bounced) = (Money::ZERO, Some(date), kind == EntryKind::Bounce);
        item.change(date, cause.today, cause.recorded_at);
        self.put_item(item);
        self.settle(&cause, &mut entry);
        self.link(entry, totals);
    }

    /// Posts an entry that reverses each allocation of a credit and makes others in their place: the given ones, all of which
    /// are possible, then as far as there is something to pay.
    pub(super) fn reallocate(
        &mut self,
        mut item: Item,
        id: EntryId,
        date: Date,
        explicit: &[(ItemId, Money)],
    ) {
        let cause = self.cause(item.owner, date);
        let mut entry = self.draft(id, EntryKind::Allocation, &item, &cause, Money::ZERO);
        let (credit, owner, customer) = (item.id, item.owner, item.customer);
        self.release(&mut item, &cause, &mut entry);
        item.change(date, cause.today, cause.recorded_at);
        self.put_item(item);
        for (debit, most) in explicit {
            self.join(*debit, credit, *most, &cause, &mut entry);
        }
        self.settle(&cause, &mut entry);
        let totals =
            self.customer(owner, customer).expect("a posting is checked against its customer").totals;
        self.link(entry, totals);
    }

    /// Reverses each allocation of an item.
    fn release(&mut self, item: &mut Item, cause: &Cause, entry: &mut Entry) {
        for row in self.live_allocations(item) {
            let reversal = row.reversal(cause, next_ordinal(entry));
            let mut other = self.joined(item.owner, row.other(item.id));
            for item in [&mut *item, &mut other] {
                item.open =
                    item.open.checked_add(row.amount).expect("no more is released than was allocated");
                item.free_from = item.free_from.max(reversal.effective);
                item.change(reversal.effective, cause.today, cause.recorded_at);
            }
            self.put_item(other);
            entry.allocations.push(reversal);
        }
    }

    /// Returns a customer's post-dated entries after another entry.
    ///
    /// # Errors
    /// [`OutOfRange`].
    pub(super) fn post_dated_with(
        &self,
        customer: &Customer,
        date: Date,
        amount: Money,
    ) -> Result<Option<PostDatedDays>, OutOfRange> {
        let head = self.head(customer.owner).expect("a posting is checked against its shop's head");
        PostDatedDays::with(customer.post_dated.as_ref(), self.today(head), date, amount)
    }

    /// Changes what is credited of an invoice: adds the amounts of a credit note, or takes those of a void one away.
    pub(super) fn credit(
        &mut self,
        owner: OwnerId,
        invoice: ItemId,
        change: impl FnOnce(CreditedAmounts) -> Option<CreditedAmounts>,
    ) {
        let mut invoice = self.joined(owner, invoice);
        let before = invoice.credited.as_ref().map(Credited::amounts).unwrap_or_default();
        invoice.credited =
            Credited::of(change(before).expect("the amounts are checked against those of the invoice"));
        invoice.updated_at = self.head(owner).map_or(invoice.updated_at, |head| self.recorded_at(head));
        self.put_item(invoice);
    }

    /// Returns an item that was loaded with a document that it is allocated to.
    fn joined(&self, owner: OwnerId, id: ItemId) -> Item {
        self.item(owner, id).cloned().expect("the items allocated to a document are loaded with it")
    }

    /// Returns every allocation from or to an item, loaded or caused by the batch.
    pub(super) fn allocations(&self, owner: OwnerId, item: ItemId) -> impl Iterator<Item = &Allocation> {
        let loaded = self.loaded.allocations.get(&(owner, item)).into_iter().flatten();
        let of_batch = self.entries.iter().filter(move |entry| entry.owner == owner);
        loaded.chain(of_batch.flat_map(|entry| &entry.allocations).filter(move |row| row.touches(item)))
    }

    fn live_allocations(&self, item: &Item) -> Vec<Allocation> {
        live(self.allocations(item.owner, item.id)).into_iter().cloned().collect()
    }

    fn cause(&self, owner: OwnerId, date: Date) -> Cause {
        let head = self.head(owner).expect("a posting is checked against its shop's head");
        Cause { seq: head.seq + 1, date, today: self.today(head), recorded_at: self.recorded_at(head) }
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
        self.items.insert(key, item);
    }

    fn write_document(&mut self, entry: &Entry, key: NumberKey, body: String) {
        self.numbers.insert((entry.owner, key.clone()), entry.item);
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
    fn link(&mut self, mut entry: Entry, totals: Totals) {
        entry.hash = entry_hash(entry.hash, &entry);
        let head = self.head_mut(entry.owner);
        (head.seq, head.hash, head.recorded_at) = (entry.seq, entry.hash, entry.recorded_at);
        let today = head.owner.time_zone.date_of(entry.recorded_at);

        let customer = self.customer_mut(entry.owner, entry.customer);
        customer.totals = totals;
        customer.post_dated =
            PostDatedDays::with(customer.post_dated.as_ref(), today, entry.date, entry.amount)
                .expect("the entry is checked against the post-dated ones");
        customer.bounced_cheques += u64::from(entry.kind == EntryKind::Bounce);
        customer.last_seq = entry.seq;
        customer.revision += 1;
        self.entries.push(entry);
    }

    /// Returns a customer whose totals change.
    fn customer_mut(&mut self, owner: OwnerId, id: CustomerId) -> &mut Customer {
        let customer = || self.loaded.customers.get(&(owner, id)).cloned();
        let changed = self.customers.entry((owner, id)).or_insert_with(|| {
            (Change::Ledger, customer().expect("a posting is checked against its customer"))
        });
        &mut changed.1
    }

    /// Returns the rows to write.
    pub(super) fn into_writes(self, outcomes: Vec<Outcome>) -> Writes {
        let mut writes = Writes {
            heads: self.heads.into_values().collect(),
            deleted_customers: self.deleted,
            entries: self.entries,
            documents: self.documents,
            idempotency: self
                .idempotency
                .into_iter()
                .map(|((owner, key), record)| (owner, key, record))
                .collect(),
            items: self.items.into_values().collect(),
            outcomes,
            ..Writes::default()
        };
        for (change, customer) in self.customers.into_values() {
            match change {
                Change::Ledger => writes.balances.push(BalanceWrite {
                    owner: customer.owner,
                    customer: customer.id,
                    totals: customer.totals,
                    post_dated: customer.post_dated,
                    bounced_cheques: customer.bounced_cheques,
                    last_seq: customer.last_seq,
                    revision: customer.revision,
                }),
                Change::Whole | Change::Added => writes.customers.push(CustomerWrite::new(customer)),
            }
        }
        writes
    }
}

/// Returns the subject of the idempotency records of adding a customer.
fn subject(customer: CustomerId) -> ItemId {
    ItemId::from_uuid(customer.uuid())
}

fn index(open: &mut OpenItems, item: &Item) {
    open.entry((item.owner, item.customer, item.side)).or_default().insert(item.payment_order(), item.id);
}

fn next_ordinal(entry: &Entry) -> u32 {
    u32::try_from(entry.allocations.len()).expect("a batch loads far fewer items")
}
