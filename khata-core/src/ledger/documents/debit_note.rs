//! The rules of posting a debit note.

use super::{PostingRules, Prepared, choose_number, heading, postable, signed, sums, too_large, unlocked};
use crate::documents::{DebitNoteBody, DocumentBody, NewDebitNote};
use crate::error::Error;
use crate::id::{CustomerId, EntryId, OwnerId};
use crate::ledger::book::Book;
use crate::ledger::required_keys::RequiredKeys;
use crate::ledger::{EntryKind, Item, ItemKind, Posting, Side};
use crate::money::Money;
use crate::number::{DocumentKind, Series};

impl PostingRules for NewDebitNote {
    fn require(&self, owner: OwnerId, keys: &mut RequiredKeys) {
        keys.customer(owner, self.customer);
        keys.number(owner, Series::of(DocumentKind::DebitNote, self.date), self.number.as_ref());
        keys.open_items(owner, self.customer, Side::Credit, self.amount);
    }

    fn opens(&self) -> Option<(CustomerId, Side, Money)> {
        Some((self.customer, Side::Debit, self.amount))
    }

    fn prepare(&self, book: &Book, posting: &Posting, id: EntryId) -> Result<Prepared, Error> {
        let owner = posting.owner;
        let head = book.head(owner).ok_or(Error::NotFound)?;
        let customer = postable(book, owner, self.customer, None)?;
        unlocked(head, self.date)?;
        let series = Series::of(DocumentKind::DebitNote, self.date);
        let numbered = choose_number(book, owner, series, self.number.as_ref(), "debitNoteNumber")?;
        let amount = signed(Side::Debit, self.amount).ok_or_else(|| too_large("amount"))?;
        let totals = sums(customer, EntryKind::DebitNote, amount, "amount")?;
        let kind = ItemKind::DebitNote;
        let item = Item::new(owner, id.into(), self.customer, kind, Side::Debit, self.amount, self.date);
        let heading = heading(posting, head, customer, &numbered, self.date);
        let body = DebitNoteBody { heading, amount: self.amount, note: self.note.clone() };
        Ok(Prepared { numbered, body: DocumentBody::DebitNote(body), item, totals, explicit: Vec::new() })
    }
}
