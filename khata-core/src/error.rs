//! The error of all operations, [`Error`], with an [`ErrorKind`] to map to other interfaces and a stable `code` to match
//! on.

use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use crate::id::{CustomerId, ItemId};
use crate::money::{Currency, Money};
use crate::store::StoreError;

/// A rule that a value breaks: a stable code for programs and a message for people. [`FieldError`] adds the field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Stable code in `snake_case`.
    pub code: &'static str,
    /// Message that says what a valid value is: one sentence without a full stop.
    pub message: String,
}

impl Violation {
    /// Creates a violation from a code and a message.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Adds the field: a JSON Pointer without its leading slash (`allocations/1/amount`).
    #[must_use]
    pub fn at(self, field: impl Into<String>) -> FieldError {
        FieldError { field: field.into(), code: self.code, message: self.message }
    }
}

impl From<Infallible> for Violation {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Violation {}

/// A violation and the field that it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field: a JSON Pointer without its leading slash, or the name of a query parameter. If a rule concerns several
    /// fields, it is the one to correct.
    pub field: String,
    /// Stable code in `snake_case`.
    pub code: &'static str,
    /// Message that says what a valid value is.
    pub message: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// Category of an [`Error`], by which an interface chooses its own representation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input breaks a rule that can be checked without the book, or refers to something that doesn't exist.
    Invalid,
    /// The caller is not authenticated.
    Unauthorized,
    /// The caller is authenticated, but must first prove again who they are.
    Forbidden,
    /// The object doesn't exist, or belongs to another shop.
    NotFound,
    /// The input is valid, but the current state of the book doesn't allow the operation.
    Conflict,
    /// The caller's copy is out of date.
    Stale,
    /// Too many attempts.
    Throttled,
    /// Temporarily unavailable; the same call may succeed later.
    Unavailable,
    /// An internal error of Khata or of the store.
    Internal,
}

/// Reason why the current state of the book doesn't allow an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The mobile number belongs to another owner, of whom nothing is told, or to another customer of the shop (archived ones
    /// count).
    MobileTaken(Option<MobileHolder>),
    /// Another document has the number in its financial year; voided documents count.
    NumberTaken(NumberHolder),
    /// The customer's balance is not zero.
    BalanceOutstanding,
    /// The customer would owe more than their credit limit.
    CreditLimitExceeded(Excess),
    /// The document is already void.
    AlreadyVoid,
    /// The invoice has credit notes that are not void.
    HasCreditNotes,
    /// The receipt is for no cheque.
    NotACheque,
    /// The customer has an opening balance that is not void.
    HasOpeningBalance,
    /// The date lies on or before the shop's lock date.
    PeriodLocked,
}

/// The customer who has a mobile number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MobileHolder {
    /// The customer.
    pub customer: CustomerId,
    /// Whether the customer is archived, and can be restored.
    pub archived: bool,
}

/// The document that has a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NumberHolder {
    /// The document.
    pub document: ItemId,
    /// Whether it is void.
    pub void: bool,
}

/// By how much a customer would owe more than the credit limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Excess {
    /// The credit limit.
    pub limit: Money,
    /// What the customer owes without the new document, on the day from which that counts.
    pub balance: Money,
    /// By how much the limit would be exceeded.
    pub over: Money,
    /// The currency of the amounts.
    pub currency: Currency,
}

impl Refusal {
    /// Returns the stable code in `snake_case`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::MobileTaken(_) => "mobile_taken",
            Self::NumberTaken(_) => "number_taken",
            Self::BalanceOutstanding => "balance_outstanding",
            Self::CreditLimitExceeded(_) => "credit_limit_exceeded",
            Self::AlreadyVoid => "already_void",
            Self::HasCreditNotes => "has_credit_notes",
            Self::NotACheque => "not_a_cheque",
            Self::HasOpeningBalance => "has_opening_balance",
            Self::PeriodLocked => "period_locked",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MobileTaken(Some(MobileHolder { archived: true, .. })) => {
                "the mobile number belongs to an archived customer, who can be restored"
            }
            Self::MobileTaken(_) => "the mobile number is already in use",
            Self::NumberTaken(NumberHolder { void: true, .. }) => {
                "the number is already used in its financial year, by a void document"
            }
            Self::NumberTaken(_) => "the number is already used in its financial year",
            Self::CreditLimitExceeded(Excess { limit, balance, over, currency }) => {
                let [limit, balance, over] = [limit, balance, over].map(|amount| currency.format(*amount));
                return write!(
                    f,
                    "the customer owes {balance} and would owe {over} more than the credit limit of {limit}"
                );
            }
            Self::BalanceOutstanding => "the customer's balance is not zero",
            Self::AlreadyVoid => "the document is already void",
            Self::HasCreditNotes => "the invoice has credit notes that are not void",
            Self::NotACheque => "the receipt is for no cheque",
            Self::HasOpeningBalance => "the customer has an opening balance that is not void",
            Self::PeriodLocked => "the date lies in a locked period",
        })
    }
}

/// Error of the operations of [`Khata`](crate::Khata) and [`Shop`](crate::Shop).
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// All violations of the input; nothing was written.
    #[error("{}", join(.0))]
    Invalid(Vec<FieldError>),
    /// The idempotency key was used for another request; nothing was written.
    #[error("the idempotency key was already used for another request")]
    IdempotencyMismatch,
    /// The mobile number or the password is wrong. The error doesn't reveal which.
    #[error("the mobile number or the password is wrong")]
    WrongCredentials,
    /// The token is malformed, forged, expired, or its session has ended.
    #[error("the token is not valid, or its session has ended")]
    InvalidToken,
    /// The operation could take the shop away from its owner, and a token alone doesn't allow it: see
    /// [`Shop::reauthenticate`](crate::Shop::reauthenticate).
    #[error(
        "this needs the current password, or a login within the last 5 minutes; log in again, or send the password \
         where the operation takes it"
    )]
    ReauthenticationRequired,
    /// The object doesn't exist, or belongs to another shop: data of other shops is reported as not found.
    #[error("not found")]
    NotFound,
    /// The current state of the book doesn't allow the operation; nothing was written.
    #[error("{0}")]
    Refused(Refusal),
    /// The expected revision is not the current one; nothing was written.
    #[error("the record has changed since it was read")]
    Stale,
    /// Too many failed attempts to log in or to confirm a password, or too many registrations or new mobile numbers.
    #[error("too many attempts; try again in {} s", .retry_after.as_secs().max(1))]
    Throttled {
        /// Time to wait before the next attempt.
        retry_after: Duration,
    },
    /// Too many requests are in progress; nothing was written.
    #[error("the server is busy; try again shortly")]
    Overloaded,
    /// The store failed. Its errors about rows (not found, conflict, stale) are reported by the variants above.
    #[error(transparent)]
    Store(StoreError),
    /// An internal error of this process (the password hasher, the random source).
    #[error("{0}")]
    Internal(String),
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Conflict(rule) => Self::Refused(rule.refusal()),
            StoreError::Stale => Self::Stale,
            failure => Self::Store(failure),
        }
    }
}

impl Error {
    /// Creates an error with a single violation.
    pub fn invalid(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::new(code, message).at(field)])
    }

    /// Returns the category of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) | Self::IdempotencyMismatch => ErrorKind::Invalid,
            Self::WrongCredentials | Self::InvalidToken => ErrorKind::Unauthorized,
            Self::ReauthenticationRequired => ErrorKind::Forbidden,
            Self::NotFound | Self::Store(StoreError::NotFound) => ErrorKind::NotFound,
            Self::Refused(_) | Self::Store(StoreError::Conflict(_)) => ErrorKind::Conflict,
            Self::Stale | Self::Store(StoreError::Stale) => ErrorKind::Stale,
            Self::Throttled { .. } => ErrorKind::Throttled,
            Self::Overloaded | Self::Store(StoreError::Unavailable { .. } | StoreError::InDoubt { .. }) => {
                ErrorKind::Unavailable
            }
            Self::Store(StoreError::Corrupt { .. } | StoreError::Backend { .. }) | Self::Internal(_) => {
                ErrorKind::Internal
            }
        }
    }

    /// Returns the stable code in `snake_case`, which is finer than [`kind`](Self::kind).
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid",
            Self::IdempotencyMismatch => "idempotency_mismatch",
            Self::WrongCredentials => "wrong_credentials",
            Self::InvalidToken => "invalid_token",
            Self::ReauthenticationRequired => "reauthentication_required",
            Self::NotFound | Self::Store(StoreError::NotFound) => "not_found",
            Self::Refused(refusal) => refusal.code(),
            Self::Store(StoreError::Conflict(rule)) => rule.refusal().code(),
            Self::Stale | Self::Store(StoreError::Stale) => "stale",
            Self::Throttled { .. } => "too_many_tries",
            Self::Overloaded => "overloaded",
            Self::Store(StoreError::Unavailable { .. }) => "store_unavailable",
            Self::Store(StoreError::InDoubt { .. }) => "outcome_unknown",
            Self::Store(StoreError::Corrupt { .. } | StoreError::Backend { .. }) | Self::Internal(_) => {
                "internal"
            }
        }
    }
}

fn join(faults: &[FieldError]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
