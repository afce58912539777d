//! Bounces of cheques: a bank did not pay a cheque for which there is a receipt.

use crate::id::ReceiptId;
use crate::money::Money;
use crate::record::Input;
use crate::text::Note;
use crate::values::calendar::Date;

/// The bounce of a receipt's cheque. It reverses the receipt: what that had paid is owed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// The receipt.
    pub receipt: ReceiptId,
    /// Date, reason and charge.
    pub terms: BounceTerms,
}

/// Date and reason of a bounce, and what it costs the customer.
#[derive(Debug, Clone, PartialEq, Eq, Input)]
#[non_exhaustive]
pub struct BounceTerms {
    /// Day on which the cheque bounced: not before that of the receipt, and not after today.
    #[field(name = "date")]
    pub date: Date,
    /// Reason, such as that of the bank.
    #[field(name = "reason")]
    pub reason: Note,
    /// Amount that the customer is charged for it, by a debit note.
    #[field(name = "charge", range = positive, setter)]
    pub charge: Option<Money>,
}

impl Bounce {
    /// Creates a bounce without a charge.
    #[must_use]
    pub fn new(receipt: ReceiptId, date: Date, reason: Note) -> Self {
        Self { receipt, terms: BounceTerms { date, reason, charge: None } }
    }

    /// Sets the charge.
    #[must_use]
    pub fn charge(mut self, charge: Money) -> Self {
        self.terms.charge = Some(charge);
        self
    }
}
