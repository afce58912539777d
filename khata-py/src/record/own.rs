//! Records of what only Python shows so: core answers it in another form.

use khata_core::auth;
use khata_core::calendar::Timestamp;
use khata_core::error::FieldError;
use khata_core::id::{OwnerId, SessionId};
use khata_core::import;
use khata_core::ledger::ChainHash;
use khata_core::money::Currency;
use khata_core::owner::Owner;
use khata_core::record::{FieldType, Record, TextFormat, Type, Typed, Unreadable, Value};
use khata_core::verify;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};
use secrecy::{ExposeSecret as _, SecretString};

use super::class::Class;

/// An open session.
#[derive(Record)]
pub(crate) struct Login {
    /// The owner who logged in.
    #[field(name = "shopOwner", record)]
    owner: Owner,
    /// Token that `authenticate` takes. Whoever has it can act as the owner.
    #[field(name = "token")]
    token: Token,
    /// Time at which the token expires.
    #[field(name = "expiresAt")]
    expires_at: Timestamp,
    /// The session.
    #[field(name = "sessionId")]
    session: SessionId,
    /// Value to keep on the device and to pass with its next login. It authenticates nobody.
    #[field(name = "device")]
    device: Token,
}

impl From<auth::Login> for Login {
    fn from(auth::Login { owner, token, expires_at, session, device }: auth::Login) -> Self {
        let shown = |secret: SecretString| Token(secret.expose_secret().to_owned());
        Self { owner, token: shown(token), expires_at, session, device: shown(device) }
    }
}

/// A text that `repr` hides: whoever has it can act as its owner.
pub(super) struct Token(String);

impl Token {
    pub(super) const FORMAT: TextFormat = TextFormat::new("Token", "A token.", "");
}

impl Typed for Token {
    const TYPE: Type = Type::Text(&Self::FORMAT);
}

impl FieldType for Token {
    fn value(&self) -> Value<'_> {
        Value::Text(&self.0)
    }

    fn from_value(value: Value<'_>) -> Result<Self, Unreadable> {
        String::from_value(value).map(Self)
    }
}

/// Outcome of verifying a book.
#[derive(Record)]
pub(crate) struct Verified {
    /// The shop.
    #[field(name = "shopOwnerId")]
    shop: OwnerId,
    /// `seq` of the last entry that was verified; 0 if there is none.
    #[field(name = "seq")]
    seq: u64,
    /// Hash of that entry in hexadecimal, or the one that the book began with.
    #[field(name = "hash")]
    hash: ChainHash,
    /// Time at which that entry was recorded, or the shop registered.
    #[field(name = "recordedAt")]
    recorded_at: Timestamp,
    /// Number of customers.
    #[field(name = "customers")]
    customers: u64,
    /// Number of documents.
    #[field(name = "documents")]
    documents: u64,
    /// First fault of each kind; empty if the book is sound.
    #[field(name = "faults", list)]
    faults: Vec<Fault>,
    /// Whether there is no fault.
    #[field(name = "isSound")]
    is_sound: bool,
}

impl From<verify::Verified> for Verified {
    fn from(verified: verify::Verified) -> Self {
        let is_sound = verified.is_sound();
        let verify::Verified { shop, seq, hash, recorded_at, customers, documents, faults } = verified;
        let faults = faults.into_iter().map(Fault::from).collect();
        Self { shop, seq, hash, recorded_at, customers, documents, faults, is_sound }
    }
}

/// Something in a book that contradicts the rest of it.
#[derive(Record)]
pub(crate) struct Fault {
    /// Where it lies.
    #[field(name = "place")]
    place: String,
    /// What is there, and what should be.
    #[field(name = "detail")]
    detail: String,
}

impl From<verify::Fault> for Fault {
    fn from(fault: verify::Fault) -> Self {
        Self { place: fault.place.to_string(), detail: fault.detail }
    }
}

/// How far a book had got, signed: to be kept elsewhere, as the line of text `json`.
#[derive(Record)]
pub(crate) struct SignedHead {
    /// The shop.
    #[field(name = "shopOwnerId")]
    shop: OwnerId,
    /// `seq` of the last entry; 0 if there is none.
    #[field(name = "seq")]
    seq: u64,
    /// Hash of that entry in hexadecimal, or the one that the book began with.
    #[field(name = "hash")]
    hash: ChainHash,
    /// Time at which that entry was recorded, or the shop registered.
    #[field(name = "recordedAt")]
    recorded_at: Timestamp,
    /// One line of JSON that has all of it, the signature included.
    #[field(name = "json")]
    json: String,
}

impl From<verify::SignedHead> for SignedHead {
    fn from(head: verify::SignedHead) -> Self {
        let json = serde_json::to_string(&head).expect("it is made of texts and numbers");
        Self { shop: head.shop, seq: head.seq, hash: head.hash, recorded_at: head.recorded_at, json }
    }
}

#[pymethods]
impl super::SignedHead {
    /// Reads what `json` held.
    #[staticmethod]
    fn from_json(py: Python<'_>, text: &str) -> PyResult<Py<PyAny>> {
        // The amounts of a record are in a currency, but this one has none.
        super::Row::new(&SignedHead::from(head(text)?), Currency::default()).instance(py)
    }
}

impl super::SignedHead {
    /// The head as core has it.
    pub(crate) fn core(head: &Bound<'_, Self>) -> PyResult<verify::SignedHead> {
        self::head(head.as_super().get().0.text("json").unwrap_or_default())
    }
}

fn head(json: &str) -> PyResult<verify::SignedHead> {
    serde_json::from_str(json).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// Outcome of the import of a book.
#[derive(Record)]
pub(crate) struct Imported {
    /// The shop.
    #[field(name = "shopOwnerId")]
    pub(crate) shop: OwnerId,
    /// Number of entries in the file.
    #[field(name = "entries")]
    pub(crate) entries: u64,
    /// Number of entries that the database did not have.
    #[field(name = "added")]
    pub(crate) added: u64,
    /// Number of customers in the file.
    #[field(name = "customers")]
    pub(crate) customers: u64,
    /// Whether the owner logs in with the password that was given: not if the owner had one here already. Of a dry run,
    /// whether the shop is new here.
    #[field(name = "passwordSet")]
    pub(crate) password_set: bool,
}

/// Outcome of the import of customers.
#[derive(Record)]
pub(crate) struct ImportedCustomers {
    /// Number of customers that were added or, in a dry run, would be.
    #[field(name = "added")]
    pub(crate) added: u64,
    /// Number of customers that were in the book already, by their mobile number and name.
    #[field(name = "known")]
    pub(crate) known: u64,
    /// Rows that were left out.
    #[field(name = "bad", list)]
    pub(crate) bad: Vec<BadRow>,
    /// Headers of columns that were not imported.
    #[field(name = "unused")]
    pub(crate) unused: Vec<String>,
}

/// A row of a table that can't be imported.
#[derive(Record)]
pub(crate) struct BadRow {
    /// Line of the file that it begins on, from 1.
    #[field(name = "line")]
    line: u64,
    /// All its faults; the field of each is the column's header.
    #[field(name = "errors", list)]
    errors: Vec<RowFault>,
}

impl From<import::BadRow> for BadRow {
    fn from(row: import::BadRow) -> Self {
        Self { line: row.line, errors: row.faults.into_iter().map(RowFault::from).collect() }
    }
}

/// A fault of a row: a `FieldError` of Python's.
#[derive(Record)]
#[record(name = "FieldError")]
struct RowFault {
    /// The field.
    #[field(name = "field")]
    field: String,
    /// The code.
    #[field(name = "code")]
    code: String,
    /// The message.
    #[field(name = "message")]
    message: String,
}

impl From<FieldError> for RowFault {
    fn from(FieldError { field, code, message }: FieldError) -> Self {
        Self { field, code: code.to_owned(), message }
    }
}

/// The class of a row's faults, which is written in Python: a tuple with names.
pub(super) const FIELD_ERROR: Class = Class {
    name: "FieldError",
    description: RowFault::DESCRIPTION,
    type_object: |py| field_error(py).cloned(),
    instance: |py, row| {
        let values = PyTuple::new(py, row.values(py)?)?;
        Ok(field_error(py)?.call1(values)?.unbind())
    },
};

fn field_error(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static FIELD_ERROR: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    FIELD_ERROR.import(py, "khata._errors", "FieldError")
}
