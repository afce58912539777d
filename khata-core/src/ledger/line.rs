//! What people see of an entry, in a statement and in a day book.

use super::EntryKind;
use crate::calendar::Date;
use crate::documents::{Face, PaymentType};
use crate::id::{CustomerId, ItemId};
use crate::money::Money;
use crate::number::DocumentNumber;
use crate::store::{Line, StoreError};
use crate::text::Note;

/// An entry as it is shown to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LedgerLine {
    pub(super) seq: u64,
    pub(super) date: Date,
    pub(super) kind: EntryKind,
    pub(super) customer: CustomerId,
    /// The document; of a void, the one that it voids. An opening balance has none.
    pub(super) document: Option<ItemId>,
    pub(super) number: Option<DocumentNumber>,
    /// Of a receipt, and of its void.
    pub(super) payment_type: Option<PaymentType>,
    pub(super) debit: Money,
    pub(super) credit: Money,
    /// The note on the document; of a void, its reason.
    pub(super) note: Option<Note>,
}

impl LedgerLine {
    /// The entry of that line.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the body of the paper can't be read.
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
            note: if entry.kind == EntryKind::Void { entry.reason.clone() } else { note },
        })
    }
}

/// An amount as debit and credit.
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
    StoreError::corrupt("the sums of a report leave the range of money")
}
