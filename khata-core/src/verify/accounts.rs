//! The customers: what each owes by the entries, beside what the store says.

use std::collections::HashMap;

use super::fault::{FaultKind, Faults, Place};
use super::items::Moved;
use crate::id::CustomerId;
use crate::ledger::{Entry, ItemKind, Side};
use crate::money::Money;
use crate::store::Standing;

/// Every customer's sums.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    all: HashMap<CustomerId, Account>,
    /// Whether the customers are being asked for: see [`settle`](Self::settle).
    settled: bool,
}

#[derive(Debug, Default)]
struct Account {
    /// By the entries.
    is: Sums,
    /// By the store, and whether that was found to be right.
    told: Option<(Sums, bool)>,
    /// Whether the store had to know of the customer when it was asked.
    expected: bool,
}

/// A customer's sums, in minor units. They are sums of what someone may have tampered with, so they are wider.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Sums {
    balance: i128,
    invoiced: i128,
    received: i128,
    debits: i128,
    credits: i128,
    last_seq: u64,
}

impl Sums {
    fn of(standing: &Standing) -> Self {
        let totals = standing.customer.totals;
        let [balance, invoiced, received] = [totals.balance, totals.invoiced, totals.received].map(size);
        let open = |side| {
            let items = standing.items.iter().filter(|item| item.side == side);
            items.map(|item| size(item.open)).sum()
        };
        let (debits, credits) = (open(Side::Debit), open(Side::Credit));
        Self { balance, invoiced, received, debits, credits, last_seq: standing.customer.last_seq }
    }
}

impl Accounts {
    /// How many customers the store has told of.
    pub(super) fn count(&self) -> u64 {
        self.all.values().filter(|account| account.told.is_some()).count() as u64
    }

    /// Whether there is such a customer, by the entries or the store.
    pub(super) fn contains(&self, id: CustomerId) -> bool {
        self.all.contains_key(&id)
    }

    /// Adds an entry. `kind` is that of the item that it opened or voided.
    pub(super) fn apply(&mut self, entry: &Entry, kind: Option<ItemKind>, moved: Moved, faults: &mut Faults) {
        let account = self.all.entry(entry.customer).or_default();
        account.expected |= !self.settled;
        let (sums, amount) = (&mut account.is, size(entry.amount));
        sums.balance += amount;
        match kind {
            Some(ItemKind::Invoice) => sums.invoiced += amount,
            Some(ItemKind::Receipt) => sums.received -= amount,
            _ => {}
        }
        sums.debits += moved.debits;
        sums.credits += moved.credits;
        sums.last_seq = entry.seq;
        let place = Place::Entry(entry.seq);
        if sums.balance != sums.debits - sums.credits {
            let detail = "its customer's entries up to it are not what is open by the allocations";
            faults.note(FaultKind::Balance, place, detail);
        } else if sums.debits != 0 && sums.credits != 0 {
            let detail = "it leaves its customer with an open debit and an open credit";
            faults.note(FaultKind::BothOpen, place, detail);
        }
        if let Some((told, right)) = &mut account.told {
            *right |= *told == *sums;
        }
    }

    /// From now on the store tells of the customers: [`told`](Self::told).
    pub(super) fn settle(&mut self) {
        self.settled = true;
    }

    /// How the store says that a customer stands. It is as new as the last entry, or newer: it must agree with what is
    /// now, or with what comes of one of the entries that follow.
    pub(super) fn told(&mut self, standing: &Standing) {
        let account = self.all.entry(standing.customer.id).or_default();
        let told = Sums::of(standing);
        account.told = Some((told, told == account.is));
    }

    /// What the store told of each customer is right.
    pub(super) fn check(&self, money: impl Fn(Money) -> String, faults: &mut Faults) {
        let money = |sum: i128| {
            i64::try_from(sum).map_or_else(|_| sum.to_string(), |sum| money(Money::from_minor(sum)))
        };
        let mut all: Vec<_> = self.all.iter().collect();
        all.sort_unstable_by_key(|(id, _)| **id);
        for (id, account) in all {
            let (is, place) = (account.is, Place::Customer(*id));
            let told = match account.told {
                Some((told, false)) => told,
                None if account.expected => {
                    let detail = format!("it is not there, and entry {} is its", is.last_seq);
                    faults.note(FaultKind::MissingCustomer, place, detail);
                    continue;
                }
                None | Some((_, true)) => continue,
            };
            let sums = [
                ("balance", told.balance, is.balance),
                ("sum of invoices", told.invoiced, is.invoiced),
                ("sum of receipts", told.received, is.received),
            ];
            if let Some((sum, told, is)) = sums.into_iter().find(|(_, told, is)| told != is) {
                let detail = format!("its {sum} is {}, and by the entries {}", money(told), money(is));
                faults.note(FaultKind::Totals, place.clone(), detail);
            }
            if told.last_seq != is.last_seq {
                let detail = format!("its last entry is {}, and not {}", is.last_seq, told.last_seq);
                faults.note(FaultKind::LastEntry, place.clone(), detail);
            }
            if (told.debits, told.credits) != (is.debits, is.credits) {
                let detail = format!(
                    "{} of debits and {} of credits are open as listed, and by the entries {} and {}",
                    money(told.debits),
                    money(told.credits),
                    money(is.debits),
                    money(is.credits)
                );
                faults.note(FaultKind::Listed, place, detail);
            }
        }
    }
}

fn size(amount: Money) -> i128 {
    amount.minor().into()
}
