//! Every statement, in one place.
//!
//! # The budget
//! A transaction of [`transact`](khata_core::store::BookRepository::transact) costs `BEGIN`, the heads, one statement
//! for each kind of key that is asked for (entries: four, and one if none is found), one for each kind of row that is
//! written (customers put: three; deleted: two; passwords: two), and `COMMIT`, however many keys or rows there are. A
//! kind without any costs nothing. A test counts them.
//!
//! # How many rows are one parameter
//! Keys and rows come as one JSON text, `$1`: an array of arrays for keys, of objects named as the columns for rows. So
//! a statement's text never changes, and stays prepared. Ids are hyphenated in it, hashes are hexadecimal.

macro_rules! owner_columns {
    () => {
        "o.id, o.shop_name, o.proprietor_name, o.mobile, o.gst_number, o.state, o.currency, o.time_zone, o.upi_id, \
         o.locked_until, o.created_at, o.updated_at, o.revision, o.password_version, o.seq, o.hash, o.recorded_at"
    };
}

macro_rules! customer_columns {
    () => {
        "c.owner_id, c.id, c.name, c.firm_name, c.mobile, c.city, c.state, c.gst_number, c.credit_limit, c.balance, \
         c.invoiced, c.received, c.archived_at, c.created_at, c.updated_at, c.revision, c.last_seq"
    };
}

macro_rules! entry_columns {
    () => {
        "e.owner_id, e.seq, e.id, e.actor_id, e.kind, e.customer_id, e.item_id, e.date, e.recorded_at, e.amount, \
         e.reason, e.body_hash, e.hash"
    };
}

macro_rules! item_columns {
    () => {
        "i.owner_id, i.id, i.customer_id, i.kind, i.side, i.amount, i.open, i.date, i.due, i.free_from, i.seq, i.void, \
         i.updated_at"
    };
}

macro_rules! allocation_columns {
    () => {
        "a.owner_id, a.seq, a.ordinal, a.customer_id, a.debit, a.debit_kind, a.credit, a.credit_kind, a.amount, \
         a.effective"
    };
}

macro_rules! document_columns {
    () => {
        "d.owner_id, d.id, d.customer_id, d.kind, d.year, d.number, d.date, d.seq, d.recorded_at, d.body"
    };
}

/// A document's columns, and those of its item that it doesn't have itself.
macro_rules! paper_columns {
    () => {
        concat!(document_columns!(), ", i.side, i.amount, i.open, i.due, i.free_from, i.void, i.updated_at")
    };
}

/// Customers of a selection, from a place on.
macro_rules! customers {
    ($after:literal, $order:literal $(, $words:ident!())?) => {
        concat!(
            "SELECT ",
            customer_columns!(),
            " FROM customers c WHERE c.owner_id = $1 AND c.archived = $2 AND ",
            $after,
            $($words!(),)?
            " ORDER BY ",
            $order,
            " LIMIT $5"
        )
    };
}

/// Those that have a word from `$6` to `$7`, and one in each of the ranges `$8`. The first is to be the one with the
/// fewest words in it: it is looked up for all customers at once, the rest for each that is left.
macro_rules! found {
    () => {
        " AND c.id IN (
            SELECT w.customer_id FROM customer_words w WHERE w.owner_id = $1 AND w.word >= $6 AND w.word < $7
          ) AND NOT EXISTS (
            SELECT 1 FROM json_each($8) AS k WHERE NOT EXISTS (
                SELECT 1 FROM customer_words w
                WHERE w.owner_id = $1 AND w.customer_id = c.id AND w.word >= k.value ->> 0 AND w.word < k.value ->> 1
            )
          )"
    };
}

// Heads and owners.

pub(crate) const HEADS: &str = concat!(
    "SELECT ",
    owner_columns!(),
    " FROM json_each($1) AS k JOIN owners o ON o.id = unhex(k.value, '-')"
);

pub(crate) const HEAD: &str = concat!("SELECT ", owner_columns!(), " FROM owners o WHERE o.id = $1");

pub(crate) const INSERT_OWNERS: &str = "
    INSERT INTO owners (
        id, shop_name, proprietor_name, mobile, gst_number, state, currency, time_zone, upi_id, locked_until,
        created_at, updated_at, revision, password_hash, password_version, seq, hash, recorded_at
    )
    SELECT
        unhex(value ->> 'id', '-'), value ->> 'shop_name', value ->> 'proprietor_name', value ->> 'mobile',
        value ->> 'gst_number', value ->> 'state', value ->> 'currency', value ->> 'time_zone', value ->> 'upi_id',
        value ->> 'locked_until', value ->> 'created_at', value ->> 'updated_at', value ->> 'revision',
        value ->> 'password_hash', value ->> 'password_version', value ->> 'seq', unhex(value ->> 'hash'),
        value ->> 'recorded_at'
    FROM json_each($1)";

/// Currency and time zone never change.
pub(crate) const UPDATE_OWNERS: &str = "
    UPDATE owners SET
        shop_name = r.value ->> 'shop_name', proprietor_name = r.value ->> 'proprietor_name',
        mobile = r.value ->> 'mobile', gst_number = r.value ->> 'gst_number', state = r.value ->> 'state',
        upi_id = r.value ->> 'upi_id', locked_until = r.value ->> 'locked_until',
        updated_at = r.value ->> 'updated_at', revision = r.value ->> 'revision'
    FROM json_each($1) AS r WHERE owners.id = unhex(r.value ->> 'id', '-')";

pub(crate) const UPDATE_PASSWORDS: &str = "
    UPDATE owners SET password_hash = r.value ->> 'hash', password_version = r.value ->> 'version'
    FROM json_each($1) AS r WHERE owners.id = unhex(r.value ->> 'owner_id', '-')";

pub(crate) const UPDATE_HEADS: &str = "
    UPDATE owners SET
        seq = r.value ->> 'seq', hash = unhex(r.value ->> 'hash'), recorded_at = r.value ->> 'recorded_at'
    FROM json_each($1) AS r WHERE owners.id = unhex(r.value ->> 'id', '-')";

pub(crate) const CREDENTIALS: &str = "SELECT id, password_hash, password_version FROM owners WHERE id = $1";

pub(crate) const CREDENTIALS_BY_MOBILE: &str =
    "SELECT id, password_hash, password_version FROM owners WHERE mobile = $1";

pub(crate) const RENEW_PASSWORD_HASH: &str =
    "UPDATE owners SET password_hash = $3 WHERE id = $1 AND password_version = $2";

// Sessions.

pub(crate) const INSERT_SESSION: &str = "
    INSERT INTO sessions (owner_id, id, opened_at, expires_at)
    SELECT id, $2, $3, $4 FROM owners WHERE id = $1 AND password_version = $5";

pub(crate) const DELETE_EXPIRED_SESSIONS: &str =
    "DELETE FROM sessions WHERE owner_id = $1 AND expires_at <= $2";

pub(crate) const LIVE_SESSIONS: &str = "
    SELECT s.owner_id, s.id, o.currency, o.time_zone
    FROM json_each($1) AS k
    JOIN sessions s ON s.owner_id = unhex(k.value ->> 0, '-') AND s.id = unhex(k.value ->> 1, '-')
    JOIN owners o ON o.id = s.owner_id";

pub(crate) const DELETE_SESSION: &str = "DELETE FROM sessions WHERE owner_id = $1 AND id = $2";

pub(crate) const DELETE_SESSIONS: &str = "DELETE FROM sessions WHERE owner_id = $1";

pub(crate) const DELETE_OTHER_SESSIONS: &str = "
    DELETE FROM sessions
    WHERE owner_id IN (SELECT unhex(value ->> 'owner_id', '-') FROM json_each($1))
        AND (owner_id, id) NOT IN (
            SELECT unhex(value ->> 'owner_id', '-'), unhex(value ->> 'keep', '-') FROM json_each($1)
            WHERE value ->> 'keep' IS NOT NULL
        )";

// Throttles.

pub(crate) const THROTTLES: &str = "
    SELECT t.key, t.tries, t.blocked_until, t.expires_at, t.revision
    FROM json_each($1) AS k JOIN throttles t ON t.key = k.value";

/// No row counts as revision 0.
pub(crate) const PUT_THROTTLE: &str = "
    INSERT INTO throttles (key, tries, blocked_until, expires_at, revision)
    SELECT $1, $2, $3, $4, $5 WHERE $5 = 1 OR EXISTS (SELECT 1 FROM throttles WHERE key = $1)
    ON CONFLICT (key) DO UPDATE SET
        tries = excluded.tries, blocked_until = excluded.blocked_until, expires_at = excluded.expires_at,
        revision = excluded.revision
    WHERE throttles.revision = excluded.revision - 1";

pub(crate) const DELETE_EXPIRED_THROTTLES: &str = "DELETE FROM throttles WHERE expires_at < $2 AND key <> $1";

pub(crate) const DELETE_THROTTLE: &str = "DELETE FROM throttles WHERE key = $1";

// Customers.

pub(crate) const CUSTOMERS_BY_ID: &str = concat!(
    "SELECT ",
    customer_columns!(),
    " FROM json_each($1) AS k
      JOIN customers c ON c.owner_id = unhex(k.value ->> 0, '-') AND c.id = unhex(k.value ->> 1, '-')"
);

pub(crate) const CUSTOMERS_BY_MOBILE: &str = "
    SELECT c.owner_id, c.mobile, c.id
    FROM json_each($1) AS k
    JOIN customers c ON c.owner_id = unhex(k.value ->> 0, '-') AND c.mobile = k.value ->> 1";

pub(crate) const CUSTOMER: &str =
    concat!("SELECT ", customer_columns!(), " FROM customers c WHERE c.owner_id = $1 AND c.id = $2");

pub(crate) const CUSTOMERS_BY_LAST_ENTRY: &str =
    customers!("(c.last_seq, c.id) < ($3, $4)", "c.last_seq DESC, c.id DESC");

pub(crate) const CUSTOMERS_BY_NAME: &str = customers!("(c.name_key, c.id) > ($3, $4)", "c.name_key, c.id");

pub(crate) const CUSTOMERS_BY_BALANCE: &str =
    customers!("(c.balance, c.id) < ($3, $4)", "c.balance DESC, c.id DESC");

pub(crate) const CUSTOMERS_FOUND_BY_LAST_ENTRY: &str =
    customers!("(c.last_seq, c.id) < ($3, $4)", "c.last_seq DESC, c.id DESC", found!());

pub(crate) const CUSTOMERS_FOUND_BY_NAME: &str =
    customers!("(c.name_key, c.id) > ($3, $4)", "c.name_key, c.id", found!());

pub(crate) const CUSTOMERS_FOUND_BY_BALANCE: &str =
    customers!("(c.balance, c.id) < ($3, $4)", "c.balance DESC, c.id DESC", found!());

pub(crate) const PUT_CUSTOMERS: &str = "
    INSERT INTO customers (
        owner_id, id, name, name_key, firm_name, mobile, city, state, gst_number, credit_limit, balance, invoiced,
        received, archived_at, created_at, updated_at, revision, last_seq
    )
    SELECT
        unhex(value ->> 'owner_id', '-'), unhex(value ->> 'id', '-'), value ->> 'name', value ->> 'name_key',
        value ->> 'firm_name', value ->> 'mobile', value ->> 'city', value ->> 'state', value ->> 'gst_number',
        value ->> 'credit_limit', value ->> 'balance', value ->> 'invoiced', value ->> 'received',
        value ->> 'archived_at', value ->> 'created_at', value ->> 'updated_at', value ->> 'revision',
        value ->> 'last_seq'
    FROM json_each($1) WHERE true
    ON CONFLICT (owner_id, id) DO UPDATE SET
        name = excluded.name, name_key = excluded.name_key, firm_name = excluded.firm_name, mobile = excluded.mobile,
        city = excluded.city, state = excluded.state, gst_number = excluded.gst_number,
        credit_limit = excluded.credit_limit, balance = excluded.balance, invoiced = excluded.invoiced,
        received = excluded.received, archived_at = excluded.archived_at, created_at = excluded.created_at,
        updated_at = excluded.updated_at, revision = excluded.revision, last_seq = excluded.last_seq";

pub(crate) const DELETE_WORDS: &str = "
    DELETE FROM customer_words WHERE (owner_id, customer_id) IN (
        SELECT unhex(value ->> 0, '-'), unhex(value ->> 1, '-') FROM json_each($1)
    )";

pub(crate) const INSERT_WORDS: &str = "
    INSERT INTO customer_words (owner_id, word, customer_id)
    SELECT unhex(value ->> 0, '-'), value ->> 1, unhex(value ->> 2, '-') FROM json_each($1)";

pub(crate) const UPDATE_BALANCES: &str = "
    UPDATE customers SET
        balance = r.value ->> 'balance', invoiced = r.value ->> 'invoiced', received = r.value ->> 'received',
        last_seq = r.value ->> 'last_seq', revision = r.value ->> 'revision'
    FROM json_each($1) AS r
    WHERE customers.owner_id = unhex(r.value ->> 'owner_id', '-') AND customers.id = unhex(r.value ->> 'id', '-')";

/// Their words go with them.
pub(crate) const DELETE_CUSTOMERS: &str = "
    DELETE FROM customers WHERE (owner_id, id) IN (
        SELECT unhex(value ->> 0, '-'), unhex(value ->> 1, '-') FROM json_each($1)
    )";

// Entries.

pub(crate) const ENTRIES_BY_ID: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM json_each($1) AS k
      JOIN entries e ON e.owner_id = unhex(k.value ->> 0, '-') AND e.id = unhex(k.value ->> 1, '-')"
);

pub(crate) const ENTRIES_AFTER: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM entries e WHERE e.owner_id = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3"
);

pub(crate) const LATER_ENTRIES: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM entries e WHERE e.owner_id = $1 AND e.customer_id = $2 AND e.date > $3 ORDER BY e.seq"
);

pub(crate) const INSERT_ENTRIES: &str = "
    INSERT INTO entries (
        owner_id, seq, id, actor_id, kind, customer_id, item_id, date, recorded_at, amount, reason, body_hash, hash
    )
    SELECT
        unhex(value ->> 'owner_id', '-'), value ->> 'seq', unhex(value ->> 'id', '-'),
        unhex(value ->> 'actor_id', '-'), value ->> 'kind', unhex(value ->> 'customer_id', '-'),
        unhex(value ->> 'item_id', '-'), value ->> 'date', value ->> 'recorded_at', value ->> 'amount',
        value ->> 'reason', unhex(value ->> 'body_hash'), unhex(value ->> 'hash')
    FROM json_each($1)";

// Items.

pub(crate) const ITEMS_BY_ID: &str = concat!(
    "SELECT ",
    item_columns!(),
    " FROM json_each($1) AS k
      JOIN items i ON i.owner_id = unhex(k.value ->> 0, '-') AND i.id = unhex(k.value ->> 1, '-')"
);

/// Those before which less than the sum is open.
pub(crate) const OPEN_ITEMS: &str = concat!(
    "SELECT ",
    item_columns!(),
    " FROM (
        SELECT ",
    item_columns!(),
    ", k.value ->> 3 AS up_to, sum(i.open) OVER (
            PARTITION BY i.owner_id, i.customer_id, i.side ORDER BY i.due, i.seq
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS open_before
        FROM json_each($1) AS k
        JOIN items i ON i.owner_id = unhex(k.value ->> 0, '-') AND i.customer_id = unhex(k.value ->> 1, '-')
            AND i.side = k.value ->> 2
        WHERE i.open > 0
    ) AS i WHERE coalesce(i.open_before, 0) < i.up_to"
);

pub(crate) const ITEMS_AFTER: &str = concat!(
    "SELECT ",
    item_columns!(),
    " FROM items i WHERE i.owner_id = $1 AND i.seq > $2 ORDER BY i.seq LIMIT $3"
);

/// Those that are open, and those that later allocations touch.
pub(crate) const ITEMS_STANDING: &str = concat!(
    "SELECT ",
    item_columns!(),
    " FROM items i WHERE i.owner_id = $1 AND i.customer_id = $2 AND i.open > 0
      UNION
      SELECT ",
    item_columns!(),
    " FROM items i WHERE i.owner_id = $1 AND i.id IN (
        SELECT a.debit FROM allocations a WHERE a.owner_id = $1 AND a.customer_id = $2 AND a.effective > $3
        UNION
        SELECT a.credit FROM allocations a WHERE a.owner_id = $1 AND a.customer_id = $2 AND a.effective > $3
      ) ORDER BY seq"
);

pub(crate) const PUT_ITEMS: &str = "
    INSERT INTO items (
        owner_id, id, customer_id, kind, side, amount, open, date, due, free_from, seq, void, updated_at
    )
    SELECT
        unhex(value ->> 'owner_id', '-'), unhex(value ->> 'id', '-'), unhex(value ->> 'customer_id', '-'),
        value ->> 'kind', value ->> 'side', value ->> 'amount', value ->> 'open', value ->> 'date', value ->> 'due',
        value ->> 'free_from', value ->> 'seq', value ->> 'void', value ->> 'updated_at'
    FROM json_each($1) WHERE true
    ON CONFLICT (owner_id, id) DO UPDATE SET
        open = excluded.open, free_from = excluded.free_from, void = excluded.void, updated_at = excluded.updated_at";

// Allocations.

pub(crate) const ALLOCATIONS_BY_ENTRY: &str = concat!(
    "SELECT ",
    allocation_columns!(),
    " FROM json_each($1) AS k
      JOIN allocations a ON a.owner_id = unhex(k.value ->> 0, '-') AND a.seq = k.value ->> 1
      ORDER BY a.owner_id, a.seq, a.ordinal"
);

pub(crate) const ALLOCATIONS_BETWEEN: &str = concat!(
    "SELECT ",
    allocation_columns!(),
    " FROM allocations a WHERE a.owner_id = $1 AND a.seq > $2 AND a.seq <= $3 ORDER BY a.seq, a.ordinal"
);

pub(crate) const ALLOCATIONS_BY_ITEM: &str = concat!(
    "SELECT ",
    allocation_columns!(),
    " FROM json_each($1) AS k
      JOIN allocations a ON a.owner_id = unhex(k.value ->> 0, '-') AND a.debit = unhex(k.value ->> 1, '-')
      UNION ALL
      SELECT ",
    allocation_columns!(),
    " FROM json_each($1) AS k
      JOIN allocations a ON a.owner_id = unhex(k.value ->> 0, '-') AND a.credit = unhex(k.value ->> 1, '-')
      ORDER BY seq, ordinal"
);

pub(crate) const LATER_ALLOCATIONS: &str = concat!(
    "SELECT ",
    allocation_columns!(),
    " FROM allocations a WHERE a.owner_id = $1 AND a.customer_id = $2 AND a.effective > $3 ORDER BY a.seq, a.ordinal"
);

pub(crate) const INSERT_ALLOCATIONS: &str = "
    INSERT INTO allocations (
        owner_id, seq, ordinal, customer_id, debit, debit_kind, credit, credit_kind, amount, effective
    )
    SELECT
        unhex(value ->> 'owner_id', '-'), value ->> 'seq', value ->> 'ordinal', unhex(value ->> 'customer_id', '-'),
        unhex(value ->> 'debit', '-'), value ->> 'debit_kind', unhex(value ->> 'credit', '-'),
        value ->> 'credit_kind', value ->> 'amount', value ->> 'effective'
    FROM json_each($1)";

// Documents.

pub(crate) const DOCUMENTS_BY_ID: &str = concat!(
    "SELECT ",
    document_columns!(),
    " FROM json_each($1) AS k
      JOIN documents d ON d.owner_id = unhex(k.value ->> 0, '-') AND d.id = unhex(k.value ->> 1, '-')"
);

pub(crate) const DOCUMENTS_BY_NUMBER: &str = "
    SELECT d.owner_id, d.kind, d.year, d.number, d.id
    FROM json_each($1) AS k
    JOIN documents d ON d.owner_id = unhex(k.value ->> 0, '-') AND d.kind = k.value ->> 1 AND d.year = k.value ->> 2
        AND d.number = k.value ->> 3";

pub(crate) const PAPER: &str = concat!(
    "SELECT ",
    paper_columns!(),
    " FROM documents d JOIN items i ON i.owner_id = d.owner_id AND i.id = d.id
      WHERE d.owner_id = $1 AND d.kind = $2 AND d.id = $3"
);

pub(crate) const PAPERS_OF_SHOP: &str = concat!(
    "SELECT ",
    paper_columns!(),
    " FROM documents d JOIN items i ON i.owner_id = d.owner_id AND i.id = d.id
      WHERE d.owner_id = $1 AND d.kind = $2 AND d.seq < $3 AND d.date >= $4 AND d.date <= $5
      ORDER BY d.seq DESC LIMIT $6"
);

pub(crate) const PAPERS_OF_SHOP_BY_STATUS: &str = concat!(
    "SELECT ",
    paper_columns!(),
    " FROM items i JOIN documents d ON d.owner_id = i.owner_id AND d.id = i.id
      WHERE i.owner_id = $1 AND i.kind = $2 AND i.seq < $3 AND d.date >= $4 AND d.date <= $5 AND i.status = $7
      ORDER BY i.seq DESC LIMIT $6"
);

/// With any status if `$8` is null.
pub(crate) const PAPERS_OF_CUSTOMER: &str = concat!(
    "SELECT ",
    paper_columns!(),
    " FROM documents d JOIN items i ON i.owner_id = d.owner_id AND i.id = d.id
      WHERE d.owner_id = $1 AND d.customer_id = $7 AND d.kind = $2 AND d.seq < $3 AND d.date >= $4 AND d.date <= $5
        AND i.status = coalesce($8, i.status)
      ORDER BY d.seq DESC LIMIT $6"
);

pub(crate) const INSERT_DOCUMENTS: &str = "
    INSERT INTO documents (owner_id, id, customer_id, kind, year, number, date, seq, recorded_at, body)
    SELECT
        unhex(value ->> 'owner_id', '-'), unhex(value ->> 'id', '-'), unhex(value ->> 'customer_id', '-'),
        value ->> 'kind', value ->> 'year', value ->> 'number', value ->> 'date', value ->> 'seq',
        value ->> 'recorded_at', value ->> 'body'
    FROM json_each($1)";

// Counters and idempotency records.

pub(crate) const COUNTERS: &str = "
    SELECT n.owner_id, n.kind, n.year, n.last
    FROM json_each($1) AS k
    JOIN counters n ON n.owner_id = unhex(k.value ->> 0, '-') AND n.kind = k.value ->> 1 AND n.year = k.value ->> 2";

pub(crate) const PUT_COUNTERS: &str = "
    INSERT INTO counters (owner_id, kind, year, last)
    SELECT unhex(value ->> 'owner_id', '-'), value ->> 'kind', value ->> 'year', value ->> 'last'
    FROM json_each($1) WHERE true
    ON CONFLICT (owner_id, kind, year) DO UPDATE SET last = excluded.last";

pub(crate) const IDEMPOTENCY: &str = "
    SELECT r.owner_id, r.key, r.fingerprint, r.subject, r.answer
    FROM json_each($1) AS k
    JOIN idempotency r ON r.owner_id = unhex(k.value ->> 0, '-') AND r.key = k.value ->> 1";

pub(crate) const INSERT_IDEMPOTENCY: &str = "
    INSERT INTO idempotency (owner_id, key, fingerprint, subject, answer)
    SELECT
        unhex(value ->> 'owner_id', '-'), value ->> 'key', unhex(value ->> 'fingerprint'),
        unhex(value ->> 'subject', '-'), value ->> 'answer'
    FROM json_each($1)";

pub(crate) const DELETE_IDEMPOTENCY: &str = "
    DELETE FROM idempotency WHERE (owner_id, subject) IN (
        SELECT unhex(value ->> 0, '-'), unhex(value ->> 1, '-') FROM json_each($1)
    )";

pub(crate) const PING: &str = "SELECT 1";
