//! What people see of an entry, in a statement and in a day book.

use serde::Deserialize;

use super::{Document, EntryKind};
use crate::calendar::Date;
use crate::id::{CustomerId, ItemId};
use crate::money::Money;
use crate::number::DocumentNumber;
use crate::receipt::PaymentType;
use crate::store::{Line, StoreError};
use crate::text::Note;

/// An entry as it is shown to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerLine {
    /// The entry's place in the book.
    pub seq: u64,
    /// The effective date.
    pub date: Date,
    /// What it records.
    pub kind: EntryKind,
    /// Whose balance it moves.
    pub customer: CustomerId,
    /// The paper; of a void, that of what it voids. An opening balance has none.
    pub document: Option<ItemId>,
    /// The number on the paper.
    pub number: Option<DocumentNumber>,
    /// How the money came, of a receipt and of its void.
    pub payment_type: Option<PaymentType>,
    /// What it adds to the balance; zero if it takes off.
    pub debit: Money,
    /// What it takes off the balance; zero if it adds.
    pub credit: Money,
    /// The note on the paper; of a void, why.
    pub note: Option<Note>,
}

impl LedgerLine {
    /// The entry of that line.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the body of the paper can't be read.
    pub fn read(line: &Line) -> Result<Self, StoreError> {
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

/// What the bodies of all kinds of documents have in common, as far as lists show it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Face {
    number: DocumentNumber,
    #[serde(default)]
    payment_type: Option<PaymentType>,
    #[serde(default)]
    note: Option<Note>,
}

impl Face {
    fn of(document: &Document) -> Result<Self, StoreError> {
        serde_json::from_str(&document.body).map_err(StoreError::corrupt)
    }
}
