//! What can go wrong, as a caller sees it: one [`Error`] for every door, with a [`ErrorKind`] to map by and a
//! stable `code` to match on.

use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

use crate::store::StoreError;

/// Why one value was refused: a stable code for programs, a sentence for people. It does not know which field
/// it belongs to; [`FieldError`] adds that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Stable, `snake_case`.
    pub code: &'static str,
    /// One sentence, without a full stop, that says what would be right.
    pub message: String,
}

impl Violation {
    /// A fault with that code and message.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Says where the fault lies: a JSON Pointer without its leading slash (`allocations/1/amount`).
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

/// A fault and the field that it lies in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// A JSON Pointer without its leading slash, a query parameter's name, or, for a fault between fields, the
    /// one to correct.
    pub field: String,
    /// Stable, `snake_case`.
    pub code: &'static str,
    /// One sentence that says what would be right.
    pub message: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

/// The sort of an [`Error`]: all that a door needs to choose its own form of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// What was sent breaks a rule that can be checked without the book, or names something that isn't there.
    Invalid,
    /// Not known who is calling.
    Unauthorized,
    /// There is no such thing, or it is another shop's.
    NotFound,
    /// Correct in itself, but the book as it stands doesn't allow it.
    Conflict,
    /// The caller's copy is out of date.
    Stale,
    /// Too many tries.
    Throttled,
    /// Not now; the same call may succeed later.
    Unavailable,
    /// A fault of ours or of the store's.
    Internal,
}

/// Why the book as it stands doesn't allow something that is correct in itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The mobile number belongs to another owner, or to another customer of the shop (archived ones count).
    MobileTaken,
    /// The document number is used in its financial year, if only by a voided document.
    NumberTaken,
    /// The customer's balance is not zero.
    BalanceOutstanding,
    /// The customer would owe more than their credit limit.
    CreditLimitExceeded,
    /// The document is void already.
    AlreadyVoid,
    /// Live credit notes refer to the invoice.
    HasCreditNotes,
    /// The date lies on or before the shop's lock date.
    PeriodLocked,
}

impl Refusal {
    /// Stable, `snake_case`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::MobileTaken => "mobile_taken",
            Self::NumberTaken => "number_taken",
            Self::BalanceOutstanding => "balance_outstanding",
            Self::CreditLimitExceeded => "credit_limit_exceeded",
            Self::AlreadyVoid => "already_void",
            Self::HasCreditNotes => "has_credit_notes",
            Self::PeriodLocked => "period_locked",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MobileTaken => "the mobile number is already in use",
            Self::NumberTaken => "the number is already used in its financial year",
            Self::BalanceOutstanding => "the customer's balance is not zero",
            Self::CreditLimitExceeded => "the customer would owe more than the credit limit",
            Self::AlreadyVoid => "the document is void already",
            Self::HasCreditNotes => "the invoice has credit notes that are not void",
            Self::PeriodLocked => "the date lies in a locked period",
        })
    }
}

/// What every operation of [`Khata`](crate::Khata) and [`Shop`](crate::Shop) fails with.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Faults of the input, all of them at once; nothing was written.
    #[error("{}", join(.0))]
    Invalid(Vec<FieldError>),
    /// The idempotency key was used for another request; nothing was written.
    #[error("the idempotency key was used before, for another request")]
    IdempotencyMismatch,
    /// The mobile number or the password is wrong; which of them is not said.
    #[error("the mobile number or the password is wrong")]
    WrongCredentials,
    /// The token is malformed, forged, expired, or its session has ended.
    #[error("the token is not valid, or its session has ended")]
    InvalidToken,
    /// There is no such thing, or it is another shop's: the two can't be told apart.
    #[error("not found")]
    NotFound,
    /// The book as it stands doesn't allow it; nothing was written.
    #[error("{0}")]
    Refused(Refusal),
    /// The version that the caller named is not the current one; nothing was written.
    #[error("it has changed since it was read")]
    Stale,
    /// Too many failed logins.
    #[error("too many failed tries; try again in {} s", .retry_after.as_secs().max(1))]
    Throttled {
        /// How long to wait.
        retry_after: Duration,
    },
    /// More is under way than the process takes on; nothing was written.
    #[error("the server is busy; try again shortly")]
    Overloaded,
    /// The store failed. What it says of the rows themselves (not found, conflict, stale) is said by the variants above.
    #[error(transparent)]
    Store(StoreError),
    /// A fault of this process (the password hasher, the random source).
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
    /// A single fault of the input.
    pub fn invalid(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::new(code, message).at(field)])
    }

    /// The sort of the error: what a door maps by.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid(_) | Self::IdempotencyMismatch => ErrorKind::Invalid,
            Self::WrongCredentials | Self::InvalidToken => ErrorKind::Unauthorized,
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

    /// Stable, `snake_case`; finer than [`kind`](Self::kind).
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid",
            Self::IdempotencyMismatch => "idempotency_mismatch",
            Self::WrongCredentials => "wrong_credentials",
            Self::InvalidToken => "invalid_token",
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
