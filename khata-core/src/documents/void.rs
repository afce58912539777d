//! The void: taking back a document that should not have been. Nothing is deleted; a further entry reverses it.

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
    /// Why, and from when on.
    pub terms: VoidTerms,
}

/// Why a document is void, and from when on.
#[derive(Debug, Clone, PartialEq, Eq, Input)]
pub struct VoidTerms {
    /// Reason.
    #[field(name = "reason")]
    pub reason: Note,
    /// Day from which the document doesn't count any more: not before its date, nor before the day on which the void of
    /// something else last set a part of it free. If absent, the later of that and today.
    #[field(name = "date", setter)]
    pub date: Option<Date>,
}

impl<Id> Void<Id> {
    /// A void from the first possible day on that isn't past. The reason is a note or a text to parse.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the reason can't be parsed.
    pub fn new<R: TryInto<Note, Error: Into<Violation>>>(document: Id, reason: R) -> Result<Self, Error> {
        let terms = VoidTerms { reason: record::parse(reason, "reason")?, date: None };
        Ok(Self { document, terms })
    }

    /// The same from that day on.
    #[must_use]
    pub fn on(mut self, date: Date) -> Self {
        self.terms.date = Some(date);
        self
    }

    /// Reads the void of that document.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every violation.
    pub fn from_form(document: Id, form: Form) -> Result<Self, Error> {
        let terms = VoidTerms::from_form(form, Currency::default())?;
        Ok(Self { document, terms })
    }
}
