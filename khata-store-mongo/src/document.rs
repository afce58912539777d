//! Reading documents: see [`DocumentRepository`].

use async_trait::async_trait;
use bson::{Document, Uuid, doc};
use khata_core::calendar::Date;
use khata_core::id::{ItemId, OwnerId};
use khata_core::invoice::InvoiceStatus;
use khata_core::ledger::Item;
use khata_core::number::DocumentKind;
use khata_core::store::{DocumentRepository, DocumentSelection, StoreError, StoredDocument};
use mongodb::options::{FindOptions, Hint};

use crate::filter::{bound, one, owner as id_of};
use crate::load::{allocations_of, documents_of};
use crate::schema::{ITEMS_OF_CUSTOMER, ITEMS_OF_SHOP};
use crate::transaction::Transaction;
use crate::{MongoStore, call};

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
        let read = async {
            let mut transaction = Transaction::snapshot(&self.database).await?;
            let items = transaction.find(filter(owner, kind, selection), newest_first(selection)).await?;
            documents(&mut transaction, items).await
        };
        call::read(read).await
    }
}

/// The items of a selection of documents: an item has all that documents are selected by.
fn filter(owner: OwnerId, kind: DocumentKind, selection: &DocumentSelection) -> Document {
    let from = selection.from.unwrap_or(Date::MIN).to_string();
    let to = selection.to.unwrap_or(Date::MAX).to_string();
    let statuses = selection.status.as_ref().map_or(InvoiceStatus::ALL, std::slice::from_ref);
    let statuses: Vec<_> = statuses.iter().map(|status| status.as_str()).collect();
    let mut filter = doc! {
        "_id.owner_id": id_of(owner),
        "kind": kind.as_str(),
        // All of them are named too, since the index has them before `seq`.
        "status": { "$in": statuses },
        "seq": { "$lt": selection.before.map_or(i64::MAX, bound) },
        "date": { "$gte": from, "$lte": to },
    };
    if let Some(customer) = selection.customer {
        filter.insert("account.customer_id", Uuid::from(customer.uuid()));
    }
    filter
}

fn newest_first(selection: &DocumentSelection) -> FindOptions {
    let index = if selection.customer.is_some() { ITEMS_OF_CUSTOMER } else { ITEMS_OF_SHOP };
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
    let mut found = documents_of(transaction, keys.iter().copied()).await?;
    let mut allocations = allocations_of(transaction, &keys).await?;
    let documents = items.into_iter().zip(keys).map(|(item, key)| {
        let document =
            found.remove(&key).ok_or_else(|| StoreError::corrupt("an item without its document"))?;
        Ok(StoredDocument { document, item, allocations: allocations.remove(&key).unwrap_or_default() })
    });
    documents.collect()
}
