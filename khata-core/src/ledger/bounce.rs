//! The rules of a bounced cheque.

use super::book::Book;
use super::customers::revive;
use super::{Answer, EntryKind, Posting, documents, void};
use crate::documents::void::VoidTerms;
use crate::documents::{Bounce, NewDebitNote, PaymentType, ReceiptBody};
use crate::error::{Error, Refusal};
use crate::id::EntryId;
use crate::number::DocumentKind;
use crate::store::StoreError;
use crate::text::Note;

/// Reverses a receipt whose cheque bounced, and charges the customer for it by a debit note, if anything.
pub(super) fn bounce(
    book: &mut Book<'_>,
    posting: &Posting,
    id: EntryId,
    charge: EntryId,
    bounce: &Bounce,
) -> Result<Answer, Error> {
    let (owner, receipt) = (posting.owner, bounce.receipt.into());
    let document = book.document(owner, DocumentKind::Receipt, receipt).ok_or(Error::NotFound)?.clone();
    let body: ReceiptBody = serde_json::from_str(&document.body).map_err(StoreError::corrupt)?;
    if body.payment_type != PaymentType::Cheque {
        return Err(Error::Refused(Refusal::NotACheque));
    }
    let head = book.head(owner).ok_or(Error::NotFound)?;
    if bounce.terms.date > book.today(head) {
        return Err(Error::invalid("date", "in_future", "must not be after today"));
    }
    let terms = VoidTerms { reason: bounce.terms.reason.clone(), date: Some(bounce.terms.date) };
    void::reverse(book, &document, id, EntryKind::Bounce, &terms)?;
    // Whoever paid by a cheque that bounced owes again, or is owed less.
    revive(book, owner, document.customer);
    if let Some(amount) = bounce.terms.charge {
        let cheque = body.cheque_number.as_ref().or(body.reference.as_ref());
        let cheque = cheque.map(|number| format!(" {number}")).unwrap_or_default();
        let note = format!("Cheque{cheque} bounced (receipt {})", body.heading.number);
        let mut new = NewDebitNote::new(document.customer, bounce.terms.date, amount);
        new.note = Note::parse(&note).ok();
        documents::post(book, posting, charge, &new.into())?;
    }
    void::stands(book, document)
}
