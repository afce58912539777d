//! Reading invoices and receipts. One trait for all kinds of documents, since a store treats them alike.

use std::fmt;

use async_trait::async_trait;

use super::StoreError;
use crate::calendar::Date;
use crate::documents::{InvoiceStatus, StoredDocument};
use crate::id::{CustomerId, ItemId, OwnerId};
use crate::number::DocumentKind;

/// Which documents to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DocumentSelection {
    /// Only those of this customer.
    pub customer: Option<CustomerId>,
    /// Only those dated on or after this.
    pub from: Option<Date>,
    /// Only those dated on or before this.
    pub to: Option<Date>,
    /// Only those whose item has this status.
    pub status: Option<InvoiceStatus>,
    /// Only those with a lower `seq`.
    pub before: Option<u64>,
    /// At most so many.
    pub limit: u32,
}

/// The documents of a shop.
#[async_trait]
pub trait DocumentRepository: fmt::Debug + Send + Sync + 'static {
    /// A document of that kind.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], also for one of another shop or of another kind.
    async fn document(
        &self,
        owner: OwnerId,
        kind: DocumentKind,
        id: ItemId,
    ) -> Result<StoredDocument, StoreError>;

    /// The first documents of that kind in the selection, highest `seq` first.
    ///
    /// # Errors
    /// Those of the database only; a shop or customer that isn't there has no documents.
    async fn documents(
        &self,
        owner: OwnerId,
        kind: DocumentKind,
        selection: &DocumentSelection,
    ) -> Result<Vec<StoredDocument>, StoreError>;
}
