//! Double-entry transactions, which the exports for plain-text accounting programs share.

use std::collections::BTreeMap;
use std::fmt;

use crate::calendar::Date;
use crate::customer::Customer;
use crate::documents::{Face, PaymentType};
use crate::id::CustomerId;
use crate::ledger::{EntryKind, ItemKind};
use crate::money::Money;
use crate::store::{Posted, StoreError};

/// An account. Its name is valid in all programs: ASCII, each part begins with a capital letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Account {
    Receivable(CustomerId),
    Sales,
    OtherCharges,
    RoundOff,
    Cgst,
    Sgst,
    Igst,
    Payment(PaymentType),
    WriteOffs,
    Opening,
}

impl Account {
    /// All accounts except those of customers.
    pub(super) const COMMON: [Self; 14] = [
        Self::Sales,
        Self::OtherCharges,
        Self::RoundOff,
        Self::Cgst,
        Self::Sgst,
        Self::Igst,
        Self::Payment(PaymentType::Cash),
        Self::Payment(PaymentType::Upi),
        Self::Payment(PaymentType::Card),
        Self::Payment(PaymentType::Bank),
        Self::Payment(PaymentType::Cheque),
        Self::Payment(PaymentType::Other),
        Self::WriteOffs,
        Self::Opening,
    ];
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Receivable(customer) => return write!(f, "Assets:Receivable:C-{customer}"),
            Self::Sales => "Income:Sales",
            Self::OtherCharges => "Income:Other-Charges",
            Self::RoundOff => "Income:Round-Off",
            Self::Cgst => "Liabilities:GST:CGST",
            Self::Sgst => "Liabilities:GST:SGST",
            Self::Igst => "Liabilities:GST:IGST",
            Self::Payment(PaymentType::Cash) => "Assets:Cash",
            Self::Payment(PaymentType::Upi) => "Assets:UPI",
            Self::Payment(PaymentType::Card) => "Assets:Card",
            Self::Payment(PaymentType::Bank) => "Assets:Bank",
            Self::Payment(PaymentType::Cheque) => "Assets:Cheque",
            Self::Payment(PaymentType::Other) => "Assets:Other",
            Self::WriteOffs => "Expenses:Write-Offs",
            Self::Opening => "Equity:Opening-Balances",
        })
    }
}

/// An entry as a double-entry transaction. Its legs add up to zero, and none is zero.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Transaction {
    pub(super) seq: u64,
    pub(super) date: Date,
    /// Title of the transaction.
    pub(super) title: String,
    /// Number of the document.
    pub(super) number: Option<String>,
    /// Name of the customer as on the document.
    pub(super) party: String,
    /// Reason of a void, otherwise the note on the document.
    pub(super) note: Option<String>,
    pub(super) legs: Vec<(Account, Money)>,
}

/// The customers read so far, with the sums of the entries read so far.
#[derive(Debug, Default)]
pub(super) struct Journal {
    customers: BTreeMap<CustomerId, (String, Money)>,
    last: Option<Date>,
}

impl Journal {
    pub(super) fn add(&mut self, customers: &[Customer]) {
        let named = |customer: &Customer| (customer.id, (customer.name.to_string(), Money::ZERO));
        self.customers.extend(customers.iter().map(named));
    }

    /// Returns the customers and their balances after the entries so far.
    pub(super) fn balances(&self) -> impl Iterator<Item = (CustomerId, Money)> {
        self.customers.iter().map(|(id, (_, balance))| (*id, *balance))
    }

    /// Returns the latest date of the entries so far.
    pub(super) fn last(&self) -> Option<Date> {
        self.last
    }

    /// Converts the next entry to a transaction.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the entry is unsound.
    pub(super) fn transaction(&mut self, posted: &Posted) -> Result<Transaction, StoreError> {
        let entry = &posted.entry;
        let unsound = |what: &str| StoreError::corrupt(format!("entry {} {what}", entry.seq));
        let (name, balance) =
            self.customers.get_mut(&entry.customer).ok_or_else(|| unsound("refers to a missing customer"))?;
        *balance = balance.checked_add(entry.amount).ok_or_else(|| unsound("is out of range"))?;
        self.last = self.last.max(Some(entry.date));

        let face = posted.document.as_ref().map(Face::of).transpose()?;
        let others = against(posted.item.kind, face.as_ref(), posted.item.amount);
        let mut legs = vec![(Account::Receivable(entry.customer), entry.amount)];
        for (account, amount) in others.ok_or_else(|| unsound("has the wrong document"))? {
            // The amounts are as on the document; they are negated where the customer's balance increases.
            let amount = if entry.amount.is_negative() { Some(amount) } else { amount.checked_neg() };
            legs.push((account, amount.ok_or_else(|| unsound("is out of range"))?));
        }
        legs.retain(|(_, amount)| !amount.is_zero());
        if Money::checked_sum(legs.iter().map(|(_, amount)| *amount)) != Some(Money::ZERO) {
            return Err(unsound("doesn't match the amounts on its document"));
        }
        let (number, party, note) = match face {
            Some(face) => {
                (Some(face.number.to_string()), face.buyer.name, face.note.map(|note| note.to_string()))
            }
            None => (None, name.clone(), None),
        };
        let reason = entry.reason.as_ref().map(ToString::to_string);
        let title = title(entry.kind, posted.item.kind);
        Ok(Transaction {
            seq: entry.seq,
            date: entry.date,
            title,
            number,
            party,
            note: reason.or(note),
            legs,
        })
    }
}

/// Returns the legs against the customer's account, as amounts of the document, or `None` if the document is of another
/// kind.
fn against(kind: ItemKind, face: Option<&Face>, amount: Money) -> Option<Vec<(Account, Money)>> {
    match (kind, face) {
        (ItemKind::OpeningBalance, _) => Some(vec![(Account::Opening, amount)]),
        (ItemKind::Receipt | ItemKind::Refund, Some(face)) => {
            Some(vec![(Account::Payment(face.payment_type?), face.amount?)])
        }
        (ItemKind::WriteOff, Some(face)) => Some(vec![(Account::WriteOffs, face.amount?)]),
        (ItemKind::Invoice | ItemKind::CreditNote | ItemKind::DebitNote, Some(face)) => {
            let tax = face.tax?;
            let legs = [
                (Account::Sales, face.gross),
                (Account::Cgst, tax.cgst()),
                (Account::Sgst, tax.sgst()),
                (Account::Igst, tax.igst()),
                (Account::OtherCharges, face.other_charges),
                (Account::RoundOff, face.round_off),
            ];
            Some(legs.into_iter().filter_map(|(account, amount)| Some((account, amount?))).collect())
        }
        _ => None,
    }
}

fn title(kind: EntryKind, item: ItemKind) -> String {
    let item = item.in_words();
    if kind.reverses() {
        let reversal = if kind == EntryKind::Bounce { "Bounced" } else { "Void" };
        format!("{reversal} {item}")
    } else {
        format!("{}{}", item[..1].to_uppercase(), &item[1..])
    }
}
