//! Exports of a book.

use super::Shop;
use crate::error::Error;
use crate::export::{Export, Format, Source, TablesExport};

impl Shop {
    /// Starts an export of the whole book in a format, up to its current last entry. See [`export`](crate::export).
    ///
    /// # Errors
    /// [`Error::ReauthenticationRequired`] without a [recent login](Self::reauthenticate).
    pub async fn export(&self, format: Format) -> Result<Export, Error> {
        self.require_recent_login()?;
        Ok(Export::new(self.source().await?, format))
    }

    /// Starts an export of every [`Table`](crate::export::Table) of the book as CSV, up to its current last entry. The book
    /// is read once for all tables.
    ///
    /// # Errors
    /// [`Error::ReauthenticationRequired`] without a [recent login](Self::reauthenticate).
    pub async fn export_tables(&self) -> Result<TablesExport, Error> {
        self.require_recent_login()?;
        Ok(TablesExport::new(self.source().await?))
    }

    async fn source(&self) -> Result<Source, Error> {
        let head = self.read(self.khata.store.head(self.id())).await?;
        Ok(Source {
            store: self.khata.store.clone(),
            reports: self.khata.reports.clone(),
            head,
            today: self.today(),
        })
    }
}
