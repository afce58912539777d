//! Shops that ask.

use std::net::Ipv4Addr;

/// A registered shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shop {
    /// Token of its session; empty if it has none.
    pub(crate) token: String,
    /// Ids of its customers.
    pub(crate) customers: Vec<String>,
    /// Mobile number of its owner, which is also its name.
    pub(crate) mobile: String,
    /// Password of its owner.
    pub(crate) password: String,
    /// Address that its owner logs in from.
    pub(crate) address: String,
}

impl Shop {
    /// The shop with this number, before it is registered.
    pub(crate) fn numbered(number: u32) -> Self {
        Self {
            token: String::new(),
            customers: Vec::new(),
            mobile: mobile(number),
            password: "correct horse battery".into(),
            address: Ipv4Addr::from_bits(Ipv4Addr::new(10, 0, 0, 1).to_bits() + number).to_string(),
        }
    }
}

/// An Indian mobile number.
pub(crate) fn mobile(number: u32) -> String {
    format!("9{number:09}")
}
