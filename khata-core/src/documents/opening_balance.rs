//! Opening balances, from before the book began. A customer has at most one that is not void.

use super::document::body;
use super::{CreditStatus, Heading, Paid, PaidBy};
use crate::error::{FieldError, Violation};
use crate::id::{CustomerId, OpeningBalanceId, OwnerId};
use crate::ledger::{Allocation, Item, Side};
use crate::money::{Currency, Money};
use crate::number::DocumentNumber;
use crate::record::{Input, Record};
use crate::text::Note;
use crate::values::calendar::{Date, Timestamp, Weekday};

/// An opening balance to add.
#[derive(Debug, Clone, PartialEq, Eq, Input)]
#[non_exhaustive]
pub struct NewOpeningBalance {
    /// The customer. Archived customers are refused.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// What it says.
    #[field(flatten)]
    pub terms: OpeningTerms,
}

/// What an opening balance says, but for the customer.
#[derive(Debug, Clone, PartialEq, Eq, Input)]
#[input(rules = OpeningTerms::rules)]
#[non_exhaustive]
pub struct OpeningTerms {
    /// Date of the opening balance; it may lie in the past.
    #[field(name = "date")]
    pub date: Date,
    /// Amount, not zero: positive if the customer owes, negative if the shop does.
    #[field(name = "amount")]
    pub amount: Money,
    /// Number of the opening balance; the next of the series if absent.
    #[field(name = "openingNumber", setter = parse)]
    pub number: Option<DocumentNumber>,
    /// Note.
    #[field(name = "note", setter = parse)]
    pub note: Option<Note>,
}

impl NewOpeningBalance {
    /// Creates an opening balance.
    #[must_use]
    pub fn new(customer: CustomerId, date: Date, amount: Money) -> Self {
        Self::of(customer, OpeningTerms::new(date, amount))
    }

    /// Creates an opening balance from its terms.
    #[must_use]
    pub fn of(customer: CustomerId, terms: OpeningTerms) -> Self {
        Self { customer, terms }
    }
}

impl OpeningTerms {
    /// Creates the terms of an opening balance.
    #[must_use]
    pub fn new(date: Date, amount: Money) -> Self {
        Self { date, amount, number: None, note: None }
    }

    fn rules(parts: &OpeningTermsParts<'_>, _: Currency) -> Vec<Option<FieldError>> {
        let zero = parts.amount.is_some_and(|amount| amount.is_zero());
        vec![zero.then(|| Violation::new("zero", "must not be zero").at("amount"))]
    }

    /// Returns the side of the account and the size of the amount, or `None` if it is out of range.
    pub(crate) fn sized(&self) -> Option<(Side, Money)> {
        match self.amount.is_negative() {
            true => Some((Side::Credit, self.amount.checked_neg()?)),
            false => Some((Side::Debit, self.amount)),
        }
    }
}

/// An opening balance that takes the place of the one that the customer has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplacedOpening {
    /// The one that becomes void, from the first possible date on; none if the customer has none.
    pub voids: Option<OpeningBalanceId>,
    /// The new one.
    pub new: NewOpeningBalance,
}

/// An opening balance in its current state.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct OpeningBalance {
    /// The opening balance.
    #[field(name = "id")]
    pub id: OpeningBalanceId,
    /// The shop.
    #[field(name = "shopOwnerId")]
    pub owner: OwnerId,
    /// The customer.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// Number of the opening balance.
    #[field(name = "openingNumber")]
    pub number: DocumentNumber,
    /// Date of the opening balance.
    #[field(name = "date")]
    pub date: Date,
    /// Day of the week of the date.
    #[field(name = "day")]
    pub day: Weekday,
    /// Amount: positive if the customer owed, negative if the shop did.
    #[field(name = "amount")]
    pub amount: Money,
    /// Credits that paid it, oldest first, if the customer owed.
    #[field(name = "paidBy", list)]
    pub paid_by: Vec<PaidBy>,
    /// Debits that it paid, if the shop owed.
    #[field(name = "allocations", list)]
    pub allocations: Vec<Paid>,
    /// Amount that is still owed; 0 if the shop owed, and for a void opening balance.
    #[field(name = "outstandingAmount")]
    pub outstanding: Money,
    /// Amount on account, which will pay later invoices; 0 if the customer owed, and for a void opening balance.
    #[field(name = "unappliedAmount")]
    pub unapplied: Money,
    /// Whether it is in effect or void.
    #[field(name = "status")]
    pub status: CreditStatus,
    /// Note.
    #[field(name = "note")]
    pub note: Option<Note>,
    /// `seq` of its entry.
    #[field(name = "seq")]
    pub seq: u64,
    /// Time at which it was recorded.
    #[field(name = "createdAt")]
    pub created_at: Timestamp,
    /// Time of the last change of its open amount or its status.
    #[field(name = "updatedAt")]
    pub updated_at: Timestamp,
}

body! {
    /// The body of an opening balance, which its hash covers. Its allocations are not part of it; they belong to the entry.
    pub struct OpeningBalanceBody {
        /// Size of the amount; the entry has its sign.
        pub amount: Money,
        /// Note.
        pub note: Option<Note>,
    }
}

impl OpeningBalanceBody {
    pub(crate) fn new(heading: Heading, amount: Money, note: Option<Note>) -> Self {
        Self { heading, amount, note }
    }

    pub(super) fn view(
        self,
        item: &Item,
        allocations: &[Allocation],
        created_at: Timestamp,
    ) -> OpeningBalance {
        let (amount, outstanding, unapplied) = match item.side {
            Side::Debit => (self.amount, item.open, Money::ZERO),
            Side::Credit => (self.amount.checked_neg().unwrap_or_default(), Money::ZERO, item.open),
        };
        let (paid_by, allocations) = match item.side {
            Side::Debit => (PaidBy::of(allocations), Vec::new()),
            Side::Credit => (Vec::new(), Paid::by(allocations)),
        };
        OpeningBalance {
            id: item.id.into(),
            owner: item.owner,
            customer: item.customer,
            number: self.heading.number,
            date: item.date,
            day: item.date.weekday(),
            amount,
            paid_by,
            allocations,
            outstanding,
            unapplied,
            status: CreditStatus::of(item),
            note: self.note,
            seq: item.seq,
            created_at,
            updated_at: item.updated_at,
        }
    }
}
