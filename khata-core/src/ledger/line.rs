//! What people see of an entry, in a statement and in a day book.

use super::EntryKind;
use crate::calendar::Date;
use crate::documents::{Face, PaymentType};
use crate::id::{CustomerId, ItemId};
use crate::money::Money;
use crate::number::DocumentNumber;
use crate::record::Record;
use crate::store::{Line, StoreError};
use crate::text::Note;

/// An entry as it is shown to people.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct LedgerLine {
    /// `seq` of the entry.
    #[field(name = "seq")]
    pub seq: u64,
    /// Effective date.
    #[field(name = "date")]
    pub date: Date,
    /// What it records.
    #[field(name = "kind")]
    pub kind: EntryKind,
    /// The customer whose balance it moves.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// Number of the document; of a void, of the document that it voids. An opening balance has none.
    #[field(name = "number")]
    pub number: Option<DocumentNumber>,
    /// The document; of a void, the one that it voids. An opening balance has none.
    #[field(name = "documentId")]
    pub document: Option<ItemId>,
    /// Payment method of a receipt, and of its void.
    #[field(name = "paymentType")]
    pub payment_type: Option<PaymentType>,
    /// Amount that it adds to the balance; zero if it takes off.
    #[field(name = "debit")]
    pub debit: Money,
    /// Amount that it takes off the balance; zero if it adds.
    #[field(name = "credit")]
    pub credit: Money,
    /// Note on the document; of a void, its reason.
    #[field(name = "note")]
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
