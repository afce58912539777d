//! What becomes of items that are there: they are voided, bounce, are replaced, pay others.

use std::collections::BTreeSet;

use super::{DocumentInput, Effect, Expected, Item, Link, Model, Operation, What, refuse, year};

impl Model {
    pub(super) fn void(&mut self, operation: &Operation, at: usize, date: Option<i64>) -> Expected {
        if let Some(before) = self.done_before(operation)? {
            return Ok(before);
        }
        refuse([(self.items[at].void.is_some(), "already_void")])?;
        let free = self.free(at);
        let date = date.unwrap_or(free.max(self.today));
        refuse([(date < free, "too_early")])?;
        refuse([(self.credited(at) > 0, "has_credit_notes"), (self.is_locked(date), "period_locked")])?;
        self.reverse(at, date);
        let who = self.items[at].who;
        if !self.is_settled(who) {
            self.people[who].archived = false;
        }
        self.keys.extend(operation.key().map(|key| (key, operation.clone(), at)));
        Ok(Effect::Touched(at))
    }

    /// A cheque did not pay what it should have; there may be a charge.
    pub(super) fn bounce(
        &mut self,
        operation: &Operation,
        at: usize,
        date: i64,
        charge: Option<i64>,
    ) -> Expected {
        if let Some(before) = self.done_before(operation)? {
            return Ok(before);
        }
        let item = &self.items[at];
        refuse([(item.what != What::Receipt, "not_found")])?;
        refuse([
            (!item.cheque, "not_a_cheque"),
            (date > self.today, "in_future"),
            (item.void.is_some(), "already_void"),
            (date < self.free(at), "too_early"),
            (self.is_locked(date), "period_locked"),
        ])?;
        let who = item.who;
        self.reverse(at, date);
        self.people[who].archived = false;
        self.people[who].bounced += 1;
        self.keys.extend(operation.key().map(|key| (key, operation.clone(), at)));
        if let Some(amount) = charge {
            let document = DocumentInput { date, amount, number: None, key: None };
            self.numbers.push((What::DebitNote, year(date), self.number(What::DebitNote, &document)));
            self.open(Item::new(who, What::DebitNote, true, amount, date, date), &[]);
        }
        Ok(Effect::Touched(at))
    }

    /// A credit pays other debits than it did.
    pub(super) fn reallocate(
        &mut self,
        operation: &Operation,
        at: usize,
        date: Option<i64>,
        pays: &[(usize, i64)],
    ) -> Expected {
        let distinct: BTreeSet<_> = pays.iter().map(|(debit, _)| debit).collect();
        refuse([(distinct.len() < pays.len(), "repeated")])?;
        if let Some(before) = self.done_before(operation)? {
            return Ok(before);
        }
        let (who, amount) = (self.items[at].who, self.items[at].amount);
        refuse([(!matches!(self.items[at].what, What::Receipt | What::CreditNote), "not_found")])?;
        refuse([(self.items[at].void.is_some(), "already_void")])?;
        let free = self.free(at);
        let date = date.unwrap_or(free.max(self.today));
        let sum: i64 = pays.iter().map(|(_, amount)| amount).sum();
        refuse([(sum > amount, "over_allocated")])?;
        refuse([(date < free, "too_early")])?;
        self.payable(who, pays, Some(at))?;
        refuse([(self.is_locked(date), "period_locked")])?;
        self.release(at, date);
        for (debit, amount) in pays {
            self.link(*debit, at, *amount, date);
        }
        self.entries += 1;
        self.settle(who, date);
        self.keys.extend(operation.key().map(|key| (key, operation.clone(), at)));
        Ok(Effect::Touched(at))
    }

    /// What pays an item or is paid by it, without what was taken back since.
    pub(super) fn live_links(&self, at: usize) -> Vec<Link> {
        let mut live: Vec<Link> = Vec::new();
        for link in self.links.iter().filter(|link| link.debit == at || link.credit == at) {
            if link.amount < 0 {
                live.retain(|before| (before.debit, before.credit) != (link.debit, link.credit));
            } else {
                live.push(link.clone());
            }
        }
        live
    }

    /// Takes back what pays an item or is paid by it.
    fn release(&mut self, at: usize, date: i64) {
        for link in self.live_links(at) {
            self.links.push(Link { amount: -link.amount, from: date.max(link.from), ..link });
        }
    }

    /// The opening balance that there is becomes void as early as can be, and another takes its place.
    pub(super) fn replace_opening(
        &mut self,
        operation: &Operation,
        who: usize,
        owed: bool,
        document: &DocumentInput,
    ) -> Expected {
        self.known(who)?;
        if let Some(before) = self.done_before(operation)? {
            return Ok(before);
        }
        let counts = |item: &Item| item.who == who && item.what == What::Opening && item.void.is_none();
        let live = self.items.iter().position(counts);
        let since = live.map(|at| self.free(at));
        self.postable(who, [(since.is_some_and(|date| self.is_locked(date)), "period_locked")])?;
        let item = self.draft(who, What::Opening, document, document.date, false)?;
        if let Some((at, date)) = live.zip(since) {
            self.reverse(at, date);
        }
        Ok(self.record(operation, document, Item { owed, ..item }, &[]))
    }

    /// Takes back what an item pays or what pays it, and what that frees pays something else.
    fn reverse(&mut self, at: usize, date: i64) {
        self.release(at, date);
        self.items[at].void = Some(date);
        self.entries += 1;
        self.settle(self.items[at].who, date);
    }
}
