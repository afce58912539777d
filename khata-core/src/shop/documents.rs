//! A shop's documents. The methods are generic over their kinds; those that name one are for reading code aloud.

use super::{DocumentFilter, Operation, Shop};
use crate::documents::{
    CreditNote, DocumentType, Invoice, NewCreditNote, NewInvoice, NewReceipt, Receipt, StoredDocument, Void,
};
use crate::error::Error;
use crate::id::{CreditNoteId, InvoiceId, ReceiptId};
use crate::page::Page;
use crate::store::StoreError;

impl Shop {
    /// Adds a document.
    ///
    /// # Errors
    /// [`Error::Invalid`], and [`Error::Refused`] as the kind of document has it.
    pub async fn post<N: Operation>(&self, new: N) -> Result<N::Output, Error> {
        self.perform(new, None).await.map(|done| done.value)
    }

    /// Gets a document.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a document of another kind.
    pub async fn document<D: DocumentType>(&self, id: D::Id) -> Result<D, Error> {
        Ok(view(&self.khata.store.document(self.id(), D::KIND, id.into()).await?)?)
    }

    /// Lists a page of documents, newest first. Only invoices have a status to filter by.
    ///
    /// # Errors
    /// [`Error::Invalid`] if `from` is after `to`, [`Error::NotFound`] if there is no such customer.
    pub async fn documents<D: DocumentType>(&self, filter: &DocumentFilter) -> Result<Page<D, u64>, Error> {
        let stored = self.khata.store.documents(self.id(), D::KIND, &filter.selection()?).await?;
        // Only an empty answer leaves it open whether there is such a customer.
        if let (true, Some(customer)) = (stored.is_empty(), filter.customer) {
            self.customer(customer).await?;
        }
        let documents = stored.iter().map(view).collect::<Result<Vec<D>, _>>()?;
        Ok(Page::cut(documents, filter.limit, D::seq))
    }

    /// Adds an invoice. Credit that the customer has on account pays it at once.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Refused`] with `NumberTaken`, `CreditLimitExceeded` or `PeriodLocked`.
    pub async fn add_invoice(&self, new: NewInvoice) -> Result<Invoice, Error> {
        self.post(new).await
    }

    /// Gets an invoice.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn invoice(&self, id: InvoiceId) -> Result<Invoice, Error> {
        self.document(id).await
    }

    /// Lists a page of invoices, newest first.
    ///
    /// # Errors
    /// As [`documents`](Self::documents).
    pub async fn invoices(&self, filter: &DocumentFilter) -> Result<Page<Invoice, u64>, Error> {
        self.documents(filter).await
    }

    /// Voids an invoice: from the void's date on it is owed no more, and what had paid it is applied again at once.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`] on `date`, [`Error::Refused`] with `AlreadyVoid`, `HasCreditNotes` or
    /// `PeriodLocked`.
    pub async fn void_invoice(&self, void: Void<InvoiceId>) -> Result<Invoice, Error> {
        self.post(void).await
    }

    /// Adds a receipt. It pays the invoices that it names, then what is due first; the rest stays on account.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Refused`] with `NumberTaken` or `PeriodLocked`.
    pub async fn add_receipt(&self, new: NewReceipt) -> Result<Receipt, Error> {
        self.post(new).await
    }

    /// Gets a receipt.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn receipt(&self, id: ReceiptId) -> Result<Receipt, Error> {
        self.document(id).await
    }

    /// Lists a page of receipts, newest first.
    ///
    /// # Errors
    /// As [`documents`](Self::documents).
    pub async fn receipts(&self, filter: &DocumentFilter) -> Result<Page<Receipt, u64>, Error> {
        self.documents(filter).await
    }

    /// Voids a receipt: from the void's date on it has paid nothing. What is on account pays instead.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`] on `date`, [`Error::Refused`] with `AlreadyVoid` or `PeriodLocked`.
    pub async fn void_receipt(&self, void: Void<ReceiptId>) -> Result<Receipt, Error> {
        self.post(void).await
    }

    /// Adds a credit note. It pays its invoice first, then what is due first; the rest stays on account.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Refused`] with `NumberTaken` or `PeriodLocked`.
    pub async fn add_credit_note(&self, new: NewCreditNote) -> Result<CreditNote, Error> {
        self.post(new).await
    }

    /// Gets a credit note.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn credit_note(&self, id: CreditNoteId) -> Result<CreditNote, Error> {
        self.document(id).await
    }

    /// Lists a page of credit notes, newest first.
    ///
    /// # Errors
    /// As [`documents`](Self::documents).
    pub async fn credit_notes(&self, filter: &DocumentFilter) -> Result<Page<CreditNote, u64>, Error> {
        self.documents(filter).await
    }

    /// Voids a credit note, as a receipt is voided.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`] on `date`, [`Error::Refused`] with `AlreadyVoid` or `PeriodLocked`.
    pub async fn void_credit_note(&self, void: Void<CreditNoteId>) -> Result<CreditNote, Error> {
        self.post(void).await
    }
}

fn view<D: DocumentType>(stored: &StoredDocument) -> Result<D, StoreError> {
    let view = D::from_view(stored.view()?);
    view.ok_or_else(|| StoreError::corrupt("a document of another kind than was asked for"))
}
