//! Loading of rows for a job.

use super::state::{Book, State};
use crate::id::OwnerId;
use crate::ledger::Item;
use crate::number::{DocumentNumber, NumberKey};
use crate::store::{Job, Keys, OpenItemsKey, Rows, StoreError};

/// Returns the heads, with which every job starts.
pub(super) fn heads(state: &State, job: &dyn Job) -> Result<Rows, StoreError> {
    let mut rows = Rows::default();
    for &owner in job.shops() {
        rows.heads.insert(owner, state.book(owner)?.head.clone());
    }
    Ok(rows)
}

/// Adds the rows of keys. A key without a row adds nothing.
pub(super) fn load(state: &State, keys: &Keys, rows: &mut Rows) -> Result<(), StoreError> {
    rows.loads += 1;
    rows.customers.extend(
        each(state, &keys.customers)
            .filter_map(|(owner, book, id)| Some(((owner, *id), book.customer(*id)?.clone()))),
    );
    rows.mobiles.extend(
        each(state, &keys.mobiles)
            .filter_map(|(owner, book, mobile)| Some(((owner, mobile.clone()), *book.mobiles.get(mobile)?))),
    );
    rows.idempotency.extend(
        each(state, &keys.idempotency).filter_map(|(owner, book, key)| {
            Some(((owner, key.clone()), book.idempotency.get(key)?.clone()))
        }),
    );
    rows.items.extend(
        each(state, &keys.items)
            .filter_map(|(owner, book, id)| Some(((owner, *id), book.items.get(id)?.clone()))),
    );
    rows.allocations.extend(each(state, &keys.allocations).filter_map(|(owner, book, id)| {
        let touching: Vec<_> = book.allocations().filter(|row| row.touches(*id)).cloned().collect();
        (!touching.is_empty()).then_some(((owner, *id), touching))
    }));
    rows.numbers.extend(
        each(state, &keys.numbers)
            .filter_map(|(owner, book, key)| Some(((owner, key.clone()), *book.numbers.get(key)?))),
    );
    rows.highest_numbers.extend(each(state, &keys.highest_numbers).filter_map(|(owner, book, pattern)| {
        let fitting = book.numbers.keys().filter(|key| key.series() == pattern.series);
        let fitting = fitting.map(NumberKey::number).filter(|number| pattern.fits(number));
        let highest = fitting.max_by_key(|number| (number.len(), *number))?;
        Some(((owner, pattern.clone()), DocumentNumber::parse(highest).ok()?))
    }));
    for (owner, book, key) in each(state, &keys.open_items) {
        rows.items.extend(open_items(book, key).into_iter().map(|item| ((owner, item.id), item.clone())));
    }
    for (owner, book, id) in each(state, &keys.entries) {
        if let Some(entry) = book.entry_seqs.get(id).and_then(|seq| book.entries.get(seq)) {
            rows.entries.insert((owner, *id), book.posted(entry)?);
        }
    }
    Ok(())
}

fn each<'a, K>(
    state: &'a State,
    keys: &'a [(OwnerId, K)],
) -> impl Iterator<Item = (OwnerId, &'a Book, &'a K)> {
    keys.iter().filter_map(|(owner, key)| Some((*owner, state.books.get(owner)?, key)))
}

fn open_items<'a>(book: &'a Book, key: &OpenItemsKey) -> Vec<&'a Item> {
    let mut items: Vec<_> = book
        .items
        .values()
        .filter(|item| item.customer == key.customer && item.side == key.side && item.open.is_positive())
        .collect();
    items.sort_by_key(|item| item.payment_order());
    let mut sum = 0_i128;
    items
        .into_iter()
        .take_while(|item| {
            let needed = sum < i128::from(key.up_to.minor());
            sum += i128::from(item.open.minor());
            needed
        })
        .collect()
}
