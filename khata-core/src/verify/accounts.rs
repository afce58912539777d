//! Verification of customers: totals computed from the entries, compared with the stored ones.

use std::collections::HashMap;

use super::fault::{FaultKind, Faults, Place};
use super::items::Moved;
use crate::calendar::Date;
use crate::customer::Customer;
use crate::id::CustomerId;
use crate::ledger::{Entry, EntryKind, ItemKind, PostDatedDays, Side};
use crate::money::Money;
use crate::store::Standing;

/// The sums of every customer.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    all: HashMap<CustomerId, Account>,
    /// Whether stored rows may be compared: see [`settle`](Self::settle).
    settled: bool,
}

#[derive(Debug, Default)]
struct Account {
    /// Sums computed from the entries.
    computed: Sums,
    /// Sums in the store, and whether they match.
    stored: Option<(Sums, bool)>,
    /// Whether the customer must have been in the store when it was read.
    expected: bool,
}

/// A customer's sums in minor units. They are wider than amounts, since tampered amounts may overflow.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Sums {
    balance: i128,
    /// By [`PARTS`].
    parts: [i128; PARTS.len()],
    debits: i128,
    credits: i128,
    post_dated: Option<PostDatedDays>,
    bounced_cheques: u64,
    last_seq: u64,
}

/// The kinds of items whose sums a customer has, with the sign of what each adds to its own sum.
const PARTS: [(ItemKind, i128, &str); 7] = [
    (ItemKind::OpeningBalance, 1, "opening balance"),
    (ItemKind::Invoice, 1, "sum of invoices"),
    (ItemKind::DebitNote, 1, "sum of debit notes"),
    (ItemKind::Refund, 1, "sum of refunds"),
    (ItemKind::Receipt, -1, "sum of receipts"),
    (ItemKind::CreditNote, -1, "sum of credit notes"),
    (ItemKind::WriteOff, -1, "sum of write-offs"),
];

impl Sums {
    fn of(standing: &Standing) -> Self {
        let totals = standing.customer.totals;
        let parts = PARTS.map(|(kind, ..)| {
            size(match kind {
                ItemKind::OpeningBalance => totals.opening,
                ItemKind::Invoice => totals.invoiced,
                ItemKind::DebitNote => totals.debited,
                ItemKind::Refund => totals.refunded,
                ItemKind::Receipt => totals.received,
                ItemKind::CreditNote => totals.credited,
                ItemKind::WriteOff => totals.written_off,
            })
        });
        let open = |side| {
            let items = standing.items.iter().filter(|item| item.side == side);
            items.map(|item| size(item.open)).sum()
        };
        let (debits, credits) = (open(Side::Debit), open(Side::Credit));
        let Customer { post_dated, bounced_cheques, last_seq, .. } = standing.customer.clone();
        Self { balance: size(totals.balance), parts, debits, credits, post_dated, bounced_cheques, last_seq }
    }
}

impl Accounts {
    /// Returns the number of stored customers.
    pub(super) fn count(&self) -> u64 {
        self.all.values().filter(|account| account.stored.is_some()).count() as u64
    }

    /// Returns whether a customer occurs in the entries or in the store.
    pub(super) fn contains(&self, id: CustomerId) -> bool {
        self.all.contains_key(&id)
    }

    /// Adds an entry, which was recorded on a day. `kind` is that of the item that it opened or voided.
    pub(super) fn apply(
        &mut self,
        entry: &Entry,
        today: Date,
        kind: Option<ItemKind>,
        moved: Moved,
        faults: &mut Faults,
    ) {
        let account = self.all.entry(entry.customer).or_default();
        account.expected |= !self.settled;
        let (sums, amount) = (&mut account.computed, size(entry.amount));
        sums.balance += amount;
        for (sum, (of_kind, sign, _)) in sums.parts.iter_mut().zip(PARTS) {
            if kind == Some(of_kind) {
                *sum += sign * amount;
            }
        }
        sums.debits += moved.debits;
        sums.credits += moved.credits;
        sums.bounced_cheques += u64::from(entry.kind == EntryKind::Bounce);
        sums.last_seq = entry.seq;
        // Tampered amounts may be out of range; what they should be is a fault of the chain.
        if let Ok(after) = PostDatedDays::with(sums.post_dated.as_ref(), today, entry.date, entry.amount) {
            sums.post_dated = after;
        }
        let place = Place::Entry(entry.seq);
        if sums.balance != sums.debits - sums.credits {
            let detail = "the customer's entries up to it don't add up to the open amounts";
            faults.note(FaultKind::Balance, place, detail);
        } else if sums.debits != 0 && sums.credits != 0 {
            let detail = "it leaves its customer with an open debit and an open credit";
            faults.note(FaultKind::BothOpen, place, detail);
        }
        if let Some((stored, right)) = &mut account.stored {
            *right |= *stored == *sums;
        }
    }

    /// Marks the point from which stored customers are compared: see [`add_stored`](Self::add_stored).
    pub(super) fn settle(&mut self) {
        self.settled = true;
    }

    /// Adds a stored customer. It is as new as the last entry or newer, so it must match the computed sums now or after one
    /// of the entries that follow.
    pub(super) fn add_stored(&mut self, standing: &Standing) {
        let account = self.all.entry(standing.customer.id).or_default();
        let stored = Sums::of(standing);
        let right = stored == account.computed;
        account.stored = Some((stored, right));
    }

    /// Checks that the stored sums of every customer match.
    pub(super) fn check(&self, money: impl Fn(Money) -> String, faults: &mut Faults) {
        let money = |sum: i128| {
            i64::try_from(sum).map_or_else(|_| sum.to_string(), |sum| money(Money::from_minor(sum)))
        };
        let mut all: Vec<_> = self.all.iter().collect();
        all.sort_unstable_by_key(|(id, _)| **id);
        for (id, account) in all {
            let (computed, place) = (&account.computed, Place::Customer(*id));
            let stored = match &account.stored {
                Some((stored, false)) => stored,
                None if account.expected => {
                    let detail = format!("it is missing, but entry {} refers to it", computed.last_seq);
                    faults.note(FaultKind::MissingCustomer, place, detail);
                    continue;
                }
                None | Some((_, true)) => continue,
            };
            let parts = PARTS.iter().zip(stored.parts.iter().zip(computed.parts));
            let parts = parts.map(|((.., name), (stored, computed))| (*name, *stored, computed));
            let mut sums = [("balance", stored.balance, computed.balance)].into_iter().chain(parts);
            if let Some((sum, stored, computed)) = sums.find(|(_, stored, computed)| stored != computed) {
                let detail =
                    format!("its {sum} is {}, but {} by its entries", money(stored), money(computed));
                faults.note(FaultKind::Totals, place.clone(), detail);
            }
            if stored.bounced_cheques != computed.bounced_cheques {
                let (stored, computed) = (stored.bounced_cheques, computed.bounced_cheques);
                let detail = format!("its bounced cheques are {stored}, but {computed} by its entries");
                faults.note(FaultKind::Totals, place.clone(), detail);
            }
            if stored.post_dated != computed.post_dated {
                let days =
                    |sums: &Sums| sums.post_dated.as_ref().map_or("none", PostDatedDays::as_str).to_owned();
                let (stored, computed) = (days(stored), days(computed));
                let detail = format!("its post-dated entries are {stored}, but {computed} by its entries");
                faults.note(FaultKind::PostDated, place.clone(), detail);
            }
            if stored.last_seq != computed.last_seq {
                let detail =
                    format!("its last entry is {}, but {} is stored", computed.last_seq, stored.last_seq);
                faults.note(FaultKind::LastEntry, place.clone(), detail);
            }
            if (stored.debits, stored.credits) != (computed.debits, computed.credits) {
                let detail = format!(
                    "the open items add up to {} of debits and {} of credits, but to {} and {} by its entries",
                    money(stored.debits),
                    money(stored.credits),
                    money(computed.debits),
                    money(computed.credits)
                );
                faults.note(FaultKind::Listed, place, detail);
            }
        }
    }
}

fn size(amount: Money) -> i128 {
    amount.minor().into()
}
