//! `khata head`: prints how far books have got, signed, to be kept elsewhere.

use std::env;

use khata_core::Khata;
use khata_core::auth::KeyRing;
use khata_open::{Database, OpenError};

use super::args::HeadArgs;
use super::print;
use super::shops;
use super::signing_key::{self, Origin};

/// Why no head is printed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The shop.
    #[error(transparent)]
    Shops(#[from] shops::Error),
    /// The signing key.
    #[error(transparent)]
    SigningKey(#[from] signing_key::Error),
    /// There is none that lasts.
    #[error("a database in memory has no permanent signing key; use a file, such as sqlite://khata.db")]
    Ephemeral,
    /// The book.
    #[error("the book can't be read")]
    Book(#[from] khata_core::Error),
}

/// Prints a line for each shop.
///
/// # Errors
/// [`Error`].
pub(super) async fn run(args: &HeadArgs) -> Result<(), Error> {
    let database = Database::open_existing(&args.books.url).await?;
    let told = heads(&database, args).await;
    database.close().await;
    print(&told?);
    Ok(())
}

async fn heads(database: &Database, args: &HeadArgs) -> Result<String, Error> {
    let khata = Khata::builder(database.store()).keys(keys(database)?).build();
    let mut lines = Vec::new();
    for head in args.shop.of(&*database.store(), database.place()).await? {
        let signed = khata.shop(head.owner.id).await?.signed_head().await?;
        lines.push(serde_json::to_string(&signed).expect("plain values always have a JSON form"));
    }
    Ok(lines.join("\n"))
}

/// The keys that heads are signed with.
///
/// # Errors
/// [`Error::SigningKey`], [`Error::Ephemeral`].
pub(super) fn keys(database: &Database) -> Result<KeyRing, Error> {
    match signing_key::load(database.place(), |name| env::var_os(name))? {
        (_, Origin::Ephemeral) => Err(Error::Ephemeral),
        (keys, _) => Ok(keys),
    }
}
