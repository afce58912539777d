//! Loading what a job asks for: one command for all kinds of keys, and a few more for what is found by these.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, Document, Uuid, doc};
use khata_core::customer::Customer;
use khata_core::documents::Document as LedgerDocument;
use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::idempotency::IdempotencyKey;
use khata_core::ledger::{Allocation, Item, Side};
use khata_core::number::{DocumentNumber, NumberKey, Series};
use khata_core::numbering::NumberPattern;
use khata_core::owner::Owner;
use khata_core::phone::MobileNumber;
use khata_core::record::Stored as _;
use khata_core::store::{Keys, OpenItemsKey, Posted, Rows, StoreError, StoredDocument};

use crate::error::UnreadableField;
use crate::filter::{self, account, by_id, grouped, key, owner};
use crate::known_heads::KnownHead;
use crate::row::{Fields, HeadRow, Posting, Request, Row};
use crate::schema::{CUSTOMER_NAMES, Collection, ENTRIES};
use crate::transaction::{Branch, Transaction};

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Head,
    Owner,
    Customer,
    Mobile,
    Number,
    HighestNumber,
    Entry,
    Item,
    Open,
    Allocations,
    Request,
    RequestOfEntry,
}

/// What was found of each kind.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    heads: Vec<HeadRow>,
    owners: Vec<(Owner, u64)>,
    customers: Vec<Customer>,
    mobiles: Vec<((OwnerId, MobileNumber), CustomerId)>,
    numbers: Vec<((OwnerId, NumberKey), ItemId)>,
    highest_numbers: Vec<((OwnerId, NumberPattern), DocumentNumber)>,
    entries: Vec<Posting>,
    posted: Vec<Posted>,
    items: Vec<Item>,
    /// The first open item of each account that has any, or more than the first.
    open: Vec<Item>,
    /// Allocations that touch items, by the entry that caused them.
    allocations: BTreeMap<(OwnerId, u64), Vec<Allocation>>,
    touching: BTreeMap<(OwnerId, ItemId), Vec<Allocation>>,
    requests: Vec<Request>,
}

impl Loaded {
    fn take(&mut self, kind: Kind, fields: &mut Fields<'_>) -> Result<(), UnreadableField> {
        match kind {
            Kind::Head => self.heads.push(HeadRow::read(fields)?),
            Kind::Owner => self.owners.push((Owner::read(fields)?, fields.get("password_version")?)),
            Kind::Customer => self.customers.push(Customer::read(fields)?),
            Kind::Mobile => {
                let mut id = fields.group("_id")?;
                let mobile = (id.get("owner_id")?, fields.get("mobile_number")?);
                self.mobiles.push((mobile, id.get("id")?));
            }
            Kind::Number => self.numbers.push(number(fields)?),
            Kind::HighestNumber => self.highest_numbers.push(highest_number(fields)?),
            Kind::Entry => self.entries.push(Posting::read(fields)?),
            Kind::Item => self.items.push(Item::read(fields)?),
            Kind::Open => self.open.push(Item::read(fields)?),
            Kind::Allocations => {
                let entry = khata_core::ledger::Entry::read(fields)?;
                self.allocations.insert((entry.owner, entry.seq), entry.allocations);
            }
            Kind::Request => self.requests.push(Request::read(fields)?),
            Kind::RequestOfEntry => self.requests.push(Request::of_entry(fields)?),
        }
        Ok(())
    }

    /// Whether the locks were found with the same counts.
    pub(crate) fn has_locks(&self, known: &BTreeMap<OwnerId, KnownHead>) -> bool {
        let same = |head: &HeadRow| known.get(&head.owner).is_some_and(|known| known.lock == head.lock);
        self.heads.len() == known.len() && self.heads.iter().all(same)
    }

    /// Adds all but the heads.
    pub(crate) fn add_to(self, rows: &mut Rows) {
        let of_customers = self.customers.into_iter();
        rows.customers.extend(of_customers.map(|customer| ((customer.owner, customer.id), customer)));
        rows.mobiles.extend(self.mobiles);
        rows.numbers.extend(self.numbers);
        rows.highest_numbers.extend(self.highest_numbers);
        let items = self.items.into_iter().chain(self.open);
        rows.items.extend(items.map(|item| ((item.owner, item.id), item)));
        rows.allocations.extend(self.touching);
        let requests = self.requests.into_iter();
        rows.idempotency.extend(requests.map(|request| ((request.owner, request.key), request.record)));
        let posted = self.posted.into_iter();
        rows.entries.extend(posted.map(|posted| ((posted.entry.owner, posted.entry.id), posted)));
        rows.loads += 1;
    }
}

fn number(fields: &mut Fields<'_>) -> Result<((OwnerId, NumberKey), ItemId), UnreadableField> {
    let mut id = fields.group("_id")?;
    let document = fields.nested("document")?;
    let document = document.ok_or_else(|| fields.unreadable("document", "is missing"))?;
    let key = NumberKey::build(&mut crate::row::Within { fields: document, given: &[] })?;
    Ok(((id.get("owner_id")?, key), id.get("id")?))
}

fn highest_number(
    fields: &mut Fields<'_>,
) -> Result<((OwnerId, NumberPattern), DocumentNumber), UnreadableField> {
    let (prefix, width) = (fields.get("prefix")?, fields.get("width")?);
    let ((owner, key), _) = number(fields)?;
    let pattern = NumberPattern { series: key.series(), prefix, width };
    Ok(((owner, pattern), key.document_number().clone()))
}

/// These heads by shop; there must be one for each of the shops.
pub(crate) async fn heads(
    reader: &mut Transaction,
    shops: &[OwnerId],
) -> Result<BTreeMap<OwnerId, KnownHead>, StoreError> {
    let branches = vec![
        branch::<HeadRow>(Kind::Head, filter::shops(shops)),
        branch::<Owner>(Kind::Owner, filter::shops(shops)),
    ];
    let loaded = gather(reader, branches).await?;
    let mut rows: BTreeMap<_, _> = loaded.heads.into_iter().map(|head| (head.owner, head)).collect();
    let heads = loaded.owners.into_iter().filter_map(|(owner, password_version)| {
        let row = rows.remove(&owner.id)?;
        Some((owner.id, KnownHead { lock: row.lock, head: row.with(owner, password_version) }))
    });
    let heads: BTreeMap<_, _> = heads.collect();
    if heads.len() == shops.len() { Ok(heads) } else { Err(StoreError::NotFound) }
}

/// Loads what these keys name, and the heads of these shops.
pub(crate) async fn load(
    reader: &mut Transaction,
    keys: &Keys,
    shops: &[OwnerId],
) -> Result<Loaded, StoreError> {
    let mut loaded = gather(reader, branches(keys, shops)).await?;
    open_items(reader, &keys.open_items, &mut loaded.open).await?;
    loaded.posted = posted(reader, std::mem::take(&mut loaded.entries)).await?;
    loaded.touching = by_item(&keys.allocations, &loaded.allocations);
    Ok(loaded)
}

async fn gather(reader: &mut Transaction, branches: Vec<Branch<Kind>>) -> Result<Loaded, StoreError> {
    let mut loaded = Loaded::default();
    reader.gather(branches, |kind, fields| loaded.take(kind, fields)).await?;
    Ok(loaded)
}

/// The query of the documents of this filter.
fn branch<R: Row>(kind: Kind, filter: Document) -> Branch<Kind> {
    branch_of(kind, R::COLLECTION, filter)
}

fn branch_of(kind: Kind, collection: &'static Collection, filter: Document) -> Branch<Kind> {
    Branch { kind, collection, pipeline: vec![doc! { "$match": filter }] }
}

/// One query for each kind of key that there is.
fn branches(keys: &Keys, shops: &[OwnerId]) -> Vec<Branch<Kind>> {
    let mut branches = Vec::new();
    if !shops.is_empty() {
        branches.push(branch::<HeadRow>(Kind::Head, filter::shops(shops)));
    }
    branches.extend(
        by_id(keys.customers.iter().copied().map(key)).map(|ids| branch::<Customer>(Kind::Customer, ids)),
    );
    branches.extend(requests(&keys.idempotency));
    let mobiles = keys.mobiles.iter().map(|(owner, mobile)| (*owner, mobile.as_str()));
    let mobiles = grouped("mobile_number", mobiles, |shop| doc! { "_id.owner_id": owner(*shop) });
    branches.extend(mobiles.map(|mobiles| branch_of(Kind::Mobile, &CUSTOMER_NAMES, mobiles)));
    branches.extend(numbers(&keys.numbers));
    branches.extend(keys.highest_numbers.iter().map(|(shop, pattern)| highest_of(*shop, pattern)));
    branches.extend(by_id(keys.items.iter().copied().map(key)).map(|ids| branch::<Item>(Kind::Item, ids)));
    branches.extend(allocations(&keys.allocations));
    branches
        .extend(by_id(keys.entries.iter().copied().map(key)).map(|ids| branch::<Posting>(Kind::Entry, ids)));
    let accounts = keys.open_items.iter().map(|(owner, key)| account(*owner, key.customer, key.side));
    branches.extend(first_open(accounts.collect()));
    branches
}

fn requests(keys: &[(OwnerId, IdempotencyKey)]) -> impl Iterator<Item = Branch<Kind>> {
    let record = |(shop, key): &(_, IdempotencyKey)| doc! { "owner_id": owner(*shop), "key": key.as_str() };
    let alone = by_id(keys.iter().map(record)).map(|ids| branch::<Request>(Kind::Request, ids));
    let texts = keys.iter().map(|(owner, key)| (*owner, key.as_str()));
    let of_entries = grouped("request.key", texts, |shop| doc! { "_id.owner_id": owner(*shop) });
    let of_entries = of_entries.map(|filter| {
        let mut branch = branch_of(Kind::RequestOfEntry, &ENTRIES, filter);
        branch.pipeline.push(doc! { "$project": { "request": 1 } });
        branch
    });
    alone.into_iter().chain(of_entries)
}

/// The query of the documents of a series.
fn of_series(shop: OwnerId, series: Series) -> Document {
    let year = i64::from(series.year.start_year());
    doc! { "_id.owner_id": owner(shop), "document.kind": series.kind.as_str(), "document.year": year }
}

/// The highest number of a pattern. Its characters stand for themselves in a regular expression.
fn highest_of(shop: OwnerId, NumberPattern { series, prefix, width }: &NumberPattern) -> Branch<Kind> {
    let fits = format!("^{prefix}([0-9]{{{width}}}|[1-9][0-9]{{{width},}})$");
    let mut filter = of_series(shop, *series);
    filter.insert("document.number", doc! { "$regex": fits, "$gte": "" });
    let pipeline = vec![
        doc! { "$match": filter },
        doc! { "$project": {
            "document.kind": 1, "document.year": 1, "document.number": 1,
            "prefix": { "$literal": prefix }, "width": { "$literal": crate::row::number(*width) },
            "length": { "$strLenBytes": "$document.number" },
        } },
        doc! { "$sort": { "length": -1, "document.number": -1 } },
        doc! { "$limit": 1 },
    ];
    Branch { kind: Kind::HighestNumber, collection: &ENTRIES, pipeline }
}

fn numbers(keys: &[(OwnerId, NumberKey)]) -> Option<Branch<Kind>> {
    let numbers = keys.iter().map(|(owner, key)| ((*owner, key.series()), key.number()));
    let filter = grouped("document.number", numbers, |(shop, series)| of_series(*shop, *series))?;
    let mut branch = branch_of(Kind::Number, &ENTRIES, filter);
    branch.pipeline.push(doc! {
        "$project": { "document.kind": 1, "document.year": 1, "document.number": 1 },
    });
    Some(branch)
}

/// The entries whose allocations are from or to these items: those that opened them, and others.
fn allocations(items: &[(OwnerId, ItemId)]) -> impl Iterator<Item = Branch<Kind>> {
    let own = by_id(items.iter().copied().map(key));
    let ids = items.iter().map(|(owner, item)| (*owner, Uuid::from(item.uuid())));
    let others = grouped("touched", ids, |shop| doc! { "_id.owner_id": owner(*shop) });
    own.into_iter().chain(others).map(|filter| branch_of(Kind::Allocations, &ENTRIES, filter))
}

/// The first open item of each of these accounts, in payment order. The server looks at one key of the index for each,
/// however many are open.
fn first_open(accounts: Vec<Bson>) -> Option<Branch<Kind>> {
    let pipeline = vec![
        doc! { "$match": { "account": { "$in": &accounts } } },
        doc! { "$sort": { "account": 1, "due": 1, "seq": 1 } },
        doc! { "$group": { "_id": "$account", "first": { "$first": "$$ROOT" } } },
        doc! { "$replaceWith": "$first" },
    ];
    let branch = Branch { kind: Kind::Open, collection: Item::COLLECTION, pipeline };
    (!accounts.is_empty()).then_some(branch)
}

/// Open items of an account, as far as is still to be looked for.
#[derive(Debug)]
struct Wanted {
    up_to: i128,
    /// Number of items that are likely enough.
    limit: i64,
    found: Vec<Item>,
}

impl Wanted {
    fn is_short(&self) -> bool {
        self.found.iter().map(|item| i128::from(item.open.minor())).sum::<i128>() < self.up_to
    }

    /// The items found, up to the sum.
    fn into_items(self) -> impl Iterator<Item = Item> {
        let mut left = self.up_to;
        self.found.into_iter().filter(move |item| {
            let is_needed = left > 0;
            left -= i128::from(item.open.minor());
            is_needed
        })
    }
}

type Account = (OwnerId, CustomerId, Side);

/// Number of times that more open items are looked for, before all are.
const ROUNDS: usize = 2;

/// Looks for more than the first open item of the accounts that it does not do for: some at first, more if these are too
/// few, and at last all up to the sum. So the number of commands is limited, and few items are read in vain.
async fn open_items(
    reader: &mut Transaction,
    keys: &[(OwnerId, OpenItemsKey)],
    found: &mut Vec<Item>,
) -> Result<(), StoreError> {
    let wanted = |(owner, key): &(OwnerId, OpenItemsKey)| {
        let wanted = Wanted { up_to: i128::from(key.up_to.minor()), limit: 0, found: Vec::new() };
        ((*owner, key.customer, key.side), wanted)
    };
    let mut accounts: BTreeMap<Account, Wanted> = keys.iter().map(wanted).collect();
    for item in found.drain(..) {
        if let Some(wanted) = accounts.get_mut(&(item.owner, item.customer, item.side)) {
            wanted.limit = likely(wanted.up_to, i128::from(item.open.minor()));
            wanted.found.push(item);
        }
    }
    // A transaction takes a command for each account, and so only the one for all.
    let rounds = if reader.only_reads() { ROUNDS } else { 0 };
    for round in 0..=rounds {
        // One that has no open item has no second one.
        let short = accounts.iter().filter(|(_, wanted)| !wanted.found.is_empty() && wanted.is_short());
        let short: Vec<_> = short.collect();
        let branches = if round < rounds && short.len() <= BRANCHES_MAX {
            short.into_iter().map(some_open).collect()
        } else {
            all_open(&short)
        };
        if branches.is_empty() {
            break;
        }
        let more = gather(reader, branches).await?.open;
        let mut more_of: BTreeMap<Account, Vec<Item>> = BTreeMap::new();
        for item in more {
            more_of.entry((item.owner, item.customer, item.side)).or_default().push(item);
        }
        for (account, items) in more_of {
            let Some(wanted) = accounts.get_mut(&account) else { continue };
            // Fewer than were asked for are all.
            if i64::try_from(items.len()).is_ok_and(|count| count < wanted.limit) {
                wanted.up_to = wanted.up_to.min(items.iter().map(|item| i128::from(item.open.minor())).sum());
            }
            wanted.limit = wanted.limit.saturating_mul(MORE);
            wanted.found = items;
        }
    }
    for wanted in accounts.values_mut() {
        wanted.found.sort_by_key(Item::payment_order);
    }
    found.extend(accounts.into_values().flat_map(Wanted::into_items));
    Ok(())
}

/// Maximum number of queries of one command: the server takes a thousand stages.
const BRANCHES_MAX: usize = 256;

/// Factor by which more items are looked for than before.
const MORE: i64 = 8;

/// Number of items that may do for a sum, if the others are about as large as the first.
fn likely(up_to: i128, first: i128) -> i64 {
    let alike = up_to / first.max(1) + 1;
    i64::try_from(alike).unwrap_or(i64::MAX).clamp(1, 1_000) * 2
}

fn some_open(((owner, customer, side), wanted): (&Account, &Wanted)) -> Branch<Kind> {
    let pipeline = vec![
        doc! { "$match": { "account": account(*owner, *customer, *side) } },
        doc! { "$sort": { "due": 1, "seq": 1 } },
        doc! { "$limit": wanted.limit },
    ];
    Branch { kind: Kind::Open, collection: Item::COLLECTION, pipeline }
}

/// The open items of all these accounts, as far as the largest of their sums.
fn all_open(short: &[(&Account, &Wanted)]) -> Vec<Branch<Kind>> {
    let Some(largest) = short.iter().map(|(_, wanted)| wanted.up_to).max() else { return Vec::new() };
    let largest = i64::try_from(largest).unwrap_or(i64::MAX);
    let accounts: Vec<_> =
        short.iter().map(|((owner, customer, side), _)| account(*owner, *customer, *side)).collect();
    let pipeline = vec![
        doc! { "$match": { "account": { "$in": accounts } } },
        doc! { "$setWindowFields": {
            "partitionBy": "$account",
            "sortBy": { "due": 1, "seq": 1 },
            "output": { "before": { "$sum": "$open", "window": { "documents": ["unbounded", -1] } } },
        } },
        // Before the first there is nothing, which adds up to null.
        doc! { "$match": { "before": { "$not": { "$gte": largest } } } },
        doc! { "$unset": "before" },
    ];
    vec![Branch { kind: Kind::Open, collection: Item::COLLECTION, pipeline }]
}

/// The allocations from or to each of these items, by (`seq`, `ordinal`), out of those of entries. One between two of them
/// is there for both.
fn by_item(
    items: &[(OwnerId, ItemId)],
    entries: &BTreeMap<(OwnerId, u64), Vec<Allocation>>,
) -> BTreeMap<(OwnerId, ItemId), Vec<Allocation>> {
    let wanted: BTreeSet<_> = items.iter().copied().collect();
    let mut touching: BTreeMap<_, Vec<Allocation>> = BTreeMap::new();
    for allocation in entries.values().flatten() {
        for item in [allocation.debit, allocation.credit] {
            if wanted.contains(&(allocation.owner, item)) {
                touching.entry((allocation.owner, item)).or_default().push(allocation.clone());
            }
        }
    }
    touching
}

type OfItems<T> = BTreeMap<(OwnerId, ItemId), T>;

/// The query for what later entries allocated from or to these items.
fn touching(items: &[(OwnerId, ItemId)]) -> Option<Branch<Kind>> {
    let ids = items.iter().map(|(owner, item)| (*owner, Uuid::from(item.uuid())));
    let filter = grouped("touched", ids, |shop| doc! { "_id.owner_id": owner(*shop) });
    filter.map(|filter| branch_of(Kind::Allocations, &ENTRIES, filter))
}

/// The documents of these items, as far as they have any, and every allocation from or to each, by (`seq`, `ordinal`).
pub(crate) async fn traced(
    reader: &mut Transaction,
    items: &[(OwnerId, ItemId)],
) -> Result<(OfItems<LedgerDocument>, OfItems<Vec<Allocation>>), StoreError> {
    let others = touching(items);
    let own = by_id(items.iter().copied().map(key)).map(|ids| branch::<Posting>(Kind::Entry, ids));
    let mut loaded = gather(reader, own.into_iter().chain(others).collect()).await?;
    let own = loaded.entries.into_iter();
    let documents = own.filter_map(|Posting { entry, document }| {
        loaded.allocations.insert((entry.owner, entry.seq), entry.allocations);
        Some(((entry.owner, entry.id.into()), document?))
    });
    let documents = documents.collect();
    Ok((documents, by_item(items, &loaded.allocations)))
}

/// The documents of these entries, each of which has written one, with their items and every allocation from or to each.
pub(crate) async fn stored_documents(
    reader: &mut Transaction,
    postings: Vec<Posting>,
) -> Result<Vec<StoredDocument>, StoreError> {
    let ids: Vec<_> = postings.iter().map(|posting| (posting.entry.owner, posting.entry.id.into())).collect();
    let items = by_id(ids.iter().copied().map(key)).map(|ids| branch::<Item>(Kind::Item, ids));
    let mut loaded = gather(reader, items.into_iter().chain(touching(&ids)).collect()).await?;
    let items = loaded.items.into_iter().map(|item| ((item.owner, item.id), item));
    let mut items: OfItems<Item> = items.collect();
    let documents = postings.into_iter().map(|Posting { entry, document }| {
        loaded.allocations.insert((entry.owner, entry.seq), entry.allocations);
        let item = items.remove(&(entry.owner, entry.id.into()));
        document.zip(item).ok_or_else(|| StoreError::corrupt("an entry without its document or its item"))
    });
    let documents: Vec<_> = documents.collect::<Result<_, StoreError>>()?;
    let mut allocations = by_item(&ids, &loaded.allocations);
    let documents = documents.into_iter().zip(ids).map(|((document, item), id)| StoredDocument {
        document,
        item,
        allocations: allocations.remove(&id).unwrap_or_default(),
    });
    Ok(documents.collect())
}

/// These entries, each with its item and the document of that.
pub(crate) async fn posted(
    reader: &mut Transaction,
    postings: Vec<Posting>,
) -> Result<Vec<Posted>, StoreError> {
    if postings.is_empty() {
        return Ok(Vec::new());
    }
    let items = by_id(postings.iter().map(|Posting { entry, .. }| key((entry.owner, entry.item))));
    // A void opens no item: the document is that of the entry which opened the voided one.
    let voids = postings.iter().map(|posting| &posting.entry).filter(|entry| entry.kind.opens().is_none());
    let voided = by_id(voids.map(|entry| key((entry.owner, entry.item))));
    let branches = items.map(|ids| branch::<Item>(Kind::Item, ids)).into_iter();
    let branches = branches.chain(voided.map(|ids| branch::<Posting>(Kind::Entry, ids)));
    let loaded = gather(reader, branches.collect()).await?;
    let items = loaded.items.into_iter().map(|item| ((item.owner, item.id), item));
    let items: BTreeMap<(OwnerId, ItemId), Item> = items.collect();
    let documents = loaded.entries.into_iter().filter_map(|posting| posting.document);
    let documents: BTreeMap<_, LedgerDocument> =
        documents.map(|document| ((document.owner, document.id), document)).collect();
    let posted = postings.into_iter().map(|Posting { entry, document }| {
        let key = (entry.owner, entry.item);
        let item = items.get(&key).cloned();
        let item = item.ok_or_else(|| StoreError::corrupt("an entry without its item"))?;
        let document = if entry.kind.opens().is_some() { document } else { documents.get(&key).cloned() };
        Ok(Posted { entry, item, document })
    });
    posted.collect()
}

/// The documents of these items, as far as they have any.
pub(crate) async fn documents_of(
    reader: &mut Transaction,
    items: impl IntoIterator<Item = (OwnerId, ItemId)>,
) -> Result<BTreeMap<(OwnerId, ItemId), LedgerDocument>, StoreError> {
    let found = reader.find_all::<Posting>(by_id(items.into_iter().map(key))).await?;
    let documents = found.into_iter().filter_map(|posting| posting.document);
    Ok(documents.map(|document| ((document.owner, document.id), document)).collect())
}
