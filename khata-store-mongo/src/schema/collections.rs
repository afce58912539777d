//! The collections: the record that each keeps, what it has beside it, and its indexes.

use khata_core::calendar::{TimeZone, Timestamp};
use khata_core::customer::Customer;
use khata_core::documents::Document;
use khata_core::id::OwnerId;
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::invoice::InvoiceStatus;
use khata_core::ledger::{Allocation, ChainHash, Entry, Item};
use khata_core::money::Currency;
use khata_core::owner::Owner;
use khata_core::phone::MobileNumber;
use khata_core::record::Record as _;
use khata_core::store::{Session, Throttle, ThrottleKey};

use super::field::{Collection, Field, Group, Index, Type};

/// All of them. The first is the mark by which a database is known as Khata's.
pub(crate) const COLLECTIONS: [&Collection; 11] = [
    &KHATA,
    &OWNERS,
    &OWNER_MOBILES,
    &SESSIONS,
    &THROTTLES,
    &CUSTOMERS,
    &ENTRIES,
    &ITEMS,
    &ALLOCATIONS,
    &DOCUMENTS,
    &IDEMPOTENCY,
];

/// A collection without anything.
const EMPTY: Collection =
    Collection { name: "", about: "", record: None, extra: &[], groups: &[], indexes: &[] };

const fn id(fields: &'static [&'static str]) -> Group {
    Group { name: "_id", fields, about: "The shop, and what is unique in it." }
}

const OF_SHOP: Group = id(&["owner_id", "id"]);

const SHOP: Field = Field::new::<OwnerId>("owner_id", "The shop.");

pub(crate) const KHATA: Collection = Collection {
    name: "khata",
    about: "What marks the database as Khata's: one document.",
    extra: &[
        Field::new::<String>("mark", "Always `schema`."),
        Field::new::<u64>("version", "Version of the schema."),
    ],
    groups: &[id(&["mark"])],
    ..EMPTY
};

pub(crate) const OWNERS: Collection = Collection {
    name: "owners",
    about: "Shops: the profile, the owner's password, and the head of the ledger. A shop's document is the lock of its \
            book: every transaction that changes the book counts `lock` up before it writes anything else.",
    record: Some(Owner::DESCRIPTION),
    extra: &[
        Field::new::<u64>("password_version", "Version of the password, from 1."),
        Field::new::<u64>("seq", "`seq` of the last entry; 0 if there is none."),
        Field::new::<ChainHash>("hash", "Hash of the last entry, or the genesis hash."),
        Field::new::<Timestamp>(
            "recorded_at",
            "Time at which the last entry was recorded, or the shop registered.",
        ),
        Field::of(
            Type::Counts,
            "counters",
            "Last number that each series of documents gave out: by kind, and by the year in which the financial year \
             starts.",
        ),
        Field::new::<String>("password_hash", "Hash of the password, as a PHC string."),
        Field::new::<u64>("lock", "Number of transactions that held the lock."),
    ],
    groups: &[id(&["id"])],
    ..EMPTY
};

pub(crate) const OWNER_MOBILES: Collection = Collection {
    name: "owner_mobiles",
    about: "Mobile numbers of shop owners, unique over all shops, which is why they are not looked up in `owners`.",
    extra: &[Field::new::<MobileNumber>("mobile_number", "Mobile number, in E.164."), SHOP],
    groups: &[id(&["mobile_number"])],
    ..EMPTY
};

pub(crate) const SESSIONS: Collection = Collection {
    name: "sessions",
    about: "Logins that have not ended.",
    record: Some(Session::DESCRIPTION),
    extra: &[
        Field::new::<Currency>("currency", "Currency of the shop, so that a look-up is of one collection."),
        Field::new::<TimeZone>("time_zone", "Time zone of the shop, likewise."),
    ],
    groups: &[OF_SHOP],
    ..EMPTY
};

pub(crate) const THROTTLES: Collection = Collection {
    name: "throttles",
    about: "Failed logins, counted.",
    record: Some(Throttle::DESCRIPTION),
    extra: &[Field::new::<ThrottleKey>(
        "key",
        "What they are counted by: `mobile:` or `peer:` and its value.",
    )],
    groups: &[id(&["key"])],
    indexes: &[Index::new("byExpiry", &["expires_at"])],
};

pub(crate) const CUSTOMERS_BY_LAST_ENTRY: Index =
    Index::new("byLastEntry", &["_id.owner_id", "archived", "last_seq", "_id.id"]);

pub(crate) const CUSTOMERS_BY_NAME: Index =
    Index::new("byName", &["_id.owner_id", "archived", "name_key", "_id.id"]);

pub(crate) const CUSTOMERS_BY_BALANCE: Index =
    Index::new("byBalance", &["_id.owner_id", "archived", "balance", "_id.id"]);

pub(crate) const CUSTOMERS: Collection = Collection {
    name: "customers",
    about: "Customers, each with the sums of its entries.",
    record: Some(Customer::DESCRIPTION),
    extra: &[
        Field::new::<bool>("archived", "Whether the customer is archived."),
        Field::new::<String>("name_key", "What the customer is sorted by, bytewise, in the order of names."),
        Field::new::<Vec<String>>(
            "words",
            "Words by which the customer is found; what they begin with is compared bytewise.",
        ),
    ],
    groups: &[OF_SHOP],
    indexes: &[
        Index::unique("byMobile", &["_id.owner_id", "mobile_number"]),
        CUSTOMERS_BY_LAST_ENTRY,
        CUSTOMERS_BY_NAME,
        CUSTOMERS_BY_BALANCE,
        Index::new("byWord", &["_id.owner_id", "words"]),
    ],
};

/// With the amounts, so that an account adds up without its entries.
pub(crate) const ENTRIES_OF_CUSTOMER: Index =
    Index::new("ofCustomer", &["_id.owner_id", "customer_id", "date", "seq", "amount"]);

/// With what accounts add up by, and with the kind, so that voids are found without the others.
const ENTRIES_OF_DAY: Index =
    Index::new("ofDay", &["_id.owner_id", "date", "seq", "kind", "customer_id", "amount"]);

pub(crate) const ENTRIES: Collection = Collection {
    name: "entries",
    about: "The ledger. Entries are only ever inserted.",
    record: Some(Entry::DESCRIPTION),
    groups: &[OF_SHOP],
    indexes: &[Index::unique("bySeq", &["_id.owner_id", "seq"]), ENTRIES_OF_CUSTOMER, ENTRIES_OF_DAY],
    ..EMPTY
};

const ITEMS_OPEN: Index =
    Index { above_zero: Some("open"), ..Index::new("open", &["account", "due", "seq"]) };

pub(crate) const ITEMS_OF_SHOP: Index = Index::new("ofShop", &["_id.owner_id", "kind", "status", "seq"]);

pub(crate) const ITEMS_OF_CUSTOMER: Index =
    Index::new("ofCustomer", &["_id.owner_id", "account.customer_id", "kind", "seq"]);

pub(crate) const ITEMS: Collection = Collection {
    name: "items",
    about: "Open items: what is to be paid, or can pay. Of one that is there, `open`, `credited`, `free_from`, `void`, \
            `updated_at` and `status` change.",
    record: Some(Item::DESCRIPTION),
    extra: &[Field::new::<InvoiceStatus>("status", "What `amount`, `open` and `void` amount to.")],
    groups: &[
        OF_SHOP,
        Group {
            name: "account",
            fields: &["owner_id", "customer_id", "side"],
            about: "Side of a customer's account, which open items are found by.",
        },
    ],
    indexes: &[ITEMS_OPEN, ITEMS_OF_SHOP, ITEMS_OF_CUSTOMER],
};

pub(crate) const ALLOCATIONS: Collection = Collection {
    name: "allocations",
    about: "Which credit pays which debit. Allocations are only ever inserted.",
    record: Some(Allocation::DESCRIPTION),
    groups: &[id(&["owner_id", "seq", "ordinal"])],
    indexes: &[
        Index::new("byDebit", &["_id.owner_id", "debit_id"]),
        Index::new("byCredit", &["_id.owner_id", "credit_id"]),
        Index::new("ofCustomer", &["_id.owner_id", "customer_id", "effective_date"]),
        Index::new("ofDay", &["_id.owner_id", "effective_date"]),
    ],
    ..EMPTY
};

pub(crate) const DOCUMENTS: Collection = Collection {
    name: "documents",
    about: "Documents on paper, which are only ever inserted. They are listed by their items, which have the same `_id`. \
            The SHA-256 of a body is in the entry's `body_hash`.",
    record: Some(Document::DESCRIPTION),
    groups: &[OF_SHOP],
    indexes: &[Index::unique("byNumber", &["_id.owner_id", "kind", "year", "number"])],
    ..EMPTY
};

pub(crate) const IDEMPOTENCY: Collection = Collection {
    name: "idempotency",
    about: "How requests with an idempotency key were answered.",
    record: Some(IdempotencyRecord::DESCRIPTION),
    extra: &[SHOP, Field::new::<IdempotencyKey>("key", "Idempotency key of the request.")],
    groups: &[id(&["owner_id", "key"])],
    indexes: &[Index::new("bySubject", &["_id.owner_id", "subject"])],
};
