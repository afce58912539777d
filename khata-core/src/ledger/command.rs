//! What can be asked of a book, and what it answers.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::credit_note::{CreditNote, NewCreditNote};
use crate::customer::{Customer, CustomerUpdate, NewCustomer, Removal};
use crate::error::Error;
use crate::id::{CustomerId, EntryId, ItemId};
use crate::invoice::{Invoice, NewInvoice};
use crate::number::DocumentKind;
use crate::owner::Owner;
use crate::receipt::{NewReceipt, Receipt};
use crate::void::Void;

/// A change of one shop's book. Ids are made before it is first sent, so that sending it again is seen to be that.
#[derive(Debug, Clone)]
pub enum Command {
    /// Adds a customer, with an opening balance if there is one.
    AddCustomer {
        /// The customer's id.
        id: CustomerId,
        /// The id of the opening balance's entry.
        opening: EntryId,
        /// The customer.
        new: Box<NewCustomer>,
    },
    /// Changes a customer's particulars.
    UpdateCustomer {
        /// Which.
        id: CustomerId,
        /// The change.
        update: Box<CustomerUpdate>,
        /// The revision that the caller saw, if that matters.
        expected: Option<u64>,
    },
    /// Takes a customer off the list.
    RemoveCustomer {
        /// Which.
        id: CustomerId,
        /// The revision that the caller saw, if that matters.
        expected: Option<u64>,
    },
    /// Takes a customer out of the archive.
    RestoreCustomer {
        /// Which.
        id: CustomerId,
    },
    /// Adds an invoice.
    AddInvoice {
        /// The entry's id, and the invoice's.
        id: EntryId,
        /// The invoice.
        new: Box<NewInvoice>,
    },
    /// Adds a receipt.
    AddReceipt {
        /// The entry's id, and the receipt's.
        id: EntryId,
        /// The receipt.
        new: Box<NewReceipt>,
    },
    /// Adds a credit note.
    AddCreditNote {
        /// The entry's id, and the credit note's.
        id: EntryId,
        /// The credit note.
        new: Box<NewCreditNote>,
    },
    /// Voids a document.
    Void {
        /// The id of the reversing entry.
        id: EntryId,
        /// What sort of document it is; one of another kind isn't found.
        kind: DocumentKind,
        /// The void.
        void: Box<Void<ItemId>>,
    },
}

impl Command {
    /// What tells this request from another one with the same idempotency key: all that the caller said, in typed
    /// form, so that `100` and `"100.00"` are equal, and nothing that was made on the way.
    pub(super) fn fingerprint(&self) -> [u8; 32] {
        #[derive(Serialize)]
        #[serde(rename_all = "snake_case")]
        enum Said<'a> {
            AddCustomer(&'a NewCustomer),
            AddInvoice(&'a NewInvoice),
            AddReceipt(&'a NewReceipt),
            AddCreditNote(&'a NewCreditNote),
            Void(DocumentKind, &'a Void<ItemId>),
            RestoreCustomer(CustomerId),
            RemoveCustomer(CustomerId),
            UpdateCustomer(CustomerId),
        }
        let said = match self {
            Self::AddCustomer { new, .. } => Said::AddCustomer(new),
            Self::AddInvoice { new, .. } => Said::AddInvoice(new),
            Self::AddReceipt { new, .. } => Said::AddReceipt(new),
            Self::AddCreditNote { new, .. } => Said::AddCreditNote(new),
            Self::Void { kind, void, .. } => Said::Void(*kind, void),
            Self::RestoreCustomer { id } => Said::RestoreCustomer(*id),
            Self::RemoveCustomer { id, .. } => Said::RemoveCustomer(*id),
            Self::UpdateCustomer { id, .. } => Said::UpdateCustomer(*id),
        };
        let json = serde_json::to_vec(&said).expect("plain values always have a JSON form");
        Sha256::digest(json).into()
    }
}

/// What a command that was carried out answers with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The profile.
    Owner(Box<Owner>),
    /// The customer.
    Customer(Box<Customer>),
    /// What became of the customer.
    Removal(Removal),
    /// The invoice.
    Invoice(Box<Invoice>),
    /// The receipt.
    Receipt(Box<Receipt>),
    /// The credit note.
    CreditNote(Box<CreditNote>),
}

/// A command that was carried out, now or before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The answer; of one carried out before, the first answer again.
    pub answer: Answer,
    /// Whether the idempotency key showed that it had been carried out before.
    pub replayed: bool,
}

/// What comes of a command. A refusal has written nothing, and has no effect on the rest of its batch.
pub type Outcome = Result<Done, Error>;
