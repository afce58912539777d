//! The interface of export formats.

use std::fmt;

use crate::customer::Customer;
use crate::error::Error;
use crate::idempotency::{IdempotencyKey, IdempotencyRecord};
use crate::store::{Posted, Trace};

/// The parts of a book, in the order in which they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Customers,
    Postings,
    Requests,
}

/// A piece of a book: its beginning, a page of a part, or its end.
#[derive(Debug)]
pub(super) enum Piece {
    Begin,
    Customers(Vec<Customer>),
    /// With the traces of those of their items of which a change is pending.
    Postings(Vec<Posted>, Vec<Trace>),
    Requests(Vec<(IdempotencyKey, IdempotencyRecord)>),
    End,
}

/// A format being written. It receives the parts that it needs, page by page, and appends its output to `out`.
pub(super) trait Layout: fmt::Debug + Send {
    /// Returns the parts of a book that it needs.
    fn parts(&self) -> &'static [Part];

    fn begin(&mut self, out: &mut Vec<u8>);

    /// # Errors
    /// [`StoreError::Corrupt`](crate::store::StoreError::Corrupt) if the rows are unsound.
    fn customers(&mut self, _page: &[Customer], _out: &mut Vec<u8>) -> Result<(), Error> {
        Ok(())
    }

    /// Takes the traces of those items of the page of postings that follows of which a change is pending.
    fn pending(&mut self, _traces: &[Trace]) {}

    /// # Errors
    /// [`StoreError::Corrupt`](crate::store::StoreError::Corrupt) if the rows are unsound.
    fn postings(&mut self, _page: &[Posted], _out: &mut Vec<u8>) -> Result<(), Error> {
        Ok(())
    }

    fn requests(&mut self, _page: &[(IdempotencyKey, IdempotencyRecord)], _out: &mut Vec<u8>) {}

    fn end(&mut self, _out: &mut Vec<u8>) {}

    /// Writes the next piece, if it belongs to a needed part.
    ///
    /// # Errors
    /// The same as [`postings`](Self::postings).
    fn take(&mut self, piece: &Piece, out: &mut Vec<u8>) -> Result<(), Error> {
        match piece {
            Piece::Begin => self.begin(out),
            Piece::Customers(page) if self.parts().contains(&Part::Customers) => self.customers(page, out)?,
            Piece::Postings(page, pending) if self.parts().contains(&Part::Postings) => {
                self.pending(pending);
                self.postings(page, out)?;
            }
            Piece::Requests(page) if self.parts().contains(&Part::Requests) => self.requests(page, out),
            Piece::Customers(_) | Piece::Postings(..) | Piece::Requests(_) => {}
            Piece::End => self.end(out),
        }
        Ok(())
    }
}
