//! Refunds, for money given back.

use super::document::body;
use super::{CreditStatus, Heading, PaidBy, PaymentType};
use crate::id::{CustomerId, OwnerId, RefundId};
use crate::ledger::{Allocation, Item};
use crate::money::Money;
use crate::number::DocumentNumber;
use crate::record::{Input, Record};
use crate::text::{Note, Reference};
use crate::values::calendar::{Date, Timestamp, Weekday};

/// A refund to add. It takes credit on account, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Input)]
#[non_exhaustive]
pub struct NewRefund {
    /// The customer who gets the money. Archived customers are refused.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// Date on the refund; it may lie in the past.
    #[field(name = "date")]
    pub date: Date,
    /// Amount given back, at most what the customer has on account.
    #[field(name = "amount", range = positive)]
    pub amount: Money,
    /// Payment method, in any case.
    #[field(name = "paymentType")]
    pub payment_type: PaymentType,
    /// Refund number; the next of the series if absent.
    #[field(name = "refundNumber", setter = parse)]
    pub number: Option<DocumentNumber>,
    /// Reference of the payment.
    #[field(name = "reference", setter = parse)]
    pub reference: Option<Reference>,
    /// Note.
    #[field(name = "note", setter = parse)]
    pub note: Option<Note>,
}

impl NewRefund {
    /// Creates a refund.
    #[must_use]
    pub fn new(customer: CustomerId, date: Date, amount: Money, payment_type: PaymentType) -> Self {
        Self { customer, date, amount, payment_type, number: None, reference: None, note: None }
    }
}

/// A refund in its current state.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct Refund {
    /// The refund.
    #[field(name = "id")]
    pub id: RefundId,
    /// The shop.
    #[field(name = "shopOwnerId")]
    pub owner: OwnerId,
    /// The customer who got the money.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// Refund number.
    #[field(name = "refundNumber")]
    pub number: DocumentNumber,
    /// Date on the refund.
    #[field(name = "date")]
    pub date: Date,
    /// Day of the week of the date.
    #[field(name = "day")]
    pub day: Weekday,
    /// Amount given back.
    #[field(name = "amount")]
    pub amount: Money,
    /// Payment method.
    #[field(name = "paymentType")]
    pub payment_type: PaymentType,
    /// Reference of the payment.
    #[field(name = "reference")]
    pub reference: Option<Reference>,
    /// Credits that it gave back, oldest first. Together with `outstandingAmount` they add up to the amount.
    #[field(name = "allocations", list)]
    pub allocations: Vec<PaidBy>,
    /// Amount that the customer owes again, since the credit that was given back is void; 0 for a void refund.
    #[field(name = "outstandingAmount")]
    pub outstanding: Money,
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
    /// Time of the last change of its outstanding amount or its status.
    #[field(name = "updatedAt")]
    pub updated_at: Timestamp,
}

body! {
    /// The body of a refund, which its hash covers. Its allocations are not part of it; they belong to the entry.
    pub struct RefundBody {
        /// Amount given back.
        pub amount: Money,
        /// Payment method.
        pub payment_type: PaymentType,
        /// Reference of the payment.
        pub reference: Option<Reference>,
        /// Note.
        pub note: Option<Note>,
    }
}

impl RefundBody {
    pub(crate) fn new(heading: Heading, new: &NewRefund) -> Self {
        Self {
            heading,
            amount: new.amount,
            payment_type: new.payment_type,
            reference: new.reference.clone(),
            note: new.note.clone(),
        }
    }

    pub(super) fn view(self, item: &Item, allocations: &[Allocation], created_at: Timestamp) -> Refund {
        Refund {
            id: item.id.into(),
            owner: item.owner,
            customer: item.customer,
            number: self.heading.number,
            date: item.date,
            day: item.date.weekday(),
            amount: self.amount,
            payment_type: self.payment_type,
            reference: self.reference,
            allocations: PaidBy::of(allocations),
            outstanding: item.open,
            status: CreditStatus::of(item),
            note: self.note,
            seq: item.seq,
            created_at,
            updated_at: item.updated_at,
        }
    }
}
