//! What holds in every sound book, recomputed from its entries, allocations and items, on every day that occurs in it.

use std::collections::{BTreeMap, BTreeSet};

use khata_core::calendar::{Date, TimeZone};
use khata_core::customer::Customer;
use khata_core::documents::Document;
use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::ledger::views::{self, Balance};
use khata_core::ledger::{
    Allocation, Entry, EntryKind, Item, ItemKind, PostDated, PostDatedDays, Side, Totals, entry_hash,
    genesis_hash,
};
use khata_core::money::Money;
use khata_core::number::DocumentKind;
use khata_core::store::{
    CustomerOrder, CustomerSelection, DocumentSelection, Head, Posted, Store, StoreError, StoredDocument,
};

/// What does not hold.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct Violation(String);

impl Violation {
    pub(super) fn new(what: String) -> Self {
        Self(what)
    }
}

impl From<StoreError> for Violation {
    fn from(error: StoreError) -> Self {
        Self(format!("the book can't be read: {error:?}"))
    }
}

macro_rules! ensure {
    ($holds:expr, $($otherwise:tt)+) => {
        if !$holds {
            return Err(Violation(format!($($otherwise)+)));
        }
    };
}

// Beneath the macro, which it uses.
mod reports;

/// Checks the book of a shop, while nobody writes to it:
///
/// - the chain verifies from the genesis hash, without a gap, the recorded time never runs backwards, and the head is
///   at its end;
/// - each document's number is unique, and its body is the one that its entry's hash covers;
/// - each item has open what its amount and allocations leave, and each invoice has credited what its credit notes
///   that are not void add up to, which is no more than its amount;
/// - each customer's balance is the sum of the entries, and of open debits less open credits, which are never both
///   there;
/// - on each day, each item has from nothing to its amount open, what is open adds up to the balance of that day, and
///   the store's [`standing`](khata_core::store::EntryRepository::standing) says the same;
/// - what the store supplies for reports ([`ReportRepository`](khata_core::store::ReportRepository)) is what the entries
///   say, and the buckets of the ageing with what is unapplied are the balance, for each customer and in all.
///
/// # Errors
/// The first thing that does not hold.
pub async fn check(store: &dyn Store, owner: OwnerId) -> Result<(), Violation> {
    let book = Book::read(store, owner).await?;
    book.check_chain()?;
    book.check_documents()?;
    book.check_items()?;
    for customer in book.customers.values() {
        let account = book.account(customer);
        account.check_present()?;
        for day in account.days() {
            account.check_day(day)?;
            let standing = store.standing(owner, customer.id, day).await?;
            let (told, is) = (views::balance(&standing, day)?, account.balance(day)?);
            ensure!(told == is, "{} as of {day}: {told:?} is told, {is:?} is right", customer.id);
        }
    }
    book.check_reports(store).await
}

struct Book {
    head: Head,
    entries: Vec<Entry>,
    items: BTreeMap<ItemId, Item>,
    customers: BTreeMap<CustomerId, Customer>,
    documents: Vec<StoredDocument>,
}

const PAGE: u32 = 500;

impl Book {
    async fn read(store: &dyn Store, owner: OwnerId) -> Result<Self, Violation> {
        let (mut entries, mut items, mut customers, mut documents) =
            (Vec::new(), BTreeMap::new(), BTreeMap::new(), Vec::new());
        loop {
            let after = entries.last().map_or(0, |entry: &Entry| entry.seq);
            let page = store.postings(owner, after, PAGE).await?;
            if page.is_empty() {
                break;
            }
            for Posted { entry, item, .. } in page {
                items.insert(item.id, item);
                entries.push(entry);
            }
        }
        for archived in [false, true] {
            let (order, limit) = (CustomerOrder::Name, PAGE);
            let mut selection = CustomerSelection { archived, order, limit, ..CustomerSelection::default() };
            loop {
                let page = store.customers(owner, &selection).await?;
                let Some(last) = page.last() else { break };
                selection.after = Some(last.cursor(order));
                customers.extend(page.into_iter().map(|customer| (customer.id, customer)));
            }
        }
        for &kind in DocumentKind::ALL {
            let mut selection = DocumentSelection { limit: PAGE, ..DocumentSelection::default() };
            loop {
                let page = store.documents(owner, kind, &selection).await?;
                let Some(last) = page.last() else { break };
                selection.before = Some(last.document.seq);
                documents.extend(page);
            }
        }
        Ok(Self { head: store.head(owner).await?, entries, items, customers, documents })
    }

    fn allocations(&self) -> impl Iterator<Item = &Allocation> {
        self.entries.iter().flat_map(|entry| &entry.allocations)
    }

    fn check_chain(&self) -> Result<(), Violation> {
        let owner = &self.head.owner;
        let mut hash = genesis_hash(owner.id, owner.currency, owner.time_zone);
        let (mut recorded_at, mut ids) = (owner.created_at, BTreeSet::new());
        for (seq, entry) in (1..).zip(&self.entries) {
            ensure!(entry.seq == seq, "entry {} stands at place {seq}", entry.seq);
            ensure!(entry.owner == owner.id, "entry {seq} is another shop's");
            ensure!(ids.insert(entry.id), "entry {seq} bears an id that was there before");
            hash = entry_hash(hash, entry);
            ensure!(entry.hash == hash, "the chain breaks at entry {seq}");
            ensure!(entry.recorded_at >= recorded_at, "at entry {seq} the time runs backwards");
            recorded_at = entry.recorded_at;
            for (ordinal, row) in (0..).zip(&entry.allocations) {
                let place = (row.owner, row.seq, row.ordinal, row.customer);
                let is_its = place == (owner.id, seq, ordinal, entry.customer);
                ensure!(is_its, "allocation {ordinal} of entry {seq} is another's: {row:?}");
            }
        }
        let end = (self.head.seq, self.head.hash);
        ensure!(
            end == (self.entries.len() as u64, hash),
            "the head stands at {end:?}, not at the chain's end"
        );
        ensure!(self.head.recorded_at >= recorded_at, "the head is older than the last entry");
        Ok(())
    }

    fn check_documents(&self) -> Result<(), Violation> {
        let entries: BTreeMap<_, _> = self.entries.iter().map(|entry| (entry.seq, entry)).collect();
        let mut numbers = BTreeSet::new();
        for StoredDocument { document, item, allocations } in &self.documents {
            let Document { id, seq, .. } = *document;
            ensure!(numbers.insert(&document.key), "the number of document {id} is another's too");
            let entry = entries.get(&seq);
            let its_own = entry.is_some_and(|entry| {
                (ItemId::from(entry.id), entry.customer, entry.date) == (id, document.customer, document.date)
                    && entry.recorded_at == document.recorded_at
                    && entry.body_hash == Some(Document::body_hash(&document.body))
            });
            ensure!(its_own, "document {id} is not what its entry covers");
            ensure!(self.items.get(&id) == Some(item), "document {id} comes with another item");
            let touching = self.allocations().filter(|row| row.touches(id));
            ensure!(touching.eq(allocations), "document {id} comes with other allocations");
        }
        let with_document = self.entries.iter().filter(|entry| entry.body_hash.is_some()).count();
        ensure!(
            with_document == self.documents.len(),
            "{with_document} entries have {} documents",
            self.documents.len()
        );
        Ok(())
    }

    fn check_items(&self) -> Result<(), Violation> {
        for entry in &self.entries {
            let seq = entry.seq;
            ensure!(self.customers.contains_key(&entry.customer), "the customer of entry {seq} is not there");
            let Some(item) = self.items.get(&entry.item) else {
                return Err(Violation(format!("the item of entry {seq} is not there")));
            };
            ensure!(item.customer == entry.customer, "the item of entry {seq} is another customer's");
            let signed = signed(item.side, size(item.amount));
            if entry.kind.reverses() {
                ensure!(
                    item.voided_on == Some(entry.date) && size(entry.amount) == -signed,
                    "entry {seq} voids another amount"
                );
                let bounced = entry.kind == EntryKind::Bounce;
                let fits = item.kind == ItemKind::Receipt || !bounced;
                ensure!(item.bounced == bounced && fits, "entry {seq} bounces {item:?}");
            } else if entry.kind == EntryKind::Allocation {
                let fits = item.side == Side::Credit && item.seq < seq && entry.date >= item.date;
                ensure!(fits && entry.amount.is_zero(), "entry {seq} allocates {item:?}");
            } else {
                let opened = (item.seq, item.date, ItemId::from(entry.id)) == (seq, entry.date, item.id);
                ensure!(opened && size(entry.amount) == signed, "entry {seq} opened another item");
                ensure!(
                    EntryKind::from(item.kind) == entry.kind,
                    "entry {seq} opened an item of another kind"
                );
            }
        }
        for item in self.items.values() {
            self.check_credit(item)?;
        }
        let opened = self.entries.iter().filter(|entry| entry.kind.opens().is_some()).count();
        ensure!(opened == self.items.len(), "{opened} entries opened {} items", self.items.len());
        for row in self.allocations() {
            let sides =
                [(row.debit, Side::Debit, row.debit_kind), (row.credit, Side::Credit, row.credit_kind)];
            for (id, side, kind) in sides {
                let item = self.items.get(&id);
                let fits = item.is_some_and(|item| {
                    (item.side, item.kind, item.customer) == (side, kind, row.customer)
                        && row.effective >= item.date
                });
                ensure!(fits, "{row:?} does not fit its {side:?} item {item:?}");
            }
        }
        Ok(())
    }

    /// A credit note is on an invoice of its customer; those that count are no more than it, and not on a void one.
    fn check_credit(&self, item: &Item) -> Result<(), Violation> {
        let Item { id, kind, .. } = *item;
        ensure!(
            kind == ItemKind::CreditNote || item.invoice.is_none(),
            "a {kind:?} is on {:?}",
            item.invoice
        );
        if let Some(invoice) = item.invoice {
            let on = self.items.get(&invoice.into());
            let fits = on.is_some_and(|on| (on.kind, on.customer) == (ItemKind::Invoice, item.customer));
            ensure!(fits, "credit note {id} is on {on:?}");
        }
        let notes = self.documents.iter().filter(|note| !note.item.is_void());
        let mut credits = notes.flat_map(|note| note.document.credits().unwrap_or_default());
        let credits =
            credits.by_ref().filter(|(invoice, _)| *invoice == id).map(|(_, amounts)| amounts.total());
        let credited: i128 = credits.map(|total| total.map_or(i128::MAX, size)).sum();
        let told = item.credited.as_ref().and_then(|credited| credited.amounts().total()).map_or(0, size);
        ensure!(told == credited, "on {id} {credited} is credited, not {told}");
        let most = if item.is_void() { 0 } else { size(item.amount) };
        ensure!(credited <= most, "on {id} {credited} of {most} is credited");
        Ok(())
    }

    fn account<'a>(&'a self, customer: &'a Customer) -> Account<'a> {
        Account {
            customer,
            entries: self.entries.iter().filter(|entry| entry.customer == customer.id).collect(),
            items: self.items.values().filter(|item| item.customer == customer.id).collect(),
            allocations: self.allocations().filter(|row| row.customer == customer.id).collect(),
            time_zone: self.head.owner.time_zone,
        }
    }
}

/// All that a book has of one customer.
struct Account<'a> {
    customer: &'a Customer,
    entries: Vec<&'a Entry>,
    items: Vec<&'a Item>,
    allocations: Vec<&'a Allocation>,
    time_zone: TimeZone,
}

impl Account<'_> {
    /// The caches are what they stand for.
    fn check_present(&self) -> Result<(), Violation> {
        let Customer { id, totals, last_seq, .. } = *self.customer;
        let last = self.entries.last().map_or(0, |entry| entry.seq);
        ensure!(last_seq == last, "{id} has the last entry {last}, not {last_seq}");
        let bounced = self.entries.iter().filter(|entry| entry.kind == EntryKind::Bounce).count();
        let told = self.customer.bounced_cheques;
        ensure!(told == bounced as u64, "{id} has {bounced} bounced cheques, not {told}");
        let balance = self.sum(None, Date::MAX);
        ensure!(
            size(totals.balance) == balance,
            "{id} has {}, and its entries {balance}",
            totals.balance.minor()
        );
        let of_kind = self.balance(Date::MAX)?;
        let sums = Totals {
            balance: of_kind.balance,
            opening: of_kind.opening,
            invoiced: of_kind.invoiced,
            debited: of_kind.debited,
            refunded: of_kind.refunded,
            received: of_kind.received,
            credited: of_kind.credited,
            written_off: of_kind.written_off,
        };
        ensure!(totals == sums, "{id} has the sums {totals:?}, and its entries {sums:?}");

        for item in &self.items {
            let open = self.open(item, Date::MAX);
            ensure!(size(item.open) == open, "item {} has {} open, not {open}", item.id, size(item.open));
            let voids = self.entries.iter().filter(|entry| is_void_of(entry, item)).count();
            ensure!(voids == usize::from(item.is_void()), "item {} has {voids} voids", item.id);
        }
        self.check_days_to_come()?;
        let (debits, credits) = (self.open_on(Side::Debit, Date::MAX), self.open_on(Side::Credit, Date::MAX));
        ensure!(balance == debits - credits, "{id} has the balance {balance}, and {debits} − {credits} open");
        ensure!(debits == 0 || credits == 0, "{id} has both {debits} and {credits} open");
        Ok(())
    }

    /// What took effect later than it was recorded is noted, as long as that is not over with the last that was recorded.
    fn check_days_to_come(&self) -> Result<(), Violation> {
        let mut days: BTreeMap<Date, [i128; 2]> = BTreeMap::new();
        let mut pending: BTreeMap<ItemId, Date> = BTreeMap::new();
        for entry in &self.entries {
            let today = self.time_zone.date_of(entry.recorded_at);
            let [debit, credit] = days.entry(entry.date).or_default();
            *debit += size(entry.amount).max(0);
            *credit -= size(entry.amount).min(0);
            days.retain(|day, sums| *day > today && *sums != [0, 0]);
            let rows = entry.allocations.iter();
            let changes = rows.flat_map(|row| [(row.debit, row.effective), (row.credit, row.effective)]);
            let about = entry.kind.opens().is_none().then_some((entry.item, entry.date));
            let changes: Vec<_> = changes.chain(about).collect();
            for (id, on) in &changes {
                let until = pending.entry(*id).or_insert(*on);
                *until = (*until).max(*on);
            }
            pending.retain(|id, until| *until > today || changes.iter().all(|change| change.0 != *id));
        }
        let id = self.customer.id;
        let days = days.iter().rev().map(|(day, [debit, credit])| format!("{day}:{debit}:{credit}"));
        let (is, told) = (days.collect::<Vec<_>>().join(","), self.customer.post_dated.as_ref());
        let told = told.map_or("", PostDatedDays::as_str);
        ensure!(told == is, "the post-dated entries of {id} are {told:?}, not {is:?}");
        for item in &self.items {
            let (told, is) = (item.pending_until, pending.get(&item.id).copied());
            ensure!(told == is, "item {} is pending until {told:?}, not {is:?}", item.id);
        }
        Ok(())
    }

    /// Every day on which something happens, the days before and after, and the ends of time.
    fn days(&self) -> BTreeSet<Date> {
        let entries = self.entries.iter().map(|entry| entry.date);
        let items = self.items.iter().flat_map(|item| [item.due, item.free_from]);
        let allocations = self.allocations.iter().map(|row| row.effective);
        let around = |day: Date| [day.plus_days(-1), Some(day), day.plus_days(1)];
        let days = entries.chain(items).chain(allocations).flat_map(around).flatten();
        days.chain([Date::MIN, Date::MAX]).collect()
    }

    fn check_day(&self, day: Date) -> Result<(), Violation> {
        for item in self.items.iter().filter(|item| item.date <= day) {
            let (open, amount) = (self.open(item, day), size(item.amount));
            ensure!((0..=amount).contains(&open), "item {} has {open} of {amount} open on {day}", item.id);
        }
        let (debits, credits) = (self.open_on(Side::Debit, day), self.open_on(Side::Credit, day));
        let balance = self.sum(None, day);
        let id = self.customer.id;
        ensure!(
            balance == debits - credits,
            "{id} owes {balance} on {day}, and has {debits} − {credits} open"
        );
        Ok(())
    }

    /// How the customer stood at the end of a day.
    fn balance(&self, day: Date) -> Result<Balance, Violation> {
        let overdue =
            self.items.iter().filter(|item| item.side == Side::Debit && item.due < day && item.date <= day);
        let overdue = overdue.map(|item| self.open(item, day)).sum();
        let money = |sum: i128| match i64::try_from(sum) {
            Ok(minor) => Ok(Money::from_minor(minor)),
            Err(_) => Err(Violation(format!("{} has a sum of {sum} on {day}", self.customer.id))),
        };
        Ok(Balance {
            balance: money(self.sum(None, day))?,
            opening: money(self.sum(Some(ItemKind::OpeningBalance), day))?,
            invoiced: money(self.sum(Some(ItemKind::Invoice), day))?,
            debited: money(self.sum(Some(ItemKind::DebitNote), day))?,
            refunded: money(self.sum(Some(ItemKind::Refund), day))?,
            received: money(-self.sum(Some(ItemKind::Receipt), day))?,
            credited: money(-self.sum(Some(ItemKind::CreditNote), day))?,
            written_off: money(-self.sum(Some(ItemKind::WriteOff), day))?,
            unapplied: money(self.open_on(Side::Credit, day))?,
            overdue: money(overdue)?,
            post_dated: PostDated {
                debit: money(self.later(day).filter(|amount| *amount > 0).sum())?,
                credit: money(-self.later(day).filter(|amount| *amount < 0).sum::<i128>())?,
            },
            as_of: day,
        })
    }

    /// The amounts of the entries after a day.
    fn later(&self, day: Date) -> impl Iterator<Item = i128> {
        self.entries.iter().filter(move |entry| entry.date > day).map(|entry| size(entry.amount))
    }

    /// Entries up to a day, of items of one kind or of all; voids count against what they void.
    fn sum(&self, kind: Option<ItemKind>, day: Date) -> i128 {
        let of_kind = |entry: &Entry| {
            let item = self.items.iter().find(|item| item.id == entry.item);
            kind.is_none_or(|kind| item.is_some_and(|item| item.kind == kind))
        };
        let entries = self.entries.iter().filter(|entry| entry.date <= day && of_kind(entry));
        entries.map(|entry| size(entry.amount)).sum()
    }

    fn open_on(&self, side: Side, day: Date) -> i128 {
        let items = self.items.iter().filter(|item| item.side == side && item.date <= day);
        items.map(|item| self.open(item, day)).sum()
    }

    /// What was open of an item at the end of a day: a void takes all that it set free.
    fn open(&self, item: &Item, day: Date) -> i128 {
        let rows = self.allocations.iter().filter(|row| row.touches(item.id) && row.effective <= day);
        let allocated: i128 = rows.map(|row| size(row.amount)).sum();
        let void = self.entries.iter().any(|entry| is_void_of(entry, item) && entry.date <= day);
        if void { -allocated } else { size(item.amount) - allocated }
    }
}

fn is_void_of(entry: &Entry, item: &Item) -> bool {
    entry.kind.reverses() && entry.item == item.id
}

fn signed(side: Side, amount: i128) -> i128 {
    match side {
        Side::Debit => amount,
        Side::Credit => -amount,
    }
}

fn size(money: Money) -> i128 {
    money.minor().into()
}
