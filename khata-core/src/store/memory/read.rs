//! Queries of a book.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use async_trait::async_trait;

use super::MemoryStore;
use super::state::{Book, above};
use crate::calendar::Date;
use crate::customer::Customer;
use crate::documents::Document;
use crate::id::{CustomerId, ItemId, OwnerId};
use crate::idempotency::{IdempotencyKey, IdempotencyRecord};
use crate::ledger::{Allocation, Entry, Item};
use crate::number::DocumentKind;
use crate::store::{
    CustomerCursor, CustomerOrder, CustomerRepository, CustomerSelection, CustomerWrite, DocumentRepository,
    DocumentSelection, EntryRepository, Posted, Standing, StoreError, StoredDocument, Trace,
};

#[async_trait]
impl CustomerRepository for MemoryStore {
    async fn customer(&self, owner: OwnerId, id: CustomerId) -> Result<Customer, StoreError> {
        self.lock().book(owner)?.customer(id).cloned().ok_or(StoreError::NotFound)
    }

    async fn customers(
        &self,
        owner: OwnerId,
        selection: &CustomerSelection,
    ) -> Result<Vec<Customer>, StoreError> {
        let state = self.lock();
        let Some(book) = state.books.get(&owner) else { return Ok(Vec::new()) };
        let apart = |row: &&CustomerWrite| {
            let day = selection.post_dated_after.filter(|_| selection.order == CustomerOrder::Balance);
            day.is_some_and(|day| is_post_dated(&row.customer, day))
        };
        let (post_dated, others): (Vec<_>, Vec<_>) = book
            .customers
            .values()
            .filter(|row| row.customer.archived_at.is_some() == selection.archived)
            .filter(|row| selection.words.iter().all(|word| row.words.iter().any(|w| w.starts_with(word))))
            .partition(apart);
        let mut chosen: Vec<_> = others
            .into_iter()
            .map(|row| (place(row, selection.order), &row.customer))
            .filter(|(place, _)| selection.after.as_ref().is_none_or(|after| compare(place, after).is_gt()))
            .collect();
        chosen.sort_by(|(one, _), (other, _)| compare(one, other));
        chosen.truncate(selection.limit as usize);
        let post_dated = post_dated.into_iter().map(|row| &row.customer);
        Ok(chosen.into_iter().map(|(_, customer)| customer).chain(post_dated).cloned().collect())
    }

    async fn all_customers(
        &self,
        owner: OwnerId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Vec<Customer>, StoreError> {
        let state = self.lock();
        let Some(book) = state.books.get(&owner) else { return Ok(Vec::new()) };
        let rows = above(&book.customers, after.as_ref()).take(limit as usize);
        Ok(rows.map(|(_, row)| row.customer.clone()).collect())
    }
}

/// Returns whether a customer has entries dated after a day.
pub(super) fn is_post_dated(customer: &Customer, day: Date) -> bool {
    customer.post_dated.as_ref().is_some_and(|days| days.until() > day)
}

/// Returns the customer's position, by the written sort key, since a store doesn't compute sort keys.
fn place(row: &CustomerWrite, order: CustomerOrder) -> CustomerCursor {
    let Customer { id, last_seq, .. } = row.customer;
    match order {
        CustomerOrder::Recent => CustomerCursor::Recent { last_seq, id },
        CustomerOrder::Name => CustomerCursor::Name { name_key: row.name_key.clone(), id },
        CustomerOrder::Balance => CustomerCursor::Balance { balance: row.customer.totals.balance, id },
    }
}

fn compare(one: &CustomerCursor, other: &CustomerCursor) -> Ordering {
    use CustomerCursor::{Balance, Name, Recent};
    match (one, other) {
        (Recent { last_seq: a, id: i }, Recent { last_seq: b, id: j }) => (b, j).cmp(&(a, i)),
        (Name { name_key: a, id: i }, Name { name_key: b, id: j }) => (a, i).cmp(&(b, j)),
        (Balance { balance: a, id: i }, Balance { balance: b, id: j }) => (b, j).cmp(&(a, i)),
        _ => unreachable!("the cursor of a selection is of its order"),
    }
}

#[async_trait]
impl DocumentRepository for MemoryStore {
    async fn document(
        &self,
        owner: OwnerId,
        kind: DocumentKind,
        id: ItemId,
    ) -> Result<StoredDocument, StoreError> {
        let state = self.lock();
        let book = state.book(owner)?;
        let document = book.documents.get(&id).filter(|document| document.kind() == kind);
        stored(book, document.ok_or(StoreError::NotFound)?)
    }

    async fn documents(
        &self,
        owner: OwnerId,
        kind: DocumentKind,
        selection: &DocumentSelection,
    ) -> Result<Vec<StoredDocument>, StoreError> {
        let state = self.lock();
        let Some(book) = state.books.get(&owner) else { return Ok(Vec::new()) };
        let mut chosen: Vec<_> = book
            .documents
            .values()
            .filter(|document| document.kind() == kind)
            .filter(|document| selection.customer.is_none_or(|customer| document.customer == customer))
            .filter(|document| selection.from.is_none_or(|from| document.date >= from))
            .filter(|document| selection.to.is_none_or(|to| document.date <= to))
            .filter(|document| selection.before.is_none_or(|before| document.seq < before))
            .filter(|document| {
                let item = book.items.get(&document.id);
                let pending = |item: &&Item| {
                    selection
                        .pending_after
                        .is_some_and(|day| item.pending_until.is_some_and(|until| until > day))
                };
                selection
                    .status
                    .is_none_or(|status| item.is_some_and(|item| item.status() == status || pending(&item)))
            })
            .collect();
        chosen.sort_by_key(|document| std::cmp::Reverse(document.seq));
        chosen.truncate(selection.limit as usize);
        chosen.into_iter().map(|document| stored(book, document)).collect()
    }
}

fn stored(book: &Book, document: &Document) -> Result<StoredDocument, StoreError> {
    let item = book
        .items
        .get(&document.id)
        .ok_or_else(|| StoreError::corrupt("the item of a document is missing"))?;
    let allocations = book.allocations().filter(|row| row.touches(item.id)).cloned().collect();
    Ok(StoredDocument { document: document.clone(), item: item.clone(), allocations })
}

#[async_trait]
impl EntryRepository for MemoryStore {
    async fn entries(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let state = self.lock();
        let Some(book) = state.books.get(&owner) else { return Ok(Vec::new()) };
        let entries = above(&book.entries, Some(&after));
        Ok(entries.take(limit as usize).map(|(_, entry)| entry.clone()).collect())
    }

    async fn postings(&self, owner: OwnerId, after: u64, limit: u32) -> Result<Vec<Posted>, StoreError> {
        let state = self.lock();
        let Some(book) = state.books.get(&owner) else { return Ok(Vec::new()) };
        let entries = above(&book.entries, Some(&after)).take(limit as usize);
        entries.map(|(_, entry)| book.posted(entry)).collect()
    }

    async fn idempotency_records(
        &self,
        owner: OwnerId,
        after: Option<&IdempotencyKey>,
        limit: u32,
    ) -> Result<Vec<(IdempotencyKey, IdempotencyRecord)>, StoreError> {
        let state = self.lock();
        let Some(book) = state.books.get(&owner) else { return Ok(Vec::new()) };
        let records = above(&book.idempotency, after).take(limit as usize);
        Ok(records.map(|(key, record)| (key.clone(), record.clone())).collect())
    }

    async fn standing(
        &self,
        owner: OwnerId,
        customer: CustomerId,
        as_of: Date,
    ) -> Result<Standing, StoreError> {
        let state = self.lock();
        let book = state.book(owner)?;
        let later_allocations: Vec<Allocation> = book
            .allocations()
            .filter(|row| row.customer == customer && row.effective > as_of)
            .cloned()
            .collect();
        let later_entries: Vec<_> = book
            .entries
            .values()
            .filter(|entry| entry.customer == customer && entry.date > as_of)
            .map(|entry| Entry { allocations: Vec::new(), ..entry.clone() })
            .collect();
        let mut touched: BTreeSet<_> =
            later_allocations.iter().flat_map(|row| [row.debit, row.credit]).collect();
        touched.extend(later_entries.iter().map(|entry| entry.item));
        let mut items: Vec<_> = book
            .items
            .values()
            .filter(|item| item.customer == customer)
            .filter(|item| item.open.is_positive() || touched.contains(&item.id))
            .cloned()
            .collect();
        items.sort_by_key(|item| item.seq);
        let customer = book.customer(customer).cloned().ok_or(StoreError::NotFound)?;
        Ok(Standing { customer, items, later_entries, later_allocations })
    }

    async fn traces(&self, owner: OwnerId, items: &[ItemId]) -> Result<Vec<Trace>, StoreError> {
        let state = self.lock();
        let Some(book) = state.books.get(&owner) else { return Ok(Vec::new()) };
        let asked: BTreeSet<_> = items.iter().collect();
        let mut items: Vec<_> = asked.into_iter().filter_map(|id| book.items.get(id)).cloned().collect();
        items.sort_by_key(|item| item.seq);
        let traces = items.into_iter().map(|item| Trace {
            document: book.documents.get(&item.id).cloned(),
            allocations: book.allocations().filter(|row| row.touches(item.id)).cloned().collect(),
            item,
        });
        Ok(traces.collect())
    }
}
