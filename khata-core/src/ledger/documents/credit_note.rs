//! The rules of posting a credit note.
//!
//! The tax of a credit note on an invoice is worked out on all that is credited of the invoice by then: each of CGST, SGST
//! and IGST times the gross amount credited so far over that of the invoice, rounded half up to the minor unit, less what
//! earlier credit notes took. So is its share of the invoice's rounding. Section 34 of the CGST Act requires a supplier to
//! credit the excess tax, Rule 53(1A) requires the credit note to state it, and section 170 rounds tax half up. Since each
//! tax is computed separately, the halves of a local tax stay equal to within one minor unit, and the parts of an invoice,
//! whatever they are, add up to exactly what was charged. A given tax may differ by one minor unit, since it may have been
//! rounded by itself on paper, but not beyond what is left.

use super::{PostingRules, Prepared, choose_number, heading, postable, signed, sums, unlocked};
use crate::customer::Customer;
use crate::documents::{
    CreditNoteBody, CreditedInvoice, DocumentBody, InvoiceBody, NewCreditNote, NewInvoiceCredit, Tax, invoice,
};
use crate::error::{Error, FieldError, Violation};
use crate::form;
use crate::id::{CustomerId, EntryId, ItemId, OwnerId};
use crate::ledger::book::Book;
use crate::ledger::required_keys::RequiredKeys;
use crate::ledger::{Credited, CreditedAmounts, EntryKind, Item, ItemKind, Posting, Side};
use crate::money::{Currency, Money};
use crate::number::{DocumentKind, Series};
use crate::store::StoreError;

impl PostingRules for NewCreditNote {
    fn require(&self, owner: OwnerId, keys: &mut RequiredKeys) {
        keys.number(owner, Series::of(DocumentKind::CreditNote, self.date), self.number.as_ref());
        self.rows().iter().for_each(|(_, row)| keys.document(owner, row.invoice.into()));
        if let Some(customer) = self.customer {
            keys.customer(owner, customer);
        }
        if let Some((customer, _, total)) = self.opens() {
            keys.open_items(owner, customer, Side::Debit, total);
        }
    }

    fn opens(&self) -> Option<(CustomerId, Side, Money)> {
        let without_invoice = self.invoice.is_none() && self.invoices.is_empty();
        let customer = self.customer.filter(|_| without_invoice)?;
        Some((customer, Side::Credit, self.sum(self.tax.unwrap_or(Tax::None), Money::ZERO)?))
    }

    fn refers_to(&self) -> Vec<ItemId> {
        self.rows().iter().map(|(_, row)| row.invoice.into()).collect()
    }

    fn prepare(&self, book: &Book<'_>, posting: &Posting, id: EntryId) -> Result<Prepared, Error> {
        let owner = posting.owner;
        let head = book.head(owner).ok_or(Error::NotFound)?;
        let currency = head.owner.currency;
        let lines = lines(book, posting, self)?;
        let customer = credited(book, owner, self, &lines)?;
        let parts = parts(self, &lines, currency)?;
        let (tax, round_off, total) = amounts(self, &parts, currency)?;
        unlocked(head, self.date)?;
        let series = Series::of(DocumentKind::CreditNote, self.date);
        let numbered = choose_number(book, owner, series, self.number.as_ref(), "creditNoteNumber")?;
        let amount = signed(Side::Credit, total).ok_or_else(too_large)?;
        let totals = sums(customer, EntryKind::CreditNote, amount, "totalAmount")?;
        let kind = ItemKind::CreditNote;
        let mut item = Item::new(owner, id.into(), customer.id, kind, Side::Credit, total, self.date);
        item.invoice = self.invoice;
        // A credit note on a single invoice pays it first by itself, and whenever it is allocated again.
        let several = if self.invoice.is_some() { [].as_slice() } else { &lines };
        let explicit =
            several.iter().zip(&parts).map(|(line, part)| (line.item.id, part.total.min(line.item.open)));
        let explicit = explicit.filter(|(_, amount)| amount.is_positive()).collect();
        let body = CreditNoteBody {
            heading: heading(posting, head, customer, &numbered, self.date),
            invoice: self.invoice,
            invoice_number: parts
                .first()
                .filter(|_| self.invoice.is_some())
                .map(|part| part.invoice_number.clone()),
            invoice_date: parts.first().filter(|_| self.invoice.is_some()).map(|part| part.invoice_date),
            invoices: if self.invoice.is_some() { Vec::new() } else { parts },
            gross: self.gross,
            tax,
            other_charges: self.other_charges,
            round_off,
            total,
            note: self.note.clone(),
        };
        Ok(Prepared { numbered, body: DocumentBody::CreditNote(body), item, totals, explicit })
    }
}

/// An invoice that is credited.
struct Line<'a> {
    /// Path of its fields.
    path: String,
    new: NewInvoiceCredit,
    item: &'a Item,
    body: InvoiceBody,
}

/// Returns the invoices that are credited, or the violations.
fn lines<'a>(book: &'a Book<'_>, posting: &Posting, new: &NewCreditNote) -> Result<Vec<Line<'a>>, Error> {
    let (owner, mut lines, mut faults) = (posting.owner, Vec::new(), Vec::new());
    for (path, row) in new.rows() {
        let id = row.invoice.into();
        let document = book.document(owner, DocumentKind::Invoice, id);
        let Some((item, document)) = book.item(owner, id).zip(document) else {
            faults.push(Some(crate::id::not_found().at(format!("{path}invoiceId"))));
            continue;
        };
        let early = || Violation::new("before_invoice", "must not be before the invoice's date");
        faults.push(item.is_void().then(|| Violation::new("void", "is void").at(format!("{path}invoiceId"))));
        faults.push((new.date < item.date).then(|| early().at("date")));
        let body = serde_json::from_str(&document.body).map_err(StoreError::corrupt)?;
        lines.push(Line { path, new: row, item, body });
    }
    form::sound(faults)?;
    Ok(lines)
}

/// Returns the customer who is credited: of all the invoices, or the named one.
fn credited<'a>(
    book: &'a Book<'_>,
    owner: OwnerId,
    new: &NewCreditNote,
    lines: &[Line<'_>],
) -> Result<&'a Customer, Error> {
    let Some(first) = lines.first() else {
        return postable(book, owner, new.customer.ok_or(Error::NotFound)?, None);
    };
    let customer = book.customer(owner, first.item.customer).ok_or(Error::NotFound)?;
    let other = || Violation::new("other_customer", "belongs to another customer");
    let archived = || Violation::new("archived", "is of an archived customer; restore the customer first");
    let of_others = lines.iter().filter(|line| line.item.customer != customer.id);
    let of_others = of_others.map(|line| Some(other().at(format!("{}invoiceId", line.path))));
    let named = new.customer.is_some_and(|named| named != customer.id);
    let itself = [
        named
            .then(|| Violation::new("other_customer", "is not the customer of the invoice").at("customerId")),
        customer.archived_at.is_some().then(|| archived().at(format!("{}invoiceId", first.path))),
    ];
    form::sound(of_others.chain(itself))?;
    Ok(customer)
}

/// Returns what is credited of each invoice. Taxes and rounding are computed if absent and checked if given.
fn parts(new: &NewCreditNote, lines: &[Line<'_>], currency: Currency) -> Result<Vec<CreditedInvoice>, Error> {
    let kind = lines.first().map(|line| std::mem::discriminant(&line.body.tax));
    let mixed =
        || Violation::new("mixed_taxes", "has other taxes than the first; credit it by a note of its own");
    let others = lines.iter().filter(|line| Some(std::mem::discriminant(&line.body.tax)) != kind);
    form::sound(others.map(|line| Some(mixed().at(format!("{}invoiceId", line.path)))))?;
    lines.iter().map(|line| part(new, line, currency)).collect()
}

fn part(new: &NewCreditNote, line: &Line<'_>, currency: Currency) -> Result<CreditedInvoice, Error> {
    let Line { path, new: NewInvoiceCredit { invoice, gross, other_charges }, item, body: on } = line;
    let taken = item.credited.as_ref().map(Credited::amounts).unwrap_or_default();
    let left = on.gross.checked_sub(taken.gross).unwrap_or(Money::ZERO);
    if *gross > left {
        return Err(Error::Invalid(vec![beyond(&format!("{path}grossAmount"), left, currency)]));
    }
    let so_far = taken.gross.checked_add(*gross).ok_or_else(too_large)?;
    let share = |amount: Money, taken: Money| rest(proportion(amount, so_far, on.gross), taken);
    let worked_out = match on.tax {
        Tax::None => Tax::None,
        Tax::Local { cgst, sgst } => {
            Tax::Local { cgst: share(cgst, taken.cgst), sgst: share(sgst, taken.sgst) }
        }
        Tax::Interstate { igst } => Tax::Interstate { igst: share(igst, taken.igst) },
    };
    let is_last = so_far == on.gross;
    let tax = new.tax.unwrap_or(worked_out);
    form::sound(disproportions(tax, worked_out, on.tax, taken, is_last, currency))?;
    let rounding = if on.gross.is_zero() { on.round_off } else { proportion(on.round_off, so_far, on.gross) };
    let rounding = rounding.checked_sub(taken.round_off).ok_or_else(too_large)?;
    let round_off = new.round_off.unwrap_or(rounding);

    let total = CreditedAmounts::new(*gross, tax, *other_charges, round_off).total().ok_or_else(too_large)?;
    let credited = taken.total().and_then(|taken| item.amount.checked_sub(taken)).unwrap_or(Money::ZERO);
    let field = if path.is_empty() { "totalAmount".to_owned() } else { format!("{path}grossAmount") };
    form::sound([
        form::above_zero(total).filter(|_| !path.is_empty()).map(|fault| fault.at(&field)),
        (total > credited).then(|| beyond(&field, credited, currency)),
    ])?;
    Ok(CreditedInvoice {
        invoice: *invoice,
        invoice_number: on.heading.number.clone(),
        invoice_date: on.heading.date,
        gross: *gross,
        tax,
        other_charges: *other_charges,
        round_off,
        total,
    })
}

/// Returns tax, rounding and total of all parts, or of the credit note itself if it is on no invoice.
fn amounts(
    new: &NewCreditNote,
    parts: &[CreditedInvoice],
    currency: Currency,
) -> Result<(Tax, Money, Money), Error> {
    let (tax, round_off) = match parts {
        [] => (new.tax.unwrap_or(Tax::None), new.round_off.unwrap_or(Money::ZERO)),
        [one] => (one.tax, one.round_off),
        several => sum_of(several).ok_or_else(too_large)?,
    };
    let sum = match parts {
        [] | [_] => new.sum(tax, round_off),
        several => Money::checked_sum(several.iter().map(|part| part.total)),
    };
    let total = new.total.or(sum).ok_or_else(too_large)?;
    let amount = form::above_zero(total).or_else(|| form::too_large(total));
    form::sound([amount.map(|fault| fault.at("totalAmount")), invoice::wrong_sum(sum, total, currency)])?;
    Ok((tax, round_off, total))
}

/// Returns the sums of taxes of the same kind, and of the rounding.
fn sum_of(parts: &[CreditedInvoice]) -> Option<(Tax, Money)> {
    let sums = parts.iter().try_fold(CreditedAmounts::default(), |sums, part| sums.plus(part.amounts()))?;
    let tax = match parts.first()?.tax {
        Tax::None => Tax::None,
        Tax::Local { .. } => Tax::Local { cgst: sums.cgst, sgst: sums.sgst },
        Tax::Interstate { .. } => Tax::Interstate { igst: sums.igst },
    };
    Some((tax, sums.round_off))
}

/// Computes `amount × part ÷ whole`, rounded half away from zero, or zero if `whole` is zero.
fn proportion(amount: Money, part: Money, whole: Money) -> Money {
    let [amount, part, whole] = [amount, part, whole].map(|money| i128::from(money.minor()));
    let share = if whole == 0 { 0 } else { (2 * amount.abs() * part + whole) / (2 * whole) };
    let share = i64::try_from(share * amount.signum());
    Money::from_minor(share.expect("a part of an amount doesn't exceed the amount"))
}

/// Returns what is left of a share after a part of it was taken. More can have been taken, if that was rounded on paper.
fn rest(share: Money, taken: Money) -> Money {
    share.checked_sub(taken).unwrap_or(Money::ZERO).max(Money::ZERO)
}

/// Returns the violations of a tax that has other parts than it should, a part that is off by more than one minor unit, or
/// one beyond what is left; the last part of an invoice takes exactly that.
fn disproportions(
    tax: Tax,
    should_be: Tax,
    charged: Tax,
    taken: CreditedAmounts,
    is_last: bool,
    currency: Currency,
) -> Vec<Option<FieldError>> {
    let parts = [
        ("cgst", tax.cgst(), should_be.cgst(), rest(charged.cgst().unwrap_or_default(), taken.cgst)),
        ("sgst", tax.sgst(), should_be.sgst(), rest(charged.sgst().unwrap_or_default(), taken.sgst)),
        ("igst", tax.igst(), should_be.igst(), rest(charged.igst().unwrap_or_default(), taken.igst)),
    ];
    let parts = parts.into_iter().map(|(field, is, should_be, left)| {
        let fits = |is: Money, should_be: Money| {
            let most = if is_last { 0 } else { 1 };
            is.minor().abs_diff(should_be.minor()) <= most && is <= left
        };
        let says = match (is, should_be) {
            (Some(is), Some(should_be)) if fits(is, should_be) => None,
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
            (-1, 1, 2, -1),
            (-49, 1, 3, -16),
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

    fn local(cgst: i64, sgst: i64) -> Tax {
        Tax::Local { cgst: money(cgst), sgst: money(sgst) }
    }

    fn faults(tax: Tax, should_be: Tax, charged: Tax, is_last: bool) -> Vec<String> {
        let taken = CreditedAmounts::default();
        let faults = disproportions(tax, should_be, charged, taken, is_last, Currency::INR);
        faults.into_iter().flatten().map(|fault| fault.field).collect()
    }

    #[test]
    fn a_tax_may_be_one_minor_unit_off_and_must_have_the_same_parts() {
        let faults = |tax, should_be| faults(tax, should_be, local(99, 99), false);
        assert_eq!(faults(local(10, 9), local(9, 10)), [""; 0]);
        assert_eq!(faults(local(11, 9), local(9, 9)), ["cgst"]);
        assert_eq!(faults(Tax::None, local(9, 9)), ["cgst", "sgst"]);
        assert_eq!(faults(Tax::Interstate { igst: money(18) }, local(9, 9)), ["cgst", "sgst", "igst"]);
        assert_eq!(faults(Tax::Interstate { igst: money(0) }, Tax::None), ["igst"]);
        assert_eq!(faults(Tax::None, Tax::None), [""; 0]);
    }

    #[test]
    fn the_last_part_takes_what_is_left_and_none_takes_more() {
        assert_eq!(faults(local(9, 8), local(9, 9), local(9, 9), false), [""; 0]);
        assert_eq!(faults(local(9, 8), local(9, 9), local(9, 9), true), ["sgst"]);
        assert_eq!(faults(local(9, 10), local(9, 9), local(9, 9), false), ["sgst"]);
    }
}
