#![doc = include_str!("../schema.md")]

mod collections;
#[cfg(test)]
mod docs;
mod field;
mod setup;

pub(crate) use collections::{
    ALLOCATIONS, COLLECTIONS, CUSTOMERS, CUSTOMERS_BY_BALANCE, CUSTOMERS_BY_LAST_ENTRY, CUSTOMERS_BY_NAME,
    DOCUMENTS, ENTRIES, ENTRIES_OF_CUSTOMER, IDEMPOTENCY, ITEMS, ITEMS_OF_CUSTOMER, ITEMS_OF_SHOP, KHATA,
    OWNER_MOBILES, OWNERS, SESSIONS, THROTTLES,
};
pub(crate) use field::{Collection, Index};
pub(crate) use setup::{Empty, Judgement, set_up};

/// The version of this schema. A database records the one it has; a newer one is refused.
pub const VERSION: i64 = 1;
