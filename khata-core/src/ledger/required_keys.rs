//! The keys of the rows that a batch requires.
//!
//! Most commands name all rows that they touch. A void and a credit note name only a document, whose customer and
//! allocations are known once it is loaded, like the entry that a replayed request posted. So there are at most three
//! loads: the rows that commands name; the customers and allocated items of documents; and the invoices of credit notes
//! that voids release.

use std::collections::{BTreeMap, BTreeSet};

use super::allocation::live;
use super::documents::rules;
use super::kept::KeptAnswer;
use super::posting::PostingJob;
use super::{Command, Item, Posting, Side};
use crate::form::Patch;
use crate::id::{CustomerId, EntryId, ItemId, OwnerId};
use crate::idempotency::IdempotencyKey;
use crate::money::Money;
use crate::number::{DocumentNumber, NumberKey, Series};
use crate::phone::MobileNumber;
use crate::store::{Keys, OpenItemsKey, Rows};

/// Returns the next rows to load for a batch, or `None` if all have been loaded.
pub(super) fn next(job: &PostingJob, seen: &Rows) -> Option<Keys> {
    match seen.loads {
        0 => Some(named(job)),
        // Most batches need no further load.
        1 | 2 if job.postings().iter().any(|posting| needs_more(posting, seen)) => {
            let (before, now) = match seen.loads {
                1 => (RequiredKeys::named(job), RequiredKeys::of_documents(job, seen)),
                _ => (RequiredKeys::of_documents(job, seen), RequiredKeys::of_freed_credit_notes(job, seen)),
            };
            Some(now.without(&before).into_keys()).filter(|keys| *keys != Keys::default())
        }
        _ => None,
    }
}

/// Returns the keys that the commands of a batch name.
pub(super) fn named(job: &PostingJob) -> Keys {
    RequiredKeys::named(job).into_keys()
}

fn needs_more(posting: &Posting, seen: &Rows) -> bool {
    !named_documents(&posting.command).is_empty()
        || entry_made_before(posting, seen).is_some()
        || !seen.numbers.is_empty()
        || seen.mobiles.iter().any(|((owner, _), holder)| !seen.customers.contains_key(&(*owner, *holder)))
}

/// Returns the entry that the request posted when the client sent it earlier under the same key.
fn entry_made_before(posting: &Posting, seen: &Rows) -> Option<EntryId> {
    let record = seen.idempotency.get(&(posting.owner, posting.key.clone()?))?;
    match KeptAnswer::read(&record.answer) {
        Ok(KeptAnswer::Entry { id, .. }) => Some(id),
        // A response that can't be parsed is reported when it is returned.
        Ok(KeptAnswer::Customer(_)) | Err(_) => None,
    }
}

/// A set of distinct keys.
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
    /// Returns the keys that the commands name.
    fn named(job: &PostingJob) -> Self {
        let mut required = Self::default();
        for posting in job.postings() {
            required.add(posting);
            // Nobody but this process knows the ids that it made for the entries, so they are there only if it was here.
            if job.was_sent() {
                required.entries.extend(posting.command.entry().map(|entry| (posting.owner, entry)));
            }
        }
        for posting in job.postings() {
            required.add_mates(posting, job.postings());
        }
        required
    }

    /// Returns these keys with those of the customers and allocations of documents that voids and credit notes name.
    fn of_documents(job: &PostingJob, seen: &Rows) -> Self {
        let mut required = Self::named(job);
        required.add_holders(seen);
        for posting in job.postings() {
            let Posting { owner, command, .. } = posting;
            required.entries.extend(entry_made_before(posting, seen).map(|entry| (*owner, entry)));
            for id in named_documents(command) {
                let item = seen.items.get(&(*owner, id)).filter(|item| !item.is_void());
                let Some(item) = item else { continue };
                required.customers.insert((*owner, item.customer));
                required.open_beside(*owner, command, (item.customer, item.side, item.amount));
                if matches!(command, Command::Reallocate { .. }) {
                    required.items.extend(item.invoice.map(|invoice| (*owner, invoice.into())));
                }
                if command.releases() == Some(id) {
                    required.items.extend(credited(item, seen).map(|invoice| (*owner, invoice)));
                    required.items.extend(joined(item, seen).map(|other| (*owner, other)));
                }
            }
        }
        required
    }

    /// Adds the keys of those who have numbers and mobile numbers already, of whom a refusal tells.
    fn add_holders(&mut self, seen: &Rows) {
        let (numbers, mobiles) = (&self.numbers, &self.mobiles);
        self.items.extend(numbers.iter().filter_map(|key| Some((key.0, *seen.numbers.get(key)?))));
        self.customers.extend(mobiles.iter().filter_map(|key| Some((key.0, *seen.mobiles.get(key)?))));
    }

    /// Returns these keys with those of the invoices of credit notes that paid a voided document: a credit note pays its own
    /// invoice first.
    fn of_freed_credit_notes(job: &PostingJob, seen: &Rows) -> Self {
        let mut required = Self::of_documents(job, seen);
        for Posting { owner, command, .. } in job.postings() {
            let Some(item) = command.releases().and_then(|id| seen.items.get(&(*owner, id))) else {
                continue;
            };
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
                self.mobiles.extend(new.mobile.clone().map(|mobile| (owner, mobile)));
            }
            Command::UpdateCustomer { id, update, .. } => {
                self.customers.insert((owner, *id));
                if let Patch::Set(mobile) = &update.mobile {
                    self.mobiles.insert((owner, mobile.clone()));
                }
            }
            Command::RemoveCustomer { id, .. } | Command::RestoreCustomer { id } => {
                self.customers.insert((owner, *id));
            }
            Command::Reallocate { new, .. } => {
                new.terms.allocations.iter().for_each(|row| self.item(owner, row.pays.item()));
            }
            Command::Post { .. }
            | Command::ReplaceOpening { .. }
            | Command::Bounce { .. }
            | Command::Void { .. } => {}
        }
        if let Some((_, new)) = posting.command.adds() {
            rules(new).require(owner, self);
        }
        if let Some(document) = posting.command.releases() {
            self.document(owner, document);
            self.allocations.insert((owner, document));
        }
    }

    /// Adds the keys for a document that the batch itself adds. It can't be loaded, but its posting has all that is needed.
    fn add_mates(&mut self, posting: &Posting, postings: &[Posting]) {
        let documents = named_documents(&posting.command);
        if documents.is_empty() {
            return;
        }
        let owner = posting.owner;
        for mate in postings.iter().filter(|mate| mate.owner == owner) {
            let Some((id, new)) = mate.command.adds() else { continue };
            let opened = rules(new).opens().filter(|_| documents.contains(&ItemId::from(id)));
            if let Some(opened) = opened {
                self.open_beside(owner, &posting.command, opened);
            }
        }
    }

    /// Adds the keys of the open items beside one that a command names.
    fn open_beside(
        &mut self,
        owner: OwnerId,
        command: &Command,
        (customer, side, amount): (CustomerId, Side, Money),
    ) {
        self.open_items(owner, customer, side, amount);
        match command {
            // What it doesn't pay any more is paid by other credits, and it pays other debits.
            Command::Reallocate { .. } => self.open_items(owner, customer, side.opposite(), amount),
            Command::Bounce { bounce, .. } => {
                if let Some(charge) = bounce.terms.charge {
                    self.open_items(owner, customer, Side::Credit, charge);
                }
            }
            _ => {}
        }
    }

    /// Adds the key of a customer.
    pub(super) fn customer(&mut self, owner: OwnerId, id: CustomerId) {
        self.customers.insert((owner, id));
    }

    /// Adds the key of an item.
    pub(super) fn item(&mut self, owner: OwnerId, id: ItemId) {
        self.items.insert((owner, id));
    }

    /// Adds the key of a document with its body and its item.
    pub(super) fn document(&mut self, owner: OwnerId, id: ItemId) {
        self.entries.insert((owner, id.into()));
        self.items.insert((owner, id));
    }

    /// Adds the key of a document number, if one is given.
    pub(super) fn number(&mut self, owner: OwnerId, series: Series, given: Option<&DocumentNumber>) {
        self.numbers.extend(given.map(|number| (owner, NumberKey::new(series, number))));
    }

    /// Adds the key of open items. The postings of a batch together need at most the sum of their amounts on the other side;
    /// a void needs at most its amount on its own side, for the part that was open and the part that it releases. Explicitly
    /// named items are loaded in addition, so that they don't reduce what is available to the rest.
    pub(super) fn open_items(&mut self, owner: OwnerId, customer: CustomerId, side: Side, amount: Money) {
        let sum = self.open.entry((owner, customer, side)).or_default();
        *sum = sum.checked_add(amount).unwrap_or(Money::from_minor(i64::MAX));
    }

    /// Returns the keys that are not in `others`. A key of open items differs if its sum does.
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
            highest_numbers: Vec::new(),
        }
    }
}

/// Returns the documents of a command that names nothing else about them.
fn named_documents(command: &Command) -> Vec<ItemId> {
    let referred = command.adds().map(|(_, new)| rules(new).refers_to()).unwrap_or_default();
    referred.into_iter().chain(command.releases()).collect()
}

/// Returns the invoices that the document of an item credits. A body that can't be parsed is reported when it is voided.
fn credited(item: &Item, seen: &Rows) -> impl Iterator<Item = ItemId> {
    let document =
        seen.entries.get(&(item.owner, item.id.into())).and_then(|posted| posted.document.as_ref());
    let credits = document.and_then(|document| document.credits().ok()).unwrap_or_default();
    credits.into_iter().map(|(invoice, _)| invoice)
}

/// Returns the items that an item is allocated to.
fn joined<'a>(item: &'a Item, seen: &'a Rows) -> impl Iterator<Item = ItemId> + 'a {
    let rows = seen.allocations.get(&(item.owner, item.id)).into_iter().flatten();
    live(rows).into_iter().map(|row| row.other(item.id))
}
