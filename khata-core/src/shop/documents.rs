//! A shop's invoices, receipts and credit notes.

use super::{DocumentFilter, Shop};
use crate::credit_note::{CreditNote, NewCreditNote};
use crate::error::Error;
use crate::id::{CreditNoteId, InvoiceId, ItemId, ReceiptId};
use crate::invoice::{Invoice, NewInvoice};
use crate::ledger::views;
use crate::number::DocumentKind;
use crate::page::Page;
use crate::receipt::{NewReceipt, Receipt};
use crate::store::StoredDocument;
use crate::void::Void;

impl Shop {
    /// Adds an invoice. Money that the customer has on account pays it at once.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Refused`] with `NumberTaken`, `CreditLimitExceeded` or `PeriodLocked`.
    pub async fn add_invoice(&self, new: NewInvoice) -> Result<Invoice, Error> {
        self.add(new).await
    }

    /// An invoice.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn invoice(&self, id: InvoiceId) -> Result<Invoice, Error> {
        let paper = self.khata.store.document(self.id(), DocumentKind::Invoice, ItemId::from(id)).await?;
        Ok(views::invoice(&paper)?)
    }

    /// A page of invoices, newest first.
    ///
    /// # Errors
    /// [`Error::Invalid`] if `from` is after `to`, [`Error::NotFound`] if there is no such customer.
    pub async fn invoices(&self, filter: &DocumentFilter) -> Result<Page<Invoice, u64>, Error> {
        let papers = self.papers(DocumentKind::Invoice, filter).await?;
        let invoices = papers.iter().map(views::invoice).collect::<Result<_, _>>()?;
        Ok(Page::cut(invoices, filter.limit, |last| last.seq))
    }

    /// Adds a receipt. It pays what it says it pays, then what is oldest due; the rest stays on account.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Refused`] with `NumberTaken` or `PeriodLocked`.
    pub async fn add_receipt(&self, new: NewReceipt) -> Result<Receipt, Error> {
        self.add(new).await
    }

    /// A receipt.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn receipt(&self, id: ReceiptId) -> Result<Receipt, Error> {
        let paper = self.khata.store.document(self.id(), DocumentKind::Receipt, ItemId::from(id)).await?;
        Ok(views::receipt(&paper)?)
    }

    /// A page of receipts, newest first; `status` of the filter must be absent.
    ///
    /// # Errors
    /// [`Error::Invalid`] if `from` is after `to`, [`Error::NotFound`] if there is no such customer.
    pub async fn receipts(&self, filter: &DocumentFilter) -> Result<Page<Receipt, u64>, Error> {
        let papers = self.papers(DocumentKind::Receipt, filter).await?;
        let receipts = papers.iter().map(views::receipt).collect::<Result<_, _>>()?;
        Ok(Page::cut(receipts, filter.limit, |last| last.seq))
    }

    /// Adds a credit note. It pays its invoice first, then what is oldest due; the rest stays on account.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Refused`] with `NumberTaken` or `PeriodLocked`.
    pub async fn add_credit_note(&self, new: NewCreditNote) -> Result<CreditNote, Error> {
        self.add(new).await
    }

    /// A credit note.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn credit_note(&self, id: CreditNoteId) -> Result<CreditNote, Error> {
        let paper = self.khata.store.document(self.id(), DocumentKind::CreditNote, ItemId::from(id)).await?;
        Ok(views::credit_note(&paper)?)
    }

    /// A page of credit notes, newest first; `status` of the filter must be absent.
    ///
    /// # Errors
    /// [`Error::Invalid`] if `from` is after `to`, [`Error::NotFound`] if there is no such customer.
    pub async fn credit_notes(&self, filter: &DocumentFilter) -> Result<Page<CreditNote, u64>, Error> {
        let papers = self.papers(DocumentKind::CreditNote, filter).await?;
        let notes = papers.iter().map(views::credit_note).collect::<Result<_, _>>()?;
        Ok(Page::cut(notes, filter.limit, |last| last.seq))
    }

    /// Voids an invoice: from the void's date on it is owed no more, and what had paid it is applied again at once.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`] on `date`, [`Error::Refused`] with `AlreadyVoid`, `HasCreditNotes` or
    /// `PeriodLocked`.
    pub async fn void_invoice(&self, void: Void<InvoiceId>) -> Result<Invoice, Error> {
        self.add(void).await
    }

    /// Voids a receipt: from the void's date on it has paid nothing. What is on account pays instead.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`] on `date`, [`Error::Refused`] with `AlreadyVoid` or `PeriodLocked`.
    pub async fn void_receipt(&self, void: Void<ReceiptId>) -> Result<Receipt, Error> {
        self.add(void).await
    }

    /// Voids a credit note, as a receipt is voided.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`] on `date`, [`Error::Refused`] with `AlreadyVoid` or `PeriodLocked`.
    pub async fn void_credit_note(&self, void: Void<CreditNoteId>) -> Result<CreditNote, Error> {
        self.add(void).await
    }

    async fn papers(
        &self,
        kind: DocumentKind,
        filter: &DocumentFilter,
    ) -> Result<Vec<StoredDocument>, Error> {
        let papers = self.khata.store.documents(self.id(), kind, &filter.selection()?).await?;
        // Only an empty answer leaves it open whether there is such a customer.
        if let (true, Some(customer)) = (papers.is_empty(), filter.customer) {
            self.customer(customer).await?;
        }
        Ok(papers)
    }
}
