//! Documents of a shop. The generic methods work for all kinds; the methods of a kind are wrappers for readability.

use super::sealed::Sealed;
use super::{DocumentFilter, Operation, Performed, Shop};
use crate::calendar::Date;
use crate::documents::{
    Bounce, CreditNote, DebitNote, DocumentType, Invoice, NewCreditNote, NewDebitNote, NewInvoice,
    NewOpeningBalance, NewReceipt, NewRefund, NewWriteOff, OpeningBalance, Reallocation, Receipt, Refund,
    ReplacedOpening, StoredDocument, Void, WriteOff,
};
use crate::error::{Error, Refusal};
use crate::id::{
    CreditNoteId, DebitNoteId, EntryId, InvoiceId, OpeningBalanceId, ReceiptId, RefundId, WriteOffId,
};
use crate::idempotency::IdempotencyKey;
use crate::ledger::{Answer, Command};
use crate::number::DocumentKind;
use crate::page::Page;
use crate::record::Input as _;
use crate::store::{DocumentSelection, StoreError};

/// Makes operations of what adds a document and of what voids it.
macro_rules! document_operations {
    ($($kind:ident: $new:ident, $id:ident;)+) => {$(
        impl Operation for $new {
            type Output = $kind;
        }

        impl Sealed for $new {
            fn command(self, shop: &Shop) -> Result<Command, Error> {
                self.check(shop.currency())?;
                Ok(Command::Post { id: EntryId::generate(), new: Box::new(self.into()) })
            }

            fn output(answer: Answer) -> Option<$kind> {
                document(answer)
            }
        }

        impl Operation for Void<$id> {
            type Output = $kind;
        }

        impl Sealed for Void<$id> {
            fn command(self, _: &Shop) -> Result<Command, Error> {
                let Self { document, terms } = self;
                let void = Box::new(Void { document: document.into(), terms });
                Ok(Command::Void { id: EntryId::generate(), kind: $kind::KIND, void })
            }

            fn output(answer: Answer) -> Option<$kind> {
                document(answer)
            }
        }
    )+};
}

document_operations! {
    Invoice: NewInvoice, InvoiceId;
    Receipt: NewReceipt, ReceiptId;
    CreditNote: NewCreditNote, CreditNoteId;
    DebitNote: NewDebitNote, DebitNoteId;
    Refund: NewRefund, RefundId;
    WriteOff: NewWriteOff, WriteOffId;
    OpeningBalance: NewOpeningBalance, OpeningBalanceId;
}

impl Operation for Bounce {
    type Output = Receipt;
}

impl Sealed for Bounce {
    fn command(self, shop: &Shop) -> Result<Command, Error> {
        self.terms.check(shop.currency())?;
        let (id, charge) = (EntryId::generate(), EntryId::generate());
        Ok(Command::Bounce { id, charge, bounce: Box::new(self) })
    }

    fn output(answer: Answer) -> Option<Receipt> {
        document(answer)
    }
}

/// Makes operations of what allocates a credit otherwise.
macro_rules! reallocations {
    ($($kind:ident: $id:ident;)+) => {$(
        impl Operation for Reallocation<$id> {
            type Output = $kind;
        }

        impl Sealed for Reallocation<$id> {
            fn command(self, shop: &Shop) -> Result<Command, Error> {
                let Self { credit, terms } = self;
                terms.check(shop.currency())?;
                let new = Box::new(Reallocation { credit: credit.into(), terms });
                Ok(Command::Reallocate { id: EntryId::generate(), kind: $kind::KIND, new })
            }

            fn output(answer: Answer) -> Option<$kind> {
                document(answer)
            }
        }
    )+};
}

reallocations! {
    Receipt: ReceiptId;
    CreditNote: CreditNoteId;
}

impl Operation for ReplacedOpening {
    type Output = OpeningBalance;
}

impl Sealed for ReplacedOpening {
    fn command(self, shop: &Shop) -> Result<Command, Error> {
        self.new.check(shop.currency())?;
        let voids = self.voids.map(|opening| (opening.into(), EntryId::generate()));
        Ok(Command::ReplaceOpening { id: EntryId::generate(), voids, new: Box::new(self.new.into()) })
    }

    fn output(answer: Answer) -> Option<OpeningBalance> {
        document(answer)
    }
}

fn document<D: DocumentType>(answer: Answer) -> Option<D> {
    match answer {
        Answer::Document(view) => D::from_view(*view),
        _ => None,
    }
}

impl Shop {
    /// Adds a document.
    ///
    /// # Errors
    /// [`Error::Invalid`], and [`Error::Refused`] by the rules of the kind of document.
    pub async fn post<N: Operation>(&self, new: N) -> Result<N::Output, Error> {
        self.perform(new, None).await.map(|done| done.value)
    }

    /// Gets a document.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a document of another kind.
    pub async fn document<D: DocumentType>(&self, id: D::Id) -> Result<D, Error> {
        let today = self.today();
        Ok(view(&self.read(self.khata.store.document(self.id(), D::KIND, id.into())).await?, today)?)
    }

    /// Lists a page of documents, newest first. Only invoices and debit notes can be filtered by
    /// status.
    ///
    /// # Errors
    /// [`Error::Invalid`] if `from` is after `to`, [`Error::NotFound`] if there is no such customer.
    pub async fn documents<D: DocumentType>(&self, filter: &DocumentFilter) -> Result<Page<D, u64>, Error> {
        let today = self.today();
        let mut selection = filter.selection(today)?;
        let mut documents = Vec::new();
        loop {
            let stored = self.read(self.khata.store.documents(self.id(), D::KIND, &selection)).await?;
            for stored in &stored {
                if filter.status.map_or(Ok(true), |status| stored.has_status(status, today))? {
                    documents.push(view(stored, today)?);
                }
            }
            let is_last = stored.len() < selection.limit as usize;
            // Some that are pending may have another status today; what takes their places comes after them.
            if is_last || documents.len() >= selection.limit as usize {
                break;
            }
            selection.before = stored.last().map(|stored| stored.document.seq);
        }
        // Only an empty list leaves open whether the customer exists.
        if let (true, Some(customer)) = (documents.is_empty(), filter.customer) {
            self.customer(customer).await?;
        }
        Ok(Page::cut(documents, filter.limit, D::seq))
    }

    /// Adds an invoice. The customer's credit on account pays it at once.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Error::Refused`] with `NumberTaken`, `CreditLimitExceeded` or `PeriodLocked`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), khata_core::Error> {
    /// # let shop = khata_core::testing::shop().await?;
    /// # use khata_core::customer::NewCustomer;
    /// # let ravi = shop.add_customer(NewCustomer::new("Ravi", "9123456789")?).await?.id;
    /// use khata_core::{invoice::NewInvoice, money::Money};
    ///
    /// let total = Money::from_minor(118_050);
    /// let due = shop.today().plus_days(30).expect("a date in range");
    /// let new = NewInvoice::new(ravi, shop.today(), total).due_date(due).note("Two crates of mangoes")?;
    /// let invoice = shop.add_invoice(new).await?;
    /// assert_eq!(invoice.outstanding, total);
    /// # Ok(())
    /// # }
    /// ```
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
    /// The same as [`documents`](Self::documents).
    pub async fn invoices(&self, filter: &DocumentFilter) -> Result<Page<Invoice, u64>, Error> {
        self.documents(filter).await
    }

    /// Voids an invoice. From the date of the void it is no longer owed, and the credits that paid it pay other debits.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`] on `date`, [`Error::Refused`] with `AlreadyVoid`, `HasCreditNotes` or
    /// `PeriodLocked`.
    pub async fn void_invoice(&self, void: Void<InvoiceId>) -> Result<Invoice, Error> {
        self.post(void).await
    }

    /// Adds a receipt. It pays the invoices that it names, then debits in order of their due dates; the rest stays on
    /// account.
    ///
    /// # Errors
    /// [`Error::Invalid`]; [`Error::Refused`] with `NumberTaken` or `PeriodLocked`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), khata_core::Error> {
    /// # let shop = khata_core::testing::shop().await?;
    /// # use khata_core::{customer::NewCustomer, invoice::NewInvoice};
    /// # let ravi = shop.add_customer(NewCustomer::new("Ravi", "9123456789")?).await?.id;
    /// use khata_core::{money::Money, receipt::{NewReceipt, PaymentType}};
    ///
    /// # let new = NewInvoice::new(ravi, shop.today(), Money::from_minor(118_050));
    /// # let invoice = shop.add_invoice(new).await?.id;
    /// let amount = Money::from_minor(120_000);
    /// let new = NewReceipt::new(ravi, shop.today(), amount, PaymentType::Upi);
    /// let receipt = shop.add_receipt(new).await?;
    /// assert_eq!(receipt.allocations[0].invoice, Some(invoice));
    /// assert_eq!(receipt.unapplied, Money::from_minor(1_950));
    /// # Ok(())
    /// # }
    /// ```
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
    /// The same as [`documents`](Self::documents).
    pub async fn receipts(&self, filter: &DocumentFilter) -> Result<Page<Receipt, u64>, Error> {
        self.documents(filter).await
    }

    /// Voids a receipt. From the date of the void it pays nothing, and credit on account pays the debits instead.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`] on `date`, [`Error::Refused`] with `AlreadyVoid` or `PeriodLocked`.
    pub async fn void_receipt(&self, void: Void<ReceiptId>) -> Result<Receipt, Error> {
        self.post(void).await
    }

    /// Reverses a receipt whose cheque bounced: what it had paid is owed again, by the old due dates. If there is a charge, a
    /// debit note of the same transaction adds it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`] on `date`, [`Error::Refused`] with `NotACheque`, `AlreadyVoid` or
    /// `PeriodLocked`.
    pub async fn bounce_receipt(&self, bounce: Bounce) -> Result<Receipt, Error> {
        self.post(bounce).await
    }

    /// Has a receipt pay other debits than it did, from a day on.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`], [`Error::Refused`] with `AlreadyVoid` or `PeriodLocked`.
    pub async fn allocate_receipt(&self, new: Reallocation<ReceiptId>) -> Result<Receipt, Error> {
        self.post(new).await
    }

    /// Has a credit note pay other debits than it did, from a day on.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`], [`Error::Refused`] with `AlreadyVoid` or `PeriodLocked`.
    pub async fn allocate_credit_note(&self, new: Reallocation<CreditNoteId>) -> Result<CreditNote, Error> {
        self.post(new).await
    }

    /// Adds a credit note. It pays its invoice first, then debits in order of their due dates; the rest stays on account.
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
    /// The same as [`documents`](Self::documents).
    pub async fn credit_notes(&self, filter: &DocumentFilter) -> Result<Page<CreditNote, u64>, Error> {
        self.documents(filter).await
    }

    /// Voids a credit note. From the date of the void it pays nothing, and credit on account pays the debits instead.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`] on `date`, [`Error::Refused`] with `AlreadyVoid` or `PeriodLocked`.
    pub async fn void_credit_note(&self, void: Void<CreditNoteId>) -> Result<CreditNote, Error> {
        self.post(void).await
    }

    /// Adds a debit note. The customer's credit on account pays it at once.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Refused`] with `NumberTaken` or `PeriodLocked`.
    pub async fn add_debit_note(&self, new: NewDebitNote) -> Result<DebitNote, Error> {
        self.post(new).await
    }

    /// Gets a debit note.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn debit_note(&self, id: DebitNoteId) -> Result<DebitNote, Error> {
        self.document(id).await
    }

    /// Lists a page of debit notes, newest first.
    ///
    /// # Errors
    /// The same as [`documents`](Self::documents).
    pub async fn debit_notes(&self, filter: &DocumentFilter) -> Result<Page<DebitNote, u64>, Error> {
        self.documents(filter).await
    }

    /// Voids a debit note. From the date of the void it is no longer owed, and the credits that paid it pay other debits.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`] on `date`, [`Error::Refused`] with `AlreadyVoid` or `PeriodLocked`.
    pub async fn void_debit_note(&self, void: Void<DebitNoteId>) -> Result<DebitNote, Error> {
        self.post(void).await
    }

    /// Adds a refund. It takes credit on account, the oldest first.
    ///
    /// # Errors
    /// [`Error::Invalid`], on `amount` if it is more than the customer has on account; [`Error::Refused`] with `NumberTaken` or
    /// `PeriodLocked`.
    pub async fn add_refund(&self, new: NewRefund) -> Result<Refund, Error> {
        self.post(new).await
    }

    /// Gets a refund.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn refund(&self, id: RefundId) -> Result<Refund, Error> {
        self.document(id).await
    }

    /// Lists a page of refunds, newest first.
    ///
    /// # Errors
    /// The same as [`documents`](Self::documents).
    pub async fn refunds(&self, filter: &DocumentFilter) -> Result<Page<Refund, u64>, Error> {
        self.documents(filter).await
    }

    /// Voids a refund. From the date of the void, what it gave back is on account again.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`] on `date`, [`Error::Refused`] with `AlreadyVoid` or `PeriodLocked`.
    pub async fn void_refund(&self, void: Void<RefundId>) -> Result<Refund, Error> {
        self.post(void).await
    }

    /// Adds a write-off. It closes the debits that it names, then others in order of their due dates.
    ///
    /// # Errors
    /// [`Error::Invalid`], on `amount` if it is more than the customer owes; [`Error::Refused`] with `NumberTaken` or
    /// `PeriodLocked`.
    pub async fn add_write_off(&self, new: NewWriteOff) -> Result<WriteOff, Error> {
        self.post(new).await
    }

    /// Gets a write-off.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn write_off(&self, id: WriteOffId) -> Result<WriteOff, Error> {
        self.document(id).await
    }

    /// Lists a page of write-offs, newest first.
    ///
    /// # Errors
    /// The same as [`documents`](Self::documents).
    pub async fn write_offs(&self, filter: &DocumentFilter) -> Result<Page<WriteOff, u64>, Error> {
        self.documents(filter).await
    }

    /// Voids a write-off. From the date of the void, what it closed is owed again.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`] on `date`, [`Error::Refused`] with `AlreadyVoid` or `PeriodLocked`.
    pub async fn void_write_off(&self, void: Void<WriteOffId>) -> Result<WriteOff, Error> {
        self.post(void).await
    }

    /// Adds the opening balance of a customer who has none.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Refused`] with `HasOpeningBalance`, `NumberTaken` or `PeriodLocked`.
    pub async fn add_opening_balance(&self, new: NewOpeningBalance) -> Result<OpeningBalance, Error> {
        self.post(new).await
    }

    /// Adds an opening balance in place of the one that the customer has, which becomes void from its date on, or from the
    /// first possible date after.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such customer; [`Error::Invalid`], [`Error::Refused`] with `NumberTaken` or
    /// `PeriodLocked`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), khata_core::Error> {
    /// # let shop = khata_core::testing::shop().await?;
    /// use khata_core::customer::NewCustomer;
    /// use khata_core::{money::Money, opening_balance::NewOpeningBalance};
    ///
    /// let new = NewCustomer::new("Ravi", "9123456789")?.opening_balance(Money::from_minor(50_000));
    /// let ravi = shop.add_customer(new).await?.id;
    /// let right = NewOpeningBalance::new(ravi, shop.today(), Money::from_minor(5_000));
    /// shop.replace_opening_balance(right, None).await?;
    /// assert_eq!(shop.customer(ravi).await?.balance(), Money::from_minor(5_000));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn replace_opening_balance(
        &self,
        new: NewOpeningBalance,
        key: Option<IdempotencyKey>,
    ) -> Result<Performed<OpeningBalance>, Error> {
        let mut tries = 0;
        loop {
            let replaced = self.replacing_opening(new.clone()).await?;
            match self.perform(replaced, key.clone()).await {
                // Somebody else voided or entered one meanwhile.
                Err(Error::Refused(Refusal::AlreadyVoid | Refusal::HasOpeningBalance)) if tries < 3 => {
                    tries += 1;
                }
                performed => return performed,
            }
        }
    }

    /// Returns the operation that replaces the opening balance that the customer has now, to be
    /// [previewed](Self::preview) or performed.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such customer.
    pub async fn replacing_opening(&self, new: NewOpeningBalance) -> Result<ReplacedOpening, Error> {
        self.customer(new.customer).await?;
        let mut selection =
            DocumentSelection { customer: Some(new.customer), limit: 100, ..Default::default() };
        loop {
            let kind = DocumentKind::OpeningBalance;
            let page = self.read(self.khata.store.documents(self.id(), kind, &selection)).await?;
            if let Some(live) = page.iter().find(|stored| !stored.item.is_void()) {
                return Ok(ReplacedOpening { voids: Some(live.item.id.into()), new });
            }
            let Some(last) = page.last().filter(|_| page.len() == 100) else {
                return Ok(ReplacedOpening { voids: None, new });
            };
            selection.before = Some(last.document.seq);
        }
    }

    /// Gets an opening balance.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn opening_balance(&self, id: OpeningBalanceId) -> Result<OpeningBalance, Error> {
        self.document(id).await
    }

    /// Lists a page of opening balances, newest first.
    ///
    /// # Errors
    /// The same as [`documents`](Self::documents).
    pub async fn opening_balances(
        &self,
        filter: &DocumentFilter,
    ) -> Result<Page<OpeningBalance, u64>, Error> {
        self.documents(filter).await
    }

    /// Voids an opening balance. From the date of the void it is neither owed nor on account.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`] on `date`, [`Error::Refused`] with `AlreadyVoid` or `PeriodLocked`.
    pub async fn void_opening_balance(&self, void: Void<OpeningBalanceId>) -> Result<OpeningBalance, Error> {
        self.post(void).await
    }
}

fn view<D: DocumentType>(stored: &StoredDocument, today: Date) -> Result<D, StoreError> {
    let view = D::from_view(stored.view(today)?);
    view.ok_or_else(|| StoreError::corrupt("a document of another kind than requested"))
}
