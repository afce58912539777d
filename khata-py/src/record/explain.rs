//! Explanations: why a balance is what it is.

use khata_core::calendar::Date;
use khata_core::ledger::{ItemKind, explain};
use khata_core::money::{Currency, Money};
use uuid::Uuid;

use super::{Of, record};
use crate::field::{Amount, Rows, Word};

record! {
    /// What makes up a customer's balance at the end of a day.
    Explanation {
        /// Whose.
        customer_id: Uuid,
        /// The day.
        as_of: Date,
        /// What the customer owed; negative where the shop owed. It is `owed_amount` less `on_account_amount`.
        balance: Amount,
        /// What was open of invoices and of opening balances that are owed.
        owed_amount: Amount,
        /// What was open of receipts, credit notes and opening balances in the customer's favour.
        on_account_amount: Amount,
        /// It all in words: the balance, then a sentence for each of `items`.
        sentences: Vec<String>,
        /// What was open, what is owed first, in the order in which it is paid.
        items: Rows<ExplainedItem>,
        /// How many more there are, beyond the limit.
        more: u64,
    }
}

record! {
    /// A document or an opening balance, and what paid it or what it paid.
    ExplainedItem {
        /// What sort it is.
        kind: Word,
        /// The document; none of an opening balance.
        document_id: Option<Uuid>,
        /// Its number; none of an opening balance.
        number: Option<String>,
        /// Its date.
        date: Date,
        /// When it is due; its date where there is no due date.
        due_date: Date,
        /// How much it is about.
        amount: Amount,
        /// How much of that is open.
        open_amount: Amount,
        /// What paid it, or what it paid.
        allocations: Rows<ExplainedAllocation>,
        /// It all in words.
        sentence: String,
    }
}

record! {
    /// A part of one item that another one paid.
    ExplainedAllocation {
        /// What sort the other is.
        kind: Word,
        /// The document; none of an opening balance.
        document_id: Option<Uuid>,
        /// Its number; none of an opening balance.
        number: Option<String>,
        /// Its date.
        date: Date,
        /// How much.
        amount: Amount,
    }
}

/// The document, which an opening balance has not.
fn document_of(named: &explain::Named) -> Option<Uuid> {
    (named.kind != ItemKind::OpeningBalance).then(|| named.id.uuid())
}

impl Of<explain::Explanation> for Explanation {
    fn of(explained: explain::Explanation, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        Self {
            customer_id: explained.customer.uuid(),
            as_of: explained.as_of,
            balance: amount(explained.balance),
            owed_amount: amount(explained.owed),
            on_account_amount: amount(explained.on_account),
            sentences: explained.sentences(currency),
            more: explained.more as u64,
            items: explained.items.into_iter().map(|item| ExplainedItem::of(item, currency)).collect(),
        }
    }
}

impl Of<explain::Explained> for ExplainedItem {
    fn of(item: explain::Explained, currency: Currency) -> Self {
        let amount = |money: Money| Amount::new(money, currency);
        let joined = |(named, part): &(explain::Named, Money)| ExplainedAllocation {
            kind: named.kind.as_str().into(),
            document_id: document_of(named),
            number: named.number.as_ref().map(ToString::to_string),
            date: named.date,
            amount: amount(*part),
        };
        Self {
            kind: item.named.kind.as_str().into(),
            document_id: document_of(&item.named),
            number: item.named.number.as_ref().map(ToString::to_string),
            date: item.named.date,
            due_date: item.due,
            amount: amount(item.amount),
            open_amount: amount(item.open),
            allocations: item.joined.iter().map(joined).collect(),
            sentence: item.sentence(currency),
        }
    }
}
