//! The rows that a batch requires.
//!
//! Most commands say beforehand what they touch. A void and a credit note name a document only: whose it is, and what
//! else hangs on it, shows when that is loaded; and so does the entry that a request made when it was sent before. So there
//! are three loads at most: what the commands name; of the documents, the customers and what was joined with them; and
//! the invoices of credit notes that voids set free.

use std::collections::{BTreeMap, BTreeSet};

use super::allocation::live;
use super::documents::rules;
use super::kept::KeptAnswer;
use super::{Command, Item, Posting, Side};
use crate::id::{CustomerId, EntryId, ItemId, OwnerId};
use crate::idempotency::IdempotencyKey;
use crate::money::Money;
use crate::number::{DocumentNumber, NumberKey, Series};
use crate::phone::MobileNumber;
use crate::store::{Keys, OpenItemsKey, Rows};

/// The next rows to load for a batch, given those that it has seen; `None` if it has seen all.
pub(super) fn next(postings: &[Posting], seen: &Rows) -> Option<Keys> {
    match seen.loads {
        0 => Some(RequiredKeys::named(postings).into_keys()),
        // Most batches have seen all by now, and needn't be gone through again.
        1 | 2 if postings.iter().any(|posting| needs_more(posting, seen)) => {
            let (before, now) = match seen.loads {
                1 => (RequiredKeys::named(postings), RequiredKeys::of_documents(postings, seen)),
                _ => (
                    RequiredKeys::of_documents(postings, seen),
                    RequiredKeys::of_freed_credit_notes(postings, seen),
                ),
            };
            Some(now.without(&before).into_keys()).filter(|keys| *keys != Keys::default())
        }
        _ => None,
    }
}

fn needs_more(posting: &Posting, seen: &Rows) -> bool {
    named_document(&posting.command).is_some() || entry_made_before(posting, seen).is_some()
}

/// The entry that the request made when the client sent it before, under the same key.
fn entry_made_before(posting: &Posting, seen: &Rows) -> Option<EntryId> {
    let record = seen.idempotency.get(&(posting.owner, posting.key.clone()?))?;
    match KeptAnswer::read(&record.answer) {
        Ok(KeptAnswer::Entry(entry)) => Some(entry),
        // One that can't be read is told where it is answered with.
        Ok(KeptAnswer::Customer(_)) | Err(_) => None,
    }
}

/// Keys, each once.
#[derive(Default)]
pub(super) struct RequiredKeys {
    customers: BTreeSet<(OwnerId, CustomerId)>,
    mobiles: BTreeSet<(OwnerId, MobileNumber)>,
    entries: BTreeSet<(OwnerId, EntryId)>,
    idempotency: BTreeSet<(OwnerId, IdempotencyKey)>,
    items: BTreeSet<(OwnerId, ItemId)>,
    allocations: BTreeSet<(OwnerId, ItemId)>,
    open: BTreeMap<(OwnerId, CustomerId, Side), Money>,
    numbers: BTreeSet<(OwnerId, NumberKey)>,
}

impl RequiredKeys {
    /// What the commands name.
    fn named(postings: &[Posting]) -> Self {
        let mut required = Self::default();
        for posting in postings {
            required.add(posting);
        }
        for posting in postings {
            required.add_mates(posting, postings);
        }
        required
    }

    /// The same, with what hangs on the documents that voids and credit notes name.
    fn of_documents(postings: &[Posting], seen: &Rows) -> Self {
        let mut required = Self::named(postings);
        for posting in postings {
            let Posting { owner, command, .. } = posting;
            required.entries.extend(entry_made_before(posting, seen).map(|entry| (*owner, entry)));
            let item = named_document(command).and_then(|id| seen.items.get(&(*owner, id)));
            let Some(item) = item.filter(|item| !item.void) else { continue };
            required.customers.insert((*owner, item.customer));
            required.open_items(*owner, item.customer, item.side, item.amount);
            if matches!(command, Command::Void { .. }) {
                required.items.extend(item.invoice.map(|invoice| (*owner, invoice.into())));
                required.items.extend(joined(item, seen).map(|other| (*owner, other)));
            }
        }
        required
    }

    /// The same, with the invoices of credit notes that paid what is voided: each pays its own first.
    fn of_freed_credit_notes(postings: &[Posting], seen: &Rows) -> Self {
        let mut required = Self::of_documents(postings, seen);
        for Posting { owner, command, .. } in postings {
            let Command::Void { void, .. } = command else { continue };
            let Some(item) = seen.items.get(&(*owner, void.document)) else { continue };
            let freed = joined(item, seen).filter_map(|other| seen.items.get(&(*owner, other)));
            required.items.extend(freed.filter_map(|item| Some((*owner, item.invoice?.into()))));
        }
        required
    }

    fn add(&mut self, posting: &Posting) {
        let owner = posting.owner;
        self.idempotency.extend(posting.key.clone().map(|key| (owner, key)));
        match &posting.command {
            Command::AddCustomer { id, new, .. } => {
                self.customers.insert((owner, *id));
                self.mobiles.insert((owner, new.mobile.clone()));
            }
            Command::UpdateCustomer { id, update, .. } => {
                self.customers.insert((owner, *id));
                self.mobiles.extend(update.mobile.clone().map(|mobile| (owner, mobile)));
            }
            Command::RemoveCustomer { id, .. } | Command::RestoreCustomer { id } => {
                self.customers.insert((owner, *id));
            }
            Command::Post { id, new } => {
                self.entries.insert((owner, *id));
                rules(new).require(owner, self);
            }
            Command::Void { id, void, .. } => {
                self.entries.insert((owner, *id));
                self.document(owner, void.document);
                self.allocations.insert((owner, void.document));
            }
        }
    }

    /// A document that the batch itself adds is not there to be loaded, but it says what it is.
    fn add_mates(&mut self, posting: &Posting, postings: &[Posting]) {
        let Some(document) = named_document(&posting.command) else { return };
        let owner = posting.owner;
        for mate in postings.iter().filter(|mate| mate.owner == owner) {
            let Command::Post { id, new } = &mate.command else { continue };
            let opened = rules(new).opens().filter(|_| ItemId::from(*id) == document);
            if let Some((customer, side, amount)) = opened {
                self.open_items(owner, customer, side, amount);
            }
        }
    }

    /// A customer.
    pub(super) fn customer(&mut self, owner: OwnerId, id: CustomerId) {
        self.customers.insert((owner, id));
    }

    /// An item.
    pub(super) fn item(&mut self, owner: OwnerId, id: ItemId) {
        self.items.insert((owner, id));
    }

    /// A document with its body, and its item.
    pub(super) fn document(&mut self, owner: OwnerId, id: ItemId) {
        self.entries.insert((owner, id.into()));
        self.items.insert((owner, id));
    }

    /// Whose a number is, if one is given.
    pub(super) fn number(&mut self, owner: OwnerId, series: Series, given: Option<&DocumentNumber>) {
        self.numbers.extend(given.map(|number| (owner, NumberKey::new(series, number))));
    }

    /// Together the postings of a batch use up at most the sum of their amounts on the other side, and a void at most
    /// its amount on its own: what was open of it, and what it sets free to be applied again. What is named explicitly
    /// is loaded beside that, so it can't use up what the rest would need.
    pub(super) fn open_items(&mut self, owner: OwnerId, customer: CustomerId, side: Side, amount: Money) {
        let sum = self.open.entry((owner, customer, side)).or_default();
        *sum = sum.checked_add(amount).unwrap_or(Money::from_minor(i64::MAX));
    }

    /// What is not among the others: of open items, where the sum is another.
    fn without(mut self, others: &Self) -> Self {
        self.customers.retain(|key| !others.customers.contains(key));
        self.mobiles.retain(|key| !others.mobiles.contains(key));
        self.entries.retain(|key| !others.entries.contains(key));
        self.idempotency.retain(|key| !others.idempotency.contains(key));
        self.items.retain(|key| !others.items.contains(key));
        self.allocations.retain(|key| !others.allocations.contains(key));
        self.open.retain(|key, up_to| others.open.get(key) != Some(up_to));
        self.numbers.retain(|key| !others.numbers.contains(key));
        self
    }

    fn into_keys(self) -> Keys {
        let open = self.open.into_iter();
        Keys {
            customers: self.customers.into_iter().collect(),
            mobiles: self.mobiles.into_iter().collect(),
            entries: self.entries.into_iter().collect(),
            idempotency: self.idempotency.into_iter().collect(),
            items: self.items.into_iter().collect(),
            allocations: self.allocations.into_iter().collect(),
            open_items: open
                .map(|((owner, customer, side), up_to)| (owner, OpenItemsKey { customer, side, up_to }))
                .collect(),
            numbers: self.numbers.into_iter().collect(),
        }
    }
}

/// The document that a command is about, if it says no more of it.
fn named_document(command: &Command) -> Option<ItemId> {
    match command {
        Command::Post { new, .. } => rules(new).refers_to(),
        Command::Void { void, .. } => Some(void.document),
        _ => None,
    }
}

/// The items that an item is joined with.
fn joined<'a>(item: &'a Item, seen: &'a Rows) -> impl Iterator<Item = ItemId> + 'a {
    let rows = seen.allocations.get(&(item.owner, item.id)).into_iter().flatten();
    live(rows).into_iter().map(|row| row.other(item.id))
}
