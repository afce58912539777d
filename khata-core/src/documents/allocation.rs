//! Allocations as documents give and show them: the debits that a credit pays.

use crate::error::{FieldError, Violation};
use crate::form::{self, Form};
use crate::id::{
    CreditNoteId, DebitNoteId, InvoiceId, ItemId, OpeningBalanceId, ReceiptId, RefundId, WriteOffId,
};
use crate::idempotency::{Given, RequestEncoder};
use crate::ledger::{Allocation, ItemKind, net};
use crate::money::{Currency, Money};
use crate::record::{
    FieldType as _, FormType as _, Input, InputField, InputPart, InputType, Record, Typed as _,
};

/// A document that a credit may pay by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Payable {
    /// An invoice.
    Invoice(InvoiceId),
    /// A debit note.
    DebitNote(DebitNoteId),
}

impl Payable {
    /// Returns the item of the document.
    #[must_use]
    pub fn item(self) -> ItemId {
        match self {
            Self::Invoice(id) => id.into(),
            Self::DebitNote(id) => id.into(),
        }
    }

    /// Returns the kind of the item.
    #[must_use]
    pub fn kind(self) -> ItemKind {
        match self {
            Self::Invoice(_) => ItemKind::Invoice,
            Self::DebitNote(_) => ItemKind::DebitNote,
        }
    }

    /// Returns the name of its field on the wire.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::Invoice(_) => INVOICE,
            Self::DebitNote(_) => DEBIT_NOTE,
        }
    }

    fn of_parts(parts: (Option<InvoiceId>, Option<DebitNoteId>)) -> Result<Self, FieldError> {
        match parts {
            (Some(invoice), None) => Ok(Self::Invoice(invoice)),
            (None, Some(debit_note)) => Ok(Self::DebitNote(debit_note)),
            (None, None) => Err(form::missing().at(INVOICE)),
            (Some(_), Some(_)) => {
                Err(Violation::new("exclusive", "must be absent if invoiceId is given").at(DEBIT_NOTE))
            }
        }
    }
}

const INVOICE: &str = "invoiceId";
const DEBIT_NOTE: &str = "debitNoteId";

impl From<InvoiceId> for Payable {
    fn from(id: InvoiceId) -> Self {
        Self::Invoice(id)
    }
}

impl From<DebitNoteId> for Payable {
    fn from(id: DebitNoteId) -> Self {
        Self::DebitNote(id)
    }
}

impl InputPart for Payable {
    const FIELDS: &'static [InputField] = &[
        field(INVOICE, "The invoice, of the same customer."),
        field(DEBIT_NOTE, "The debit note, of the same customer, in place of an invoice."),
    ];

    fn read(form: &mut Form, currency: Currency) -> Option<Self> {
        let invoice = form.optional(INVOICE, |raw| InvoiceId::from_raw(raw, currency));
        let debit_note = form.optional(DEBIT_NOTE, |raw| DebitNoteId::from_raw(raw, currency));
        let payable = Self::of_parts((invoice?, debit_note?));
        payable.map_err(|violation| form.check(Some(violation))).ok()
    }

    fn violations(&self, _: Currency) -> Vec<FieldError> {
        Vec::new()
    }
}

const fn field(name: &'static str, doc: &'static str) -> InputField {
    InputField { name, ty: InputType::Value(InvoiceId::TYPE), required: false, nullable: true, doc }
}

impl Given for Payable {
    fn given(&self, request: &mut RequestEncoder) {
        request.value(self.field(), self.item().value());
    }
}

/// A part of a credit that pays a given debit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Input)]
pub struct NewAllocation {
    /// The debit.
    #[field(flatten)]
    pub pays: Payable,
    /// Amount that it pays.
    #[field(name = "amount", range = positive)]
    pub amount: Money,
}

impl NewAllocation {
    /// Creates the allocation of an amount to an invoice or a debit note.
    #[must_use]
    pub fn new(pays: impl Into<Payable>, amount: Money) -> Self {
        Self { pays: pays.into(), amount }
    }

    /// Checks that no debit is named twice, and that the amounts add up to at most that of the credit.
    pub(super) fn rules(rows: Option<&Vec<Self>>, amount: Option<&Money>) -> Vec<Option<FieldError>> {
        let Some(rows) = rows else { return Vec::new() };
        let too_much = amount.and_then(|amount| too_much_allocated(rows, *amount));
        repeated(rows).into_iter().map(Some).chain([too_much]).collect()
    }
}

fn repeated(rows: &[NewAllocation]) -> Vec<FieldError> {
    let mut seen = std::collections::HashSet::new();
    let again = rows.iter().enumerate().filter(|(_, row)| !seen.insert(row.pays.item()));
    let fault = |(at, row): (usize, &NewAllocation)| {
        let field = format!("allocations/{at}/{}", row.pays.field());
        Violation::new("repeated", "repeats a document").at(field)
    };
    again.map(fault).collect()
}

fn too_much_allocated(rows: &[NewAllocation], amount: Money) -> Option<FieldError> {
    let sum = Money::checked_sum(rows.iter().map(|row| row.amount));
    let within = rows.is_empty() || sum.is_some_and(|sum| sum <= amount);
    (!within).then(|| {
        Violation::new("over_allocated", "must not add up to more than the amount").at("allocations")
    })
}

/// A part of a debit that a credit paid. One of the documents is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Record)]
pub struct Paid {
    /// The invoice, if it was one.
    #[field(name = "invoiceId")]
    pub invoice: Option<InvoiceId>,
    /// The debit note, if it was one.
    #[field(name = "debitNoteId")]
    pub debit_note: Option<DebitNoteId>,
    /// The refund, if it was one.
    #[field(name = "refundId")]
    pub refund: Option<RefundId>,
    /// The opening balance, if it was one.
    #[field(name = "openingBalanceId")]
    pub opening_balance: Option<OpeningBalanceId>,
    /// Amount that was paid of it.
    #[field(name = "amount")]
    pub amount: Money,
}

impl Paid {
    /// Returns the parts of debits that a credit paid.
    pub(super) fn by(allocations: &[Allocation]) -> Vec<Self> {
        let debits = net(allocations, |row| (row.debit, row.debit_kind)).into_iter();
        let paid = debits.map(|(id, kind, amount)| Self {
            invoice: (kind == ItemKind::Invoice).then(|| id.into()),
            debit_note: (kind == ItemKind::DebitNote).then(|| id.into()),
            refund: (kind == ItemKind::Refund).then(|| id.into()),
            opening_balance: (kind == ItemKind::OpeningBalance).then(|| id.into()),
            amount,
        });
        paid.collect()
    }

    /// Returns the item of the document that is named.
    #[must_use]
    pub fn item(&self) -> Option<ItemId> {
        let Self { invoice, debit_note, refund, opening_balance, .. } = *self;
        let debits = [invoice.map(ItemId::from), debit_note.map(ItemId::from), refund.map(ItemId::from)];
        debits.into_iter().chain([opening_balance.map(ItemId::from)]).flatten().next()
    }
}

/// A part of a debit that a credit paid. One of the documents is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Record)]
pub struct PaidBy {
    /// The receipt, if it was one.
    #[field(name = "receiptId")]
    pub receipt: Option<ReceiptId>,
    /// The credit note, if it was one.
    #[field(name = "creditNoteId")]
    pub credit_note: Option<CreditNoteId>,
    /// The write-off, if it was one.
    #[field(name = "writeOffId")]
    pub write_off: Option<WriteOffId>,
    /// The opening balance, if it was one: the customer had something on account.
    #[field(name = "openingBalanceId")]
    pub opening_balance: Option<OpeningBalanceId>,
    /// Amount that it paid.
    #[field(name = "amount")]
    pub amount: Money,
}

impl PaidBy {
    /// Returns the credits that paid parts of a debit, oldest first.
    pub(super) fn of(allocations: &[Allocation]) -> Vec<Self> {
        let credits = net(allocations, |row| (row.credit, row.credit_kind)).into_iter();
        let paid = credits.map(|(id, kind, amount)| Self {
            receipt: (kind == ItemKind::Receipt).then(|| id.into()),
            credit_note: (kind == ItemKind::CreditNote).then(|| id.into()),
            write_off: (kind == ItemKind::WriteOff).then(|| id.into()),
            opening_balance: (kind == ItemKind::OpeningBalance).then(|| id.into()),
            amount,
        });
        paid.collect()
    }

    /// Returns the item of the document that is named.
    #[must_use]
    pub fn item(&self) -> Option<ItemId> {
        let Self { receipt, credit_note, write_off, opening_balance, .. } = *self;
        let credits = [receipt.map(ItemId::from), credit_note.map(ItemId::from), write_off.map(ItemId::from)];
        credits.into_iter().chain([opening_balance.map(ItemId::from)]).flatten().next()
    }
}
