//! Support for `khata-conformance` and for the examples in the documentation. Not part of the API: it changes without
//! notice.

use std::sync::Arc;

use crate::error::Error;
use crate::khata::Khata;
pub use crate::ledger::command::{Command, Posting};
pub use crate::ledger::posting::PostingJob;
use crate::owner::NewOwner;
use crate::shop::Shop;
use crate::store::MemoryStore;
pub use crate::store::memory::Book;
#[cfg(feature = "import")]
pub use crate::transfer::copy::copy_in_pages;
pub use crate::verify::reading::verify as verify_in_pages;

/// Opens a new shop in a memory store.
///
/// # Errors
/// None in practice: the owner is valid, and the store empty.
pub async fn shop() -> Result<Shop, Error> {
    let khata = Khata::new(Arc::new(MemoryStore::new()));
    let new = NewOwner::without_password("Sharma Kirana", "Asha Sharma", "98765 43210")?;
    khata.shop(khata.register(new).await?.id).await
}
