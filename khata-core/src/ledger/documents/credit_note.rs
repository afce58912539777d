//! The rules of posting a credit note.
//!
//! Its tax is proportional to the tax of its invoice: each of CGST, SGST and IGST times the gross amount of the credit
//! note over that of the invoice, rounded half up to the minor unit. Section 34 of the CGST Act requires a supplier to
//! credit the excess tax, Rule 53(1A) requires the credit note to state it, and section 170 rounds tax half up. Since each
//! tax is computed separately, the halves of a local tax stay equal to within one minor unit, and a credit note over the
//! whole invoice credits exactly the tax that was charged. A given tax may differ by one minor unit, so that several credit
//! notes can add up to the whole.

use super::{PostingRules, Prepared, choose_number, heading, signed, sums, unlocked};
use crate::documents::{CreditNoteBody, DocumentBody, InvoiceBody, NewCreditNote, Tax, invoice};
use crate::error::{Error, FieldError, Violation};
use crate::form;
use crate::id::{CustomerId, EntryId, ItemId, OwnerId};
use crate::ledger::book::Book;
use crate::ledger::required_keys::RequiredKeys;
use crate::ledger::{EntryKind, Item, ItemKind, Posting, Side};
use crate::money::{Currency, Money};
use crate::number::{DocumentKind, Series};
use crate::store::StoreError;

impl PostingRules for NewCreditNote {
    fn require(&self, owner: OwnerId, keys: &mut RequiredKeys) {
        keys.number(owner, Series::of(DocumentKind::CreditNote, self.date), self.number.as_ref());
        keys.document(owner, self.invoice.into());
    }

    fn opens(&self) -> Option<(CustomerId, Side, Money)> {
        None
    }

    fn refers_to(&self) -> Option<ItemId> {
        Some(self.invoice.into())
    }

    fn prepare(&self, book: &Book<'_>, posting: &Posting, id: EntryId) -> Result<Prepared, Error> {
        let owner = posting.owner;
        let head = book.head(owner).ok_or(Error::NotFound)?;
        let (invoice, on) = credited(book, posting, self)?;
        let customer = book.customer(owner, invoice.customer).ok_or(Error::NotFound)?;
        if customer.archived_at.is_some() {
            let message = "is of an archived customer; restore the customer first";
            return Err(Error::invalid("invoiceId", "archived", message));
        }
        let (tax, total) = amounts(self, invoice, &on, head.owner.currency)?;
        unlocked(head, self.date)?;
        let series = Series::of(DocumentKind::CreditNote, self.date);
        let numbered = choose_number(book, owner, series, self.number.as_ref(), "creditNoteNumber")?;
        let amount = signed(Side::Credit, total).ok_or_else(too_large)?;
        let totals = sums(customer, EntryKind::CreditNote, amount, "totalAmount")?;
        let body = CreditNoteBody {
            heading: heading(posting, head, customer, &numbered, self.date),
            invoice: self.invoice,
            invoice_number: on.heading.number,
            invoice_date: on.heading.date,
            gross: self.gross,
            tax,
            other_charges: self.other_charges,
            round_off: self.round_off,
            total,
            note: self.note.clone(),
        };
        let kind = ItemKind::CreditNote;
        let mut item = Item::new(owner, id.into(), invoice.customer, kind, Side::Credit, total, self.date);
        item.invoice = Some(self.invoice);
        Ok(Prepared { numbered, body: DocumentBody::CreditNote(body), item, totals, explicit: Vec::new() })
    }
}

/// Returns the invoice that is credited, or the violations.
fn credited<'a>(
    book: &'a Book<'_>,
    posting: &Posting,
    new: &NewCreditNote,
) -> Result<(&'a Item, InvoiceBody), Error> {
    let (owner, id) = (posting.owner, new.invoice.into());
    let document = book.document(owner, DocumentKind::Invoice, id);
    let Some((item, document)) = book.item(owner, id).zip(document) else {
        return Err(Error::Invalid(vec![crate::id::not_found().at("invoiceId")]));
    };
    let early = || Violation::new("before_invoice", "must not be before the invoice's date");
    form::sound([
        item.is_void().then(|| Violation::new("void", "is void").at("invoiceId")),
        (new.date < item.date).then(|| early().at("date")),
    ])?;
    let body = serde_json::from_str(&document.body).map_err(StoreError::corrupt)?;
    Ok((item, body))
}

/// Returns the tax and the total, computed if absent and checked if given.
fn amounts(
    new: &NewCreditNote,
    invoice: &Item,
    on: &InvoiceBody,
    currency: Currency,
) -> Result<(Tax, Money), Error> {
    if new.gross > on.gross {
        return Err(Error::Invalid(vec![beyond("grossAmount", on.gross, currency)]));
    }
    let share = |tax| proportion(tax, new.gross, on.gross);
    let worked_out = match on.tax {
        Tax::None => Tax::None,
        Tax::Local { cgst, sgst } => Tax::Local { cgst: share(cgst), sgst: share(sgst) },
        Tax::Interstate { igst } => Tax::Interstate { igst: share(igst) },
    };
    let tax = new.tax.unwrap_or(worked_out);
    form::sound(disproportions(tax, worked_out, currency))?;

    let sum = new.sum(tax);
    let total = new.total.or(sum).ok_or_else(too_large)?;
    let left = invoice.amount.checked_sub(invoice.credited).unwrap_or(Money::ZERO);
    let amount = form::above_zero(total).or_else(|| form::too_large(total));
    form::sound([
        amount.map(|fault| fault.at("totalAmount")),
        invoice::wrong_sum(sum, total, currency),
        (total > left).then(|| beyond("totalAmount", left, currency)),
    ])?;
    Ok((tax, total))
}

/// Computes `tax × part ÷ whole`, rounded half up, or zero if `whole` is zero.
fn proportion(tax: Money, part: Money, whole: Money) -> Money {
    let [tax, part, whole] = [tax, part, whole].map(|money| i128::from(money.minor()));
    let share = if whole == 0 { 0 } else { (2 * tax * part + whole) / (2 * whole) };
    Money::from_minor(i64::try_from(share).expect("a part of a tax doesn't exceed the tax"))
}

/// Returns the violations of a tax that has other parts than it should, or a part that is off by more than one minor unit.
fn disproportions(tax: Tax, should_be: Tax, currency: Currency) -> Vec<Option<FieldError>> {
    let parts = [
        ("cgst", tax.cgst(), should_be.cgst()),
        ("sgst", tax.sgst(), should_be.sgst()),
        ("igst", tax.igst(), should_be.igst()),
    ];
    let parts = parts.into_iter().map(|(field, is, should_be)| {
        let says = match (is, should_be) {
            (Some(is), Some(should_be)) if is.minor().abs_diff(should_be.minor()) <= 1 => None,
            (_, Some(should_be)) => Some(format!("must be {}", currency.format(should_be))),
            (Some(_), None) => Some("must be absent".to_owned()),
            (None, None) => None,
        };
        let fault =
            |says| Violation::new("tax_disproportionate", format!("{says}, in proportion to the invoice's"));
        says.map(|says: String| fault(says).at(field))
    });
    parts.collect()
}

fn beyond(field: &str, most: Money, currency: Currency) -> FieldError {
    let message =
        format!("exceeds the amount of the invoice that is not yet credited, {}", currency.format(most));
    Violation::new("beyond_invoice", message).at(field)
}

fn too_large() -> Error {
    Error::invalid("totalAmount", "too_large", "is too large")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(minor: i64) -> Money {
        Money::from_minor(minor)
    }

    #[test]
    fn a_proportion_is_rounded_half_up() {
        for (tax, part, whole, share) in [
            (18_000, 50_000, 100_000, 9_000),
            (1, 1, 2, 1),
            (1, 1, 3, 0),
            (2, 1, 3, 1),
            (9, 100, 100, 9),
            (9, 0, 100, 0),
            (0, 0, 0, 0),
            (5, 0, 0, 0),
        ] {
            assert_eq!(proportion(money(tax), money(part), money(whole)), money(share));
        }
        let most = Money::DOCUMENT_MAX;
        assert_eq!(proportion(most, most, most), most);
    }

    #[test]
    fn a_tax_may_be_one_minor_unit_off_and_must_have_the_same_parts() {
        let local = |cgst, sgst| Tax::Local { cgst: money(cgst), sgst: money(sgst) };
        let faults = |tax, should_be| -> Vec<_> {
            let faults = disproportions(tax, should_be, Currency::INR).into_iter().flatten();
            faults.map(|fault| fault.field).collect()
        };
        assert_eq!(faults(local(10, 9), local(9, 10)), [""; 0]);
        assert_eq!(faults(local(11, 9), local(9, 9)), ["cgst"]);
        assert_eq!(faults(Tax::None, local(9, 9)), ["cgst", "sgst"]);
        assert_eq!(faults(Tax::Interstate { igst: money(18) }, local(9, 9)), ["cgst", "sgst", "igst"]);
        assert_eq!(faults(Tax::Interstate { igst: money(0) }, Tax::None), ["igst"]);
        assert_eq!(faults(Tax::None, Tax::None), [""; 0]);
    }
}
