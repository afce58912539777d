//! The collections, field by field.

use super::field::Type::{Count, Counts, Day, Fields, Flag, Hash, Money, Name, Text, Texts, Time, Uuid};
use super::field::{Collection, Field, Index};

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

const OF_WHOM: Field = Field::new("ownerId", Uuid, "The shop.");

const OF_ONE: Field =
    Field::new("_id", Fields(&[OF_WHOM, Field::new("id", Uuid, "Which.")]), "Whose, and which.");

pub(crate) const KHATA: Collection = Collection {
    name: "khata",
    about: "What marks the database as Khata's: one document.",
    fields: &[
        Field::new("_id", Name(&["schema"]), "Always the same."),
        Field::new("version", Count(1), "The schema's version."),
    ],
    indexes: &[],
};

pub(crate) const OWNERS: Collection = Collection {
    name: "owners",
    about: "A shop: its profile, its owner's password, and the head of its ledger. It is the lock of the shop's book: \
            every transaction that changes the book counts `lock` up, before it writes anything else.",
    fields: &[
        Field::new("_id", Uuid, "The shop."),
        Field::new("lock", Count(0), "How many transactions have held the lock."),
        Field::new(
            "profile",
            Fields(&[
                Field::new("shopName", Text, "The shop's name."),
                Field::new("proprietorName", Text, "The owner's name."),
                Field::new("mobile", Text, "The owner's mobile number, as E.164; `ownerMobiles` has it too."),
                Field::optional("gstNumber", Text, "GSTIN."),
                Field::optional("state", Text, "The state."),
                Field::new("currency", Text, "ISO 4217 code. It never changes."),
                Field::new("timeZone", Text, "IANA name. It never changes."),
                Field::optional("upiId", Text, "Where customers pay to."),
                Field::optional("lockedUntil", Day, "No entry is dated on or before this day."),
                Field::new("createdAt", Time, "When the shop registered."),
                Field::new("updatedAt", Time, "When the profile changed last."),
                Field::new("revision", Count(1), "Counts the versions of the profile."),
            ]),
            "What the owner says of the shop.",
        ),
        Field::new(
            "password",
            Fields(&[
                Field::new("hash", Text, "The password's hash, as a PHC string."),
                Field::new("version", Count(1), "Counts the owner's passwords."),
            ]),
            "What a login is checked against.",
        ),
        Field::new(
            "head",
            Fields(&[
                Field::new("seq", Count(0), "`seq` of the last entry; 0 for none."),
                Field::new("hash", Hash, "The last entry's hash, or the genesis hash."),
                Field::new("recordedAt", Time, "When the last entry was recorded, or the shop registered."),
                Field::new(
                    "counters",
                    Counts,
                    "The last number that each series of documents gave out: by kind, and by the year in which the \
                     financial year starts.",
                ),
            ]),
            "Where the ledger has got to.",
        ),
    ],
    indexes: &[],
};

pub(crate) const OWNER_MOBILES: Collection = Collection {
    name: "ownerMobiles",
    about: "Mobile numbers of shop owners, unique over all shops, which is why they are not found in `owners`.",
    fields: &[
        Field::new("_id", Text, "The number, as E.164."),
        Field::new("ownerId", Uuid, "The shop whose owner has it."),
    ],
    indexes: &[],
};

pub(crate) const SESSIONS: Collection = Collection {
    name: "sessions",
    about: "Logins that have not ended.",
    fields: &[
        OF_ONE,
        Field::new("currency", Text, "The shop's currency, so that a look-up is of one collection."),
        Field::new("timeZone", Text, "The shop's time zone, likewise."),
        Field::new("openedAt", Time, "When it was opened."),
        Field::new("expiresAt", Time, "When its token expires."),
    ],
    indexes: &[],
};

pub(crate) const THROTTLES: Collection = Collection {
    name: "throttles",
    about: "Failed logins, counted.",
    fields: &[
        Field::new("_id", Text, "What they are counted by: `mobile:` or `peer:` and its value."),
        Field::new("tries", Count(0), "Tries that have not succeeded."),
        Field::new("blockedUntil", Time, "No further try before this."),
        Field::new("expiresAt", Time, "Forgotten from then on."),
        Field::new("revision", Count(1), "Counts the writes."),
    ],
    indexes: &[Index::new("byExpiry", &["expiresAt"])],
};

pub(crate) const CUSTOMERS_BY_LAST_ENTRY: Index =
    Index::new("byLastEntry", &["_id.ownerId", "archived", "lastSeq", "_id.id"]);

pub(crate) const CUSTOMERS_BY_NAME: Index =
    Index::new("byName", &["_id.ownerId", "archived", "nameKey", "_id.id"]);

pub(crate) const CUSTOMERS_BY_BALANCE: Index =
    Index::new("byBalance", &["_id.ownerId", "archived", "balance", "_id.id"]);

pub(crate) const CUSTOMERS: Collection = Collection {
    name: "customers",
    about: "Customers, each with the sums of its entries.",
    fields: &[
        OF_ONE,
        Field::new("name", Text, "The name."),
        Field::optional("firmName", Text, "The firm's name."),
        Field::new("mobile", Text, "The mobile number, as E.164; unique in the shop."),
        Field::optional("city", Text, "The city."),
        Field::optional("state", Text, "The state."),
        Field::optional("gstNumber", Text, "GSTIN."),
        Field::optional("creditLimit", Money, "The most that the customer may owe."),
        Field::new("balance", Money, "The sum of all entries."),
        Field::new("invoiced", Money, "The sum of the invoices."),
        Field::new("received", Money, "The sum of the receipts."),
        Field::optional("archivedAt", Time, "Since when the customer is put away."),
        Field::new("createdAt", Time, "When the customer was added."),
        Field::new("updatedAt", Time, "When what the shop says of the customer changed last."),
        Field::new("revision", Count(1), "Counts the versions of the customer."),
        Field::new("lastSeq", Count(0), "`seq` of the last entry; 0 for none."),
        Field::new("archived", Flag, "Whether `archivedAt` is there."),
        Field::new("nameKey", Text, "What the customer is sorted by, by name; bytewise."),
        Field::new(
            "words",
            Texts,
            "The words by which the customer is found; what they begin with is compared bytewise.",
        ),
    ],
    indexes: &[
        Index::unique("byMobile", &["_id.ownerId", "mobile"]),
        CUSTOMERS_BY_LAST_ENTRY,
        CUSTOMERS_BY_NAME,
        CUSTOMERS_BY_BALANCE,
        Index::new("byWord", &["_id.ownerId", "words"]),
    ],
};

/// With the amounts, so that an account adds up without its entries.
pub(crate) const ENTRIES_OF_CUSTOMER: Index =
    Index::new("ofCustomer", &["_id.ownerId", "customerId", "date", "seq", "amount"]);

/// With what accounts add up by, and with the kind, so that voids are found without the others.
const ENTRIES_OF_DAY: Index =
    Index::new("ofDay", &["_id.ownerId", "date", "seq", "kind", "customerId", "amount"]);

pub(crate) const ENTRIES: Collection = Collection {
    name: "entries",
    about: "The ledger. Entries are only ever inserted.",
    fields: &[
        OF_ONE,
        Field::new("seq", Count(1), "The place in the shop's ledger, without gaps from 1."),
        Field::new("actorId", Uuid, "Who caused it."),
        Field::new(
            "kind",
            Name(&["invoice", "receipt", "credit_note", "opening_balance", "void"]),
            "What it is.",
        ),
        Field::new("customerId", Uuid, "Whose balance it moves."),
        Field::new("itemId", Uuid, "The item that it opens or voids."),
        Field::new("date", Day, "The day from which it counts."),
        Field::new("recordedAt", Time, "When the book learnt of it."),
        Field::new("amount", Money, "What it adds to the balance."),
        Field::optional("reason", Text, "Why."),
        Field::optional("bodyHash", Hash, "SHA-256 of the document's body."),
        Field::new("hash", Hash, "The chain up to here."),
    ],
    indexes: &[Index::unique("bySeq", &["_id.ownerId", "seq"]), ENTRIES_OF_CUSTOMER, ENTRIES_OF_DAY],
};

const ITEM_KINDS: &[&str] = &["invoice", "receipt", "credit_note", "opening_balance"];

const ITEMS_OPEN: Index =
    Index { above_zero: Some("open"), ..Index::new("open", &["account", "due", "seq"]) };

pub(crate) const ITEMS_OF_SHOP: Index = Index::new("ofShop", &["_id.ownerId", "kind", "status", "seq"]);

pub(crate) const ITEMS_OF_CUSTOMER: Index =
    Index::new("ofCustomer", &["_id.ownerId", "account.customerId", "kind", "seq"]);

pub(crate) const ITEMS: Collection = Collection {
    name: "items",
    about: "Open items: what is to be paid, or can pay. Of one that is there, `open`, `credited`, `freeFrom`, `void`, \
            `updatedAt` and `status` change.",
    fields: &[
        OF_ONE,
        Field::new(
            "account",
            Fields(&[
                OF_WHOM,
                Field::new("customerId", Uuid, "The customer."),
                Field::new("side", Name(&["debit", "credit"]), "Whether it is to be paid or can pay."),
            ]),
            "What open items are found by: a side of a customer's account.",
        ),
        Field::new("kind", Name(ITEM_KINDS), "What opened it."),
        Field::new("amount", Count(1), "Minor units of the shop's currency."),
        Field::new("open", Count(0), "What is still open of it."),
        Field::optional("invoiceId", Uuid, "The invoice that it is a credit note on."),
        Field::new("credited", Count(0), "The sum of the live credit notes on it."),
        Field::new("date", Day, "The day from which it counts."),
        Field::new("due", Day, "When it is due."),
        Field::new("freeFrom", Day, "No new allocation takes effect before this day."),
        Field::new("seq", Count(1), "`seq` of the entry that opened it."),
        Field::new("void", Flag, "Whether it was voided."),
        Field::new("updatedAt", Time, "When it changed last."),
        Field::new(
            "status",
            Name(&["unpaid", "partial", "paid", "void"]),
            "What `open` and `void` amount to.",
        ),
    ],
    indexes: &[ITEMS_OPEN, ITEMS_OF_SHOP, ITEMS_OF_CUSTOMER],
};

pub(crate) const ALLOCATIONS: Collection = Collection {
    name: "allocations",
    about: "Which credit pays which debit. Allocations are only ever inserted.",
    fields: &[
        Field::new(
            "_id",
            Fields(&[
                OF_WHOM,
                Field::new("seq", Count(1), "`seq` of the entry that caused it."),
                Field::new("ordinal", Count(0), "Its place among those of the entry."),
            ]),
            "Whose, and which.",
        ),
        Field::new("customerId", Uuid, "Whose items."),
        Field::new("debit", Uuid, "The item that is paid."),
        Field::new("debitKind", Name(ITEM_KINDS), "What opened it."),
        Field::new("credit", Uuid, "The item that pays."),
        Field::new("creditKind", Name(ITEM_KINDS), "What opened it."),
        Field::new("amount", Money, "How much; below zero where it is taken back."),
        Field::new("effective", Day, "The day from which it counts."),
    ],
    indexes: &[
        Index::new("byDebit", &["_id.ownerId", "debit"]),
        Index::new("byCredit", &["_id.ownerId", "credit"]),
        Index::new("ofCustomer", &["_id.ownerId", "customerId", "effective"]),
        Index::new("ofDay", &["_id.ownerId", "effective"]),
    ],
};

const DOCUMENT_KINDS: &[&str] = &["invoice", "receipt", "credit_note"];

pub(crate) const DOCUMENTS: Collection = Collection {
    name: "documents",
    about: "Papers. Documents are only ever inserted. They are listed by way of their items, which have the same `_id`.",
    fields: &[
        OF_ONE,
        Field::new("customerId", Uuid, "Whose."),
        Field::new("kind", Name(DOCUMENT_KINDS), "What it is."),
        Field::new("year", Count(0), "The year in which the number's financial year starts."),
        Field::new("number", Text, "The number, in capitals; unique in shop, kind and year."),
        Field::new("date", Day, "The day on the paper."),
        Field::new("seq", Count(1), "`seq` of its entry."),
        Field::new("recordedAt", Time, "When the book learnt of it."),
        Field::new(
            "body",
            Text,
            "All that is on the paper: a JSON text, whose SHA-256 is the entry's `bodyHash`.",
        ),
    ],
    indexes: &[Index::unique("byNumber", &["_id.ownerId", "kind", "year", "number"])],
};

pub(crate) const IDEMPOTENCY: Collection = Collection {
    name: "idempotency",
    about: "What was answered to which request.",
    fields: &[
        Field::new(
            "_id",
            Fields(&[OF_WHOM, Field::new("key", Text, "The key that the client gave to the request.")]),
            "Whose, and which.",
        ),
        Field::new("fingerprint", Hash, "SHA-256 of the request."),
        Field::new("subject", Uuid, "The document or customer that came of it."),
        Field::new("answer", Text, "The answer, as JSON."),
    ],
    indexes: &[Index::new("bySubject", &["_id.ownerId", "subject"])],
};
