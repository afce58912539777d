//! Customers, and the words by which they are found.

/// Customers of a selection, from a place on.
macro_rules! customers {
    ($after:literal, $order:literal) => {
        concat!(
            "SELECT ",
            customer_columns!(),
            " FROM customers c WHERE c.owner_id = $1 AND c.archived = $2 AND ",
            $after,
            " ORDER BY ",
            $order,
            " LIMIT $5 + 0"
        )
    };
}

/// Those of them that have a word in each of the ranges `$6`.
///
/// In the order of the list, the words of each customer are looked at, until the page is full. So that a rare word
/// doesn't cost a look at every customer, it is looked up first, and only who has it is looked at; which of the words
/// is the rarest, the index tells.
macro_rules! customers_found {
    ($after:literal, $order:literal) => {
        concat!(
            "WITH rarest AS MATERIALIZED (
                SELECT k.value ->> 0 AS first, k.value ->> 1 AS until, (
                    SELECT count(*) FROM (
                        SELECT 1 FROM customer_words w
                        WHERE w.owner_id = $1 AND w.word >= k.value ->> 0 AND w.word < k.value ->> 1 LIMIT 1000
                    )
                ) AS uses
                FROM jsonb_each($6) AS k ORDER BY uses LIMIT 1
            )
            SELECT ",
            customer_columns!(),
            " FROM customers c
            WHERE c.owner_id = $1 AND c.archived = $2 AND ",
            $after,
            " AND CASE WHEN (SELECT uses < 1000 FROM rarest) THEN c.id IN (
                SELECT w.customer_id FROM rarest
                JOIN customer_words w ON w.owner_id = $1 AND w.word >= rarest.first AND w.word < rarest.until
            ) ELSE true END
            AND NOT EXISTS (
                SELECT 1 FROM jsonb_each($6) AS k WHERE NOT EXISTS (
                    SELECT 1 FROM customer_words w
                    WHERE w.owner_id = $1 AND w.customer_id = c.id AND w.word >= k.value ->> 0 AND w.word < k.value ->> 1
                )
            )
            ORDER BY ",
            $order,
            " LIMIT $5 + 0"
        )
    };
}

statements! { OF_CUSTOMERS:
    CUSTOMERS_AFTER = concat!(
        "SELECT ",
        customer_columns!(),
        " FROM customers c WHERE c.owner_id = $1 AND c.id > $2 ORDER BY c.id LIMIT $3 + 0"
    );

    CUSTOMERS_BY_ID = concat!(
        "SELECT ",
        customer_columns!(),
        " FROM jsonb_each($1) AS k
          JOIN customers c ON c.owner_id = unhex(k.value ->> 0, '-') AND c.id = unhex(k.value ->> 1, '-')"
    );

    CUSTOMERS_BY_MOBILE = "
        SELECT c.owner_id, c.mobile, c.id
        FROM jsonb_each($1) AS k
        JOIN customers c ON c.owner_id = unhex(k.value ->> 0, '-') AND c.mobile = k.value ->> 1";

    CUSTOMER = concat!("SELECT ", customer_columns!(), " FROM customers c WHERE c.owner_id = $1 AND c.id = $2");

    CUSTOMERS_BY_LAST_ENTRY = customers!("(c.last_seq, c.id) < ($3, $4)", "c.last_seq DESC, c.id DESC");

    CUSTOMERS_BY_NAME = customers!("(c.name_key, c.id) > ($3, $4)", "c.name_key, c.id");

    CUSTOMERS_BY_BALANCE = customers!("(c.balance, c.id) < ($3, $4)", "c.balance DESC, c.id DESC");

    CUSTOMERS_FOUND_BY_LAST_ENTRY = customers_found!("(c.last_seq, c.id) < ($3, $4)", "c.last_seq DESC, c.id DESC");

    CUSTOMERS_FOUND_BY_NAME = customers_found!("(c.name_key, c.id) > ($3, $4)", "c.name_key, c.id");

    CUSTOMERS_FOUND_BY_BALANCE = customers_found!("(c.balance, c.id) < ($3, $4)", "c.balance DESC, c.id DESC");

    PUT_CUSTOMERS = "
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
        FROM jsonb_each($1) WHERE true
        ON CONFLICT (owner_id, id) DO UPDATE SET
            name = excluded.name, name_key = excluded.name_key, firm_name = excluded.firm_name, mobile = excluded.mobile,
            city = excluded.city, state = excluded.state, gst_number = excluded.gst_number,
            credit_limit = excluded.credit_limit, balance = excluded.balance, invoiced = excluded.invoiced,
            received = excluded.received, archived_at = excluded.archived_at, created_at = excluded.created_at,
            updated_at = excluded.updated_at, revision = excluded.revision, last_seq = excluded.last_seq";

    DELETE_WORDS = "
        DELETE FROM customer_words WHERE (owner_id, customer_id) IN (
            SELECT unhex(value ->> 0, '-'), unhex(value ->> 1, '-') FROM jsonb_each($1)
        )";

    INSERT_WORDS = "
        INSERT INTO customer_words (owner_id, word, customer_id)
        SELECT unhex(value ->> 0, '-'), value ->> 1, unhex(value ->> 2, '-') FROM jsonb_each($1)";

    UPDATE_BALANCES = "
        UPDATE customers SET
            balance = r.value ->> 'balance', invoiced = r.value ->> 'invoiced', received = r.value ->> 'received',
            last_seq = r.value ->> 'last_seq', revision = r.value ->> 'revision'
        FROM jsonb_each($1) AS r
        WHERE customers.owner_id = unhex(r.value ->> 'owner_id', '-') AND customers.id = unhex(r.value ->> 'id', '-')";

    /// Their words go with them.
    DELETE_CUSTOMERS = "
        DELETE FROM customers WHERE (owner_id, id) IN (
            SELECT unhex(value ->> 0, '-'), unhex(value ->> 1, '-') FROM jsonb_each($1)
        )";
}
