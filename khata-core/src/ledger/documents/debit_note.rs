//! The rules of posting a debit note.

use super::{PostingRules, Prepared, choose_number, heading, postable, sums, unlocked};
use crate::documents::{DebitNoteBody, DocumentBody, Heading, InvoiceBody, NewDebitNote};
use crate::error::{Error, Violation};
use crate::form;
use crate::id::{CustomerId, EntryId, OwnerId};
use crate::ledger::book::Book;
use crate::ledger::required_keys::RequiredKeys;
use crate::ledger::{EntryKind, Item, ItemKind, Posting, Side};
use crate::money::Money;
use crate::number::{DocumentKind, Series};
use crate::store::StoreError;

impl PostingRules for NewDebitNote {
    fn require(&self, owner: OwnerId, keys: &mut RequiredKeys) {
        keys.customer(owner, self.customer);
        keys.number(owner, Series::of(DocumentKind::DebitNote, self.date), self.number.as_ref());
        self.invoice.into_iter().for_each(|invoice| keys.document(owner, invoice.into()));
        keys.open_items(owner, self.customer, Side::Credit, self.total);
    }

    fn opens(&self) -> Option<(CustomerId, Side, Money)> {
        Some((self.customer, Side::Debit, self.total))
    }

    fn prepare(&self, book: &Book<'_>, posting: &Posting, id: EntryId) -> Result<Prepared, Error> {
        let owner = posting.owner;
        let head = book.head(owner).ok_or(Error::NotFound)?;
        let customer = postable(book, owner, self.customer, None)?;
        let on = invoice(book, owner, self)?;
        unlocked(head, self.date)?;
        let series = Series::of(DocumentKind::DebitNote, self.date);
        let numbered = choose_number(book, owner, series, self.number.as_ref(), "debitNoteNumber")?;
        let totals = sums(customer, EntryKind::DebitNote, self.total, "totalAmount")?;
        let kind = ItemKind::DebitNote;
        let mut item = Item::new(owner, id.into(), self.customer, kind, Side::Debit, self.total, self.date);
        item.due = self.due_date.unwrap_or(self.date);
        let heading = heading(posting, head, customer, &numbered, self.date);
        let body = DebitNoteBody::new(heading, self, on.as_ref());
        Ok(Prepared { numbered, body: DocumentBody::DebitNote(body), item, totals, explicit: Vec::new() })
    }
}

/// Returns the heading of the invoice that a debit note adds to, if it names one, or the violations.
fn invoice(book: &Book<'_>, owner: OwnerId, new: &NewDebitNote) -> Result<Option<Heading>, Error> {
    let Some(id) = new.invoice else { return Ok(None) };
    let document = book.document(owner, DocumentKind::Invoice, id.into());
    let Some((item, document)) = book.item(owner, id.into()).zip(document) else {
        return Err(Error::Invalid(vec![crate::id::not_found().at("invoiceId")]));
    };
    let fault = |applies: bool, field: &str, code, says: &str| {
        applies.then(|| Violation::new(code, says.to_owned()).at(field))
    };
    form::sound([
        fault(item.customer != new.customer, "invoiceId", "other_customer", "belongs to another customer"),
        fault(item.is_void(), "invoiceId", "void", "is void"),
        fault(new.date < item.date, "date", "before_invoice", "must not be before the invoice's date"),
    ])?;
    let body: InvoiceBody = serde_json::from_str(&document.body).map_err(StoreError::corrupt)?;
    Ok(Some(body.heading))
}
