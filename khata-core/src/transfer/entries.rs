//! Entries, each with what it opened and its paper, and what they make of the book.

use std::collections::{BTreeMap, BTreeSet};

use super::error::Obstacle;
use super::part::{Part, nothing};
use super::replay::Replay;
use crate::counters::Counters;
use crate::customer::Customer;
use crate::documents::Document;
use crate::id::{CustomerId, ItemId, OwnerId};
use crate::ledger::{ChainHash, EntryKind};
use crate::store::{BalanceWrite, Head, Keys, Posted, Rows, Step, Writes};

/// Entries that follow one another and the place they are to be put at. Their hashes were verified.
pub(super) struct Entries {
    pub(super) owner: OwnerId,
    pub(super) after: (u64, ChainHash),
    pub(super) postings: Vec<Posted>,
}

impl Part for Entries {
    type Left = ();

    fn decide(&self, seen: &Rows) -> Result<(Step, ()), Obstacle> {
        if seen.loads == 0 {
            return Ok((Step::Load(self.keys()), ()));
        }
        let head = seen.heads.get(&self.owner).ok_or(Obstacle::Disturbed)?;
        let Some(last) = self.postings.last() else { return Ok((nothing(), ())) };
        let place = (head.seq, head.hash);
        if place == (last.entry.seq, last.entry.hash) {
            return Ok((nothing(), ()));
        }
        if place != self.after {
            return Err(Obstacle::Disturbed);
        }
        let mut writes = self.carry_out(seen)?;
        writes.heads.push(Head {
            seq: last.entry.seq,
            hash: last.entry.hash,
            recorded_at: last.entry.recorded_at,
            counters: self.counters(head),
            ..head.clone()
        });
        Ok((Step::Write(Box::new(writes)), ()))
    }
}

impl Entries {
    /// The entries' own papers: a void comes with that of what it voids, which is there.
    fn documents(&self) -> impl Iterator<Item = &Document> {
        let own = |posted: &&Posted| posted.entry.kind != EntryKind::Void;
        self.postings.iter().filter(own).filter_map(|posted| posted.document.as_ref())
    }

    fn keys(&self) -> Keys {
        let owner = self.owner;
        let entries = || self.postings.iter().map(|posted| &posted.entry);
        let opened: BTreeSet<ItemId> = entries().map(|entry| entry.id.into()).collect();
        let touched: BTreeSet<_> = self.postings.iter().flat_map(Replay::touched).collect();
        let customers: BTreeSet<_> = entries().map(|entry| entry.customer).collect();
        Keys {
            customers: customers.into_iter().map(|id| (owner, id)).collect(),
            items: touched.difference(&opened).map(|id| (owner, *id)).collect(),
            ..Keys::default()
        }
    }

    fn carry_out(&self, seen: &Rows) -> Result<Writes, Obstacle> {
        let mut replay = Replay::from(seen.items.values().cloned());
        let mut customers: BTreeMap<CustomerId, Customer> = BTreeMap::new();
        for posted in &self.postings {
            let entry = &posted.entry;
            let unsound = |what| Obstacle::Unsound { seq: entry.seq, what };
            replay.carry_out(posted).map_err(unsound)?;
            let known = seen.customers.get(&(self.owner, entry.customer));
            let known = known.ok_or_else(|| unsound("is about a customer who is not there"))?;
            let customer = customers.entry(entry.customer).or_insert_with(|| known.clone());
            let item = replay.get(entry.item).ok_or_else(|| unsound("has no item"))?;
            let totals = customer.totals.plus(item.kind.into(), entry.amount);
            customer.totals = totals.ok_or_else(|| unsound("takes a balance out of range"))?;
            customer.last_seq = entry.seq;
        }
        Ok(Writes {
            balances: customers.into_values().map(balance).collect(),
            entries: self.postings.iter().map(|posted| posted.entry.clone()).collect(),
            documents: self.documents().cloned().collect(),
            items: replay.into_items(),
            ..Writes::default()
        })
    }

    /// The last automatic numbers: those of the documents, since a number that was given by hand in the automatic form
    /// moves its series on too.
    fn counters(&self, head: &Head) -> Counters {
        let mut counters = head.counters.clone();
        for key in self.documents().map(|document| &document.key) {
            if let Some(position) = key.position().filter(|position| *position > counters.last(key.series()))
            {
                counters.set(key.series(), position);
            }
        }
        counters
    }
}

fn balance(customer: Customer) -> BalanceWrite {
    BalanceWrite {
        owner: customer.owner,
        customer: customer.id,
        totals: customer.totals,
        last_seq: customer.last_seq,
        // It came with the customer, and counts these entries already.
        revision: customer.revision,
    }
}
