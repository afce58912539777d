//! The rules of posting a write-off.

use super::{
    PostingRules, Prepared, at_most, choose_number, explicit, heading, payable, postable, signed, sums,
    too_large, unlocked,
};
use crate::documents::{DocumentBody, NewWriteOff, WriteOffBody};
use crate::error::Error;
use crate::id::{CustomerId, EntryId, OwnerId};
use crate::ledger::book::Book;
use crate::ledger::required_keys::RequiredKeys;
use crate::ledger::{EntryKind, Item, ItemKind, Posting, Side};
use crate::money::Money;
use crate::number::{DocumentKind, Series};

impl PostingRules for NewWriteOff {
    fn require(&self, owner: OwnerId, keys: &mut RequiredKeys) {
        keys.customer(owner, self.customer);
        keys.number(owner, Series::of(DocumentKind::WriteOff, self.date), self.number.as_ref());
        self.allocations.iter().for_each(|row| keys.item(owner, row.pays.item()));
        keys.open_items(owner, self.customer, Side::Debit, self.amount);
    }

    fn opens(&self) -> Option<(CustomerId, Side, Money)> {
        Some((self.customer, Side::Credit, self.amount))
    }

    fn prepare(&self, book: &Book<'_>, posting: &Posting, id: EntryId) -> Result<Prepared, Error> {
        let owner = posting.owner;
        let head = book.head(owner).ok_or(Error::NotFound)?;
        let customer = postable(book, owner, self.customer, None)?;
        payable(book, owner, self.customer, &self.allocations)?;
        // A post-dated invoice is owed from its date on.
        let owed = customer.balance_on(self.date.max(book.today(head)))?;
        at_most(self.amount, owed, "beyond_owed", "what the customer owes", head.owner.currency)?;
        unlocked(head, self.date)?;
        let series = Series::of(DocumentKind::WriteOff, self.date);
        let numbered = choose_number(book, owner, series, self.number.as_ref(), "writeOffNumber")?;
        let amount = signed(Side::Credit, self.amount).ok_or_else(|| too_large("amount"))?;
        let totals = sums(customer, EntryKind::WriteOff, amount, "amount")?;
        let kind = ItemKind::WriteOff;
        let item = Item::new(owner, id.into(), self.customer, kind, Side::Credit, self.amount, self.date);
        let body = WriteOffBody::new(heading(posting, head, customer, &numbered, self.date), self);
        let explicit = explicit(&self.allocations);
        Ok(Prepared { numbered, body: DocumentBody::WriteOff(body), item, totals, explicit })
    }
}
