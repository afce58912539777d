//! Why nothing was measured.

use std::fmt;
use std::io;

/// Why a run ends without results.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Errors were among the answers: what was measured would be the speed of refusing.
    #[error("refused: {errors} of {answers} answers were errors, the first of them:\n{first}")]
    Refused {
        /// Number of answers without success.
        errors: u64,
        /// Number of all answers.
        answers: u64,
        /// The first such answer as it came.
        first: String,
    },
    /// The system.
    #[error("{what}: {source}")]
    Io {
        /// What was done.
        what: String,
        /// Why it failed.
        source: io::Error,
    },
    /// Something is not as it was to be.
    #[error("{0}")]
    Unexpected(String),
}

impl Error {
    /// An error of the system while `what` was done.
    pub(crate) fn io(what: impl fmt::Display) -> impl FnOnce(io::Error) -> Self {
        let what = what.to_string();
        move |source| Self::Io { what, source }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Unexpected(format!("JSON: {error}"))
    }
}
