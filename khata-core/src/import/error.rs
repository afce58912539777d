//! What can be wrong with a file, or hinder its import.

use std::io;
use std::sync::Arc;

use crate::ledger::ChainHash;
use crate::transfer;

/// Why a book was not imported. A fault of the file is found before anything is written; of what hinders the writing,
/// what was written stays, and the next import goes on from there.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file can't be read.
    #[error("the file can't be read")]
    File(#[source] Arc<io::Error>),
    /// A line of the file is wrong.
    #[error("line {line}: {fault}")]
    Line {
        /// Which, from 1.
        line: u64,
        /// What is wrong with it.
        fault: LineFault,
    },
    /// The database has something else, or fails.
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

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineFault {
    /// It is the first, and not that of a book.
    #[error("this is not the beginning of a book that Khata exported as JSON lines")]
    NotABook,
    /// It is in another version of the format.
    #[error("the book is in version {found} of the format, and this Khata reads version {readable}")]
    Version {
        /// Which.
        found: u32,
        /// The one that can be read.
        readable: u32,
    },
    /// It is no line of a book.
    #[error("this can't be read: {0}")]
    Unreadable(String),
    /// It is longer than any line of a book.
    #[error("this is longer than {0} bytes")]
    TooLong(u64),
    /// It does not belong after what is before it.
    #[error("{found} can't come here; lines are missing, repeated or out of order")]
    OutOfOrder {
        /// What it has: `entry 7`.
        found: String,
    },
    /// The chain does not lead to it.
    #[error(
        "entry {seq} was changed, or one before it was: its hash is not that of what it says and what precedes it"
    )]
    BrokenChain {
        /// Which entry.
        seq: u64,
    },
    /// An entry makes no sense after those before it.
    #[error("entry {seq}: {what}")]
    Entry {
        /// Which.
        seq: u64,
        /// What is wrong, as a clause.
        what: String,
    },
    /// Two customers have one mobile number.
    #[error("the mobile number is that of a customer before")]
    MobileRepeated,
    /// The file ends before the book does.
    #[error("the file ends here, and the book does not: it was cut short")]
    CutShort,
    /// The last line counts otherwise.
    #[error("the book should have {wanted} {what} here, and there are {found} before")]
    Count {
        /// Of what.
        what: &'static str,
        /// How many there should be.
        wanted: u64,
        /// How many there are.
        found: u64,
    },
    /// The last line names another last entry.
    #[error("the book should end with the entry of hash {wanted}, and it does not")]
    Head {
        /// Its hash.
        wanted: ChainHash,
    },
    /// A line before it was changed that the chain does not cover.
    #[error(
        "a line before this one was changed: all of them together have not the SHA-256 that this one says"
    )]
    Changed,
    /// It comes after the end.
    #[error("something follows the end of the book")]
    AfterTheEnd,
}
