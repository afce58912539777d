//! The rules of posting an invoice.

use super::{PostingRules, Prepared, choose_number, heading, postable, sums, too_large, unlocked};
use crate::documents::{DocumentBody, InvoiceBody, NewInvoice, Tax};
use crate::error::{Error, Excess, Refusal, Violation};
use crate::id::{CustomerId, EntryId, OwnerId};
use crate::ledger::book::Book;
use crate::ledger::required_keys::RequiredKeys;
use crate::ledger::{EntryKind, Item, ItemKind, Posting, Side};
use crate::money::Money;
use crate::number::{DocumentKind, Series};

impl PostingRules for NewInvoice {
    fn require(&self, owner: OwnerId, keys: &mut RequiredKeys) {
        keys.customer(owner, self.customer);
        keys.number(owner, Series::of(DocumentKind::Invoice, self.date), self.number.as_ref());
        keys.open_items(owner, self.customer, Side::Credit, self.total);
    }

    fn opens(&self) -> Option<(CustomerId, Side, Money)> {
        Some((self.customer, Side::Debit, self.total))
    }

    fn prepare(&self, book: &Book<'_>, posting: &Posting, id: EntryId) -> Result<Prepared, Error> {
        let owner = posting.owner;
        let head = book.head(owner).ok_or(Error::NotFound)?;
        let tax_required = self.tax == Tax::None && head.owner.gst_number.is_some();
        let missing = || Violation::new("tax_required", "is required (or igst), since the shop has a GSTIN");
        let customer = postable(book, owner, self.customer, tax_required.then(|| missing().at("cgst")))?;
        unlocked(head, self.date)?;
        let series = Series::of(DocumentKind::Invoice, self.date);
        let numbered = choose_number(book, owner, series, self.number.as_ref(), "invoiceNumber")?;
        let totals = sums(customer, EntryKind::Invoice, self.total, "totalAmount")?;
        // A post-dated invoice is owed from its date on, and post-dated receipts make no room before theirs.
        let before = customer.balance_on(self.date.max(book.today(head)))?;
        let after = before.checked_add(self.total).ok_or_else(|| too_large("totalAmount"))?;
        if let Some(limit) = customer.credit_limit.filter(|limit| after > *limit && !self.over_limit) {
            let over = after.checked_sub(limit).ok_or_else(|| too_large("totalAmount"))?;
            let excess = Excess { limit, balance: before, over, currency: head.owner.currency };
            return Err(Error::Refused(Refusal::CreditLimitExceeded(excess)));
        }
        let mut item =
            Item::new(owner, id.into(), self.customer, ItemKind::Invoice, Side::Debit, self.total, self.date);
        item.due = self.due_date.unwrap_or(self.date);
        let body = InvoiceBody::new(heading(posting, head, customer, &numbered, self.date), self);
        Ok(Prepared { numbered, body: DocumentBody::Invoice(body), item, totals, explicit: Vec::new() })
    }
}
