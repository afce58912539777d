//! The rules of posting a refund.

use super::{PostingRules, Prepared, at_most, choose_number, heading, postable, sums, too_large, unlocked};
use crate::documents::{DocumentBody, NewRefund, RefundBody};
use crate::error::Error;
use crate::id::{CustomerId, EntryId, OwnerId};
use crate::ledger::book::Book;
use crate::ledger::required_keys::RequiredKeys;
use crate::ledger::{EntryKind, Item, ItemKind, Posting, Side};
use crate::money::Money;
use crate::number::{DocumentKind, Series};

impl PostingRules for NewRefund {
    fn require(&self, owner: OwnerId, keys: &mut RequiredKeys) {
        keys.customer(owner, self.customer);
        keys.number(owner, Series::of(DocumentKind::Refund, self.date), self.number.as_ref());
        keys.open_items(owner, self.customer, Side::Credit, self.amount);
    }

    fn opens(&self) -> Option<(CustomerId, Side, Money)> {
        Some((self.customer, Side::Debit, self.amount))
    }

    fn prepare(&self, book: &Book<'_>, posting: &Posting, id: EntryId) -> Result<Prepared, Error> {
        let owner = posting.owner;
        let head = book.head(owner).ok_or(Error::NotFound)?;
        let customer = postable(book, owner, self.customer, None)?;
        // A post-dated receipt is on account from its date on.
        let on_account = customer
            .balance_on(self.date.max(book.today(head)))?
            .checked_neg()
            .ok_or_else(|| too_large("amount"))?;
        let what = "what the customer has on account";
        at_most(self.amount, on_account, "beyond_on_account", what, head.owner.currency)?;
        unlocked(head, self.date)?;
        let series = Series::of(DocumentKind::Refund, self.date);
        let numbered = choose_number(book, owner, series, self.number.as_ref(), "refundNumber")?;
        let totals = sums(customer, EntryKind::Refund, self.amount, "amount")?;
        let kind = ItemKind::Refund;
        let item = Item::new(owner, id.into(), self.customer, kind, Side::Debit, self.amount, self.date);
        let body = RefundBody::new(heading(posting, head, customer, &numbered, self.date), self);
        Ok(Prepared { numbered, body: DocumentBody::Refund(body), item, totals, explicit: Vec::new() })
    }
}
