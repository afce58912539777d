//! What can be asked of a book, and what it answers.

use crate::customer::{Customer, CustomerUpdate, NewCustomer, Removal};
use crate::documents::{DocumentView, NewDocument, Void};
use crate::error::Error;
use crate::id::{CustomerId, EntryId, ItemId, OwnerId};
use crate::idempotency::{Given, IdempotencyKey, RequestEncoder};
use crate::number::DocumentKind;
use crate::owner::Owner;
use crate::record::FieldType as _;

/// One command of one shop, ready to be sent; sending it again is seen to be that.
#[derive(Debug, Clone)]
pub struct Posting {
    /// The shop.
    pub owner: OwnerId,
    /// What to do.
    pub command: Command,
    /// The client's name for the request, if it gave one.
    pub key: Option<IdempotencyKey>,
    /// What hides a document's body in its hash. Random, and the same however often the posting is sent.
    pub salt: [u8; 16],
}

impl Posting {
    /// About how many bytes it brings into a batch.
    #[must_use]
    pub fn weight(&self) -> usize {
        1024 + match &self.command {
            Command::Post { new, .. } => {
                let rows = if let NewDocument::Receipt(new) = &**new { new.allocations.len() } else { 0 };
                new.note_bytes() + 64 * rows
            }
            Command::Void { void, .. } => void.terms.reason.as_str().len(),
            _ => 0,
        }
    }

    /// Whether it may set free what is unique, a customer's mobile number. It is then the last of its shop in a batch,
    /// so that no write of the same batch takes what another one gives up.
    #[must_use]
    pub fn frees_mobile(&self) -> bool {
        match &self.command {
            Command::UpdateCustomer { update, .. } => update.mobile.is_some(),
            Command::RemoveCustomer { .. } => true,
            _ => false,
        }
    }
}

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
        /// The customer.
        id: CustomerId,
        /// The change.
        update: Box<CustomerUpdate>,
        /// The revision that the caller saw, if that matters.
        expected: Option<u64>,
    },
    /// Deletes or archives a customer.
    RemoveCustomer {
        /// The customer.
        id: CustomerId,
        /// The revision that the caller saw, if that matters.
        expected: Option<u64>,
    },
    /// Takes a customer out of the archive.
    RestoreCustomer {
        /// The customer.
        id: CustomerId,
    },
    /// Adds a document.
    Post {
        /// The entry's id, and the document's.
        id: EntryId,
        /// The document.
        new: Box<NewDocument>,
    },
    /// Voids a document.
    Void {
        /// The id of the reversing entry.
        id: EntryId,
        /// Kind of the document; one of another kind isn't found.
        kind: DocumentKind,
        /// The void.
        void: Box<Void<ItemId>>,
    },
}

impl Command {
    /// The id of the entry that it makes, if it always makes one.
    pub(super) fn entry(&self) -> Option<EntryId> {
        match self {
            Self::Post { id, .. } | Self::Void { id, .. } => Some(*id),
            _ => None,
        }
    }

    /// What tells this request from another one with the same idempotency key: all that the client asked for, and nothing
    /// that was made on the way. See [`RequestEncoder`].
    pub(super) fn fingerprint(&self) -> [u8; 32] {
        let operation = match self {
            Self::AddCustomer { .. } => "add_customer".to_owned(),
            Self::UpdateCustomer { .. } => "update_customer".to_owned(),
            Self::RemoveCustomer { .. } => "remove_customer".to_owned(),
            Self::RestoreCustomer { .. } => "restore_customer".to_owned(),
            Self::Post { new, .. } => format!("add_{}", new.kind()),
            Self::Void { kind, .. } => format!("void_{kind}"),
        };
        RequestEncoder::fingerprint(&operation, self)
    }
}

impl Given for Command {
    fn given(&self, request: &mut RequestEncoder) {
        match self {
            Self::AddCustomer { new, .. } => new.given(request),
            Self::UpdateCustomer { id, .. }
            | Self::RemoveCustomer { id, .. }
            | Self::RestoreCustomer { id } => {
                request.value("id", id.value());
            }
            Self::Post { new, .. } => new.given(request),
            Self::Void { void, .. } => {
                request.value("id", void.document.value());
                void.terms.given(request);
            }
        }
    }
}

/// What a command that was carried out answers with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The profile.
    Owner(Box<Owner>),
    /// The customer.
    Customer(Box<Customer>),
    /// What became of the customer.
    Removal(Removal),
    /// The document.
    Document(Box<DocumentView>),
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
