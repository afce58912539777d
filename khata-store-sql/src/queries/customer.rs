//! Customers, and the words by which they are found.

use crate::row::{BalanceRow, CustomerPutRow, CustomerRow, HolderRow, IdKey, MobileKey, WordRange, WordRow};
use crate::statement::Statement;

/// Customers of a selection, from a place on.
macro_rules! customers {
    ($after:literal, $order:literal) => {
        concat!(
            "SELECT {c.*} FROM customers c WHERE c.owner_id = $1 AND c.archived = $2 AND ",
            $after,
            " ORDER BY ",
            $order,
            " LIMIT $5 + 0"
        )
    };
}

/// Those of them that have a word in each of the given ranges.
///
/// In the order of the list, the words of each customer are looked at, until the page is full. So that a rare word
/// doesn't cost a look at every customer, it is looked up first, and only who has it is looked at; which of the words
/// is the rarest, the index tells.
macro_rules! customers_found {
    ($after:literal, $order:literal) => {
        concat!(
            "WITH rarest AS MATERIALIZED (
                SELECT given.first, given.until, (
                    SELECT count(*) FROM (
                        SELECT 1 FROM customer_words w
                        WHERE w.owner_id = $1 AND w.word >= given.first AND w.word < given.until LIMIT 1000
                    ) AS used
                ) AS uses
                FROM {given} ORDER BY uses LIMIT 1
            )
            SELECT {c.*} FROM customers c
            WHERE c.owner_id = $1 AND c.archived = $2 AND ",
            $after,
            " AND CASE WHEN (SELECT uses < 1000 FROM rarest) THEN c.id IN (
                SELECT w.customer_id FROM rarest
                JOIN customer_words w ON w.owner_id = $1 AND w.word >= rarest.first AND w.word < rarest.until
            ) ELSE true END
            AND NOT EXISTS (
                SELECT 1 FROM {given} WHERE NOT EXISTS (
                    SELECT 1 FROM customer_words w
                    WHERE w.owner_id = $1 AND w.customer_id = c.id AND w.word >= given.first AND w.word < given.until
                )
            )
            ORDER BY ",
            $order,
            " LIMIT $5 + 0"
        )
    };
}

statements! { of_customers:
    CUSTOMERS_AFTER: Statement<(), CustomerRow> = "
        SELECT {c.*} FROM customers c WHERE c.owner_id = $1 AND c.id > $2 ORDER BY c.id LIMIT $3 + 0";

    CUSTOMERS_BY_ID: Statement<IdKey, CustomerRow> = "
        SELECT {c.*} FROM {given} JOIN customers c ON c.owner_id = given.owner_id AND c.id = given.id
        ORDER BY c.name";

    CUSTOMERS_BY_MOBILE: Statement<MobileKey<'_>, HolderRow> = "
        SELECT {c.*} FROM {given} JOIN customers c ON c.owner_id = given.owner_id AND c.mobile = given.mobile";

    CUSTOMER: Statement<(), CustomerRow> = "SELECT {c.*} FROM customers c WHERE c.owner_id = $1 AND c.id = $2";

    CUSTOMERS_BY_LAST_ENTRY: Statement<WordRange, CustomerRow> =
        customers!("(c.last_seq, c.id) < ($3, $4)", "c.last_seq DESC, c.id DESC");

    CUSTOMERS_BY_NAME: Statement<WordRange, CustomerRow> =
        customers!("(c.name_key, c.id) > ($3, $4)", "c.name_key, c.id");

    CUSTOMERS_BY_BALANCE: Statement<WordRange, CustomerRow> =
        customers!("(c.balance, c.id) < ($3, $4)", "c.balance DESC, c.id DESC");

    CUSTOMERS_FOUND_BY_LAST_ENTRY: Statement<WordRange, CustomerRow> =
        customers_found!("(c.last_seq, c.id) < ($3, $4)", "c.last_seq DESC, c.id DESC");

    CUSTOMERS_FOUND_BY_NAME: Statement<WordRange, CustomerRow> =
        customers_found!("(c.name_key, c.id) > ($3, $4)", "c.name_key, c.id");

    CUSTOMERS_FOUND_BY_BALANCE: Statement<WordRange, CustomerRow> =
        customers_found!("(c.balance, c.id) < ($3, $4)", "c.balance DESC, c.id DESC");

    PUT_CUSTOMERS: Statement<CustomerPutRow<'_>> = "
        INSERT INTO customers ({columns}) SELECT {columns} FROM {given} WHERE true
        ON CONFLICT (owner_id, id) DO UPDATE SET
            name = excluded.name, name_key = excluded.name_key, firm_name = excluded.firm_name, mobile = excluded.mobile,
            city = excluded.city, state = excluded.state, gst_number = excluded.gst_number,
            credit_limit = excluded.credit_limit, balance = excluded.balance, invoiced = excluded.invoiced,
            received = excluded.received, archived_at = excluded.archived_at, created_at = excluded.created_at,
            updated_at = excluded.updated_at, revision = excluded.revision, last_seq = excluded.last_seq";

    DELETE_WORDS: Statement<IdKey> = "
        DELETE FROM customer_words WHERE (owner_id, customer_id) IN (SELECT given.owner_id, given.id FROM {given})";

    INSERT_WORDS: Statement<WordRow<'_>> = "
        INSERT INTO customer_words ({columns}) SELECT {columns} FROM {given}";

    UPDATE_BALANCES: Statement<BalanceRow> = "
        UPDATE customers SET
            balance = given.balance, invoiced = given.invoiced, received = given.received, last_seq = given.last_seq,
            revision = given.revision
        FROM {given} WHERE customers.owner_id = given.owner_id AND customers.id = given.id";

    /// Their words go with them.
    DELETE_CUSTOMERS: Statement<IdKey> = "
        DELETE FROM customers WHERE (owner_id, id) IN (SELECT given.owner_id, given.id FROM {given})";
}
