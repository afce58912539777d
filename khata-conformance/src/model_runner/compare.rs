//! Compares a shop with the model of its book.

use std::collections::BTreeMap;

use khata_core::credit_note::CreditNote;
use khata_core::debit_note::DebitNote;
use khata_core::documents::{Paid, PaidBy};
use khata_core::error::Error;
use khata_core::id::ItemId;
use khata_core::invoice::{Invoice, InvoiceStatus};
use khata_core::ledger::explain::Explanation;
use khata_core::ledger::{self, PostDated};
use khata_core::money::Money;
use khata_core::opening_balance::OpeningBalance;
use khata_core::page::Limit;
use khata_core::receipt::{CreditStatus, Receipt};
use khata_core::refund::Refund;
use khata_core::shop::DocumentFilter;
use khata_core::write_off::WriteOff;

use super::ModelRunner;
use crate::context::{day, mobile, paise};
use crate::invariants::Violation;
use crate::model::{Balance, Link};

/// A document: what is open of it, and how much comes from or goes to which others, or opening balances.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    open: i64,
    pub(super) status: InvoiceStatus,
    joined: BTreeMap<Option<ItemId>, i64>,
}

impl ModelRunner {
    /// Every document is as far paid or used up today, by the same, as in the model.
    pub(super) async fn compare_documents(&mut self) -> Result<(), Violation> {
        let documents = match self.shown().await {
            Ok(documents) => documents,
            Err(error) => differ!("the documents can't be read: {error:?}"),
        };
        let places: BTreeMap<_, _> =
            self.documents.iter().enumerate().filter_map(|(at, id)| id.map(|id| (id, at))).collect();
        if documents.len() != places.len() {
            differ!("there are {} documents of {}", documents.len(), places.len());
        }
        for (id, shown) in documents {
            let expected = self.expected(places[&id]);
            if shown != expected {
                differ!("{id} is {shown:?}, and should be {expected:?} of {:?}", self.model.links);
            }
        }
        Ok(())
    }

    /// The documents as the shop shows them.
    async fn shown(&self) -> Result<Vec<(ItemId, Shown)>, Error> {
        let all = DocumentFilter { limit: Limit::MAX, ..DocumentFilter::default() };
        let shop = &self.shops[0];
        let (invoices, debit_notes, refunds, receipts, credit_notes, write_offs, openings) = futures::try_join!(
            shop.invoices(&all),
            shop.debit_notes(&all),
            shop.refunds(&all),
            shop.receipts(&all),
            shop.credit_notes(&all),
            shop.write_offs(&all),
            shop.opening_balances(&all),
        )?;
        let mut documents = Vec::new();
        for Invoice { id, outstanding, status, allocations, .. } in invoices.items {
            documents.push((id.into(), debit(outstanding, status, &allocations)));
        }
        for DebitNote { id, outstanding, status, allocations, .. } in debit_notes.items {
            documents.push((id.into(), debit(outstanding, status, &allocations)));
        }
        for Refund { id, amount, outstanding, status, allocations, .. } in refunds.items {
            let status = how_far(outstanding, amount, status);
            documents.push((id.into(), debit(outstanding, status, &allocations)));
        }
        let (owed, on_account): (Vec<_>, Vec<_>) =
            openings.items.into_iter().partition(|opening| opening.amount.is_positive());
        for OpeningBalance { id, amount, outstanding, status, paid_by, .. } in owed {
            let status = how_far(outstanding, amount, status);
            documents.push((id.into(), debit(outstanding, status, &paid_by)));
        }
        let mut credit = |id, open: Money, status, allocations: Vec<Paid>| {
            let joined = summed(allocations.iter().map(|row| (row.item(), row.amount.minor())));
            // How far it is used up, what is open of it says.
            let status =
                if status == CreditStatus::Recorded { InvoiceStatus::Unpaid } else { InvoiceStatus::Void };
            documents.push((id, Shown { open: open.minor(), status, joined }));
        };
        for Receipt { id, unapplied, status, allocations, .. } in receipts.items {
            credit(id.into(), unapplied, status, allocations);
        }
        for CreditNote { id, unapplied, status, allocations, .. } in credit_notes.items {
            credit(id.into(), unapplied, status, allocations);
        }
        for WriteOff { id, unapplied, status, allocations, .. } in write_offs.items {
            credit(id.into(), unapplied, status, allocations);
        }
        for OpeningBalance { id, unapplied, status, allocations, .. } in on_account {
            credit(id.into(), unapplied, status, allocations);
        }
        Ok(documents)
    }

    /// A document as the model has it.
    pub(super) fn expected(&self, at: usize) -> Shown {
        let (model, item) = (&self.model, &self.model.items[at]);
        let open = model.left_on(at, model.today);
        let status = match open {
            _ if item.void.is_some_and(|void| void <= model.today) => InvoiceStatus::Void,
            _ if !item.owed || open == item.amount => InvoiceStatus::Unpaid,
            0 => InvoiceStatus::Paid,
            _ => InvoiceStatus::Partial,
        };
        let links = model.links.iter().filter(|link| link.debit == at || link.credit == at);
        let links = links.filter(|link| link.from <= model.today);
        let other = |link: &Link| if link.debit == at { link.credit } else { link.debit };
        Shown { open, status, joined: summed(links.map(|link| (self.documents[other(link)], link.amount))) }
    }

    /// Every customer stands as in the model, today and on one other day.
    pub(super) async fn compare_customers(&mut self) -> Result<(), Violation> {
        for (who, id) in self.customers.iter().enumerate() {
            let (person, at) = (&self.model.people[who], self.some_day());
            let [here, there] = &self.shops;
            let (customer, balance, explanation) = futures::join!(
                there.customer(*id),
                there.balance(*id, Some(day(at))),
                here.explain_balance(*id, Some(day(at)), Limit::MAX),
            );
            let customer = match customer {
                Ok(customer) => customer,
                Err(Error::NotFound) if person.deleted => continue,
                Err(error) => differ!("customer {who} can't be read: {error:?}"),
            };
            let is = (
                (customer.archived_at.is_some(), customer.bounced_cheques),
                customer.credit_limit,
                &customer.mobile,
            );
            let mobile = person.mobile.map(mobile);
            let expected = ((person.archived, person.bounced), person.limit.map(paise), &mobile);
            if is != expected || person.deleted {
                differ!("customer {who} is {is:?}, and should be {person:?}");
            }
            let balance = match balance {
                Ok(balance) => Balance {
                    balance: balance.balance.minor(),
                    parts: parts(&balance).map(Money::minor),
                    unapplied: balance.unapplied.minor(),
                    overdue: balance.overdue.minor(),
                    post_dated: minor(balance.post_dated),
                },
                Err(error) => differ!("the balance of {who} can't be read: {error:?}"),
            };
            let expected = self.model.balance_on(who, at);
            let [opening, invoiced, debited, refunded, received, credited, written_off] = balance.parts;
            if opening + invoiced + debited + refunded - received - credited - written_off != balance.balance
            {
                differ!("on day {at} the balance of customer {who} is not what it is made of: {balance:?}");
            }
            if balance != expected {
                differ!("on day {at} customer {who} has {balance:?}, and should have {expected:?}");
            }
            let (told, is) = ((customer.balance().minor(), minor(customer.post_dated)), self.standing(who));
            if told != is {
                differ!("customer {who} has {told:?} today, and should have {is:?}");
            }
            self.compare_explanation(who, explanation, at)?;
        }
        Ok(())
    }

    /// What is said to make up a balance is what the model has open on that day, and what paid each adds up.
    fn compare_explanation(
        &self,
        who: usize,
        told: Result<Explanation, Error>,
        at: i64,
    ) -> Result<(), Violation> {
        let told = match told {
            Ok(told) => told,
            Err(error) => differ!("the balance of {who} can't be explained: {error:?}"),
        };
        let open = summed(told.items.iter().map(|item| (item.named.document, item.open.minor())));
        let mine = |place: &usize| self.model.items[*place].who == who && self.model.items[*place].date <= at;
        let places = (0..self.model.items.len()).filter(mine);
        let expected = summed(places.map(|place| (self.documents[place], self.model.left_on(place, at))));
        if open != expected {
            differ!("on day {at} customer {who} is said to have {open:?} open, and should {expected:?}");
        }
        let adds_up = told.items.iter().all(|item| {
            let joined = item.allocations.iter().map(|row| row.amount.minor());
            joined.sum::<i64>() + item.open.minor() == item.amount.minor()
        });
        let sum = told.owed.minor() - told.on_account.minor();
        if !adds_up || sum != told.balance.minor() || told.more != 0 {
            differ!("on day {at} what is told of customer {who} does not add up: {told:?}");
        }
        Ok(())
    }

    /// The balance of a person today, and the debits and credits that are dated later.
    pub(super) fn standing(&self, who: usize) -> (i64, (i64, i64)) {
        let today = self.model.balance_on(who, self.model.today);
        (today.balance, today.post_dated)
    }

    /// Another day on each turn: mostly of those on which things happen, sometimes about the present.
    fn some_day(&self) -> i64 {
        let turn = i64::from(self.turn);
        if turn % 4 == 3 { 236 + turn % 3 } else { (turn * 11) % 90 - 10 }
    }
}

/// How far a debit is paid of which that is not told.
fn how_far(outstanding: Money, amount: Money, status: CreditStatus) -> InvoiceStatus {
    match outstanding.minor() {
        _ if status == CreditStatus::Void => InvoiceStatus::Void,
        0 => InvoiceStatus::Paid,
        _ if outstanding == amount => InvoiceStatus::Unpaid,
        _ => InvoiceStatus::Partial,
    }
}

fn debit(open: Money, status: InvoiceStatus, allocations: &[PaidBy]) -> Shown {
    let joined = summed(allocations.iter().map(|row| (row.item(), row.amount.minor())));
    Shown { open: open.minor(), status, joined }
}

/// What a balance is made of, in the order of the model.
fn parts(balance: &ledger::Balance) -> [Money; 7] {
    let ledger::Balance { opening, invoiced, debited, refunded, received, credited, written_off, .. } =
        *balance;
    [opening, invoiced, debited, refunded, received, credited, written_off]
}

pub(super) fn minor(PostDated { debit, credit, .. }: PostDated) -> (i64, i64) {
    (debit.minor(), credit.minor())
}

/// How much comes from or goes to each document, or to opening balances.
fn summed(rows: impl Iterator<Item = (Option<ItemId>, i64)>) -> BTreeMap<Option<ItemId>, i64> {
    let mut sums = BTreeMap::new();
    rows.for_each(|(id, amount)| *sums.entry(id).or_default() += amount);
    sums.retain(|_, sum| *sum != 0);
    sums
}
