//! The document: what is on paper, and never changes.
//!
//! Its body is a JSON text; the entry's hash covers the SHA-256 of exactly its bytes. It is salted, so that a body can
//! be erased and not be guessed back from its hash, and it holds seller and buyer as they were that day.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::calendar::{Date, Timestamp};
use crate::customer::Customer;
use crate::gst::Gstin;
use crate::id::{CustomerId, InvoiceId, ItemId, OwnerId};
use crate::invoice::{NewInvoice, Tax};
use crate::money::{Currency, Money};
use crate::number::{DocumentKind, DocumentNumber, NumberKey};
use crate::owner::Owner;
use crate::phone::MobileNumber;
use crate::receipt::{NewReceipt, PaymentType};
use crate::text::{Name, Note, Reference};

/// A document, with what it is found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The shop.
    pub owner: OwnerId,
    /// The document; the same bits as its item and entry.
    pub id: ItemId,
    /// Whose.
    pub customer: CustomerId,
    /// Kind, financial year and number: unique in the shop.
    pub key: NumberKey,
    /// The date on it.
    pub date: Date,
    /// Its entry's place in the book.
    pub seq: u64,
    /// When the book learnt of it.
    pub recorded_at: Timestamp,
    /// The JSON of an [`InvoiceBody`], [`ReceiptBody`] or [`CreditNoteBody`].
    pub body: String,
}

impl Document {
    /// What sort of document it is.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        self.key.series().kind
    }

    /// SHA-256 of a body.
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
    pub mobile_number: MobileNumber,
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
            mobile_number: owner.mobile.clone(),
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

/// What every body begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Heading {
    /// The encoding's version, 1.
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
    /// The heading of a document that is written now.
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

/// The body of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceBody {
    /// What every body begins with.
    #[serde(flatten)]
    pub heading: Heading,
    /// When it is to be paid.
    pub due_date: Option<Date>,
    /// Before tax.
    pub gross: Money,
    /// The tax.
    pub tax: Tax,
    /// Freight, packing and the like.
    pub other_charges: Money,
    /// Rounding.
    pub round_off: Money,
    /// The sum.
    pub total: Money,
    /// Anything else.
    pub note: Option<Note>,
}

impl InvoiceBody {
    /// The body of that invoice.
    #[must_use]
    pub fn new(heading: Heading, new: &NewInvoice) -> Self {
        Self {
            heading,
            due_date: new.due_date,
            gross: new.gross,
            tax: new.tax,
            other_charges: new.other_charges,
            round_off: new.round_off,
            total: new.total,
            note: new.note.clone(),
        }
    }
}

/// The body of a credit note. What it pays is not on it: allocations are the entry's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreditNoteBody {
    /// What every body begins with.
    #[serde(flatten)]
    pub heading: Heading,
    /// The invoice that it is on.
    pub invoice: InvoiceId,
    /// The invoice's number as it was written.
    pub invoice_number: DocumentNumber,
    /// The invoice's date.
    pub invoice_date: Date,
    /// Before tax.
    pub gross: Money,
    /// The tax.
    pub tax: Tax,
    /// Freight, packing and the like.
    pub other_charges: Money,
    /// Rounding.
    pub round_off: Money,
    /// The sum.
    pub total: Money,
    /// Anything else.
    pub note: Option<Note>,
}

/// The body of a receipt. What it pays is not on it: allocations are the entry's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptBody {
    /// What every body begins with.
    #[serde(flatten)]
    pub heading: Heading,
    /// How much.
    pub amount: Money,
    /// How it came.
    pub payment_type: PaymentType,
    /// The payer's or the bank's reference.
    pub reference: Option<Reference>,
    /// Anything else.
    pub note: Option<Note>,
}

impl ReceiptBody {
    /// The body of that receipt.
    #[must_use]
    pub fn new(heading: Heading, new: &NewReceipt) -> Self {
        Self {
            heading,
            amount: new.amount,
            payment_type: new.payment_type,
            reference: new.reference.clone(),
            note: new.note.clone(),
        }
    }
}
