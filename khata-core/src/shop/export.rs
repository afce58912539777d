//! The whole book as text.

use super::Shop;
use crate::error::Error;
use crate::export::{Export, Format};

impl Shop {
    /// Begins to write the whole book in that form, up to the entry that is its last now: see [`export`](crate::export).
    ///
    /// # Errors
    /// Those of the store only.
    pub async fn export(&self, format: Format) -> Result<Export, Error> {
        let store = self.khata.store.clone();
        let head = store.head(self.id()).await?;
        Ok(Export::new(store, head, format))
    }
}
