//! Copies of entries with their items and documents, and of the rows that follow from them.

use std::collections::{BTreeMap, BTreeSet};

use super::error::Obstacle;
use super::part::{Part, nothing};
use super::replay::Replay;
use crate::calendar::TimeZone;
use crate::counters::Counters;
use crate::customer::Customer;
use crate::documents::Document;
use crate::id::{CustomerId, ItemId, OwnerId};
use crate::ledger::{ChainHash, EntryKind, PostDatedDays};
use crate::store::{BalanceWrite, Head, Keys, Posted, Rows, Step, Writes};

/// Consecutive entries and the position to write them at. Their hashes have been verified.
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
        let mut writes = self.carry_out(seen, head.owner.time_zone)?;
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
    /// Returns the entries' own documents. A void comes with the voided document, which is already in the target, and so do
    /// others that open no item.
    fn documents(&self) -> impl Iterator<Item = &Document> {
        let own = |posted: &&Posted| posted.entry.kind.opens().is_some();
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

    fn carry_out(&self, seen: &Rows, time_zone: TimeZone) -> Result<Writes, Obstacle> {
        let mut replay = Replay::new(time_zone, seen.items.values().cloned());
        let mut customers: BTreeMap<CustomerId, Customer> = BTreeMap::new();
        for posted in &self.postings {
            let entry = &posted.entry;
            let unsound = |what| Obstacle::Unsound { seq: entry.seq, what };
            replay.carry_out(posted).map_err(unsound)?;
            let known = seen.customers.get(&(self.owner, entry.customer));
            let known = known.ok_or_else(|| unsound("refers to a missing customer"))?;
            let customer = customers.entry(entry.customer).or_insert_with(|| known.clone());
            let item = replay.get(entry.item).ok_or_else(|| unsound("has no item"))?;
            let totals = customer.totals.plus(item.kind.into(), entry.amount);
            customer.totals = totals.ok_or_else(|| unsound("leads to a balance out of range"))?;
            let (before, today) = (customer.post_dated.take(), time_zone.date_of(entry.recorded_at));
            let post_dated = PostDatedDays::with(before.as_ref(), today, entry.date, entry.amount);
            customer.post_dated =
                post_dated.map_err(|_| unsound("leads to post-dated amounts out of range"))?;
            customer.bounced_cheques += u64::from(entry.kind == EntryKind::Bounce);
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

    /// Returns the counters after the documents. A number that was given by hand in the automatic form advances its series
    /// too.
    fn counters(&self, head: &Head) -> Counters {
        let mut counters = head.counters.clone();
        for key in self.documents().map(|document| &document.key) {
            let position = head.owner.position(key);
            if let Some(position) = position.filter(|position| *position > counters.last(key.series())) {
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
        post_dated: customer.post_dated,
        bounced_cheques: customer.bounced_cheques,
        last_seq: customer.last_seq,
        // It was copied with the customer, and includes these entries.
        revision: customer.revision,
    }
}
