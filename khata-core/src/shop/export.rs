//! The whole book as text.

use super::Shop;
use crate::error::Error;
use crate::export::{Export, Format, TablesExport};
use crate::store::Head;

impl Shop {
    /// Begins to write the whole book in that form, up to the entry that is its last now: see [`export`](crate::export).
    ///
    /// # Errors
    /// Those of the store only.
    pub async fn export(&self, format: Format) -> Result<Export, Error> {
        Ok(Export::new(self.khata.store.clone(), self.head().await?, format))
    }

    /// Begins to write every [`Table`](crate::export::Table) of the book as CSV at once, up to the entry that is its
    /// last now, from one reading of it.
    ///
    /// # Errors
    /// Those of the store only.
    pub async fn export_tables(&self) -> Result<TablesExport, Error> {
        Ok(TablesExport::new(self.khata.store.clone(), self.head().await?))
    }

    async fn head(&self) -> Result<Head, Error> {
        Ok(self.khata.store.head(self.id()).await?)
    }
}
