//! Reading documents: see [`DocumentRepository`].

use async_trait::async_trait;
use bson::{Document, Uuid, doc};
use khata_core::calendar::Date;
use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::invoice::InvoiceStatus;
use khata_core::ledger::{Item, ItemKind};
use khata_core::number::DocumentKind;
use khata_core::store::{DocumentRepository, DocumentSelection, StoreError, StoredDocument};
use mongodb::options::{FindOptions, Hint};

use crate::filter::{bound, one, owner as id_of};
use crate::row::{Posting, Row as _};
use crate::schema::{ENTRIES, ENTRIES_OF_CUSTOMER_BY_KIND, ITEMS, ITEMS_OF_SHOP, ITEMS_PENDING, Index};
use crate::transaction::Transaction;
use crate::{MongoStore, call, load};

#[async_trait]
impl DocumentRepository for MongoStore {
    async fn document(
        &self,
        owner: OwnerId,
        kind: DocumentKind,
        id: ItemId,
    ) -> Result<StoredDocument, StoreError> {
        let read = async {
            let mut transaction = Transaction::snapshot(&self.database).await?;
            let mut of_kind = one(owner, id);
            of_kind.insert("kind", kind.as_str());
            let items = transaction.find_all(Some(of_kind)).await?;
            documents(&mut transaction, items).await?.pop().ok_or(StoreError::NotFound)
        };
        call::read(read).await
    }

    async fn documents(
        &self,
        owner: OwnerId,
        kind: DocumentKind,
        selection: &DocumentSelection,
    ) -> Result<Vec<StoredDocument>, StoreError> {
        // To the server, a limit of 0 is none.
        if selection.limit == 0 {
            return Ok(Vec::new());
        }
        let read = async {
            let mut transaction = Transaction::snapshot(&self.database).await?;
            match selection.customer {
                None => {
                    let items = items_of_shop(&mut transaction, owner, kind, selection).await?;
                    documents(&mut transaction, items).await
                }
                Some(customer) => {
                    let mut postings =
                        of_customer(&mut transaction, owner, customer, kind, selection).await?;
                    postings
                        .retain(|posting| kind != DocumentKind::OpeningBalance || posting.document.is_some());
                    load::stored_documents(&mut transaction, postings).await
                }
            }
        };
        call::read(read).await
    }
}

/// The entries that wrote the documents of a customer in a selection: their index has a customer's in the order of the list.
/// Their status is that of their items.
async fn of_customer(
    transaction: &mut Transaction,
    owner: OwnerId,
    customer: CustomerId,
    kind: DocumentKind,
    selection: &DocumentSelection,
) -> Result<Vec<Posting>, StoreError> {
    let (from, to) = days(selection);
    let filter = doc! {
        "_id.owner_id": id_of(owner),
        "customer_id": Uuid::from(customer.uuid()),
        "kind": kind.as_str(),
        "seq": { "$lt": selection.before.map_or(i64::MAX, bound) },
        "date": { "$gte": from, "$lte": to },
    };
    let mut pipeline = vec![doc! { "$match": filter }, doc! { "$sort": { "seq": -1 } }];
    if let Some(status) = &selection.status {
        pipeline.push(doc! { "$lookup": {
            "from": ITEMS.name, "localField": "_id", "foreignField": "_id", "as": "item",
        } });
        let mut conditions = vec![doc! { "item.status": status.as_str() }];
        conditions.extend(
            selection.pending_after.map(|day| doc! { "item.pending_until": { "$gt": day.to_string() } }),
        );
        pipeline.push(doc! { "$match": { "$or": conditions } });
        pipeline.push(doc! { "$project": { "item": 0 } });
    }
    pipeline.push(doc! { "$limit": i64::from(selection.limit) });
    transaction.aggregate_by(&ENTRIES, &ENTRIES_OF_CUSTOMER_BY_KIND, pipeline, Posting::read).await
}

fn days(selection: &DocumentSelection) -> (String, String) {
    (selection.from.unwrap_or(Date::MIN).to_string(), selection.to.unwrap_or(Date::MAX).to_string())
}

/// The items of a selection of documents of all customers: an item has all that documents are selected by.
fn of_shop(owner: OwnerId, kind: DocumentKind, selection: &DocumentSelection) -> Document {
    let (from, to) = days(selection);
    let statuses = selection.status.as_ref().map_or(InvoiceStatus::ALL, std::slice::from_ref);
    let statuses: Vec<_> = statuses.iter().map(|status| status.as_str()).collect();
    doc! {
        "_id.owner_id": id_of(owner),
        "kind": kind.as_str(),
        // All of them are named too, since the index has them before `seq`.
        "status": { "$in": statuses },
        "seq": { "$lt": selection.before.map_or(i64::MAX, bound) },
        "date": { "$gte": from, "$lte": to },
    }
}

/// The items of a page of documents of all customers, the newest first.
async fn items_of_shop(
    transaction: &mut Transaction,
    owner: OwnerId,
    kind: DocumentKind,
    selection: &DocumentSelection,
) -> Result<Vec<Item>, StoreError> {
    let filter = of_shop(owner, kind, selection);
    let mut items: Vec<Item> =
        transaction.find(filter.clone(), newest_first(selection, &ITEMS_OF_SHOP)).await?;
    if let Some((status, day)) = selection.status.zip(selection.pending_after) {
        let mut pending = filter;
        pending.insert("status", doc! { "$ne": status.as_str() });
        pending.insert("pending_until", doc! { "$gt": day.to_string() });
        let pending: Vec<Item> = transaction.find(pending, newest_first(selection, &ITEMS_PENDING)).await?;
        items.extend(pending);
        items.sort_unstable_by_key(|item| std::cmp::Reverse(item.seq));
        items.truncate(selection.limit as usize);
    }
    Ok(items)
}

fn newest_first(selection: &DocumentSelection, index: &Index) -> FindOptions {
    FindOptions::builder()
        .sort(doc! { "seq": -1 })
        .limit(i64::from(selection.limit))
        .hint(Hint::Name(index.name.to_owned()))
        .build()
}

/// The documents of these items, with their allocations.
async fn documents(
    transaction: &mut Transaction,
    items: Vec<Item>,
) -> Result<Vec<StoredDocument>, StoreError> {
    let keys: Vec<_> = items.iter().map(|item| (item.owner, item.id)).collect();
    let (mut found, mut allocations) = load::traced(transaction, &keys).await?;
    // Opening balances had no documents once.
    let has_one = |item: &Item, key: &_| item.kind != ItemKind::OpeningBalance || found.contains_key(key);
    let items: Vec<_> = items.into_iter().zip(keys).filter(|(item, key)| has_one(item, key)).collect();
    let documents = items.into_iter().map(|(item, key)| {
        let document =
            found.remove(&key).ok_or_else(|| StoreError::corrupt("an item without its document"))?;
        Ok(StoredDocument { document, item, allocations: allocations.remove(&key).unwrap_or_default() })
    });
    documents.collect()
}
