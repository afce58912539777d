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
    mobile_number text    COLLATE "C" NOT NULL,
    city          text,
    state         text,
    gst_number    text,
    credit_limit  bigint  CHECK (credit_limit >= 0),
    balance       bigint  NOT NULL,
    invoiced      bigint  NOT NULL,
    received      bigint  NOT NULL,
    archived_at   bigint,
    created_at    bigint  NOT NULL,
    updated_at    bigint  NOT NULL,
    revision      bigint  NOT NULL CHECK (revision > 0),
    last_seq      bigint  NOT NULL CHECK (last_seq >= 0),
    archived      boolean NOT NULL GENERATED ALWAYS AS (archived_at IS NOT NULL) STORED
);
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

CREATE TABLE entries (
    owner_id    uuid   NOT NULL,
    seq         bigint NOT NULL CHECK (seq > 0),
    id          uuid   NOT NULL,
    actor_id    uuid   NOT NULL,
    kind        text   COLLATE "C" NOT NULL
                CHECK (kind IN ('invoice', 'receipt', 'credit_note', 'opening_balance', 'void')),
    customer_id uuid   NOT NULL,
    item_id     uuid   NOT NULL,
    date        date   NOT NULL,
    recorded_at bigint NOT NULL,
    amount      bigint NOT NULL,
    reason      text,
    body_hash   bytea  CHECK (length(body_hash) = 32),
    hash        bytea  NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (owner_id, seq),
    UNIQUE (owner_id, id),
    FOREIGN KEY (owner_id, customer_id) REFERENCES customers (owner_id, id)
);
-- With what an account adds up from, and the kind, by which the customer's documents are picked without a look at each
-- entry. Voids are few, and looked for by themselves.
CREATE INDEX entries_by_customer ON entries (owner_id, customer_id, date, seq, amount, kind);
CREATE INDEX entries_void ON entries (owner_id, date) WHERE kind = 'void';

CREATE TABLE items (
    owner_id    uuid    NOT NULL,
    id          uuid    NOT NULL,
    customer_id uuid    NOT NULL,
    kind        text    COLLATE "C" NOT NULL CHECK (kind IN ('invoice', 'receipt', 'credit_note', 'opening_balance')),
    side        text    COLLATE "C" NOT NULL CHECK (side IN ('debit', 'credit')),
    amount      bigint  NOT NULL CHECK (amount > 0),
    open        bigint  NOT NULL CHECK (open BETWEEN 0 AND amount),
    invoice_id  uuid,
    credited    bigint  NOT NULL CHECK (credited BETWEEN 0 AND amount),
    date        date    NOT NULL,
    due         date    NOT NULL,
    free_from   date    NOT NULL CHECK (free_from >= date),
    seq         bigint  NOT NULL CHECK (seq > 0),
    void        boolean NOT NULL,
    updated_at  bigint  NOT NULL,
    status      text    COLLATE "C" NOT NULL GENERATED ALWAYS AS (
        CASE WHEN void THEN 'void' WHEN open = amount THEN 'unpaid' WHEN open = 0 THEN 'paid' ELSE 'partial' END
    ) STORED,
    PRIMARY KEY (owner_id, id),
    CHECK (open = 0 OR NOT void),
    FOREIGN KEY (owner_id, id) REFERENCES entries (owner_id, id),
    FOREIGN KEY (owner_id, invoice_id) REFERENCES items (owner_id, id)
);
CREATE INDEX items_open ON items (owner_id, customer_id, side, due, seq) WHERE open > 0;
CREATE INDEX items_by_status ON items (owner_id, kind, status, seq);

-- `date` is that of the entry. What it caused takes effect on that day, so it is found by way of the entry; only what
-- takes effect later needs an index of its own.
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
    PRIMARY KEY (owner_id, seq, ordinal),
    FOREIGN KEY (owner_id, seq) REFERENCES entries (owner_id, seq),
    FOREIGN KEY (owner_id, debit_id) REFERENCES items (owner_id, id),
    FOREIGN KEY (owner_id, credit_id) REFERENCES items (owner_id, id)
);
CREATE INDEX allocations_by_debit ON allocations (owner_id, debit_id);
CREATE INDEX allocations_by_credit ON allocations (owner_id, credit_id);
CREATE INDEX allocations_deferred ON allocations (owner_id, customer_id, effective_date) WHERE effective_date > date;

-- The document of an item, which has its kind and `seq`. What is known by its id is found by way of the item.
CREATE TABLE documents (
    owner_id    uuid   NOT NULL,
    id          uuid   NOT NULL,
    customer_id uuid   NOT NULL,
    kind        text   COLLATE "C" NOT NULL CHECK (kind IN ('invoice', 'receipt', 'credit_note')),
    year        bigint NOT NULL,
    number      text   COLLATE "C" NOT NULL CHECK (length(number) BETWEEN 1 AND 16),
    date        date   NOT NULL,
    seq         bigint NOT NULL CHECK (seq > 0),
    recorded_at bigint NOT NULL,
    body        text   NOT NULL,
    PRIMARY KEY (owner_id, kind, seq),
    UNIQUE (owner_id, kind, year, number),
    UNIQUE (owner_id, id),
    FOREIGN KEY (owner_id, id) REFERENCES items (owner_id, id)
);

CREATE TABLE idempotency (
    owner_id    uuid  NOT NULL REFERENCES owners (id),
    key         text  COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    subject     uuid  NOT NULL,
    answer      text  NOT NULL,
    PRIMARY KEY (owner_id, key)
);
CREATE INDEX idempotency_by_subject ON idempotency (owner_id, subject);

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
CREATE TRIGGER documents_stay BEFORE UPDATE OR DELETE ON documents
    FOR EACH ROW EXECUTE FUNCTION khata_stays('documents');
CREATE TRIGGER documents_remain BEFORE TRUNCATE ON documents
    FOR EACH STATEMENT EXECUTE FUNCTION khata_stays('documents');
CREATE TRIGGER items_stay BEFORE DELETE ON items
    FOR EACH ROW EXECUTE FUNCTION khata_stays('items');
CREATE TRIGGER items_remain BEFORE TRUNCATE ON items
    FOR EACH STATEMENT EXECUTE FUNCTION khata_stays('items');
