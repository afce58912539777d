//! Errors of the database as [`StoreError`]s: the only mapping of them.

use std::error::Error as StdError;
use std::fmt;

use khata_core::store::StoreError;
use mongodb::error::{Error, ErrorKind, TRANSIENT_TRANSACTION_ERROR, WriteFailure};

/// The server's codes: <https://www.mongodb.com/docs/v6.0/reference/error-codes/>.
mod code {
    pub(super) const DUPLICATE_KEY: i32 = 11000;
    pub(super) const DOCUMENT_VALIDATION_FAILURE: i32 = 121;
    /// Those of a server that is too busy, on its way down, no longer or not yet the primary, or out of space.
    pub(super) const UNAVAILABLE: [i32; 24] = [
        6,     // HostUnreachable
        7,     // HostNotFound
        24,    // LockTimeout
        50,    // MaxTimeMSExpired
        64,    // WriteConcernFailed
        89,    // NetworkTimeout
        91,    // ShutdownInProgress
        112,   // WriteConflict
        134,   // ReadConcernMajorityNotAvailableYet
        189,   // PrimarySteppedDown
        202,   // NetworkInterfaceExceededTimeLimit
        225,   // TransactionTooOld
        239,   // SnapshotTooOld
        246,   // SnapshotUnavailable
        251,   // NoSuchTransaction
        262,   // ExceededTimeLimit
        290,   // TransactionExceededLifetimeLimitSeconds
        9001,  // SocketException
        10107, // NotWritablePrimary
        11600, // InterruptedAtShutdown
        11601, // Interrupted
        11602, // InterruptedDueToReplStateChange
        13435, // NotPrimaryNoSecondaryOk
        14031, // OutOfDiskSpace
    ];
}

/// Error of the driver, without the server's reply, which may repeat documents.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.kind)]
pub struct Reason(pub(crate) Error);

/// Maps the failure of a command, by which its transaction is undone.
pub(crate) fn of_command(error: Error) -> StoreError {
    let meaning: fn(Reason) -> StoreError = match error.kind.as_ref() {
        _ if error.contains_label(TRANSIENT_TRANSACTION_ERROR) => StoreError::unavailable,
        ErrorKind::Io(_)
        | ErrorKind::ConnectionPoolCleared { .. }
        | ErrorKind::ServerSelection { .. }
        | ErrorKind::DnsResolve { .. }
        | ErrorKind::Shutdown => StoreError::unavailable,
        ErrorKind::Bson(_) => StoreError::corrupt,
        _ => match code_of(&error) {
            Some(code) => of_code(code),
            None => StoreError::backend,
        },
    };
    meaning(Reason(error))
}

/// Maps a code of the server.
fn of_code<E: StdError + Send + Sync + 'static>(code: i32) -> fn(E) -> StoreError {
    match code {
        code::DUPLICATE_KEY | code::DOCUMENT_VALIDATION_FAILURE => StoreError::corrupt,
        code if code::UNAVAILABLE.contains(&code) => StoreError::unavailable,
        _ => StoreError::backend,
    }
}

/// Maps the failure of a write without a transaction. If its answer was lost, or too few servers carried it out, it may
/// still last.
pub(crate) fn of_write(error: Error) -> StoreError {
    match error.kind.as_ref() {
        ErrorKind::Io(_) | ErrorKind::Write(WriteFailure::WriteConcernError(_)) => {
            StoreError::in_doubt(Reason(error))
        }
        _ => of_command(error),
    }
}

/// Whether the transaction conflicted with another one or lost its server, and may succeed if it is retried.
pub(crate) fn is_transient(failure: &StoreError) -> bool {
    let StoreError::Unavailable { source } = failure else { return false };
    if source.is::<Overtaken>() || source.is::<NotRead>() {
        return true;
    }
    source
        .downcast_ref::<Reason>()
        .is_some_and(|Reason(cause)| cause.contains_label(TRANSIENT_TRANSACTION_ERROR))
}

/// Whether a document was not added because there is one with its key.
pub(crate) fn is_taken(failure: &StoreError) -> bool {
    let StoreError::Corrupt { source } = failure else { return false };
    source.downcast_ref::<Reason>().is_some_and(|Reason(cause)| is_duplicate(cause))
}

/// Whether there is a document with this key.
pub(crate) fn is_duplicate(error: &Error) -> bool {
    code_of(error) == Some(code::DUPLICATE_KEY)
}

fn code_of(error: &Error) -> Option<i32> {
    match error.kind.as_ref() {
        ErrorKind::Command(cause) => Some(cause.code),
        ErrorKind::Write(WriteFailure::WriteError(cause)) => Some(cause.code),
        ErrorKind::Write(WriteFailure::WriteConcernError(cause)) => Some(cause.code),
        ErrorKind::InsertMany(causes) => causes.write_errors.as_ref()?.first().map(|cause| cause.code),
        _ => None,
    }
}

/// A document that the server refused, according to its reply, though the command as such succeeded.
#[derive(Debug)]
pub(crate) struct Refused {
    collection: &'static str,
    code: i32,
    message: String,
}

impl Refused {
    pub(crate) fn new(collection: &'static str, code: i32, message: &str) -> Self {
        Self { collection, code, message: message.to_owned() }
    }

    pub(crate) fn is_duplicate(&self) -> bool {
        self.code == code::DUPLICATE_KEY
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a document of `{}` was refused ({}): {}", self.collection, self.code, self.message)
    }
}

impl StdError for Refused {}

impl From<Refused> for StoreError {
    fn from(error: Refused) -> Self {
        of_code(error.code)(error)
    }
}

/// Another transaction has written to the book since its rows were read.
#[derive(Debug, thiserror::Error)]
#[error("another transaction changed the book meanwhile")]
pub(crate) struct Overtaken;

impl From<Overtaken> for StoreError {
    fn from(error: Overtaken) -> Self {
        Self::unavailable(error)
    }
}

/// The rows for a transaction could not be read. They can be read again, from the next primary if this one is lost.
#[derive(Debug, thiserror::Error)]
#[error("the rows could not be read")]
pub(crate) struct NotRead {
    source: StoreError,
}

/// Maps the failure to read what a transaction is decided on, before that is begun.
pub(crate) fn of_read(failure: StoreError) -> StoreError {
    match &failure {
        StoreError::Unavailable { source } if !is_shut_down(&**source) => {
            StoreError::unavailable(NotRead { source: failure })
        }
        _ => failure,
    }
}

/// Whether the connections were closed by this process.
fn is_shut_down(cause: &(dyn StdError + Send + Sync + 'static)) -> bool {
    cause.downcast_ref::<Reason>().is_some_and(|Reason(cause)| matches!(*cause.kind, ErrorKind::Shutdown))
}

/// A field that can't be read: somebody changed it, or there is a defect.
#[derive(Debug)]
pub(crate) struct UnreadableField {
    field: String,
    source: Box<dyn StdError + Send + Sync>,
}

impl UnreadableField {
    pub(crate) fn new(field: impl Into<String>, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { field: field.into(), source: source.into() }
    }
}

impl fmt::Display for UnreadableField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` can't be read", self.field)
    }
}

impl StdError for UnreadableField {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.source.as_ref())
    }
}

impl From<UnreadableField> for StoreError {
    fn from(error: UnreadableField) -> Self {
        Self::corrupt(error)
    }
}
