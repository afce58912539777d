//! **Khata** is a shop's credit book: the shop gives goods on credit (an [invoice], a debit), the customer pays
//! (a [receipt], a credit), and the book always knows who owes what. Money is exact, the
//! [ledger] is append-only and hash-chained, and the same call gives the same answer on every [store].
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
//! //! let ravi = shop.add_customer(NewCustomer::new("रवि कुमार", "9123456789")?).await?.id;
//! shop.add_invoice(NewInvoice::new(ravi, shop.today(), shop.amount("1180.50")?)).await?;
//! shop.add_receipt(NewReceipt::new(ravi, shop.today(), shop.amount("1000")?, PaymentType::Upi)).await?;
//!
//! let balance = shop.balance(ravi, None).await?;
//! assert_eq!(shop.format(balance.balance), "180.50");
//! # Ok(())
//! # }
//! ```
//!
//! # Where things are
//! - [`Khata`] registers, logs in, and opens a [`Shop`]; every operation of a shop hangs on that.
//! - The nouns: [`owner`], [`customer`], [`invoice`], [`receipt`], [`credit_note`]. Each has its entity, what makes a
//!   new one and what changes one. A document never changes; a [`void`] takes it back.
//! - Values that can't be wrong: [`money`], [`calendar`], [`phone`], [`gst`], [`number`], [`text`], [`upi`], [`id`].
//! - [`ledger`]: entries, items, allocations, the hash chain, statements and reports; pure functions over rows.
//! - [`verify`]: proving that a book is what it was, and adds up.
//! - [`store`]: what a database must do; how to write a store of one's own.
//! - [`transfer`]: moving whole books from one store to another.
//! - [`import`]: what was exported, or customers from elsewhere, into a book.
//! - [`mod@export`]: a whole book as text, for people, spreadsheets and other programs; [`csv`].
//! - [`error`]: one error, with a kind to map by and a stable code. [`form`]: reading untyped input with all its
//!   faults at once.
//!
//! # Features
//! - `export` (default): a whole book as text.
//! - `import` (default): whole books from a file or another store, and tables of customers.
//!
//! Amounts are whole minor units of the shop's currency (paise for INR), never floats.

// The derive macros name what they use by the path that other crates have.
extern crate self as khata_core;

pub mod auth;
pub mod customer;
pub mod documents;
mod engine;
pub mod error;
#[cfg(feature = "export")]
pub mod export;
pub mod idempotency;
#[cfg(feature = "import")]
pub mod import;
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

pub use documents::{counters, credit_note, invoice, receipt, void};
pub use error::{Error, ErrorKind};
#[cfg(feature = "export")]
pub use export::csv;
pub use khata::Khata;
pub use record::form;
pub use shop::{Shop, page};
pub use values::{calendar, gst, id, money, number, phone, text, upi};
