//! What `khata-conformance` needs in order to test behind the scenes. Not part of the API: it changes without notice.

pub use crate::ledger::command::{Command, Posting};
pub use crate::ledger::posting::PostingJob;
pub use crate::store::memory::Book;
#[cfg(feature = "import")]
pub use crate::transfer::copy::copy_in_pages;
pub use crate::verify::reading::verify as verify_in_pages;
