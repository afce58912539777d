//! Errors of imports.

use std::io;
use std::sync::Arc;

use crate::ledger::ChainHash;
use crate::transfer;

/// Error of an import. Faults of the file are found before anything is written. After other errors the part that was
/// written stays, and the next import continues from there.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file can't be read.
    #[error("the file can't be read")]
    File(#[source] Arc<io::Error>),
    /// A line of the file is invalid.
    #[error("line {line}: {fault}")]
    Line {
        /// Number of the line, from 1.
        line: u64,
        /// Fault of the line.
        fault: LineFault,
    },
    /// The database failed, or has conflicting data.
    #[error(transparent)]
    Transfer(#[from] transfer::Error),
    /// The password can't be hashed.
    #[error(transparent)]
    Password(crate::Error),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::File(Arc::new(error))
    }
}

/// Fault of a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineFault {
    /// The first line is not the beginning of a book.
    #[error("this is not the beginning of a book that Khata exported as JSON lines")]
    NotABook,
    /// The book has another version of the format.
    #[error("the book is in version {found} of the format, and this Khata reads version {readable}")]
    Version {
        /// Version of the book.
        found: u32,
        /// Supported version.
        readable: u32,
    },
    /// The line can't be parsed.
    #[error("this can't be parsed: {0}")]
    Unreadable(String),
    /// The line is too long.
    #[error("this is longer than {0} bytes")]
    TooLong(u64),
    /// The line is out of order.
    #[error("{found} can't come here; lines are missing, repeated or out of order")]
    OutOfOrder {
        /// Contents of the line, such as `entry 7`.
        found: String,
    },
    /// The hash of an entry doesn't match.
    #[error(
        "entry {seq} was changed, or an entry before it was: its hash doesn't match its contents and the hash before it"
    )]
    BrokenChain {
        /// `seq` of the entry.
        seq: u64,
    },
    /// An entry contradicts those before it.
    #[error("entry {seq}: {what}")]
    Entry {
        /// `seq` of the entry.
        seq: u64,
        /// Description of the contradiction, as a clause.
        what: String,
    },
    /// Two customers have one mobile number.
    #[error("another customer in the file has the same mobile number")]
    MobileRepeated,
    /// The file was truncated.
    #[error("the file ends before the end of the book: it was truncated")]
    CutShort,
    /// The last line has other counts than the file.
    #[error("the last line counts {expected} {what}, but the file has {found}")]
    Count {
        /// Rows that are counted.
        what: &'static str,
        /// Number in the last line.
        expected: u64,
        /// Number in the file.
        found: u64,
    },
    /// The last line refers to another last entry.
    #[error("the last entry should have the hash {expected}, but it has another")]
    Head {
        /// Hash in the last line.
        expected: ChainHash,
    },
    /// A line that the chain doesn't cover was changed.
    #[error("a line before this one was changed: their SHA-256 doesn't match this line")]
    Changed,
    /// The line follows the end of the book.
    #[error("something follows the end of the book")]
    AfterTheEnd,
}
