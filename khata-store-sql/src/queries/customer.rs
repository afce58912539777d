//! Customers, and the words by which they are found.

use crate::row::{
    BalanceRow, CustomerPutRow, CustomerRow, HolderRow, IdKey, MobileKey, RarestRow, WordRange, WordRow,
};
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

/// That a customer has a word in each of the given ranges.
macro_rules! has_words {
    () => {
        "NOT EXISTS (
            SELECT 1 FROM {given} WHERE NOT EXISTS (
                SELECT 1 FROM customer_words w
                WHERE w.owner_id = $1 AND w.customer_id = c.id AND w.word >= given.first AND w.word < given.until
            )
        )"
    };
}

/// Those of them that have a word in each of the given ranges. In the order of the list, the words of each customer are
/// looked at, until the page is full.
macro_rules! customers_found {
    ($after:literal, $order:literal) => {
        concat!(
            "SELECT {c.*} FROM customers c WHERE c.owner_id = $1 AND c.archived = $2 AND ",
            $after,
            " AND ",
            has_words!(),
            " ORDER BY ",
            $order,
            " LIMIT $5 + 0"
        )
    };
}

/// The same, where few have a word in the range from `$6` to `$7`: nobody else is looked at.
macro_rules! customers_among_few {
    ($after:literal, $order:literal) => {
        concat!(
            "SELECT {c.*} FROM (
                SELECT DISTINCT w.customer_id FROM customer_words w
                WHERE w.owner_id = $1 AND w.word >= $6 AND w.word < $7
            ) AS few
            {CROSS} JOIN customers c ON c.owner_id = $1 AND c.id = few.customer_id
            WHERE c.archived = $2 AND ",
            $after,
            " AND ",
            has_words!(),
            " ORDER BY ",
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

    /// Of the given ranges the one with the fewest words, which the index tells; it is not counted any further.
    RAREST_WORD: Statement<WordRange, RarestRow> = "
        SELECT given.first, given.until, (
            SELECT count(*) FROM (
                SELECT 1 FROM customer_words w
                WHERE w.owner_id = $1 AND w.word >= given.first AND w.word < given.until LIMIT 1000
            ) AS used
        ) AS uses
        FROM {given} ORDER BY uses LIMIT 1";

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

    CUSTOMERS_AMONG_FEW_BY_LAST_ENTRY: Statement<WordRange, CustomerRow> =
        customers_among_few!("(c.last_seq, c.id) < ($3, $4)", "c.last_seq DESC, c.id DESC");

    CUSTOMERS_AMONG_FEW_BY_NAME: Statement<WordRange, CustomerRow> =
        customers_among_few!("(c.name_key, c.id) > ($3, $4)", "c.name_key, c.id");

    CUSTOMERS_AMONG_FEW_BY_BALANCE: Statement<WordRange, CustomerRow> =
        customers_among_few!("(c.balance, c.id) < ($3, $4)", "c.balance DESC, c.id DESC");

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
