//! The presentation of an entry in a statement and in a day book.

use super::EntryKind;
use crate::calendar::Date;
use crate::documents::{Face, PaymentType};
use crate::id::{CustomerId, ItemId};
use crate::money::Money;
use crate::number::DocumentNumber;
use crate::store::{Line, StoreError};
use crate::text::Note;

/// The presentation of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LedgerLine {
    pub(super) seq: u64,
    pub(super) date: Date,
    pub(super) kind: EntryKind,
    pub(super) customer: CustomerId,
    /// The document; for a void, the voided document. An opening balance has none.
    pub(super) document: Option<ItemId>,
    pub(super) number: Option<DocumentNumber>,
    /// Payment method of a receipt, and of its void.
    pub(super) payment_type: Option<PaymentType>,
    pub(super) debit: Money,
    pub(super) credit: Money,
    /// Note on the document; for a void, its reason.
    pub(super) note: Option<Note>,
}

impl LedgerLine {
    /// Creates the presentation of a line.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the body of the document can't be parsed.
    pub(super) fn read(line: &Line) -> Result<Self, StoreError> {
        let Line { entry, document } = line;
        let face = document.as_ref().map(Face::of).transpose()?;
        let (number, payment_type, note) =
            face.map_or((None, None, None), |face| (Some(face.number), face.payment_type, face.note));
        let (debit, credit) = sides(entry.amount)?;
        Ok(Self {
            seq: entry.seq,
            date: entry.date,
            kind: entry.kind,
            customer: entry.customer,
            document: document.as_ref().map(|document| document.id),
            number,
            payment_type,
            debit,
            credit,
            note: if entry.kind.reverses() { entry.reason.clone() } else { note },
        })
    }
}

/// Splits an amount into debit and credit.
pub(super) fn sides(amount: Money) -> Result<(Money, Money), StoreError> {
    if amount.is_negative() {
        Ok((Money::ZERO, amount.checked_neg().ok_or_else(out_of_range)?))
    } else {
        Ok((amount, Money::ZERO))
    }
}

pub(super) fn sum(amounts: impl IntoIterator<Item = Money>) -> Result<Money, StoreError> {
    Money::checked_sum(amounts).ok_or_else(out_of_range)
}

pub(super) fn out_of_range() -> StoreError {
    StoreError::corrupt("a sum of a report is out of range")
}
