-- The book. Ids are the 16 bytes of a UUID, hashes 32 bytes, money minor units, times milliseconds since 1970, days
-- `YYYY-MM-DD`. Every key of a shop's table starts with the owner.
--
-- A posting rewrites a page of nearly every B-tree, so there are as few as will do: rows are kept in the order of their
-- primary key, which for what is written with each posting is the order of writing, so that a batch fills whole pages.

PRAGMA application_id = 0x4b687461;
PRAGMA user_version = 1;

-- A shop: profile, password, and the head of its ledger, which is the one row that is locked to change the book.
-- `counters` is JSON: by kind of document and year, the last number that the series gave out.
CREATE TABLE owners (
    id               BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    shop_name        TEXT    NOT NULL,
    proprietor_name  TEXT    NOT NULL,
    mobile_number    TEXT    NOT NULL UNIQUE,
    gst_number       TEXT,
    state            TEXT,
    currency         TEXT    NOT NULL,
    time_zone        TEXT    NOT NULL,
    upi_id           TEXT,
    numberings       TEXT,
    locked_until     TEXT    CHECK (length(locked_until) = 10),
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    revision         INTEGER NOT NULL CHECK (revision > 0),
    password_hash    TEXT    NOT NULL,
    password_version INTEGER NOT NULL CHECK (password_version > 0),
    seq              INTEGER NOT NULL CHECK (seq >= 0),
    hash             BLOB    NOT NULL CHECK (length(hash) = 32),
    recorded_at      INTEGER NOT NULL,
    counters         TEXT    NOT NULL CHECK (json_type(counters) = 'object')
) STRICT;

CREATE TABLE sessions (
    owner_id   BLOB    NOT NULL REFERENCES owners (id),
    id         BLOB    NOT NULL CHECK (length(id) = 16),
    opened_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (owner_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE throttles (
    key           TEXT    NOT NULL PRIMARY KEY,
    tries         INTEGER NOT NULL CHECK (tries >= 0),
    blocked_until INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    revision      INTEGER NOT NULL CHECK (revision > 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX throttles_by_expiry ON throttles (expires_at);

CREATE TABLE customers (
    owner_id      BLOB    NOT NULL REFERENCES owners (id),
    id            BLOB    NOT NULL CHECK (length(id) = 16),
    name          TEXT    NOT NULL,
    name_key      TEXT    NOT NULL,
    firm_name     TEXT,
    mobile_number TEXT,
    alternate_mobile TEXT,
    tags          TEXT,
    email         TEXT,
    address       TEXT,
    notes         TEXT,
    city          TEXT,
    state         TEXT,
    gst_number    TEXT,
    credit_limit  INTEGER CHECK (credit_limit >= 0),
    balance       INTEGER NOT NULL,
    invoiced      INTEGER NOT NULL,
    received      INTEGER NOT NULL,
    opening       INTEGER NOT NULL,
    debited       INTEGER NOT NULL,
    credited      INTEGER NOT NULL,
    refunded      INTEGER NOT NULL,
    written_off   INTEGER NOT NULL,
    bounced_cheques INTEGER NOT NULL CHECK (bounced_cheques >= 0),
    post_dated    TEXT    CHECK (length(post_dated) > 10),
    archived_at   INTEGER,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    revision      INTEGER NOT NULL CHECK (revision > 0),
    last_seq      INTEGER NOT NULL CHECK (last_seq >= 0),
    archived      INTEGER NOT NULL GENERATED ALWAYS AS (archived_at IS NOT NULL) VIRTUAL,
    -- The last day, with which the text begins.
    post_dated_until TEXT GENERATED ALWAYS AS (substr(post_dated, 1, 10)) VIRTUAL,
    PRIMARY KEY (owner_id, id),
    UNIQUE (owner_id, mobile_number)
) STRICT, WITHOUT ROWID;
CREATE INDEX customers_by_last_entry ON customers (owner_id, archived, last_seq, id);
CREATE INDEX customers_by_name ON customers (owner_id, archived, name_key, id);
CREATE INDEX customers_by_balance ON customers (owner_id, archived, balance, id);
-- Few have post-dated entries.
CREATE INDEX customers_post_dated ON customers (owner_id, archived, post_dated_until)
    WHERE post_dated_until IS NOT NULL;

-- Text compares bytewise, so that the words that begin with another are one range.
CREATE TABLE customer_words (
    owner_id    BLOB NOT NULL,
    word        TEXT NOT NULL,
    customer_id BLOB NOT NULL,
    PRIMARY KEY (owner_id, word, customer_id),
    FOREIGN KEY (owner_id, customer_id) REFERENCES customers (owner_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX customer_words_by_customer ON customer_words (owner_id, customer_id, word);

-- An entry, and the document that it posted. It is written once, so what changes is elsewhere: its item, the customer's
-- sums, the head. The item has the id of the entry that opened it, so an entry is found by its id by way of the item; voids
-- open none.
CREATE TABLE entries (
    owner_id    BLOB    NOT NULL,
    seq         INTEGER NOT NULL CHECK (seq > 0),
    id          BLOB    NOT NULL CHECK (length(id) = 16),
    actor_id    BLOB    NOT NULL CHECK (length(actor_id) = 16),
    kind        TEXT    NOT NULL CHECK (kind IN (
        'invoice', 'receipt', 'credit_note', 'debit_note', 'refund', 'write_off', 'opening_balance', 'void',
        'bounce', 'allocation')),
    customer_id BLOB    NOT NULL CHECK (length(customer_id) = 16),
    item_id     BLOB    NOT NULL CHECK (length(item_id) = 16),
    date        TEXT    NOT NULL CHECK (length(date) = 10),
    recorded_at INTEGER NOT NULL,
    amount      INTEGER NOT NULL,
    reason      TEXT,
    body_hash   BLOB    CHECK (length(body_hash) = 32),
    hash        BLOB    NOT NULL CHECK (length(hash) = 32),
    year        INTEGER,
    number      TEXT    CHECK (length(number) BETWEEN 1 AND 16),
    body        TEXT,
    PRIMARY KEY (owner_id, seq),
    CHECK ((body IS NULL) = (number IS NULL) AND (body IS NULL) = (year IS NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX entries_by_number ON entries (owner_id, kind, year, number) WHERE number IS NOT NULL;
-- With what an account adds up from, and the kind, by which the customer's documents are picked without a look at each
-- entry. They are few enough to be sorted: one more index by customer would be one more page that each posting touches
-- somewhere in the middle. Voids are few, and looked for by themselves.
CREATE INDEX entries_by_customer ON entries (owner_id, customer_id, date, seq, amount, kind);
CREATE UNIQUE INDEX entries_without_item ON entries (owner_id, id) WHERE kind IN ('void', 'bounce', 'allocation');
CREATE INDEX entries_reversing_by_date ON entries (owner_id, date) WHERE kind IN ('void', 'bounce');

-- That an item has its entry, and an allocation its items, is left to whoever writes them: a reference would look them up
-- once more for each row, and verification proves it.
CREATE TABLE items (
    owner_id    BLOB    NOT NULL,
    id          BLOB    NOT NULL CHECK (length(id) = 16),
    customer_id BLOB    NOT NULL CHECK (length(customer_id) = 16),
    kind        TEXT    NOT NULL CHECK (kind IN (
        'invoice', 'receipt', 'credit_note', 'debit_note', 'refund', 'write_off', 'opening_balance')),
    side        TEXT    NOT NULL CHECK (side IN ('debit', 'credit')),
    amount      INTEGER NOT NULL CHECK (amount > 0),
    open        INTEGER NOT NULL CHECK (open BETWEEN 0 AND amount),
    invoice_id  BLOB    CHECK (length(invoice_id) = 16),
    credited    TEXT    CHECK (length(credited) > 10),
    date        TEXT    NOT NULL CHECK (length(date) = 10),
    due         TEXT    NOT NULL CHECK (length(due) = 10),
    free_from   TEXT    NOT NULL CHECK (free_from >= date),
    seq         INTEGER NOT NULL CHECK (seq > 0),
    voided_on     TEXT  CHECK (length(voided_on) = 10),
    bounced       INTEGER NOT NULL CHECK (bounced IN (0, 1)),
    pending_until TEXT  CHECK (length(pending_until) = 10),
    updated_at  INTEGER NOT NULL,
    status      TEXT    NOT NULL GENERATED ALWAYS AS (
        CASE
            WHEN voided_on IS NOT NULL THEN 'void'
            WHEN open = amount THEN 'unpaid'
            WHEN open = 0 THEN 'paid'
            ELSE 'partial'
        END
    ) VIRTUAL,
    PRIMARY KEY (owner_id, id),
    CHECK (open = 0 OR voided_on IS NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX items_open ON items (owner_id, customer_id, side, due, seq) WHERE open > 0;
CREATE INDEX items_by_status ON items (owner_id, kind, status, seq);
-- Few have changes that take effect later.
CREATE INDEX items_pending ON items (owner_id, kind, seq) WHERE pending_until IS NOT NULL;

-- `date` is that of the entry. What it caused takes effect on that day, so it is found by way of the entry; only what
-- takes effect later needs an index of its own. `own` is the side of the item that the entry itself opened, which is found
-- by way of the entry too, so that only the other side needs one.
CREATE TABLE allocations (
    owner_id       BLOB    NOT NULL,
    seq            INTEGER NOT NULL,
    ordinal        INTEGER NOT NULL CHECK (ordinal >= 0),
    customer_id    BLOB    NOT NULL CHECK (length(customer_id) = 16),
    debit_id       BLOB    NOT NULL CHECK (length(debit_id) = 16),
    debit_kind     TEXT    NOT NULL,
    credit_id      BLOB    NOT NULL CHECK (length(credit_id) = 16),
    credit_kind    TEXT    NOT NULL,
    amount         INTEGER NOT NULL CHECK (amount <> 0),
    date           TEXT    NOT NULL CHECK (length(date) = 10),
    effective_date TEXT    NOT NULL CHECK (length(effective_date) = 10),
    own            TEXT    CHECK (own IN ('debit', 'credit')),
    PRIMARY KEY (owner_id, seq, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX allocations_by_debit ON allocations (owner_id, debit_id) WHERE own IS DISTINCT FROM 'debit';
CREATE INDEX allocations_by_credit ON allocations (owner_id, credit_id) WHERE own IS DISTINCT FROM 'credit';
CREATE INDEX allocations_deferred ON allocations (owner_id, customer_id, effective_date) WHERE effective_date > date;

-- The records of a customer, whose answers are not about an entry, go with the customer.
CREATE TABLE idempotency (
    owner_id    BLOB NOT NULL,
    key         TEXT NOT NULL,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    subject     BLOB NOT NULL CHECK (length(subject) = 16),
    answer      TEXT NOT NULL,
    PRIMARY KEY (owner_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_customer ON idempotency (owner_id, subject) 
    WHERE substr(answer, 2, 19) <> '"version":1,"entry"';

-- What is in the book stays as it is. A mistake is voided by a further entry.
CREATE TRIGGER entries_stay BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
CREATE TRIGGER entries_remain BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END;
CREATE TRIGGER allocations_stay BEFORE UPDATE ON allocations
BEGIN SELECT RAISE(ABORT, 'allocations are never changed'); END;
CREATE TRIGGER allocations_remain BEFORE DELETE ON allocations
BEGIN SELECT RAISE(ABORT, 'allocations are never deleted'); END;
CREATE TRIGGER items_remain BEFORE DELETE ON items
BEGIN SELECT RAISE(ABORT, 'items are never deleted'); END;

-- What the planner is to take for granted: rows in all, then rows that agree in the first column of the index, in the
-- first two, and so on. Without, it believes that a shop has ten rows of a kind, and reads all of them.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('owners', 'sqlite_autoindex_owners_1', '1000 1'),
    ('owners', 'sqlite_autoindex_owners_2', '1000 1'),
    ('sessions', 'sessions', '5000 5 1'),
    ('throttles', 'throttles', '1000 1'),
    ('throttles', 'throttles_by_expiry', '1000 1'),
    ('customers', 'customers', '1000000 1000 1'),
    ('customers', 'sqlite_autoindex_customers_2', '1000000 1000 1'),
    ('customers', 'customers_by_last_entry', '1000000 1000 900 1 1'),
    ('customers', 'customers_by_name', '1000000 1000 900 1 1'),
    ('customers', 'customers_by_balance', '1000000 1000 900 1 1'),
    ('customers', 'customers_post_dated', '10000 10 10 1'),
    ('customer_words', 'customer_words', '4000000 4000 8 1'),
    ('customer_words', 'customer_words_by_customer', '4000000 4000 4 1'),
    ('entries', 'entries', '20000000 20000 1'),
    ('entries', 'entries_by_number', '20000000 20000 10000 5000 1'),
    ('entries', 'entries_by_customer', '20000000 20000 20 2 1 1 1'),
    ('entries', 'entries_without_item', '200000 200 1'),
    ('entries', 'entries_reversing_by_date', '200000 200 2'),
    ('items', 'items', '20000000 20000 1'),
    ('items', 'items_open', '2000000 2000 2 2 1 1'),
    ('items', 'items_by_status', '20000000 20000 10000 5000 1'),
    ('items', 'items_pending', '20000 20 10 1'),
    ('allocations', 'allocations', '20000000 20000 2 1'),
    ('allocations', 'allocations_by_debit', '20000000 20000 2'),
    ('allocations', 'allocations_by_credit', '20000000 20000 2'),
    ('allocations', 'allocations_deferred', '200000 200 2 1'),
    ('idempotency', 'idempotency', '20000000 20000 1'),
    ('idempotency', 'idempotency_by_customer', '2000 20 1');
ANALYZE sqlite_schema;
