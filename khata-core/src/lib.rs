//! **Khata** is a credit book for shops: a shop gives goods on credit (an [invoice], a debit), the customer pays
//! (a [receipt], a credit), and the book has the balance of every customer on every day. Amounts are exact, the [ledger]
//! is append-only and hash-chained, and every operation has the same result on every [store].
//!
//! ```
//! use std::sync::Arc;
//! use khata_core::{
//!     customer::NewCustomer, invoice::NewInvoice, owner::NewOwner, receipt::{NewReceipt, PaymentType},
//!     store::MemoryStore, Khata,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let khata = Khata::new(Arc::new(MemoryStore::new()));
//! let new = NewOwner::new("Sharma Kirana", "Asha Sharma", "98765 43210", "correct horse battery")?;
//! let shop = khata.shop(khata.register(new).await?.id).await?;
//! let ravi = shop.add_customer(NewCustomer::new("रवि कुमार", "9123456789")?).await?.id;
//! shop.add_invoice(NewInvoice::new(ravi, shop.today(), shop.amount("1180.50")?)).await?;
//! shop.add_receipt(NewReceipt::new(ravi, shop.today(), shop.amount("1000")?, PaymentType::Upi)).await?;
//!
//! let balance = shop.balance(ravi, None).await?;
//! assert_eq!(shop.format(balance.balance), "180.50");
//! # Ok(())
//! # }
//! ```
//!
//! # Overview
//! - [`Khata`] registers and authenticates owners, and opens a [`Shop`], which has all operations on a book.
//! - Entities: [`owner`], [`customer`], [`invoice`], [`receipt`], [`credit_note`]. Each module has the entity and the types
//!   that create and update it. A document never changes; a [`void`] reverses it.
//! - Values that are valid by construction: [`money`], [`calendar`], [`phone`], [`gst`], [`number`], [`text`], [`email`],
//!   [`upi`], [`id`].
//! - [`ledger`]: entries, items, allocations, the hash chain, statements and reports; pure functions over rows.
//! - [`verify`]: proof that a book is unchanged and consistent.
//! - [`store`]: the contract of a database, and how to implement a store.
//! - [`transfer`]: copies of whole books from one store to another.
//! - [`import`]: imports of exported books, and of customers from other programs.
//! - [`mod@export`]: exports of a whole book, for spreadsheets, accounting and other programs; [`csv`].
//! - [`error`]: the error of all operations, with a kind and a stable code. [`form`]: parsing of untyped input, with all
//!   violations at once.
//!
//! # Features
//! - `auth` (default): passwords, tokens and sessions. Without it a program authenticates owners itself, registers them by
//!   [`NewOwner::without_password`](owner::NewOwner::without_password) and opens their shops by [`Khata::shop`].
//! - `export` (default): a whole book as text.
//! - `import` (default): whole books from a file or another store, and tables of customers.
//!
//! Amounts are whole minor units of the shop's currency (paise for INR), never floats.

// The derive macros name what they use by the path that other crates have.
extern crate self as khata_core;

#[cfg(feature = "auth")]
pub mod auth;
#[cfg(not(feature = "auth"))]
#[path = "no_auth.rs"]
mod auth;
pub mod customer;
pub mod documents;
mod engine;
pub mod error;
#[cfg(feature = "export")]
pub mod export;
pub mod idempotency;
#[cfg(feature = "import")]
pub mod import;
pub mod keys;
pub mod khata;
pub mod ledger;
pub mod owner;
pub mod record;
pub mod search;
pub mod shop;
pub mod store;
#[doc(hidden)]
pub mod testing;
#[cfg(feature = "import")]
pub mod transfer;
pub mod values;
pub mod verify;

pub use documents::{
    bounce, counters, credit_note, debit_note, invoice, numbering, opening_balance, reallocation, receipt,
    refund, void, write_off,
};
pub use error::{Error, ErrorKind};
#[cfg(feature = "export")]
pub use export::csv;
pub use khata::Khata;
pub use record::form;
pub use shop::{Shop, page};
pub use values::{calendar, email, gst, id, money, number, phone, tags, text, upi};
