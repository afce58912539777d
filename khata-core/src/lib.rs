//! Khata: a shop's credit book.

pub mod auth;
pub mod calendar;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod customer;
pub mod error;
pub mod form;
pub mod gst;
pub mod id;
pub mod idempotency;
pub mod invoice;
pub mod khata;
pub mod ledger;
pub mod money;
pub mod number;
pub mod owner;
pub mod page;
pub mod phone;
mod poster;
pub mod receipt;
pub mod search;
pub mod shop;
pub mod store;
pub mod text;
pub mod upi;

pub use error::{Error, Kind};
pub use khata::Khata;
pub use shop::Shop;
