//! What is written on a document, as far as it is exported: read fast, and as it stands.

use serde::Deserialize;

use crate::calendar::Date;
use crate::documents::Tax;
use crate::money::Money;
use crate::receipt::PaymentType;
use crate::store::{Posted, StoreError};

/// The words that all bodies share, whatever they are the body of.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReadDocument {
    pub(super) number: String,
    pub(super) buyer: Buyer,
    pub(super) due_date: Option<Date>,
    pub(super) gross: Option<Money>,
    pub(super) tax: Option<Tax>,
    pub(super) other_charges: Option<Money>,
    pub(super) round_off: Option<Money>,
    pub(super) total: Option<Money>,
    pub(super) amount: Option<Money>,
    pub(super) payment_type: Option<PaymentType>,
    pub(super) reference: Option<String>,
    pub(super) invoice_number: Option<String>,
    pub(super) note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Buyer {
    pub(super) name: String,
    pub(super) gst_number: Option<String>,
}

impl ReadDocument {
    /// The paper of an entry, or of what it voids; an opening balance has none.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if it can't be read.
    pub(super) fn of(posted: &Posted) -> Result<Option<Self>, StoreError> {
        let read = |body: &str| serde_json::from_str(body).map_err(StoreError::corrupt);
        posted.document.as_ref().map(|document| read(&document.body)).transpose()
    }
}
