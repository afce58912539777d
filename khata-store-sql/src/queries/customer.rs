//! Customers, and the words by which they are found.

use khata_core::customer::Customer;
use khata_core::id::{CustomerId, OwnerId};
use khata_core::phone::MobileNumber;
use khata_core::store::{BalanceWrite, CustomerWrite};

use crate::rows::{Word, WordRange, WordUses};
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

/// A page in the order of balances of those without entries dated after the day `$6`, then everybody with such entries;
/// of both, those that a condition allows.
macro_rules! customers_by_balance {
    ($from:expr, $condition:expr) => {
        concat!(
            "SELECT {c.*} FROM (
                SELECT c.* FROM ",
            $from,
            " WHERE c.owner_id = $1 AND c.archived = $2 AND (c.balance, c.id) < ($3, $4)
                    AND (c.post_dated_until IS NULL OR c.post_dated_until <= $6)",
            $condition,
            " ORDER BY c.balance DESC, c.id DESC LIMIT $5 + 0
            ) AS c
            UNION ALL
            SELECT {c.*} FROM customers c
            WHERE c.owner_id = $1 AND c.archived = $2 AND c.post_dated_until > $6",
            $condition
        )
    };
}

statements! { of_customers:
    CUSTOMERS_AFTER: Statement<(), Customer> = "
        SELECT {c.*} FROM customers c WHERE c.owner_id = $1 AND c.id > $2 ORDER BY c.id LIMIT $3 + 0";

    CUSTOMERS_BY_ID: Statement<(OwnerId, CustomerId), Customer> = "
        SELECT {c.*} FROM {given JOIN} customers c {ON} c.owner_id = given.owner_id AND c.id = given.id";

    CUSTOMERS_BY_MOBILE: Statement<(OwnerId, MobileNumber), Customer> = "
        SELECT {c.*}
        FROM {given JOIN} customers c {ON} c.owner_id = given.owner_id AND c.mobile_number = given.mobile_number";

    CUSTOMER: Statement<(), Customer> = "SELECT {c.*} FROM customers c WHERE c.owner_id = $1 AND c.id = $2";

    /// How many words the given ranges have, which the index tells; they are not counted any further.
    WORD_USES: Statement<WordRange, WordUses> = "
        SELECT given.first AS first, given.until AS until, (
            SELECT count(*) FROM (
                SELECT 1 FROM customer_words w
                WHERE w.owner_id = $1 AND w.word >= given.first AND w.word < given.until LIMIT 1000
            ) AS used
        ) AS uses
        {FROM given WHERE} true";

    CUSTOMERS_BY_LAST_ENTRY: Statement<WordRange, Customer> =
        customers!("(c.last_seq, c.id) < ($3, $4)", "c.last_seq DESC, c.id DESC");

    CUSTOMERS_BY_NAME: Statement<WordRange, Customer> =
        customers!("(c.name_key, c.id) > ($3, $4)", "c.name_key, c.id");

    CUSTOMERS_BY_BALANCE: Statement<WordRange, Customer> =
        customers_by_balance!("customers c", "");

    CUSTOMERS_FOUND_BY_LAST_ENTRY: Statement<WordRange, Customer> =
        customers_found!("(c.last_seq, c.id) < ($3, $4)", "c.last_seq DESC, c.id DESC");

    CUSTOMERS_FOUND_BY_NAME: Statement<WordRange, Customer> =
        customers_found!("(c.name_key, c.id) > ($3, $4)", "c.name_key, c.id");

    CUSTOMERS_FOUND_BY_BALANCE: Statement<WordRange, Customer> =
        customers_by_balance!("customers c", concat!(" AND ", has_words!()));

    CUSTOMERS_AMONG_FEW_BY_LAST_ENTRY: Statement<WordRange, Customer> =
        customers_among_few!("(c.last_seq, c.id) < ($3, $4)", "c.last_seq DESC, c.id DESC");

    CUSTOMERS_AMONG_FEW_BY_NAME: Statement<WordRange, Customer> =
        customers_among_few!("(c.name_key, c.id) > ($3, $4)", "c.name_key, c.id");

    /// The few are those with a word in the range from `$7` to `$8`.
    CUSTOMERS_AMONG_FEW_BY_BALANCE: Statement<WordRange, Customer> = customers_by_balance!(
        "(
            SELECT DISTINCT w.customer_id FROM customer_words w
            WHERE w.owner_id = $1 AND w.word >= $7 AND w.word < $8
        ) AS few
        {CROSS} JOIN customers c ON c.owner_id = $1 AND c.id = few.customer_id",
        concat!(" AND ", has_words!())
    );

    PUT_CUSTOMERS: Statement<CustomerWrite> = "
        INSERT INTO customers ({columns}) {rows}
        ON CONFLICT (owner_id, id) DO UPDATE SET {set excluded}";

    DELETE_WORDS: Statement<Customer> = "
        DELETE FROM customer_words {USING given WHERE}
            customer_words.owner_id = given.owner_id AND customer_words.customer_id = given.id";

    INSERT_WORDS: Statement<Word<'_>> = "
        INSERT INTO customer_words ({columns}) {rows}";

    UPDATE_BALANCES: Statement<BalanceWrite> = "
        UPDATE customers SET {set given} {FROM given WHERE}
            customers.owner_id = given.owner_id AND customers.id = given.id";

    /// Their words go with them.
    DELETE_CUSTOMERS: Statement<(OwnerId, CustomerId)> = "
        DELETE FROM customers {USING given WHERE}
            customers.owner_id = given.owner_id AND customers.id = given.id";
}
