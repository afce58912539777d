//! Commands of a book and their results.

use crate::customer::{CustomerUpdate, CustomerView, NewCustomer, Removal};
use crate::documents::{Bounce, DocumentView, NewDocument, Reallocation, Void};
use crate::error::Error;
use crate::form::Patch;
use crate::id::{CustomerId, EntryId, ItemId, OwnerId};
use crate::idempotency::{Given, IdempotencyKey, RequestEncoder};
use crate::number::DocumentKind;
use crate::numbering::NumberSeries;
use crate::owner::Owner;
use crate::record::FieldType as _;

/// A command of a shop, ready to be sent. It may be sent again; the second time has no further effect.
#[derive(Debug, Clone)]
pub struct Posting {
    /// The shop.
    pub owner: OwnerId,
    /// The command.
    pub command: Command,
    /// Idempotency key of the request, if the client gave one.
    pub key: Option<IdempotencyKey>,
    /// Random salt of the document's body, so that it can't be guessed from its hash. It stays the same when the posting is
    /// sent again.
    pub salt: [u8; 16],
}

impl Posting {
    /// Returns the approximate size of the posting in a batch, in bytes.
    #[must_use]
    pub fn weight(&self) -> usize {
        let document = self.command.adds().map_or(0, |(_, new)| {
            let note = new.note().map_or(0, |note| note.as_str().len());
            note + 64 * new.allocations().len()
        });
        let beside = match &self.command {
            Command::Void { void, .. } => void.terms.reason.as_str().len(),
            Command::Bounce { bounce, .. } => bounce.terms.reason.as_str().len(),
            Command::Reallocate { new, .. } => 64 * new.terms.allocations.len(),
            _ => 0,
        };
        1024 + document + beside
    }

    /// Returns whether the posting may release a mobile number. It is then the last of its shop in a batch, so that no
    /// write of a batch takes a number that another write of the same batch releases.
    #[must_use]
    pub fn frees_mobile(&self) -> bool {
        match &self.command {
            Command::UpdateCustomer { update, .. } => update.mobile != Patch::Keep,
            Command::RemoveCustomer { .. } => true,
            _ => false,
        }
    }
}

/// A change of a shop's book. Its ids are generated before it is first sent, so that a second time is recognized.
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
        /// Expected revision, if the change depends on it.
        expected: Option<u64>,
    },
    /// Deletes or archives a customer.
    RemoveCustomer {
        /// The customer.
        id: CustomerId,
        /// Expected revision, if the change depends on it.
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
    /// Voids a customer's opening balance, if there is one, and adds another.
    ReplaceOpening {
        /// The id of the new entry, and of the new opening balance.
        id: EntryId,
        /// The opening balance to void, with the id of the reversing entry.
        voids: Option<(ItemId, EntryId)>,
        /// The new opening balance.
        new: Box<NewDocument>,
    },
    /// Reverses a receipt whose cheque bounced.
    Bounce {
        /// The id of the reversing entry.
        id: EntryId,
        /// The id of the entry of the debit note that charges for it.
        charge: EntryId,
        /// The bounce.
        bounce: Box<Bounce>,
    },
    /// Allocates a credit otherwise.
    Reallocate {
        /// The id of the entry.
        id: EntryId,
        /// Kind of the credit. A document of another kind is reported as not found.
        kind: DocumentKind,
        /// The reallocation.
        new: Box<Reallocation<ItemId>>,
    },
    /// Voids a document.
    Void {
        /// The id of the reversing entry.
        id: EntryId,
        /// Kind of the document. A document of another kind is reported as not found.
        kind: DocumentKind,
        /// The void.
        void: Box<Void<ItemId>>,
    },
}

impl Command {
    /// Returns the id of the entry that the command posts, if it always posts one.
    pub(super) fn entry(&self) -> Option<EntryId> {
        match self {
            Self::Post { id, .. }
            | Self::Void { id, .. }
            | Self::Bounce { id, .. }
            | Self::Reallocate { id, .. }
            | Self::ReplaceOpening { id, .. } => Some(*id),
            _ => None,
        }
    }

    /// Returns the document that the command adds, with the id of its entry.
    pub(super) fn adds(&self) -> Option<(EntryId, &NewDocument)> {
        match self {
            Self::Post { id, new } | Self::ReplaceOpening { id, new, .. } => Some((*id, new)),
            _ => None,
        }
    }

    /// Returns the document that the command reverses.
    pub(super) fn reverses(&self) -> Option<ItemId> {
        match self {
            Self::Void { void, .. } => Some(void.document),
            Self::Bounce { bounce, .. } => Some(bounce.receipt.into()),
            Self::ReplaceOpening { voids, .. } => voids.map(|(document, _)| document),
            _ => None,
        }
    }

    /// Returns the document whose allocations the command reverses: the one that it reverses, or allocates otherwise.
    pub(super) fn releases(&self) -> Option<ItemId> {
        match self {
            Self::Reallocate { new, .. } => Some(new.credit),
            _ => self.reverses(),
        }
    }

    /// Computes the fingerprint that distinguishes this request from others with the same idempotency key. It covers what the
    /// client sent, and nothing that was generated here. See [`RequestEncoder`].
    pub(super) fn fingerprint(&self) -> [u8; 32] {
        let operation = match self {
            Self::AddCustomer { .. } => "add_customer".to_owned(),
            Self::UpdateCustomer { .. } => "update_customer".to_owned(),
            Self::RemoveCustomer { .. } => "remove_customer".to_owned(),
            Self::RestoreCustomer { .. } => "restore_customer".to_owned(),
            Self::Post { new, .. } => format!("add_{}", new.kind()),
            Self::ReplaceOpening { .. } => "replace_opening_balance".to_owned(),
            Self::Bounce { .. } => "bounce_receipt".to_owned(),
            Self::Reallocate { kind, .. } => format!("allocate_{kind}"),
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
            // Which one is voided is found out, and not asked.
            Self::Post { new, .. } | Self::ReplaceOpening { new, .. } => new.given(request),
            Self::Bounce { bounce, .. } => {
                request.value("id", bounce.receipt.value());
                bounce.terms.given(request);
            }
            Self::Reallocate { new, .. } => {
                request.value("id", new.credit.value());
                new.terms.given(request);
            }
            Self::Void { void, .. } => {
                request.value("id", void.document.value());
                void.terms.given(request);
            }
        }
    }
}

/// Result of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The profile.
    Owner(Box<Owner>),
    /// Automatic numbers.
    Numbers(Box<NumberSeries>),
    /// The customer.
    Customer(Box<CustomerView>),
    /// The result of removing a customer.
    Removal(Removal),
    /// The document.
    Document(Box<DocumentView>),
}

/// A command that was carried out, now or earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Result of the command. If it was carried out earlier, it is the first result.
    pub answer: Answer,
    /// Whether the command had been carried out earlier under the same idempotency key.
    pub replayed: bool,
}

/// Outcome of a command. A refused command writes nothing and doesn't affect the rest of its batch.
pub type Outcome = Result<Done, Error>;
