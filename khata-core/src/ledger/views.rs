//! How things stand: a customer on a day, an invoice, a receipt.

use super::{
    Allocation, Answer, CreditNoteBody, EntryKind, InvoiceBody, Item, ItemKind, ReceiptBody, Side, Totals,
};
use crate::calendar::{Date, Timestamp};
use crate::credit_note::CreditNote;
use crate::id::ItemId;
use crate::invoice::{Invoice, PaidBy};
use crate::money::Money;
use crate::number::DocumentKind;
use crate::receipt::{CreditStatus, Paid, Receipt};
use crate::store::{Posted, Standing, StoreError, StoredDocument};

/// How a customer stood at the end of a day, by effective dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// What the customer owed; negative where the shop owed.
    pub balance: Money,
    /// All invoices.
    pub invoiced: Money,
    /// All receipts, as a positive amount.
    pub received: Money,
    /// What was on account: credit not yet used to pay anything, as a positive amount.
    pub unapplied: Money,
    /// What was due before that day and not paid.
    pub overdue: Money,
    /// The day.
    pub as_of: Date,
}

/// The balance of a day: the caches, less what takes effect later.
///
/// # Errors
/// [`StoreError::Corrupt`] if the sums leave the range of money, which those of a sound book don't.
pub fn balance(standing: &Standing, as_of: Date) -> Result<Balance, StoreError> {
    let later = later_totals(standing)?;
    let totals = &standing.customer.totals;
    let open = |counts: fn(&Item, Date) -> bool| {
        let items = standing.items.iter().filter(|item| item.date <= as_of && counts(item, as_of));
        let open = items.map(|item| open_as_of(item, standing));
        sum(open.collect::<Result<Vec<_>, _>>()?)
    };
    let less = |all: Money, later: Money| all.checked_sub(later).ok_or_else(out_of_range);
    Ok(Balance {
        balance: less(totals.balance, later.balance)?,
        invoiced: less(totals.invoiced, later.invoiced)?,
        received: less(totals.received, later.received)?,
        unapplied: open(|item, _| item.side == Side::Credit)?,
        overdue: open(|item, as_of| item.side == Side::Debit && item.due < as_of)?,
        as_of,
    })
}

/// The sums of the entries that take effect later.
fn later_totals(standing: &Standing) -> Result<Totals, StoreError> {
    let mut entries = standing.later_entries.iter();
    entries.try_fold(Totals::default(), |totals, entry| {
        let kind = match entry.kind {
            EntryKind::Void => {
                let voided = standing.items.iter().find(|item| item.id == entry.item);
                voided.ok_or_else(|| StoreError::corrupt("a void without its item"))?.kind.into()
            }
            kind => kind,
        };
        totals.plus(kind, entry.amount).ok_or_else(out_of_range)
    })
}

/// What was open of an item on the day, before later allocations took effect, and a later void.
pub(super) fn open_as_of(item: &Item, standing: &Standing) -> Result<Money, StoreError> {
    let later = standing.later_allocations.iter().filter(|row| row.touches(item.id)).map(|row| row.amount);
    let voided = standing.later_entries.iter().filter(|entry| entry.kind == EntryKind::Void);
    let voided = voided.filter(|entry| entry.item == item.id).map(|_| item.amount);
    sum([item.open].into_iter().chain(later).chain(voided))
}

/// An invoice as it stands.
///
/// # Errors
/// [`StoreError::Corrupt`] if its body can't be read.
pub fn invoice(paper: &StoredDocument) -> Result<Invoice, StoreError> {
    let body: InvoiceBody = serde_json::from_str(&paper.document.body).map_err(StoreError::corrupt)?;
    Ok(invoice_view(body, &paper.item, &paper.allocations, paper.document.recorded_at))
}

/// A receipt as it stands.
///
/// # Errors
/// [`StoreError::Corrupt`] if its body can't be read.
pub fn receipt(paper: &StoredDocument) -> Result<Receipt, StoreError> {
    let body: ReceiptBody = serde_json::from_str(&paper.document.body).map_err(StoreError::corrupt)?;
    Ok(receipt_view(body, &paper.item, &paper.allocations, paper.document.recorded_at))
}

/// A credit note as it stands.
///
/// # Errors
/// [`StoreError::Corrupt`] if its body can't be read.
pub fn credit_note(paper: &StoredDocument) -> Result<CreditNote, StoreError> {
    let body: CreditNoteBody = serde_json::from_str(&paper.document.body).map_err(StoreError::corrupt)?;
    Ok(credit_note_view(body, &paper.item, &paper.allocations, paper.document.recorded_at))
}

/// A document as it stands, as the answer to a command.
pub(super) fn answer(paper: &StoredDocument) -> Result<Answer, StoreError> {
    Ok(match paper.document.kind() {
        DocumentKind::Invoice => Answer::Invoice(Box::new(invoice(paper)?)),
        DocumentKind::Receipt => Answer::Receipt(Box::new(receipt(paper)?)),
        DocumentKind::CreditNote => Answer::CreditNote(Box::new(credit_note(paper)?)),
    })
}

/// What was answered when an entry was made, whatever has become of its item since.
pub(super) fn first_answer(posted: &Posted) -> Result<Answer, StoreError> {
    let Posted { entry, item, document } = posted;
    let document = document.clone().ok_or_else(|| StoreError::corrupt("an entry has lost its document"))?;
    if entry.kind == EntryKind::Void {
        // What is void doesn't change any more, and nothing is allocated to it.
        return answer(&StoredDocument { document, item: item.clone(), allocations: Vec::new() });
    }
    let paid = sum(entry.allocations.iter().map(|row| row.amount))?;
    let mut item = item.clone();
    item.open = item.amount.checked_sub(paid).ok_or_else(out_of_range)?;
    item.void = false;
    item.updated_at = entry.recorded_at;
    answer(&StoredDocument { document, item, allocations: entry.allocations.clone() })
}

pub(super) fn invoice_view(
    body: InvoiceBody,
    item: &Item,
    allocations: &[Allocation],
    created_at: Timestamp,
) -> Invoice {
    let paid = net(allocations, |row| (row.credit, row.credit_kind));
    Invoice {
        id: item.id.into(),
        owner: item.owner,
        customer: item.customer,
        number: body.heading.number,
        date: item.date,
        due_date: body.due_date,
        gross: body.gross,
        tax: body.tax,
        other_charges: body.other_charges,
        round_off: body.round_off,
        total: body.total,
        outstanding: item.open,
        status: item.status(),
        note: body.note,
        allocations: paid
            .into_iter()
            .map(|(id, kind, amount)| PaidBy {
                receipt: (kind == ItemKind::Receipt).then(|| id.into()),
                credit_note: (kind == ItemKind::CreditNote).then(|| id.into()),
                amount,
            })
            .collect(),
        seq: item.seq,
        created_at,
        updated_at: item.updated_at,
    }
}

pub(super) fn receipt_view(
    body: ReceiptBody,
    item: &Item,
    allocations: &[Allocation],
    created_at: Timestamp,
) -> Receipt {
    Receipt {
        id: item.id.into(),
        owner: item.owner,
        customer: item.customer,
        number: body.heading.number,
        date: item.date,
        amount: body.amount,
        payment_type: body.payment_type,
        reference: body.reference,
        allocations: paid(allocations),
        unapplied: item.open,
        status: credit_status(item),
        note: body.note,
        seq: item.seq,
        created_at,
        updated_at: item.updated_at,
    }
}

pub(super) fn credit_note_view(
    body: CreditNoteBody,
    item: &Item,
    allocations: &[Allocation],
    created_at: Timestamp,
) -> CreditNote {
    CreditNote {
        id: item.id.into(),
        owner: item.owner,
        customer: item.customer,
        invoice: body.invoice,
        invoice_number: body.invoice_number,
        invoice_date: body.invoice_date,
        number: body.heading.number,
        date: item.date,
        gross: body.gross,
        tax: body.tax,
        other_charges: body.other_charges,
        round_off: body.round_off,
        total: body.total,
        allocations: paid(allocations),
        unapplied: item.open,
        status: credit_status(item),
        note: body.note,
        seq: item.seq,
        created_at,
        updated_at: item.updated_at,
    }
}

/// What a credit paid.
fn paid(allocations: &[Allocation]) -> Vec<Paid> {
    let debits = net(allocations, |row| (row.debit, row.debit_kind)).into_iter();
    let paid = |(id, kind, amount): (ItemId, _, _)| Paid {
        invoice: (kind == ItemKind::Invoice).then(|| id.into()),
        amount,
    };
    debits.map(paid).collect()
}

fn credit_status(item: &Item) -> CreditStatus {
    if item.void { CreditStatus::Void } else { CreditStatus::Recorded }
}

/// What remains of allocations after their reversals, by the item on the other side, in the order of their first.
pub(super) fn net<'a>(
    allocations: impl IntoIterator<Item = &'a Allocation>,
    other: impl Fn(&Allocation) -> (ItemId, ItemKind),
) -> Vec<(ItemId, ItemKind, Money)> {
    let mut sums: Vec<(ItemId, ItemKind, Money)> = Vec::new();
    for row in allocations {
        let (id, kind) = other(row);
        match sums.iter_mut().find(|sum| sum.0 == id) {
            Some(sum) => sum.2 = sum.2.checked_add(row.amount).unwrap_or(sum.2),
            None => sums.push((id, kind, row.amount)),
        }
    }
    sums.retain(|sum| sum.2.is_positive());
    sums
}

fn sum(amounts: impl IntoIterator<Item = Money>) -> Result<Money, StoreError> {
    Money::checked_sum(amounts).ok_or_else(out_of_range)
}

pub(crate) fn out_of_range() -> StoreError {
    StoreError::corrupt("the sums of a customer leave the range of money")
}
