//! Queries of documents. All kinds share a trait, since stores treat them alike.

use std::fmt;

use async_trait::async_trait;

use super::StoreError;
use crate::calendar::Date;
use crate::documents::{InvoiceStatus, StoredDocument};
use crate::id::{CustomerId, ItemId, OwnerId};
use crate::number::DocumentKind;

/// Selection of documents to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DocumentSelection {
    /// Customer of the documents.
    pub customer: Option<CustomerId>,
    /// Earliest date.
    pub from: Option<Date>,
    /// Latest date.
    pub to: Option<Date>,
    /// Recorded status of the item.
    pub status: Option<InvoiceStatus>,
    /// Day after which items may be pending: whatever the status asked for, the list also has the documents whose items are
    /// pending until a later day, since their recorded status may not be that of the day.
    pub pending_after: Option<Date>,
    /// `seq` below which the list begins.
    pub before: Option<u64>,
    /// Maximum number of documents to return.
    pub limit: u32,
}

/// The documents of a shop. An opening balance of a book from before they had documents is none.
#[async_trait]
pub trait DocumentRepository: fmt::Debug + Send + Sync + 'static {
    /// Gets a document of a kind.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], also for a document of another shop or of another kind.
    async fn document(
        &self,
        owner: OwnerId,
        kind: DocumentKind,
        id: ItemId,
    ) -> Result<StoredDocument, StoreError>;

    /// Lists the first documents of a kind in a selection, highest `seq` first.
    ///
    /// # Errors
    /// Only errors of the database; a shop or customer that doesn't exist has no documents.
    async fn documents(
        &self,
        owner: OwnerId,
        kind: DocumentKind,
        selection: &DocumentSelection,
    ) -> Result<Vec<StoredDocument>, StoreError>;
}
