//! [`export`](khata_core::export) and [`import`](khata_core::import): a whole book out of memory into the store as a
//! file, and out of the store as the same file.

mod books;
mod customers;
mod refusals;

use std::io::Cursor;

use khata_core::auth::Password;
use khata_core::export::{Export, Format};
use khata_core::id::OwnerId;
use khata_core::import::{BookFile, Error, Imported};
use khata_core::shop::Shop;
use khata_core::store::{Credentials, Store};

use super::Case;
use super::context::TestContext;
use super::transfer::{Whole, whole};

pub(super) fn cases() -> Vec<Case> {
    [books::cases(), refusals::cases(), customers::cases()].concat()
}

/// Few rows at once, so that a small book takes many pages.
const PAGE: u32 = 3;

/// The password that an owner who is new gets.
const NEW_PASSWORD: &str = "given to the import";

async fn text_of(mut export: Export) -> String {
    let mut bytes = Vec::new();
    while let Some(chunk) = export.next_chunk().await.unwrap() {
        bytes.extend(chunk);
    }
    assert_eq!(export.next_chunk().await.unwrap(), None, "it has ended");
    String::from_utf8(bytes).unwrap()
}

async fn exported(shop: &Shop) -> String {
    text_of(shop.export(Format::JsonLines).await.unwrap().in_pages_of(PAGE)).await
}

async fn import(context: &TestContext, text: &str) -> Result<Imported, Error> {
    let mut book = BookFile::check(Cursor::new(text.as_bytes()))?;
    context.khata().import(&mut book, &Password::parse(NEW_PASSWORD).unwrap(), &mut |_| ()).await
}

/// All that a store has of a shop but the password, which a file does not hold.
async fn all_but_the_password(store: &dyn Store, owner: OwnerId) -> Whole {
    let mut whole = whole(store, owner).await;
    whole.credentials = Credentials { owner, password_hash: String::new(), password_version: 1 };
    whole.head.password_version = 1;
    whole
}
