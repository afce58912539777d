//! What a format makes of the rows of a book.

use std::fmt;

use crate::customer::Customer;
use crate::error::Error;
use crate::idempotency::{IdempotencyKey, IdempotencyRecord};
use crate::store::Posted;

/// The rows of a book, in the order in which they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Customers,
    Postings,
    Requests,
}

/// What is read of a book at once: a page of a part, or that it begins or ends.
#[derive(Debug)]
pub(super) enum Piece {
    Begin,
    Customers(Vec<Customer>),
    Postings(Vec<Posted>),
    Requests(Vec<(IdempotencyKey, IdempotencyRecord)>),
    End,
}

/// A format at work. It is given the parts that it asks for, page by page, and appends to `out` what it makes of them.
pub(super) trait Layout: fmt::Debug + Send {
    /// What it needs of a book.
    fn parts(&self) -> &'static [Part];

    fn begin(&mut self, out: &mut Vec<u8>);

    fn customers(&mut self, _page: &[Customer], _out: &mut Vec<u8>) {}

    /// # Errors
    /// [`StoreError::Corrupt`](crate::store::StoreError::Corrupt) if the rows make no sense.
    fn postings(&mut self, _page: &[Posted], _out: &mut Vec<u8>) -> Result<(), Error> {
        Ok(())
    }

    fn requests(&mut self, _page: &[(IdempotencyKey, IdempotencyRecord)], _out: &mut Vec<u8>) {}

    fn end(&mut self, _out: &mut Vec<u8>) {}

    /// Takes the next piece, if it is of a part that is asked for.
    ///
    /// # Errors
    /// Those of [`postings`](Self::postings).
    fn take(&mut self, piece: &Piece, out: &mut Vec<u8>) -> Result<(), Error> {
        match piece {
            Piece::Begin => self.begin(out),
            Piece::Customers(page) if self.parts().contains(&Part::Customers) => self.customers(page, out),
            Piece::Postings(page) if self.parts().contains(&Part::Postings) => self.postings(page, out)?,
            Piece::Requests(page) if self.parts().contains(&Part::Requests) => self.requests(page, out),
            Piece::Customers(_) | Piece::Postings(_) | Piece::Requests(_) => {}
            Piece::End => self.end(out),
        }
        Ok(())
    }
}
