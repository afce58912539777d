//! Typed identifiers: UUIDs of version 7, so that they sort by the time they were made.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Violation;
use crate::form::{self, Raw};
use crate::money::Currency;
use crate::record::{FieldType, FormType, Type, Typed, Unreadable, Value};

macro_rules! typed_id {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, made of the present time and random bits.
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id with these bits, whatever their version.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The bits.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// Reads the hyphenated form, in either case, and no other.
            ///
            /// # Errors
            /// `not_found`, as for an id that nothing bears: a malformed one bears nothing either.
            pub fn parse(text: &str) -> Result<Self, Violation> {
                let hyphenated = text.len() == uuid::fmt::Hyphenated::LENGTH;
                match Uuid::try_parse(text) {
                    Ok(uuid) if hyphenated => Ok(Self(uuid)),
                    _ => Err(not_found()),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl Typed for $name {
            const TYPE: Type = Type::Id;
        }

        impl FieldType for $name {
            fn value(&self) -> Value<'_> {
                Value::Id(self.0)
            }

            fn from_value(value: Value<'_>) -> Result<Self, Unreadable> {
                Uuid::from_value(value).map(Self)
            }
        }

        impl FormType for $name {
            fn from_raw(raw: &Raw, _: Currency) -> Result<Self, Violation> {
                form::text(Self::parse)(raw)
            }
        }
    )+};
}

typed_id! {
    /// A shop, and the owner who keeps its book.
    OwnerId;
    /// A customer of a shop.
    CustomerId;
    /// A login of an owner.
    SessionId;
    /// An entry of a shop's ledger.
    EntryId;
    /// An open item. It is the id of the entry that opened it, and of the document on paper if there is one.
    ItemId;
    /// An invoice; the same bits as its [`ItemId`].
    InvoiceId;
    /// A receipt; the same bits as its [`ItemId`].
    ReceiptId;
    /// A credit note; the same bits as its [`ItemId`].
    CreditNoteId;
    /// Who caused an entry; today always the owner.
    ActorId;
}

macro_rules! same_bits {
    ($($from:ident => $to:ident;)+) => {$(
        impl From<$from> for $to {
            fn from(id: $from) -> Self {
                Self(id.0)
            }
        }
    )+};
}

same_bits! {
    InvoiceId => ItemId;
    ReceiptId => ItemId;
    CreditNoteId => ItemId;
    ItemId => InvoiceId;
    ItemId => ReceiptId;
    ItemId => CreditNoteId;
    EntryId => ItemId;
    ItemId => EntryId;
    OwnerId => ActorId;
}

/// The one answer to an id in a request that names nothing of the shop's: the same for a malformed one, for one
/// that was never given out, and for another shop's.
#[must_use]
pub fn not_found() -> Violation {
    Violation::new("not_found", "there is nothing of this shop's with this id")
}
