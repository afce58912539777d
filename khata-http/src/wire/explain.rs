//! Explanations on the wire.

use khata_core::calendar::Date;
use khata_core::id::{CustomerId, ItemId};
use khata_core::ledger::ItemKind;
use khata_core::ledger::explain;
use khata_core::money::{Currency, Money};
use khata_core::number::DocumentNumber;
use serde::Serialize;
use utoipa::ToSchema;

use super::money::Amount;
use super::schema;

/// Explanation of a customer's balance at the end of a day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Explanation {
    #[schema(value_type = schema::Id)]
    customer_id: CustomerId,
    #[schema(value_type = schema::Date)]
    as_of: Date,
    /// Amount that the customer owed; negative if the shop owed. It equals `owedAmount` less `onAccountAmount`.
    balance: Amount,
    /// Open amount of invoices and of opening balances that are owed.
    owed_amount: Amount,
    /// Open amount of receipts, credit notes and opening balances in the customer's favour.
    on_account_amount: Amount,
    /// Explanation in sentences: the balance, then one for each of `items`.
    #[schema(examples(json!(["At the end of 2026-11-24 Asha owed INR 60.00."])))]
    sentences: Vec<String>,
    /// Open items in the order of payment, owed ones first.
    items: Vec<ExplainedItem>,
    /// Number of items beyond `limit`.
    more: usize,
}

impl Explanation {
    pub(crate) fn new(explained: &explain::Explanation, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        Self {
            customer_id: explained.customer,
            as_of: explained.as_of,
            balance: amount(explained.balance),
            owed_amount: amount(explained.owed),
            on_account_amount: amount(explained.on_account),
            sentences: explained.sentences(currency),
            items: explained.items.iter().map(|item| ExplainedItem::new(item, currency)).collect(),
            more: explained.more,
        }
    }
}

/// Document or opening balance with its allocations.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExplainedItem {
    #[serde(flatten)]
    named: NamedItem,
    /// Due date, or the date if it has none.
    #[schema(value_type = schema::Date)]
    due_date: Date,
    /// Amount of the item.
    amount: Amount,
    /// Open amount of the item.
    open_amount: Amount,
    /// Allocations that paid it, or that it paid.
    allocations: Vec<ExplainedAllocation>,
    /// Explanation in sentences.
    #[schema(examples(
        "Receipt R-17 of 2026-11-24 over INR 500.00: INR 500.00 paid invoice B-17 of 2026-11-20."
    ))]
    sentence: String,
}

impl ExplainedItem {
    pub(crate) fn new(item: &explain::Explained, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        let joined = item.joined.iter();
        Self {
            named: NamedItem::from(&item.named),
            due_date: item.due,
            amount: amount(item.amount),
            open_amount: amount(item.open),
            allocations: joined
                .map(|(other, part)| ExplainedAllocation { named: other.into(), amount: amount(*part) })
                .collect(),
            sentence: item.sentence(currency),
        }
    }
}

/// Allocation between two items.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExplainedAllocation {
    #[serde(flatten)]
    named: NamedItem,
    amount: Amount,
}

/// Item as people refer to it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NamedItem {
    #[schema(value_type = Kind)]
    kind: ItemKind,
    /// Id of the document; null for an opening balance.
    #[schema(value_type = Option<schema::Id>, required)]
    document_id: Option<ItemId>,
    /// Number of the document; null for an opening balance.
    #[schema(value_type = Option<schema::DocumentNumber>, required)]
    number: Option<DocumentNumber>,
    #[schema(value_type = schema::Date)]
    date: Date,
}

impl From<&explain::Named> for NamedItem {
    fn from(named: &explain::Named) -> Self {
        let explain::Named { kind, id, ref number, date } = *named;
        let document_id = (kind != ItemKind::OpeningBalance).then_some(id);
        Self { kind, document_id, number: number.clone(), date }
    }
}

/// Kind of an item that owes or pays.
#[derive(ToSchema)]
#[schema(as = ItemKind, rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes the library's type of that name")]
pub(crate) enum Kind {
    Invoice,
    Receipt,
    CreditNote,
    OpeningBalance,
}
