//! The collections: the record that each keeps, what it has beside it, and its indexes.

use khata_core::calendar::{Date, TimeZone, Timestamp};
use khata_core::customer::Customer;
use khata_core::documents::Document;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::invoice::InvoiceStatus;
use khata_core::ledger::{Allocation, ChainHash, Entry, Item, Side};
use khata_core::money::Currency;
use khata_core::owner::Owner;
use khata_core::phone::MobileNumber;
use khata_core::record::Record as _;
use khata_core::store::{Session, Throttle, ThrottleKey};

use super::field::{Collection, Field, Group, Index, Least, Nested, Type};

/// All of them. The first is the mark by which a database is known as Khata's.
pub(crate) const COLLECTIONS: [&Collection; 11] = [
    &KHATA,
    &OWNERS,
    &OWNER_MOBILES,
    &HEADS,
    &SESSIONS,
    &THROTTLES,
    &CUSTOMERS,
    &CUSTOMER_NAMES,
    &ENTRIES,
    &ITEMS,
    &IDEMPOTENCY,
];

/// A collection without anything.
const EMPTY: Collection =
    Collection { name: "", about: "", record: None, extra: &[], groups: &[], nested: &[], indexes: &[] };

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
    about: "Shops: the profile, and the owner's password.",
    record: Some(Owner::DESCRIPTION),
    extra: &[
        Field::new::<u64>("password_version", "Version of the password, from 1."),
        Field::new::<String>("password_hash", "Hash of the password, as a PHC string."),
        Field::new::<u64>(
            "logins",
            "Number of sessions that were opened. Each counts it up, so that it meets a change of the password.",
        ),
    ],
    groups: &[id(&["id"])],
    ..EMPTY
};

pub(crate) const HEADS: Collection = Collection {
    name: "heads",
    about: "The head of each shop's ledger, which moves on with each entry. It is the lock of the book: every transaction \
            that changes the book, or the profile, counts `lock` up before it writes anything else.",
    extra: &[
        SHOP,
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
        Field::new::<u64>("lock", "Number of transactions that held the lock."),
    ],
    groups: &[id(&["owner_id"])],
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
    ..EMPTY
};

pub(crate) const CUSTOMERS_BY_LAST_ENTRY: Index =
    Index::new("byLastEntry", &["_id.owner_id", "archived", "last_seq", "_id.id"]);

pub(crate) const CUSTOMERS_BY_BALANCE: Index =
    Index::new("byBalance", &["_id.owner_id", "archived", "balance", "_id.id"]);

/// Few have post-dated entries.
pub(crate) const CUSTOMERS_POST_DATED: Index =
    Index::new("postDated", &["_id.owner_id", "archived", "post_dated"]).not_null("post_dated", Least::Text);

const ARCHIVED: Field = Field::new::<bool>("archived", "Whether the customer is archived.");

const WORDS: Field = Field::new::<Vec<String>>(
    "words",
    "Words by which the customer is found; what they begin with is compared bytewise.",
);

pub(crate) const CUSTOMERS: Collection = Collection {
    name: "customers",
    about: "Customers, each with the sums of its entries.",
    record: Some(Customer::DESCRIPTION),
    extra: &[ARCHIVED, WORDS],
    groups: &[OF_SHOP],
    indexes: &[CUSTOMERS_BY_LAST_ENTRY, CUSTOMERS_BY_BALANCE, CUSTOMERS_POST_DATED],
    ..EMPTY
};

pub(crate) const CUSTOMERS_BY_NAME: Index =
    Index::new("byName", &["_id.owner_id", "archived", "name_key", "_id.id"]);

pub(crate) const CUSTOMER_NAMES: Collection = Collection {
    name: "customer_names",
    about: "What customers are found and sorted by that no entry changes. It is apart from `customers`, since the server \
            goes through all indexes of a collection whenever a document of it changes.",
    extra: &[
        SHOP,
        Field::new::<CustomerId>("id", "The customer."),
        ARCHIVED,
        Field::new::<MobileNumber>(
            "mobile_number",
            "Mobile number, unique in the shop; archived customers count.",
        )
        .optional(),
        Field::new::<String>("name_key", "What the customer is sorted by, bytewise, in the order of names."),
        WORDS,
    ],
    groups: &[OF_SHOP],
    indexes: &[
        Index::unique("byMobile", &["_id.owner_id", "mobile_number"]).not_null("mobile_number", Least::Text),
        CUSTOMERS_BY_NAME,
        Index::new("byWord", &["_id.owner_id", "words"]),
    ],
    ..EMPTY
};

/// With the amounts, so that an account adds up without its entries.
pub(crate) const ENTRIES_OF_CUSTOMER: Index =
    Index::new("ofCustomer", &["_id.owner_id", "customer_id", "date", "seq", "amount"]);

/// In the order in which a customer's documents are listed.
pub(crate) const ENTRIES_OF_CUSTOMER_BY_KIND: Index =
    Index::new("ofCustomerByKind", &["_id.owner_id", "customer_id", "kind", "seq"]);

/// With what accounts add up by, and with what voids and allocations are found by among the others.
const ENTRIES_OF_DAY: Index =
    Index::new("ofDay", &["_id.owner_id", "date", "seq", "kind", "customer_id", "amount", "allocates"]);

pub(crate) const ENTRIES: Collection = Collection {
    name: "entries",
    about: "The ledger: each entry with its allocations, the document of the item that it opened, and the request that it \
            answered. Entries are only ever inserted.",
    record: Some(Entry::DESCRIPTION),
    extra: &[
        Field::new::<bool>("allocates", "Whether it has allocations."),
        Field::of(
            Type::Ids,
            "touched",
            "Items that its allocations are from or to, in ascending order, but for the one that it opened.",
        )
        .optional(),
        Field::new::<Date>(
            "last_effective_date",
            "Last day from which one of its allocations is effective, if that is after its own date.",
        )
        .optional(),
    ],
    groups: &[OF_SHOP],
    nested: &[
        Nested {
            name: "allocations",
            about: "Which credit pays which debit, by ordinal.",
            record: Some(Allocation::DESCRIPTION),
            without: &["owner_id", "seq", "ordinal"],
            extra: &[],
            many: true,
        },
        Nested {
            name: "document",
            about: "The document on paper of the item that it opened. The SHA-256 of the body is `body_hash`.",
            record: Some(Document::DESCRIPTION),
            without: &["owner_id", "id", "seq"],
            extra: &[],
            many: false,
        },
        Nested {
            name: "request",
            about: "The request that it answered, if that had an idempotency key; see `idempotency`.",
            record: Some(IdempotencyRecord::DESCRIPTION),
            without: &[],
            extra: &[KEY],
            many: false,
        },
    ],
    indexes: &[
        Index::unique("bySeq", &["_id.owner_id", "seq"]),
        Index::unique("byNumber", &["_id.owner_id", "document.kind", "document.year", "document.number"])
            .not_null("document.number", Least::Text),
        Index::unique("byKey", &["_id.owner_id", "request.key"]).not_null("request.key", Least::Text),
        ENTRIES_OF_CUSTOMER,
        ENTRIES_OF_CUSTOMER_BY_KIND,
        ENTRIES_OF_DAY,
        Index::new("byTouched", &["_id.owner_id", "touched"]).not_null("touched", Least::Bytes),
        Index::new("lateOfCustomer", &["_id.owner_id", "customer_id", "last_effective_date"])
            .not_null("last_effective_date", Least::Text),
        Index::new("late", &["_id.owner_id", "last_effective_date"])
            .not_null("last_effective_date", Least::Text),
    ],
};

pub(crate) const ITEMS_OF_SHOP: Index = Index::new("ofShop", &["_id.owner_id", "kind", "status", "seq"]);

/// Few have changes that take effect later.
pub(crate) const ITEMS_PENDING: Index =
    Index::new("pending", &["_id.owner_id", "kind", "seq"]).not_null("pending_until", Least::Text);

pub(crate) const ITEMS: Collection = Collection {
    name: "items",
    about: "Open items: what is to be paid, or can pay. Of one that is there, `open`, `credited`, `free_from`, \
            `voided_on`, `bounced`, `pending_until`, `updated_at`, `status` and `account` change.",
    record: Some(Item::DESCRIPTION),
    extra: &[Field::new::<InvoiceStatus>("status", "What `amount`, `open` and `voided_on` amount to.")],
    groups: &[OF_SHOP],
    nested: &[Nested {
        name: "account",
        about: "Side of the customer's account, which open items are found by; null if nothing is open.",
        record: None,
        without: &[],
        extra: &[
            SHOP,
            Field::new::<CustomerId>("customer_id", "The customer."),
            Field::new::<Side>("side", "Debit or credit."),
        ],
        many: false,
    }],
    indexes: &[
        Index::new("open", &["account", "due", "seq"]).not_null("account", Least::Document),
        ITEMS_OF_SHOP,
        ITEMS_PENDING,
    ],
};

const KEY: Field = Field::new::<IdempotencyKey>("key", "Idempotency key of the request.");

pub(crate) const IDEMPOTENCY: Collection = Collection {
    name: "idempotency",
    about: "How requests with an idempotency key were answered, as far as no entry was posted for them: an entry has its \
            request in itself.",
    record: Some(IdempotencyRecord::DESCRIPTION),
    extra: &[SHOP, KEY],
    groups: &[id(&["owner_id", "key"])],
    indexes: &[Index::new("bySubject", &["_id.owner_id", "subject"])],
    ..EMPTY
};
