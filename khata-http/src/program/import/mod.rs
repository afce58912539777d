//! `khata import`: a book that was exported, or customers from elsewhere, into a database.

mod book;
mod customers;

pub(super) use self::customers::mapped;
use super::args::ImportArgs;

/// Why nothing, or not all, was imported.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The book.
    #[error(transparent)]
    Book(#[from] book::Error),
    /// The customers.
    #[error(transparent)]
    Customers(#[from] customers::Error),
}

/// Imports what is named, and tells how it went.
///
/// # Errors
/// [`Error`].
pub(super) async fn run(args: &ImportArgs) -> Result<(), Error> {
    match (&args.customers, &args.file) {
        (Some(table), _) => Ok(customers::run(args, table).await?),
        (None, Some(file)) => Ok(book::run(args, file).await?),
        (None, None) => unreachable!("the command line has one of the two"),
    }
}
