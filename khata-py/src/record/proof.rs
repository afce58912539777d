//! What proves a book.

use khata_core::calendar::Timestamp;
use khata_core::money::Currency;
use khata_core::verify;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use uuid::Uuid;

use super::{Of, record};
use crate::field::Rows;

record! {
    /// What came of verifying a book.
    Verified {
        /// Whose book.
        shop_owner_id: Uuid,
        /// Up to which entry; 0 for none.
        seq: u64,
        /// The hash of that entry in hexadecimal, or the one that the book began with.
        hash: String,
        /// When it was recorded, or the shop registered.
        recorded_at: Timestamp,
        /// How many customers there are.
        customers: u64,
        /// How many documents there are.
        documents: u64,
        /// The first fault of each kind; empty if the book is sound.
        faults: Rows<Fault>,
        /// Whether there is no fault.
        is_sound: bool,
    }
}

record! {
    /// Something in a book that contradicts the rest of it.
    Fault {
        /// Where it lies.
        place: String,
        /// What is there, and what should be.
        detail: String,
    }
}

impl Of<verify::Verified> for Verified {
    fn of(verified: verify::Verified, _currency: Currency) -> Self {
        let fault =
            |fault: &verify::Fault| Fault { place: fault.place.to_string(), detail: fault.detail.clone() };
        Self {
            shop_owner_id: verified.shop.uuid(),
            seq: verified.seq,
            hash: verified.hash.to_string(),
            recorded_at: verified.recorded_at,
            customers: verified.customers,
            documents: verified.documents,
            faults: verified.faults.iter().map(fault).collect(),
            is_sound: verified.is_sound(),
        }
    }
}

record! {
    /// How far a book had got, signed: to be kept elsewhere, as the line of text `json`.
    SignedHead {
        /// Whose book.
        shop_owner_id: Uuid,
        /// The place of its last entry; 0 for none.
        seq: u64,
        /// The hash of that entry in hexadecimal, or the one that the book began with.
        hash: String,
        /// When it was recorded, or the shop registered.
        recorded_at: Timestamp,
        /// It all as one line of JSON, the signature included.
        json: String,
    }
    {
        /// Reads what `json` held.
        #[staticmethod]
        fn from_json(text: &str) -> PyResult<Self> {
            let head: verify::SignedHead =
                serde_json::from_str(text).map_err(|error| PyValueError::new_err(error.to_string()))?;
            Ok(Self::from(head))
        }
    }
}

impl From<verify::SignedHead> for SignedHead {
    fn from(head: verify::SignedHead) -> Self {
        Self {
            shop_owner_id: head.shop.uuid(),
            seq: head.seq,
            hash: head.hash.to_string(),
            recorded_at: head.recorded_at,
            json: serde_json::to_string(&head).expect("it is made of texts and numbers"),
        }
    }
}

impl SignedHead {
    /// As core has it.
    pub(crate) fn core(&self) -> PyResult<verify::SignedHead> {
        serde_json::from_str(&self.json).map_err(|error| PyValueError::new_err(error.to_string()))
    }
}
