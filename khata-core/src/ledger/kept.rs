//! What is kept of an answer, to give it again under the same idempotency key.
//!
//! Answers are kept for as long as the book, so their form is pinned: a JSON object with a version, which later versions
//! of Khata read too. A document's answer is not kept, since the book says what it was: only which entry it was about. A
//! customer's particulars may change afterwards, so they are kept as they were.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::customer::Customer;
use crate::id::EntryId;
use crate::record::json::{AsJson, Fields, from_json};
use crate::store::StoreError;

/// An answer, as it is kept.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum KeptAnswer {
    /// The document that this entry made or voided, as it was then.
    Entry(EntryId),
    /// The customer, as it was then.
    Customer(Box<Customer>),
}

/// The version that is written. What is read may have an earlier one.
const VERSION: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    version: u32,
    entry: Option<EntryId>,
    customer: Option<Map<String, Value>>,
}

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<EntryId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<AsJson<'a, Customer>>,
}

impl KeptAnswer {
    /// Reads what [`to_json`](Self::to_json) wrote, in this version or before.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if it can't be read.
    pub(crate) fn read(json: &str) -> Result<Self, StoreError> {
        let read: Read = serde_json::from_str(json).map_err(StoreError::corrupt)?;
        match (read.version, read.entry, read.customer) {
            (VERSION, Some(entry), None) => Ok(Self::Entry(entry)),
            (VERSION, None, Some(customer)) => {
                { from_json(customer, Fields::All).map(|customer| Self::Customer(Box::new(customer))) }
                    .map_err(StoreError::corrupt)
            }
            (version, ..) => {
                Err(StoreError::corrupt(format!("a kept answer of version {version} can't be read")))
            }
        }
    }

    pub(crate) fn to_json(&self) -> String {
        let (entry, customer) = match self {
            Self::Entry(entry) => (Some(*entry), None),
            Self::Customer(customer) => (None, Some(AsJson(&**customer, Fields::All))),
        };
        serde_json::to_string(&Written { version: VERSION, entry, customer })
            .expect("plain values always have a JSON form")
    }
}
