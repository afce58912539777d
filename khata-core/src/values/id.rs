//! Typed identifiers: UUIDs of version 7, which sort by creation time.

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
            /// Generates a new id from the current time and random bits.
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// Creates an id from a UUID of any version.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// Returns the id as a UUID.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// Parses the hyphenated form, in either case. Other forms are rejected.
            ///
            /// # Errors
            /// `not_found`, the same as for an unknown id.
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
    /// A device that an owner has logged in on.
    DeviceId;
    /// An entry of a shop's ledger.
    EntryId;
    /// An open item. It has the same bits as the id of the entry that opened it, and of its document.
    ItemId;
    /// An invoice. It has the same bits as its [`ItemId`].
    InvoiceId;
    /// A receipt. It has the same bits as its [`ItemId`].
    ReceiptId;
    /// A credit note. It has the same bits as its [`ItemId`].
    CreditNoteId;
    /// A debit note. It has the same bits as its [`ItemId`].
    DebitNoteId;
    /// A refund. It has the same bits as its [`ItemId`].
    RefundId;
    /// A write-off. It has the same bits as its [`ItemId`].
    WriteOffId;
    /// An opening balance. It has the same bits as its [`ItemId`].
    OpeningBalanceId;
    /// The author of an entry. At present this is always the owner.
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
    DebitNoteId => ItemId;
    RefundId => ItemId;
    WriteOffId => ItemId;
    OpeningBalanceId => ItemId;
    ItemId => InvoiceId;
    ItemId => ReceiptId;
    ItemId => CreditNoteId;
    ItemId => DebitNoteId;
    ItemId => RefundId;
    ItemId => WriteOffId;
    ItemId => OpeningBalanceId;
    EntryId => ItemId;
    ItemId => EntryId;
    OwnerId => ActorId;
}

/// Returns the violation for an id in a request that the shop doesn't have. It is the same for a malformed id, for an
/// unknown one and for one of another shop.
#[must_use]
pub fn not_found() -> Violation {
    Violation::new("not_found", "does not exist in this shop")
}
