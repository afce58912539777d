//! The rules of posting an opening balance.

use super::{PostingRules, Prepared, choose_number, heading, postable, sums, too_large, unlocked};
use crate::documents::{DocumentBody, NewOpeningBalance, OpeningBalanceBody, OpeningTerms};
use crate::error::{Error, Refusal};
use crate::id::{CustomerId, EntryId, OwnerId};
use crate::ledger::book::Book;
use crate::ledger::required_keys::RequiredKeys;
use crate::ledger::{EntryKind, Item, ItemKind, Posting, Side};
use crate::money::Money;
use crate::number::{DocumentKind, Series};

impl PostingRules for NewOpeningBalance {
    fn require(&self, owner: OwnerId, keys: &mut RequiredKeys) {
        keys.customer(owner, self.customer);
        let OpeningTerms { date, number, .. } = &self.terms;
        keys.number(owner, Series::of(DocumentKind::OpeningBalance, *date), number.as_ref());
        if let Some((side, size)) = self.terms.sized() {
            keys.open_items(owner, self.customer, side.opposite(), size);
        }
    }

    fn opens(&self) -> Option<(CustomerId, Side, Money)> {
        self.terms.sized().map(|(side, size)| (self.customer, side, size))
    }

    fn prepare(&self, book: &Book<'_>, posting: &Posting, id: EntryId) -> Result<Prepared, Error> {
        let (owner, OpeningTerms { date, amount, number, note }) = (posting.owner, &self.terms);
        let head = book.head(owner).ok_or(Error::NotFound)?;
        let customer = postable(book, owner, self.customer, None)?;
        // Only a customer with one has such a sum: none is zero, and a void one doesn't count.
        if !customer.totals.opening.is_zero() {
            return Err(Error::Refused(Refusal::HasOpeningBalance));
        }
        unlocked(head, *date)?;
        let (side, size) = self.terms.sized().ok_or_else(|| too_large("amount"))?;
        let series = Series::of(DocumentKind::OpeningBalance, *date);
        let numbered = choose_number(book, owner, series, number.as_ref(), "openingNumber")?;
        let totals = sums(customer, EntryKind::OpeningBalance, *amount, "amount")?;
        let item = Item::new(owner, id.into(), self.customer, ItemKind::OpeningBalance, side, size, *date);
        let heading = heading(posting, head, customer, &numbered, *date);
        let body = DocumentBody::OpeningBalance(OpeningBalanceBody::new(heading, size, note.clone()));
        Ok(Prepared { numbered, body, item, totals, explicit: Vec::new() })
    }
}
