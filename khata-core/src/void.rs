//! The void: taking back a document that should not have been. Nothing is deleted; a further entry reverses it.

use serde::Serialize;

use crate::calendar::Date;
use crate::error::Error;
use crate::form::{self, Form};
use crate::text::Note;

/// A void to be made, of the document with the id `D`: [`InvoiceId`](crate::id::InvoiceId),
/// [`ReceiptId`](crate::id::ReceiptId) or [`CreditNoteId`](crate::id::CreditNoteId).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Void<D> {
    /// Which document.
    pub document: D,
    /// Why.
    pub reason: Note,
    /// From which day on it doesn't count any more: not before the document's date, nor before the day on which the void
    /// of something else last set a part of it free. If absent, the later of that and today.
    pub date: Option<Date>,
}

impl<D> Void<D> {
    /// A void from the first possible day on that isn't past.
    #[must_use]
    pub fn new(document: D, reason: Note) -> Self {
        Self { document, reason, date: None }
    }

    /// Reads the void of that document.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault.
    pub fn from_form(document: D, mut form: Form) -> Result<Self, Error> {
        let reason = form.required("reason", form::text(Note::parse));
        let date = form.optional("date", form::date);
        let void = (|| Some(Self { document, reason: reason?, date: date? }))();
        form.finish(void)
    }
}
