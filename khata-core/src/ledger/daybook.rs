//! The day book: all entries of a day.

use super::EntryKind;
use super::line::{LedgerLine, sum};
use crate::documents::PaymentType;
use crate::id::{CustomerId, ItemId};
use crate::money::Money;
use crate::number::DocumentNumber;
use crate::record::Record;
use crate::store::{DayLine, StoreError};
use crate::text::{Name, Note};
use crate::values::calendar::Date;

/// A page of a day book.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct DayBook {
    /// The day: the effective date of the entries.
    #[field(name = "date")]
    pub date: Date,
    /// Entries of this page, by `seq`.
    #[field(name = "entries", list)]
    pub entries: Vec<DayEntry>,
    /// Sums over the whole day, the same on every page.
    #[field(name = "totals", record)]
    pub totals: DayTotals,
    /// `seq` after which the next page begins, if there is one.
    #[field(skip)]
    pub next: Option<u64>,
}

/// An entry of a day book.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct DayEntry {
    /// `seq` of the entry.
    #[field(name = "seq")]
    pub seq: u64,
    /// Kind of the entry.
    #[field(name = "kind")]
    pub kind: EntryKind,
    /// Number of the document; of a void, of the document that it voids. An opening balance has none.
    #[field(name = "number")]
    pub number: Option<DocumentNumber>,
    /// The document; of a void, the one that it voids. An opening balance has none.
    #[field(name = "documentId")]
    pub document: Option<ItemId>,
    /// The customer whose balance it changes.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// Current name of the customer.
    #[field(name = "customerName")]
    pub customer_name: Name,
    /// Payment method of a receipt, and of its void.
    #[field(name = "paymentType")]
    pub payment_type: Option<PaymentType>,
    /// Amount that it adds to the balance; zero for a credit.
    #[field(name = "debit")]
    pub debit: Money,
    /// Amount that it subtracts from the balance; zero for a debit.
    #[field(name = "credit")]
    pub credit: Money,
    /// Note on the document; for a void, its reason.
    #[field(name = "note")]
    pub note: Option<Note>,
}

impl DayEntry {
    /// Creates the entry of a day book from a line.
    pub(crate) fn read(line: &DayLine) -> Result<Self, StoreError> {
        let customer_name = line.customer_name.clone();
        let LedgerLine { seq, kind, number, document, customer, payment_type, debit, credit, note, .. } =
            LedgerLine::read(&line.line)?;
        Ok(Self { seq, kind, number, document, customer, customer_name, payment_type, debit, credit, note })
    }
}

/// Totals of a day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Record)]
#[non_exhaustive]
pub struct DayTotals {
    /// Sum of the debits.
    #[field(name = "debit")]
    pub debit: Money,
    /// Sum of the credits.
    #[field(name = "credit")]
    pub credit: Money,
    /// Sums by kind of entry; kinds that don't occur are left out.
    #[field(name = "byKind", list)]
    pub by_kind: Vec<KindTotal>,
    /// Sums by payment method; methods that don't occur are left out.
    #[field(name = "byPaymentType", list)]
    pub by_payment_type: Vec<PaymentTotal>,
}

/// The entries of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct KindTotal {
    /// Kind of the entries.
    #[field(name = "kind")]
    pub kind: EntryKind,
    /// Number of entries.
    #[field(name = "count")]
    pub count: u64,
    /// Sum of their debits.
    #[field(name = "debit")]
    pub debit: Money,
    /// Sum of their credits.
    #[field(name = "credit")]
    pub credit: Money,
}

/// Money received by one payment method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Record)]
#[non_exhaustive]
pub struct PaymentTotal {
    /// Payment method.
    #[field(name = "paymentType")]
    pub payment_type: PaymentType,
    /// Amount received, less receipts voided with effect of the day.
    #[field(name = "amount")]
    pub amount: Money,
}

impl DayTotals {
    /// Adds an entry to the totals.
    pub(crate) fn add(&mut self, entry: &DayEntry) -> Result<(), StoreError> {
        self.debit = sum([self.debit, entry.debit])?;
        self.credit = sum([self.credit, entry.credit])?;
        let none = KindTotal { kind: entry.kind, count: 0, debit: Money::ZERO, credit: Money::ZERO };
        let of_kind = of_key(&mut self.by_kind, none, |total| total.kind);
        of_kind.count += 1;
        of_kind.debit = sum([of_kind.debit, entry.debit])?;
        of_kind.credit = sum([of_kind.credit, entry.credit])?;
        if let Some(payment_type) = entry.payment_type {
            let none = PaymentTotal { payment_type, amount: Money::ZERO };
            let received = of_key(&mut self.by_payment_type, none, |total| total.payment_type);
            let given_back = entry.debit.checked_neg().ok_or_else(super::line::out_of_range)?;
            received.amount = sum([received.amount, entry.credit, given_back])?;
        }
        Ok(())
    }
}

/// Returns the row with the same key as `none`, which is inserted in the order of the keys if there is no such row.
fn of_key<T: Copy, K: Ord>(rows: &mut Vec<T>, none: T, key: impl Fn(&T) -> K) -> &mut T {
    let at = rows.binary_search_by_key(&key(&none), &key).unwrap_or_else(|at| {
        rows.insert(at, none);
        at
    });
    &mut rows[at]
}
