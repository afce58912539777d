#![doc = include_str!("../schema.md")]

mod collections;
#[cfg(test)]
mod docs;
mod field;
mod setup;

pub(crate) use collections::{
    COLLECTIONS, CUSTOMER_NAMES, CUSTOMERS, CUSTOMERS_BY_BALANCE, CUSTOMERS_BY_LAST_ENTRY, CUSTOMERS_BY_NAME,
    CUSTOMERS_POST_DATED, ENTRIES, ENTRIES_OF_CUSTOMER, ENTRIES_OF_CUSTOMER_BY_KIND, HEADS, IDEMPOTENCY,
    ITEMS, ITEMS_OF_SHOP, ITEMS_PENDING, KHATA, OWNER_MOBILES, OWNERS, SESSIONS, THROTTLES,
};
pub(crate) use field::{Collection, Index, Nested};
pub(crate) use setup::{Empty, Judgement, set_up};

/// The version of this schema. A database records the one it has; another one is refused.
pub const VERSION: i64 = 2;
