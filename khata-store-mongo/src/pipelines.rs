//! Pipelines by which the server adds up for reports.

use bson::{Bson, Document, Uuid, doc};
use khata_core::calendar::Date;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::ledger::EntryKind;
use khata_core::store::{ExtractSelection, StatementCursor};

use crate::filter::{accounts_of_shop, bound, owner as id_of};
use crate::schema::{Collection, ENTRIES, ITEMS};

/// Kinds of entries that reverse an item.
const REVERSING: [&str; 2] = [EntryKind::Void.as_str(), EntryKind::Bounce.as_str()];

/// Kinds of entries that open no item.
const WITHOUT_ITEM: [&str; 3] = [REVERSING[0], REVERSING[1], EntryKind::Allocation.as_str()];

/// The sums of an account: before the period, up to the place in it, and of the whole period. An index holds all that is
/// added up.
pub(crate) fn of_account(
    owner: OwnerId,
    customer: CustomerId,
    selection: &ExtractSelection,
    after: StatementCursor,
) -> Vec<Document> {
    let (from, to) = (selection.from.to_string(), selection.to.to_string());
    let (date, seq) = (after.date.to_string(), bound(after.seq));
    let within = doc! { "$gte": ["$date", &from] };
    let passed = doc! { "$and": [
        &within,
        { "$or": [
            { "$lt": ["$date", &date] },
            { "$and": [{ "$eq": ["$date", &date] }, { "$lte": ["$seq", seq] }] },
        ] },
    ] };
    vec![
        doc! { "$match": {
            "_id.owner_id": id_of(owner), "customer_id": Uuid::from(customer.uuid()), "date": { "$lte": to },
        } },
        doc! { "$group": {
            "_id": null,
            "before": amount_if(doc! { "$lt": ["$date", from] }),
            "passed": amount_if(passed),
            "within": amount_if(within),
        } },
    ]
}

/// The sum of the amounts of what meets the condition.
fn amount_if(condition: Document) -> Document {
    doc! { "$sum": { "$cond": [condition, "$amount", 0_i64] } }
}

/// The end of a book from which what was true at the end of a day is counted: forwards, from its first entry to the day, or
/// backwards, from how it is now. Both come to the same, and the nearer one takes less time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    First,
    Last,
}

impl End {
    /// The days between that end and the day.
    fn days(self, day: Date) -> Document {
        match self {
            Self::First => doc! { "$lte": day.to_string() },
            Self::Last => doc! { "$gt": day.to_string() },
        }
    }
}

/// By customer, the sum of the entries dated between that end and the day.
pub(crate) fn beyond(owner: OwnerId, day: Date, end: End) -> Vec<Document> {
    vec![
        doc! { "$match": { "_id.owner_id": id_of(owner), "date": end.days(day) } },
        doc! { "$group": { "_id": "$customer_id", "amount": { "$sum": "$amount" } } },
    ]
}

/// By customer, side and due date, what was open at the end of a day; and the collection that this begins with.
pub(crate) fn open(owner: OwnerId, day: Date, end: End) -> (&'static Collection, Vec<Document>) {
    let (first, mut pipeline) = open_parts(owner, day, end);
    let group = doc! { "customer": "$customer_id", "side": "$side", "due": "$due" };
    pipeline.push(doc! { "$group": { "_id": group, "amount": { "$sum": "$amount" } } });
    pipeline.push(doc! { "$match": { "amount": { "$ne": 0_i64 } } });
    (first, pipeline)
}

/// The sum of what was open of debits due before the day.
pub(crate) fn overdue(owner: OwnerId, day: Date, end: End) -> (&'static Collection, Vec<Document>) {
    let (first, mut pipeline) = open_parts(owner, day, end);
    pipeline.push(doc! { "$match": { "side": "debit", "due": { "$lt": day.to_string() } } });
    pipeline.push(doc! { "$group": { "_id": null, "amount": { "$sum": "$amount" } } });
    (first, pipeline)
}

/// What adds up to what was open at the end of a day. Backwards: what is open now, what was allocated later, and what was
/// voided later. Forwards: what was opened by then, less what was allocated and voided by then. Of the allocations and
/// entries it reads those only that took effect between that end and the day.
fn open_parts(owner: OwnerId, day: Date, end: End) -> (&'static Collection, Vec<Document>) {
    let sign = match end {
        End::First => -1_i64,
        End::Last => 1_i64,
    };
    let amount = |amount: &str| doc! { "$multiply": [amount, sign] };
    let (first, mut pipeline) = match end {
        End::Last => (&ITEMS, open_now(owner, day)),
        End::First => (&ENTRIES, opened(owner, day)),
    };
    let by_date =
        allocated(doc! { "_id.owner_id": id_of(owner), "date": end.days(day), "allocates": true }, day, end);
    let mut parts = vec![with_items(by_date, amount("$amount"), day)];
    if end == End::Last {
        // Those of earlier entries that take effect later.
        let late = doc! {
            "_id.owner_id": id_of(owner),
            "last_effective_date": { "$gt": day.to_string() },
            "date": { "$lte": day.to_string() },
        };
        parts.push(with_items(allocated(late, day, end), amount("$amount"), day));
    }
    let voided = vec![
        doc! { "$match": { "_id.owner_id": id_of(owner), "date": end.days(day), "kind": { "$in": REVERSING.as_slice() } } },
        doc! { "$project": { "_id": { "owner_id": "$_id.owner_id", "id": "$item_id" } } },
    ];
    parts.push(with_items(voided, amount("$item.amount"), day));
    let parts = parts.into_iter();
    pipeline.extend(parts.map(|part| doc! { "$unionWith": { "coll": ENTRIES.name, "pipeline": part } }));
    (first, pipeline)
}

/// What is open now of the items dated by a day.
fn open_now(owner: OwnerId, day: Date) -> Vec<Document> {
    vec![
        doc! { "$match": { "account": accounts_of_shop(owner), "date": { "$lte": day.to_string() } } },
        doc! { "$project": { "customer_id": 1, "side": 1, "due": 1, "amount": "$open" } },
    ]
}

/// What the entries dated by a day opened.
fn opened(owner: OwnerId, day: Date) -> Vec<Document> {
    let by_day = doc! { "_id.owner_id": id_of(owner), "date": { "$lte": day.to_string() }, "kind": { "$nin": WITHOUT_ITEM.as_slice() } };
    with_items(
        vec![doc! { "$match": by_day }, doc! { "$project": { "_id": 1 } }],
        doc! { "$add": ["$item.amount"] },
        day,
    )
}

/// By item, the sum of the allocations of these entries that took effect between that end and the day.
fn allocated(entries: Document, day: Date, end: End) -> Vec<Document> {
    vec![
        doc! { "$match": entries },
        doc! { "$unwind": "$allocations" },
        doc! { "$match": { "allocations.effective_date": end.days(day) } },
        doc! { "$project": {
            "amount": "$allocations.amount",
            "item": ["$allocations.debit_id", "$allocations.credit_id"],
        } },
        doc! { "$unwind": "$item" },
        doc! { "$group": {
            "_id": { "owner_id": "$_id.owner_id", "id": "$item" }, "amount": { "$sum": "$amount" },
        } },
    ]
}

/// Joins items by their `_id`, as far as they are dated by the day.
fn with_items(mut pipeline: Vec<Document>, amount: Document, day: Date) -> Vec<Document> {
    pipeline.extend([
        doc! { "$lookup": { "from": ITEMS.name, "localField": "_id", "foreignField": "_id", "as": "item" } },
        doc! { "$unwind": "$item" },
        doc! { "$match": { "item.date": { "$lte": day.to_string() } } },
        doc! { "$project": {
            "customer_id": "$item.customer_id", "side": "$item.side", "due": "$item.due", "amount": amount,
        } },
    ]);
    pipeline
}

/// The number of customers of a shop that are not archived, and the sums of what all owe and are owed.
pub(crate) fn balances(owner: OwnerId) -> Vec<Document> {
    let sum = |condition: Document, value: Bson| doc! { "$sum": { "$cond": [condition, value, 0_i64] } };
    vec![
        doc! { "$match": { "_id.owner_id": id_of(owner) } },
        doc! { "$group": {
            "_id": null,
            "customers": sum(doc! { "$not": ["$archived"] }, 1_i64.into()),
            "receivable": sum(doc! { "$gt": ["$balance", 0_i64] }, "$balance".into()),
            "advances": sum(doc! { "$lt": ["$balance", 0_i64] }, "$balance".into()),
        } },
    ]
}

/// The number and sum of the entries of a day, by their kind and that of their items.
pub(crate) fn of_day(owner: OwnerId, day: Date) -> Vec<Document> {
    let item = doc! { "owner_id": "$_id.owner_id", "id": "$item_id" };
    vec![
        doc! { "$match": { "_id.owner_id": id_of(owner), "date": day.to_string() } },
        doc! { "$project": { "_id": item, "kind": 1, "amount": 1 } },
        doc! { "$lookup": { "from": ITEMS.name, "localField": "_id", "foreignField": "_id", "as": "item" } },
        doc! { "$unwind": "$item" },
        doc! { "$group": {
            "_id": { "kind": "$kind", "itemKind": "$item.kind" },
            "count": { "$sum": 1_i64 },
            "amount": { "$sum": "$amount" },
        } },
    ]
}
