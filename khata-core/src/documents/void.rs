//! Voids, which reverse a document that was recorded in error. Nothing is deleted; another entry reverses it.

use crate::error::{Error, Violation};
use crate::form::Form;
use crate::money::Currency;
use crate::record::{self, Input};
use crate::text::Note;
use crate::values::calendar::Date;

/// The void of a document with an id of that type: [`InvoiceId`](crate::id::InvoiceId),
/// [`ReceiptId`](crate::id::ReceiptId) or [`CreditNoteId`](crate::id::CreditNoteId).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Void<Id> {
    /// The document.
    pub document: Id,
    /// Reason and date.
    pub terms: VoidTerms,
}

/// Reason and date of a void.
#[derive(Debug, Clone, PartialEq, Eq, Input)]
pub struct VoidTerms {
    /// Reason.
    #[field(name = "reason")]
    pub reason: Note,
    /// Day from which the document is void: not before its date, nor before the day on which the void of another document
    /// last released a part of it. By default, the later of that day and today.
    #[field(name = "date", setter)]
    pub date: Option<Date>,
}

impl<Id> Void<Id> {
    /// Creates a void that takes effect today or, if that is not possible, on the first possible day after. The reason is
    /// a note or a text to parse.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the reason can't be parsed.
    pub fn new<R: TryInto<Note, Error: Into<Violation>>>(document: Id, reason: R) -> Result<Self, Error> {
        let terms = VoidTerms { reason: record::parse(reason, "reason")?, date: None };
        Ok(Self { document, terms })
    }

    /// Sets the date from which the void takes effect.
    #[must_use]
    pub fn on(mut self, date: Date) -> Self {
        self.terms.date = Some(date);
        self
    }

    /// Parses the void of a document.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every violation.
    pub fn from_form(document: Id, form: Form) -> Result<Self, Error> {
        let terms = VoidTerms::from_form(form, Currency::default())?;
        Ok(Self { document, terms })
    }
}
