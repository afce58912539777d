-- The book. Money is in minor units, times in milliseconds since 1970. Every key of a shop's table starts with the
-- owner, so that all but `owners` and `throttles` can be partitioned or distributed by it. Text that is sorted or found
-- by ranges compares bytewise.

CREATE TABLE khata_schema (version bigint NOT NULL);
INSERT INTO khata_schema (version) VALUES (1);

-- A shop: profile, password, and the head of its ledger, which is the one row that is locked to change the book.
-- `counters` is JSON: by kind of document and year, the last number that the series gave out. Pages are left with room,
-- so that a head that moves on stays in its page and no index is touched.
CREATE TABLE owners (
    id               uuid   NOT NULL PRIMARY KEY,
    shop_name        text   NOT NULL,
    proprietor_name  text   NOT NULL,
    mobile_number    text   COLLATE "C" NOT NULL,
    gst_number       text,
    state            text,
    currency         text   NOT NULL,
    time_zone        text   NOT NULL,
    upi_id           text,
    numberings       text,
    locked_until     date,
    created_at       bigint NOT NULL,
    updated_at       bigint NOT NULL,
    revision         bigint NOT NULL CHECK (revision > 0),
    password_hash    text   NOT NULL,
    password_version bigint NOT NULL CHECK (password_version > 0),
    seq              bigint NOT NULL CHECK (seq >= 0),
    hash             bytea  NOT NULL CHECK (length(hash) = 32),
    recorded_at      bigint NOT NULL,
    counters         text   NOT NULL CHECK (json_typeof(counters::json) = 'object'),
    CONSTRAINT owners_mobile_number_key UNIQUE (mobile_number)
) WITH (fillfactor = 50);

CREATE TABLE sessions (
    owner_id   uuid   NOT NULL REFERENCES owners (id),
    id         uuid   NOT NULL,
    opened_at  bigint NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (owner_id, id)
);

CREATE TABLE throttles (
    key           text   COLLATE "C" NOT NULL PRIMARY KEY,
    tries         bigint NOT NULL CHECK (tries >= 0),
    blocked_until bigint NOT NULL,
    expires_at    bigint NOT NULL,
    revision      bigint NOT NULL CHECK (revision > 0)
);
CREATE INDEX throttles_by_expiry ON throttles (expires_at);

CREATE TABLE customers (
    owner_id      uuid    NOT NULL REFERENCES owners (id),
    id            uuid    NOT NULL,
    name          text    NOT NULL,
    name_key      text    COLLATE "C" NOT NULL,
    firm_name     text,
    mobile_number text    COLLATE "C",
    alternate_mobile text COLLATE "C",
    tags          text    COLLATE "C",
    email         text,
    address       text,
    notes         text,
    city          text,
    state         text,
    gst_number    text,
    credit_limit  bigint  CHECK (credit_limit >= 0),
    balance       bigint  NOT NULL,
    invoiced      bigint  NOT NULL,
    received      bigint  NOT NULL,
    opening       bigint  NOT NULL,
    debited       bigint  NOT NULL,
    credited      bigint  NOT NULL,
    refunded      bigint  NOT NULL,
    written_off   bigint  NOT NULL,
    bounced_cheques bigint NOT NULL CHECK (bounced_cheques >= 0),
    post_dated    text    COLLATE "C" CHECK (length(post_dated) > 10),
    archived_at   bigint,
    created_at    bigint  NOT NULL,
    updated_at    bigint  NOT NULL,
    revision      bigint  NOT NULL CHECK (revision > 0),
    last_seq      bigint  NOT NULL CHECK (last_seq >= 0),
    archived      boolean NOT NULL GENERATED ALWAYS AS (archived_at IS NOT NULL) STORED,
    -- The last day, with which the text begins.
    post_dated_until text COLLATE "C" GENERATED ALWAYS AS (substr(post_dated, 1, 10)) STORED
);
-- Few have post-dated entries.
CREATE INDEX customers_post_dated ON customers (owner_id, archived, post_dated_until)
    WHERE post_dated_until IS NOT NULL;
CREATE INDEX customers_by_last_entry ON customers (owner_id, archived, last_seq, id);
CREATE INDEX customers_by_name ON customers (owner_id, archived, name_key, id);
CREATE INDEX customers_by_balance ON customers (owner_id, archived, balance, id);
-- As long as the table is new and small, one index is as good as another to the planner, and it takes the last of those
-- that begin with what it looks for.
ALTER TABLE customers ADD PRIMARY KEY (owner_id, id);
CREATE UNIQUE INDEX customers_by_mobile_number ON customers (mobile_number, owner_id);

CREATE TABLE customer_words (
    owner_id    uuid NOT NULL,
    word        text COLLATE "C" NOT NULL,
    customer_id uuid NOT NULL,
    PRIMARY KEY (owner_id, word, customer_id),
    FOREIGN KEY (owner_id, customer_id) REFERENCES customers (owner_id, id) ON DELETE CASCADE
);
CREATE INDEX customer_words_by_customer ON customer_words (owner_id, customer_id, word);

-- An entry, and the document that it posted. It is written once, so what changes is elsewhere: its item, the customer's
-- sums, the head. The item has the id of the entry that opened it, so an entry is found by its id by way of the item; voids
-- open none.
CREATE TABLE entries (
    owner_id    uuid   NOT NULL,
    seq         bigint NOT NULL CHECK (seq > 0),
    id          uuid   NOT NULL,
    actor_id    uuid   NOT NULL,
    kind        text   COLLATE "C" NOT NULL
                CHECK (kind IN (
        'invoice', 'receipt', 'credit_note', 'debit_note', 'refund', 'write_off', 'opening_balance', 'void',
        'bounce', 'allocation')),
    customer_id uuid   NOT NULL,
    item_id     uuid   NOT NULL,
    date        date   NOT NULL,
    recorded_at bigint NOT NULL,
    amount      bigint NOT NULL,
    reason      text,
    body_hash   bytea  CHECK (length(body_hash) = 32),
    hash        bytea  NOT NULL CHECK (length(hash) = 32),
    year        bigint,
    number      text   COLLATE "C" CHECK (length(number) BETWEEN 1 AND 16),
    body        text,
    CHECK ((body IS NULL) = (number IS NULL) AND (body IS NULL) = (year IS NULL))
);
ALTER TABLE entries ADD PRIMARY KEY (owner_id, seq);
CREATE UNIQUE INDEX entries_by_number ON entries (owner_id, kind, year, number) WHERE number IS NOT NULL;
-- Voids are few, and looked for by themselves. As long as a table is new and small, every index that begins with what is
-- looked for is as good as another to the planner; those that are about more than the shop begin with that.
CREATE INDEX entries_reversing_by_date ON entries (owner_id, date) WHERE kind IN ('void', 'bounce');
CREATE UNIQUE INDEX entries_without_item ON entries (id, owner_id) WHERE kind IN ('void', 'bounce', 'allocation');
-- With what an account adds up from, and the kind, by which the customer's documents are picked without a look at each
-- entry.
CREATE INDEX entries_by_customer ON entries (customer_id, owner_id, date, seq, amount, kind);

-- That an item has its entry, and an allocation its items, is left to whoever writes them: a reference would look them up
-- once more for each row, and verification proves it.
CREATE TABLE items (
    owner_id    uuid    NOT NULL,
    id          uuid    NOT NULL,
    customer_id uuid    NOT NULL,
    kind        text    COLLATE "C" NOT NULL CHECK (kind IN (
        'invoice', 'receipt', 'credit_note', 'debit_note', 'refund', 'write_off', 'opening_balance')),
    side        text    COLLATE "C" NOT NULL CHECK (side IN ('debit', 'credit')),
    amount      bigint  NOT NULL CHECK (amount > 0),
    open        bigint  NOT NULL CHECK (open BETWEEN 0 AND amount),
    invoice_id  uuid,
    credited    text    COLLATE "C" CHECK (length(credited) > 10),
    date        date    NOT NULL,
    due         date    NOT NULL,
    free_from   date    NOT NULL CHECK (free_from >= date),
    seq         bigint  NOT NULL CHECK (seq > 0),
    voided_on     date,
    bounced       boolean NOT NULL,
    pending_until date,
    updated_at  bigint  NOT NULL,
    status      text    COLLATE "C" NOT NULL GENERATED ALWAYS AS (
        CASE
            WHEN voided_on IS NOT NULL THEN 'void'
            WHEN open = amount THEN 'unpaid'
            WHEN open = 0 THEN 'paid'
            ELSE 'partial'
        END
    ) STORED,
    CHECK (open = 0 OR voided_on IS NULL)
);
-- Few have changes that take effect later.
CREATE INDEX items_pending ON items (owner_id, kind, seq) WHERE pending_until IS NOT NULL;
CREATE INDEX items_open ON items (owner_id, customer_id, side, due, seq) WHERE open > 0;
CREATE INDEX items_by_status ON items (owner_id, kind, status, seq);
ALTER TABLE items ADD PRIMARY KEY (owner_id, id);

-- `date` is that of the entry. What it caused takes effect on that day, so it is found by way of the entry; only what
-- takes effect later needs an index of its own. `own` is the side of the item that the entry itself opened, which is found
-- by way of the entry too, so that only the other side needs one.
CREATE TABLE allocations (
    owner_id       uuid   NOT NULL,
    seq            bigint NOT NULL,
    ordinal        bigint NOT NULL CHECK (ordinal >= 0),
    customer_id    uuid   NOT NULL,
    debit_id       uuid   NOT NULL,
    debit_kind     text   COLLATE "C" NOT NULL,
    credit_id      uuid   NOT NULL,
    credit_kind    text   COLLATE "C" NOT NULL,
    amount         bigint NOT NULL CHECK (amount <> 0),
    date           date   NOT NULL,
    effective_date date   NOT NULL,
    own            text   COLLATE "C" CHECK (own IN ('debit', 'credit')),
    PRIMARY KEY (owner_id, seq, ordinal)
);
CREATE INDEX allocations_by_debit ON allocations (owner_id, debit_id) WHERE own IS DISTINCT FROM 'debit';
CREATE INDEX allocations_by_credit ON allocations (owner_id, credit_id) WHERE own IS DISTINCT FROM 'credit';
CREATE INDEX allocations_deferred ON allocations (owner_id, customer_id, effective_date) WHERE effective_date > date;

-- The records of a customer, whose answers are not about an entry, go with the customer.
CREATE TABLE idempotency (
    owner_id    uuid  NOT NULL,
    key         text  COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    subject     uuid  NOT NULL,
    answer      text  NOT NULL,
    PRIMARY KEY (owner_id, key)
);
CREATE INDEX idempotency_by_customer ON idempotency (owner_id, subject)
    WHERE substr(answer, 2, 19) <> '"version":1,"entry"';

-- What is in the book stays as it is. A mistake is voided by a further entry.
CREATE FUNCTION khata_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% are never %d', TG_ARGV[0], lower(TG_OP);
END
$$;

CREATE TRIGGER entries_stay BEFORE UPDATE OR DELETE ON entries
    FOR EACH ROW EXECUTE FUNCTION khata_stays('entries');
CREATE TRIGGER entries_remain BEFORE TRUNCATE ON entries
    FOR EACH STATEMENT EXECUTE FUNCTION khata_stays('entries');
CREATE TRIGGER allocations_stay BEFORE UPDATE OR DELETE ON allocations
    FOR EACH ROW EXECUTE FUNCTION khata_stays('allocations');
CREATE TRIGGER allocations_remain BEFORE TRUNCATE ON allocations
    FOR EACH STATEMENT EXECUTE FUNCTION khata_stays('allocations');
CREATE TRIGGER items_stay BEFORE DELETE ON items
    FOR EACH ROW EXECUTE FUNCTION khata_stays('items');
CREATE TRIGGER items_remain BEFORE TRUNCATE ON items
    FOR EACH STATEMENT EXECUTE FUNCTION khata_stays('items');
