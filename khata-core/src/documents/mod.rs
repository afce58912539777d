//! Documents: what is on paper, and what people see of it.
//!
//! Every kind has a file of its own, with what makes a new one, what its body is, and what it looks like as it stands.
//! What they have in common is here: `documents!` lists the kinds once, and makes the types that are generic over them.
//! The rules of posting are in [`ledger`](crate::ledger).

pub mod counters;
pub mod credit_note;
mod document;
pub mod invoice;
pub mod receipt;
mod tax;
pub mod void;

use std::fmt;

pub use credit_note::{CreditNote, CreditNoteBody, NewCreditNote};
pub(crate) use document::Face;
pub use document::{Document, Heading, Party};
pub use invoice::{Invoice, InvoiceBody, InvoiceStatus, NewInvoice, PaidBy};
pub use receipt::{CreditStatus, NewAllocation, NewReceipt, Paid, PaymentType, Receipt, ReceiptBody};
pub use tax::Tax;
pub use void::Void;

use crate::id::{CreditNoteId, InvoiceId, ItemId, ReceiptId};
use crate::idempotency::Given;
use crate::ledger::{Allocation, Item};
use crate::number::DocumentKind;
use crate::record::{Description, FieldType, FormType, Input, Record, Visitor};
use crate::store::StoreError;
use crate::values::calendar::Timestamp;

/// A document as it is in the book.
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
    /// The document as it stands.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if its body can't be read.
    pub fn view(&self) -> Result<DocumentView, StoreError> {
        let Self { document, item, allocations } = self;
        Ok(DocumentBody::read(document)?.view(item, allocations, document.recorded_at))
    }
}

/// The type of a document as it stands, with the types that belong to it: [`Invoice`], [`Receipt`] or [`CreditNote`].
pub trait DocumentType: Record + Clone + fmt::Debug + Sized + Send + Sync + 'static {
    /// Its kind.
    const KIND: DocumentKind;
    /// Its id.
    type Id: Into<ItemId> + FieldType + FormType + fmt::Display + Copy + Send + 'static;
    /// What adds one.
    type New: Input + Given + Into<NewDocument> + Clone + Send + 'static;

    /// Its id.
    fn id(&self) -> Self::Id;

    /// `seq` of its entry.
    fn seq(&self) -> u64;

    /// The document of that view, if it is of this kind.
    fn from_view(view: DocumentView) -> Option<Self>;
}

/// Lists the kinds of documents.
macro_rules! documents {
    ($($kind:ident: $id:ident, $new:ident, $body:ident;)+) => {
        /// A document to add.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum NewDocument {
            $(#[doc = concat!("A [`", stringify!($new), "`].")] $kind($new),)+
        }

        /// The body of a document: what its hash covers, and what never changes of it.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum DocumentBody {
            $(#[doc = concat!("Of a [`", stringify!($kind), "`].")] $kind($body),)+
        }

        /// A document as it stands.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum DocumentView {
            $(#[doc = concat!("A [`", stringify!($kind), "`].")] $kind($kind),)+
        }

        impl NewDocument {
            /// Its kind.
            #[must_use]
            pub fn kind(&self) -> DocumentKind {
                match self {
                    $(Self::$kind(_) => DocumentKind::$kind,)+
                }
            }

            /// Number of bytes of its note.
            pub(crate) fn note_bytes(&self) -> usize {
                let note = match self {
                    $(Self::$kind(new) => &new.note,)+
                };
                note.as_ref().map_or(0, |note| note.as_str().len())
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
            /// The fields of documents of that kind.
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
            pub fn visit<V: Visitor>(&self, visitor: &mut V) -> Result<(), V::Error> {
                match self {
                    $(Self::$kind(document) => document.visit(visitor),)+
                }
            }

            /// The item that it opened.
            #[must_use]
            pub fn item(&self) -> ItemId {
                match self {
                    $(Self::$kind(document) => document.id.into(),)+
                }
            }
        }

        impl DocumentBody {
            /// Reads the body of a document.
            ///
            /// # Errors
            /// [`StoreError::Corrupt`] if it can't be read.
            pub fn read(document: &Document) -> Result<Self, StoreError> {
                match document.kind() {
                    $(DocumentKind::$kind => serde_json::from_str(&document.body).map(Self::$kind),)+
                }
                .map_err(StoreError::corrupt)
            }

            /// The document with this body as it stands.
            pub(crate) fn view(
                self,
                item: &Item,
                allocations: &[Allocation],
                created_at: Timestamp,
            ) -> DocumentView {
                match self {
                    $(Self::$kind(body) => DocumentView::$kind(body.view(item, allocations, created_at)),)+
                }
            }

            /// The text whose hash is in the entry.
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
}
