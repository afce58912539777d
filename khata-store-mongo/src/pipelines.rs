//! Pipelines by which the server adds up for reports.

use bson::{Bson, Document, Uuid, doc};
use khata_core::calendar::Date;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::store::{ExtractSelection, StatementCursor};

use crate::filter::{accounts_of_shop, bound, owner as id_of};
use crate::schema::{ALLOCATIONS, ENTRIES, ITEMS};

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

/// By customer, the sum of the entries dated after a day.
pub(crate) fn later(owner: OwnerId, day: Date) -> Vec<Document> {
    vec![
        doc! { "$match": { "_id.owner_id": id_of(owner), "date": { "$gt": day.to_string() } } },
        doc! { "$group": { "_id": "$customer_id", "amount": { "$sum": "$amount" } } },
    ]
}

/// By customer, side and due date, what was open at the end of a day.
pub(crate) fn open(owner: OwnerId, day: Date) -> Vec<Document> {
    let mut pipeline = open_parts(owner, day);
    // Not by the account as it is: the server takes twice as long to group by documents in documents.
    let group = doc! { "customer": "$account.customer_id", "side": "$account.side", "due": "$due" };
    pipeline.push(doc! { "$group": { "_id": group, "amount": { "$sum": "$amount" } } });
    pipeline.push(doc! { "$match": { "amount": { "$ne": 0_i64 } } });
    pipeline
}

/// The sum of what was open of debits due before the day.
pub(crate) fn overdue(owner: OwnerId, day: Date) -> Vec<Document> {
    let mut pipeline = open_parts(owner, day);
    pipeline.push(doc! { "$match": { "account.side": "debit", "due": { "$lt": day.to_string() } } });
    pipeline.push(doc! { "$group": { "_id": null, "amount": { "$sum": "$amount" } } });
    pipeline
}

/// What adds up to what was open at the end of a day: what is open now, what was allocated later, and what was voided
/// later. Of the allocations and entries it reads those only that took effect after the day.
fn open_parts(owner: OwnerId, day: Date) -> Vec<Document> {
    let day = day.to_string();
    let open_now = doc! {
        "account": accounts_of_shop(owner), "open": { "$gt": 0_i64 }, "date": { "$lte": &day },
    };
    let allocated = vec![
        doc! { "$match": { "_id.owner_id": id_of(owner), "effective_date": { "$gt": &day } } },
        doc! { "$project": { "amount": 1, "item": ["$debit_id", "$credit_id"] } },
        doc! { "$unwind": "$item" },
        doc! { "$group": {
            "_id": { "owner_id": "$_id.owner_id", "id": "$item" }, "amount": { "$sum": "$amount" },
        } },
    ];
    let voided = vec![
        doc! { "$match": { "_id.owner_id": id_of(owner), "date": { "$gt": &day }, "kind": "void" } },
        doc! { "$project": { "_id": { "owner_id": "$_id.owner_id", "id": "$item_id" } } },
    ];
    vec![
        doc! { "$match": open_now },
        doc! { "$project": { "account": 1, "due": 1, "amount": "$open" } },
        doc! { "$unionWith": {
            "coll": ALLOCATIONS.name, "pipeline": with_items(allocated, "$amount", &day),
        } },
        doc! { "$unionWith": {
            "coll": ENTRIES.name, "pipeline": with_items(voided, "$item.amount", &day),
        } },
    ]
}

/// Joins items by their `_id`, as far as they are dated by the day.
fn with_items(mut pipeline: Vec<Document>, amount: &str, day: &str) -> Vec<Document> {
    pipeline.extend([
        doc! { "$lookup": { "from": ITEMS.name, "localField": "_id", "foreignField": "_id", "as": "item" } },
        doc! { "$unwind": "$item" },
        doc! { "$match": { "item.date": { "$lte": day } } },
        doc! { "$project": { "account": "$item.account", "due": "$item.due", "amount": amount } },
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
