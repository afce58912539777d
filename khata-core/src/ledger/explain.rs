//! Explanations of balances and documents: the open items, and how they were paid, in figures and in words.

use std::collections::BTreeMap;

use super::views::{net, open_as_of};
use super::{Item, ItemKind, Side};
use crate::calendar::Date;
use crate::documents::Face;
use crate::id::{CustomerId, ItemId};
use crate::money::{Currency, Money};
use crate::number::DocumentNumber;
use crate::record::Record;
use crate::store::{Standing, StoreError, Trace};
use crate::text::Name;

/// The open items of a customer's balance at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct Explanation {
    /// The customer.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// The day.
    #[field(name = "asOf")]
    pub as_of: Date,
    /// Balance: positive if the customer owed, negative if the shop did. It is `owedAmount` less `onAccountAmount`.
    #[field(name = "balance")]
    pub balance: Money,
    /// Open amount of debits.
    #[field(name = "owedAmount")]
    pub owed: Money,
    /// Open amount of credits. By effective dates there may be both.
    #[field(name = "onAccountAmount")]
    pub on_account: Money,
    /// The explanation in words: a sentence about the balance, then one for each item.
    #[field(name = "sentences")]
    pub sentences: Vec<String>,
    /// Open items, debits first, in payment order.
    #[field(name = "items", list)]
    pub items: Vec<ExplainedItem>,
    /// Number of items beyond the limit.
    #[field(name = "more")]
    pub more: u64,
}

impl Explanation {
    /// Adds the sentences, with amounts in a currency. `name` is the name of the customer.
    pub(crate) fn in_words(mut self, name: &Name, currency: Currency) -> Self {
        let items = self.items.iter().map(|item| item.sentence.clone());
        let more = match self.more {
            0 => None,
            1 => Some("One more item is open.".to_owned()),
            more => Some(format!("{more} more items are open.")),
        };
        let balance = self.balance_in_words(name, currency);
        self.sentences = std::iter::once(balance).chain(items).chain(more).collect();
        self
    }

    fn balance_in_words(&self, name: &Name, currency: Currency) -> String {
        let as_of = self.as_of;
        let amount = |money| in_words(money, currency);
        let balance = match (self.balance.is_positive(), self.balance.checked_neg()) {
            (true, _) => format!("{name} owed {}", amount(self.balance)),
            (false, Some(credit)) if credit.is_positive() => {
                format!("{name} had a credit balance of {}", amount(credit))
            }
            _ => format!("{name} owed nothing"),
        };
        if self.owed.is_zero() || self.on_account.is_zero() {
            return format!("At the end of {as_of} {balance}.");
        }
        let (owed, on_account) = (amount(self.owed), amount(self.on_account));
        format!("At the end of {as_of} {balance}: {owed} was open, less {on_account} on account.")
    }
}

/// An item with its allocations.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct ExplainedItem {
    /// The item.
    #[field(flatten)]
    pub named: NamedItem,
    /// Side of the account.
    #[field(skip)]
    pub side: Side,
    /// Due date; the item's date if there is none.
    #[field(name = "dueDate")]
    pub due: Date,
    /// Amount with which it was opened.
    #[field(name = "amount")]
    pub amount: Money,
    /// Open amount.
    #[field(name = "openAmount")]
    pub open: Money,
    /// Whether it was void on that day.
    #[field(skip)]
    pub void: bool,
    /// Whether that was since its cheque bounced.
    #[field(skip)]
    pub bounced: bool,
    /// Whether its date was still to come on that day.
    #[field(skip)]
    pub post_dated: bool,
    /// Allocations to or from the item, in the order in which they were first made.
    #[field(name = "allocations", list)]
    pub allocations: Vec<ExplainedAllocation>,
    /// The explanation in a sentence.
    #[field(name = "sentence")]
    pub sentence: String,
}

/// An allocation between an item and another one.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct ExplainedAllocation {
    /// The other item.
    #[field(flatten)]
    pub other: NamedItem,
    /// Amount.
    #[field(name = "amount")]
    pub amount: Money,
}

/// An item with the number and date by which it is known.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct NamedItem {
    /// Kind of the item.
    #[field(name = "kind")]
    pub kind: ItemKind,
    /// The document; none for an opening balance of a book from before they had any.
    #[field(name = "documentId")]
    pub document: Option<ItemId>,
    /// Number of the document.
    #[field(name = "number")]
    pub number: Option<DocumentNumber>,
    /// Date of the item.
    #[field(name = "date")]
    pub date: Date,
}

impl ExplainedItem {
    /// Describes the item in a sentence, with amounts in a currency.
    fn in_words(&self, currency: Currency) -> String {
        let amount = |money| in_words(money, currency);
        let subject = format!("{} over {}", self.named.in_words(), amount(self.amount));
        let subject = capitalized(&subject);
        if self.void {
            let why = if self.bounced { "has bounced" } else { "is void" };
            return format!("{subject} {why}.");
        }
        if self.post_dated {
            return format!("{subject} counts from that day on.");
        }
        let clause = |ExplainedAllocation { other, amount: part }: &ExplainedAllocation| match self.side {
            Side::Debit => format!("{} was paid by {}", amount(*part), other.in_words()),
            Side::Credit => format!("{} paid {}", amount(*part), other.in_words()),
        };
        let mut clauses: Vec<_> = self.allocations.iter().map(clause).collect();
        if self.open.is_positive() {
            let open = amount(self.open);
            clauses.push(match self.side {
                Side::Debit => format!("{open} is open and due on {}", self.due),
                Side::Credit => format!("{open} is on account"),
            });
        }
        format!("{subject}: {}.", clauses.join("; "))
    }
}

impl NamedItem {
    fn in_words(&self) -> String {
        let article = if self.kind == ItemKind::OpeningBalance { "the " } else { "" };
        let kind = self.kind.in_words();
        let number = self.number.as_ref().map(|number| format!(" {number}")).unwrap_or_default();
        format!("{article}{kind}{number} of {}", self.date)
    }

    fn of(trace: &Trace) -> Result<Self, StoreError> {
        let face = trace.document.as_ref().map(Face::of).transpose()?;
        let Item { kind, id, date, .. } = trace.item;
        Ok(Self { kind, document: face.as_ref().map(|_| id), number: face.map(|face| face.number), date })
    }
}

/// Formats an amount with its currency, since a sentence may be read without its context.
fn in_words(amount: Money, currency: Currency) -> String {
    format!("{} {}", currency.code(), currency.format(amount))
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), characters.as_str()))
}

/// Returns the items that were open at the end of a day with their open amounts, debits first, in payment order.
pub(crate) fn open_items(standing: &Standing, as_of: Date) -> Result<Vec<(&Item, Money)>, StoreError> {
    let items = standing.items.iter().filter(|item| item.date <= as_of);
    let open = items.map(|item| Ok((item, open_as_of(item, standing, as_of)?)));
    let mut open = open.collect::<Result<Vec<_>, StoreError>>()?;
    open.retain(|(_, open)| open.is_positive());
    open.sort_by_key(|(item, _)| (item.side, item.payment_order()));
    Ok(open)
}

/// Traces of some items and of those that they are allocated to.
#[derive(Debug, Default)]
pub(crate) struct Traces(BTreeMap<ItemId, Trace>);

impl Traces {
    /// Adds traces.
    pub(crate) fn add(&mut self, traces: Vec<Trace>) {
        self.0.extend(traces.into_iter().map(|trace| (trace.item.id, trace)));
    }

    /// Returns the items that these are allocated to and that have no trace yet.
    pub(crate) fn missing(&self) -> Vec<ItemId> {
        let rows = self.0.values().flat_map(|trace| &trace.allocations);
        let mut missing: Vec<_> = rows.flat_map(|row| [row.debit, row.credit]).collect();
        missing.retain(|id| !self.0.contains_key(id));
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    /// Returns the trace of an item.
    pub(crate) fn find(&self, id: ItemId) -> Option<&Trace> {
        self.0.get(&id)
    }

    fn get(&self, id: ItemId) -> Result<&Trace, StoreError> {
        self.find(id).ok_or_else(|| StoreError::corrupt("an item that an allocation refers to is missing"))
    }

    /// Explains an item with a given open amount, by the allocations up to an entry that were in effect on a day.
    pub(crate) fn explain(
        &self,
        id: ItemId,
        open: Money,
        seq: u64,
        as_of: Date,
        currency: Currency,
    ) -> Result<ExplainedItem, StoreError> {
        let Trace { item, allocations, .. } = self.get(id)?;
        let held = allocations.iter().filter(|row| row.seq <= seq && row.effective <= as_of);
        let joined = net(held, |row| match item.side {
            Side::Debit => (row.credit, row.credit_kind),
            Side::Credit => (row.debit, row.debit_kind),
        });
        let allocations = joined.into_iter().map(|(other, _, amount)| {
            Ok(ExplainedAllocation { other: NamedItem::of(self.get(other)?)?, amount })
        });
        let mut explained = ExplainedItem {
            named: NamedItem::of(self.get(id)?)?,
            side: item.side,
            due: item.due,
            amount: item.amount,
            open,
            post_dated: item.date > as_of,
            void: item.voided_on.is_some_and(|on| on <= as_of),
            bounced: item.bounced,
            allocations: allocations.collect::<Result<_, StoreError>>()?,
            sentence: String::new(),
        };
        explained.sentence = explained.in_words(currency);
        Ok(explained)
    }
}
