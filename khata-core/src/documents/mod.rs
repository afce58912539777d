//! Documents: invoices, receipts, credit notes, debit notes, refunds, write-offs and opening balances.
//!
//! Each kind has a file with the type that creates it, its body, and the document in its current state. This module has
//! what they share: `documents!` lists the kinds once, and defines the types that are generic over them. The rules of
//! posting are in [`ledger`](crate::ledger).

mod allocation;
pub mod bounce;
pub mod counters;
pub mod credit_note;
pub mod debit_note;
mod document;
pub mod invoice;
pub mod numbering;
pub mod opening_balance;
pub mod reallocation;
pub mod receipt;
pub mod refund;
mod tax;
pub mod void;
pub mod write_off;

use std::fmt;

pub use allocation::{NewAllocation, Paid, PaidBy, Payable};
pub use bounce::{Bounce, BounceTerms};
pub use credit_note::{CreditNote, CreditNoteBody, CreditedInvoice, NewCreditNote, NewInvoiceCredit};
pub use debit_note::{DebitNote, DebitNoteBody, NewDebitNote};
pub(crate) use document::Face;
pub use document::{Document, Heading, Party};
pub use invoice::{Invoice, InvoiceBody, InvoiceStatus, NewInvoice};
pub use opening_balance::{
    NewOpeningBalance, OpeningBalance, OpeningBalanceBody, OpeningTerms, ReplacedOpening,
};
pub use reallocation::{Reallocation, ReallocationTerms};
pub use receipt::{CreditStatus, NewReceipt, PaymentType, Receipt, ReceiptBody};
pub use refund::{NewRefund, Refund, RefundBody};
pub use tax::Tax;
pub use void::Void;
pub use write_off::{NewWriteOff, WriteOff, WriteOffBody};

use crate::id::{
    CreditNoteId, DebitNoteId, InvoiceId, ItemId, OpeningBalanceId, ReceiptId, RefundId, WriteOffId,
};
use crate::idempotency::Given;
use crate::ledger::{Allocation, CreditedAmounts, Item};
use crate::number::DocumentKind;
use crate::record::{Description, FieldType, FormType, Input, Record, Visitor};
use crate::store::StoreError;
use crate::text::Note;
use crate::values::calendar::{Date, Timestamp};

/// A document with its item and allocations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// The document.
    pub document: Document,
    /// Its item.
    pub item: Item,
    /// Every allocation from or to it, by (`seq`, `ordinal`).
    pub allocations: Vec<Allocation>,
}

impl StoredDocument {
    /// Returns whether its item has a status at the end of a day.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the open amount is out of range, which can't happen in a sound book.
    pub(crate) fn has_status(&self, status: InvoiceStatus, day: Date) -> Result<bool, StoreError> {
        Ok(self.item.on(day, &self.allocations)?.status() == status)
    }

    /// Returns the document as it stands at the end of a day, without allocations and a void that take effect later.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the body can't be parsed.
    pub fn view(&self, day: Date) -> Result<DocumentView, StoreError> {
        let Self { document, item, allocations } = self;
        DocumentBody::read(document)?.view(item, allocations, document.recorded_at, day)
    }
}

/// A kind of document in its current state, with the associated types, such as [`Invoice`].
pub trait DocumentType: Record + Clone + fmt::Debug + Sized + Send + Sync + 'static {
    /// Kind of the document.
    const KIND: DocumentKind;
    /// Type of the id.
    type Id: Into<ItemId> + FieldType + FormType + fmt::Display + Copy + Send + 'static;
    /// Input that creates the document.
    type New: Input + Given + Into<NewDocument> + Clone + Send + 'static;

    /// Returns the id.
    fn id(&self) -> Self::Id;

    /// Returns the `seq` of its entry.
    fn seq(&self) -> u64;

    /// Returns the document of a view if it is of this kind.
    fn from_view(view: DocumentView) -> Option<Self>;
}

/// Defines the types that are generic over the kinds of documents.
macro_rules! documents {
    ($($kind:ident: $id:ident, $new:ident, $body:ident;)+) => {
        /// A document to add.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum NewDocument {
            $(#[doc = concat!("A [`", stringify!($new), "`].")] $kind($new),)+
        }

        /// The body of a document: the part that its hash covers, which never changes.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum DocumentBody {
            $(#[doc = concat!("The body of a [`", stringify!($kind), "`].")] $kind($body),)+
        }

        /// A document in its current state.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum DocumentView {
            $(#[doc = concat!("A [`", stringify!($kind), "`].")] $kind($kind),)+
        }

        impl NewDocument {
            /// Returns the kind of the document.
            #[must_use]
            pub fn kind(&self) -> DocumentKind {
                match self {
                    $(Self::$kind(_) => DocumentKind::$kind,)+
                }
            }
        }

        impl Given for NewDocument {
            fn given(&self, request: &mut crate::idempotency::RequestEncoder) {
                match self {
                    $(Self::$kind(new) => new.given(request),)+
                }
            }
        }

        impl DocumentView {
            /// Returns the fields of documents of a kind.
            #[must_use]
            pub fn description(kind: DocumentKind) -> &'static Description {
                match kind {
                    $(DocumentKind::$kind => $kind::DESCRIPTION,)+
                }
            }

            /// Shows each field to the visitor, as [`Record::visit`] does.
            ///
            /// # Errors
            /// The visitor's first error.
            pub fn visit<'r, V: Visitor<'r>>(&'r self, visitor: &mut V) -> Result<(), V::Error> {
                match self {
                    $(Self::$kind(document) => document.visit(visitor),)+
                }
            }

            /// Returns the item that the document opened.
            #[must_use]
            pub fn item(&self) -> ItemId {
                match self {
                    $(Self::$kind(document) => document.id.into(),)+
                }
            }
        }

        impl DocumentBody {
            /// Parses the body of a document.
            ///
            /// # Errors
            /// [`StoreError::Corrupt`] if the body can't be parsed.
            pub fn read(document: &Document) -> Result<Self, StoreError> {
                match document.kind() {
                    $(DocumentKind::$kind => serde_json::from_str(&document.body).map(Self::$kind),)+
                }
                .map_err(StoreError::corrupt)
            }

            /// Returns the document with this body as it stands at the end of a day. `allocations` has every one from or
            /// to its item.
            pub(crate) fn view(
                self,
                item: &Item,
                allocations: &[Allocation],
                created_at: Timestamp,
                day: Date,
            ) -> Result<DocumentView, StoreError> {
                let later = |row: &Allocation| row.effective > day;
                if item.voided_on.is_none_or(|on| on <= day) && !allocations.iter().any(later) {
                    return Ok(self.shown(item, allocations, created_at));
                }
                let item = item.on(day, allocations)?;
                let allocations: Vec<_> = allocations.iter().filter(|row| !later(row)).cloned().collect();
                Ok(self.shown(&item, &allocations, created_at))
            }

            fn shown(self, item: &Item, allocations: &[Allocation], created_at: Timestamp) -> DocumentView {
                match self {
                    $(Self::$kind(body) => DocumentView::$kind(body.view(item, allocations, created_at)),)+
                }
            }

            /// Serializes the body to the text that the hash in the entry covers.
            pub(crate) fn to_json(&self) -> String {
                match self {
                    $(Self::$kind(body) => serde_json::to_string(body),)+
                }
                .expect("plain values always have a JSON form")
            }
        }

        $(
            impl From<$new> for NewDocument {
                fn from(new: $new) -> Self {
                    Self::$kind(new)
                }
            }

            impl DocumentType for $kind {
                const KIND: DocumentKind = DocumentKind::$kind;
                type Id = $id;
                type New = $new;

                fn id(&self) -> $id {
                    self.id
                }

                fn seq(&self) -> u64 {
                    self.seq
                }

                fn from_view(view: DocumentView) -> Option<Self> {
                    match view {
                        DocumentView::$kind(document) => Some(document),
                        _ => None,
                    }
                }
            }
        )+
    };
}

documents! {
    Invoice: InvoiceId, NewInvoice, InvoiceBody;
    Receipt: ReceiptId, NewReceipt, ReceiptBody;
    CreditNote: CreditNoteId, NewCreditNote, CreditNoteBody;
    DebitNote: DebitNoteId, NewDebitNote, DebitNoteBody;
    Refund: RefundId, NewRefund, RefundBody;
    WriteOff: WriteOffId, NewWriteOff, WriteOffBody;
    OpeningBalance: OpeningBalanceId, NewOpeningBalance, OpeningBalanceBody;
}

impl DocumentBody {
    /// Returns the invoices that it credits, and by which amounts.
    pub(crate) fn credits(&self) -> Vec<(ItemId, CreditedAmounts)> {
        match self {
            Self::CreditNote(body) => {
                body.credited().iter().map(|part| (part.invoice.into(), part.amounts())).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl NewDocument {
    /// Returns the allocations that it names.
    pub(crate) fn allocations(&self) -> &[NewAllocation] {
        match self {
            Self::Receipt(new) => &new.allocations,
            Self::WriteOff(new) => &new.allocations,
            _ => &[],
        }
    }

    /// Returns the note or, of a write-off, the reason.
    pub(crate) fn note(&self) -> Option<&Note> {
        match self {
            Self::Invoice(new) => new.note.as_ref(),
            Self::Receipt(new) => new.note.as_ref(),
            Self::CreditNote(new) => new.note.as_ref(),
            Self::DebitNote(new) => new.note.as_ref(),
            Self::Refund(new) => new.note.as_ref(),
            Self::WriteOff(new) => Some(&new.reason),
            Self::OpeningBalance(new) => new.terms.note.as_ref(),
        }
    }
}
