//! Stored documents, which never change.
//!
//! The body of a document is a JSON text; the hash of the entry covers the SHA-256 of its exact bytes. The body is salted,
//! so that it can be erased without being recoverable from its hash, and contains the seller and the buyer as they were
//! when the document was written.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{DocumentBody, PaymentType, Tax};
use crate::customer::Customer;
use crate::gst::Gstin;
use crate::id::{CustomerId, InvoiceId, ItemId, OwnerId};
use crate::ledger::CreditedAmounts;
use crate::money::{Currency, Money};
use crate::number::{DocumentKind, DocumentNumber, NumberKey};
use crate::owner::Owner;
use crate::phone::MobileNumber;
use crate::record::Record;
use crate::store::StoreError;
use crate::text::{Name, Note};
use crate::values::calendar::{Date, Timestamp};

/// A document with its lookup fields.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[record(table = "documents")]
pub struct Document {
    /// The shop.
    #[field(name = "shopOwnerId", column = "owner_id")]
    pub owner: OwnerId,
    /// The document; the same bits as its item and entry.
    #[field(name = "id")]
    pub id: ItemId,
    /// The customer.
    #[field(name = "customerId")]
    pub customer: CustomerId,
    /// Kind, financial year and number: unique in the shop.
    #[field(flatten)]
    pub key: NumberKey,
    /// Date on the document.
    #[field(name = "date")]
    pub date: Date,
    /// `seq` of its entry.
    #[field(name = "seq")]
    pub seq: u64,
    /// Time at which it was recorded.
    #[field(name = "recordedAt")]
    pub recorded_at: Timestamp,
    /// The JSON of a [`DocumentBody`](super::DocumentBody).
    #[field(name = "body")]
    pub body: String,
}

impl Document {
    /// Returns the kind of the document.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        self.key.series().kind
    }

    /// Returns the invoices that it credits, and by which amounts; only credit notes do.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the body can't be parsed.
    pub fn credits(&self) -> Result<Vec<(ItemId, CreditedAmounts)>, StoreError> {
        match self.kind() {
            DocumentKind::CreditNote => Ok(DocumentBody::read(self)?.credits()),
            _ => Ok(Vec::new()),
        }
    }

    /// Computes the SHA-256 of a body.
    #[must_use]
    pub fn body_hash(body: &str) -> [u8; 32] {
        Sha256::digest(body.as_bytes()).into()
    }
}

/// A party to a document, as it was when the document was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Party {
    /// The shop's or the customer's name.
    pub name: Name,
    /// The proprietor's or the firm's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_name: Option<Name>,
    /// The mobile number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile_number: Option<MobileNumber>,
    /// The city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<Name>,
    /// The state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Name>,
    /// The GSTIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gst_number: Option<Gstin>,
}

impl From<&Owner> for Party {
    fn from(owner: &Owner) -> Self {
        Self {
            name: owner.shop_name.clone(),
            second_name: Some(owner.proprietor_name.clone()),
            mobile_number: Some(owner.mobile.clone()),
            city: None,
            state: owner.state.clone(),
            gst_number: owner.gst_number.clone(),
        }
    }
}

impl From<&Customer> for Party {
    fn from(customer: &Customer) -> Self {
        Self {
            name: customer.name.clone(),
            second_name: customer.firm_name.clone(),
            mobile_number: customer.mobile.clone(),
            city: customer.city.clone(),
            state: customer.state.clone(),
            gst_number: customer.gst_number.clone(),
        }
    }
}

/// Heading common to the bodies of all documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Heading {
    /// Version of the encoding, 1.
    pub version: u8,
    /// 16 random bytes in hexadecimal.
    pub salt: String,
    /// The currency of the amounts, which are in its minor units.
    pub currency: Currency,
    /// The shop.
    pub seller: Party,
    /// The customer.
    pub buyer: Party,
    /// The number as it was written.
    pub number: DocumentNumber,
    /// The date.
    pub date: Date,
}

impl Heading {
    /// Creates the heading of a new document.
    #[must_use]
    pub fn new(salt: [u8; 16], seller: &Owner, buyer: &Customer, number: DocumentNumber, date: Date) -> Self {
        Self {
            version: 1,
            salt: salt.iter().map(|byte| format!("{byte:02x}")).collect(),
            currency: seller.currency,
            seller: seller.into(),
            buyer: buyer.into(),
            number,
            date,
        }
    }
}

/// Declares the body of a kind of document: the heading, and fields of its own. Its JSON has the fields of both in one
/// object. Reading is written out, since serde reads a flattened struct by way of a copy of the whole object.
macro_rules! body {
    ($(#[$meta:meta])* pub struct $body:ident { $($(#[$doc:meta])* pub $field:ident: $ty:ty,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $body {
            /// Heading common to all bodies.
            #[serde(flatten)]
            pub heading: $crate::documents::Heading,
            $($(#[$doc])* pub $field: $ty,)+
        }

        impl<'de> serde::Deserialize<'de> for $body {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                #[derive(serde::Deserialize)]
                #[serde(rename_all = "camelCase")]
                struct Read {
                    version: u8,
                    salt: String,
                    currency: $crate::money::Currency,
                    seller: $crate::documents::Party,
                    buyer: $crate::documents::Party,
                    number: $crate::number::DocumentNumber,
                    date: $crate::calendar::Date,
                    $($(#[$doc])* $field: $ty,)+
                }
                let Read { version, salt, currency, seller, buyer, number, date, $($field,)+ } =
                    serde::Deserialize::deserialize(from)?;
                let heading =
                    $crate::documents::Heading { version, salt, currency, seller, buyer, number, date };
                Ok(Self { heading, $($field,)+ })
            }
        }
    };
}
pub(super) use body;

/// The parts of a body that lists, exports and checks need, whatever the kind of the document. They are parsed fast,
/// without validating the whole body.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Face {
    pub(crate) number: DocumentNumber,
    pub(crate) date: Date,
    pub(crate) buyer: Buyer,
    pub(crate) due_date: Option<Date>,
    pub(crate) gross: Option<Money>,
    pub(crate) tax: Option<Tax>,
    pub(crate) other_charges: Option<Money>,
    pub(crate) round_off: Option<Money>,
    pub(crate) total: Option<Money>,
    pub(crate) amount: Option<Money>,
    pub(crate) payment_type: Option<PaymentType>,
    pub(crate) reference: Option<String>,
    pub(crate) invoice: Option<InvoiceId>,
    pub(crate) invoice_number: Option<DocumentNumber>,
    /// A write-off has a reason instead.
    #[serde(alias = "reason")]
    pub(crate) note: Option<Note>,
}

/// The parts of the buyer that are needed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Buyer {
    pub(crate) name: String,
    pub(crate) gst_number: Option<String>,
}

impl Face {
    /// Parses the body of a document.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the body can't be parsed.
    pub(crate) fn of(document: &Document) -> Result<Self, StoreError> {
        serde_json::from_str(&document.body).map_err(StoreError::corrupt)
    }
}
