//! What reports read. A shop's customers are gone through, and its open items; of its entries and allocations only
//! those that an index of each customer's leads to. So the joins are to be done in their order, which SQLite does if
//! they are `CROSS JOIN`s.

use khata_core::customer::Customer;
use khata_core::ledger::Entry;
use khata_core::store::{Account, DaySum, OpenSum};

use crate::rows::{Balances, CustomerName, Overdue, PeriodSums};
use crate::statement::Statement;

/// What adds up to what was open at the end of the day `$2`, by customer, side and due date.
///
/// Later allocations, which are found as `later_allocations` of a customer says, are added up by item before the items
/// are looked up: each once, and in the order of their keys, so that a day long ago, after which most of the book took
/// effect, costs reading but little jumping.
macro_rules! open_parts {
    () => {
        "WITH later AS MATERIALIZED (
            SELECT a.debit_id, a.credit_id, a.amount
            FROM customers c
            {CROSS} JOIN entries e ON e.owner_id = c.owner_id AND e.customer_id = c.id AND e.date > $2
            {CROSS} JOIN allocations a ON a.owner_id = e.owner_id AND a.seq = e.seq AND a.effective_date > $2
            WHERE c.owner_id = $1
            UNION ALL
            SELECT a.debit_id, a.credit_id, a.amount
            FROM customers c
            {CROSS} JOIN allocations a ON a.owner_id = c.owner_id AND a.customer_id = c.id AND a.effective_date > $2
                AND a.effective_date > a.date AND a.date <= $2
            WHERE c.owner_id = $1
        ), touched AS MATERIALIZED (
            SELECT item, CAST(sum(amount) AS bigint) AS amount
            FROM (SELECT debit_id AS item, amount FROM later UNION ALL SELECT credit_id, amount FROM later) AS ends
            GROUP BY item
        ), parts AS (
            SELECT i.customer_id, i.side, i.due, i.open AS amount
            FROM items i WHERE i.owner_id = $1 AND i.open > 0 AND i.date <= $2
            UNION ALL
            SELECT i.customer_id, i.side, i.due, touched.amount
            FROM touched {CROSS} JOIN items i ON i.owner_id = $1 AND i.id = touched.item WHERE i.date <= $2
            UNION ALL
            SELECT i.customer_id, i.side, i.due, i.amount
            FROM entries e {CROSS} JOIN items i ON i.owner_id = e.owner_id AND i.id = e.item_id
            WHERE e.owner_id = $1 AND e.kind IN ('void', 'bounce') AND e.date > $2 AND i.date <= $2
        )"
    };
}

statements! { of_reports:
    ACCOUNT_SUMS: Statement<(), PeriodSums> = "
        SELECT
            CAST(coalesce(sum(e.amount) FILTER (WHERE e.date < $3), 0) AS bigint) AS before,
            CAST(coalesce(sum(e.amount) FILTER (WHERE e.date >= $3 AND (e.date, e.seq) <= ($5, $6)), 0) AS bigint)
                AS passed,
            CAST(coalesce(sum(e.amount) FILTER (WHERE e.date >= $3), 0) AS bigint) AS within
        FROM entries e WHERE e.owner_id = $1 AND e.customer_id = $2 AND e.date <= $4";

    ACCOUNT_LINES: Statement<(), Entry> = "
        SELECT {e.*} FROM entries e
        WHERE e.owner_id = $1 AND e.customer_id = $2 AND (e.date, e.seq) > ($3, $4) AND e.date <= $5
            AND e.amount <> 0
        ORDER BY e.date, e.seq LIMIT $6 + 0";

    DAY_LINES: Statement<(), (Entry, CustomerName)> = "
        SELECT {e.*}, c.name AS customer_name
        FROM customers c
        {CROSS} JOIN entries e ON e.owner_id = c.owner_id AND e.customer_id = c.id AND e.date = $2 AND e.seq > $3
        WHERE c.owner_id = $1 ORDER BY e.seq LIMIT $4 + 0";

    ACCOUNTS: Statement<(), Account> = "
        SELECT c.id, c.name, c.balance, (
            SELECT CAST(coalesce(sum(e.amount), 0) AS bigint) FROM entries e
            WHERE e.owner_id = c.owner_id AND e.customer_id = c.id AND e.date > $2
        ) AS later
        FROM customers c WHERE c.owner_id = $1 AND c.last_seq > 0 ORDER BY c.id";

    OPEN_SUMS: Statement<(), OpenSum> = concat!(
        open_parts!(),
        " SELECT customer_id, side, due, CAST(sum(amount) AS bigint) AS amount
          FROM parts GROUP BY customer_id, side, due HAVING sum(amount) <> 0"
    );

    OVERDUE: Statement<(), Overdue> = concat!(
        open_parts!(),
        " SELECT CAST(coalesce(sum(amount), 0) AS bigint) AS amount FROM parts WHERE side = 'debit' AND due < $2"
    );

    BALANCES: Statement<(), Balances> = "
        SELECT
            count(*) FILTER (WHERE NOT c.archived) AS customers,
            CAST(coalesce(sum(c.balance) FILTER (WHERE c.balance > 0), 0) AS bigint) AS receivable,
            CAST(coalesce(sum(c.balance) FILTER (WHERE c.balance < 0), 0) AS bigint) AS advances
        FROM customers c WHERE c.owner_id = $1";

    DAY_SUMS: Statement<(), DaySum> = "
        SELECT e.kind, i.kind AS item_kind, count(*) AS count, CAST(sum(e.amount) AS bigint) AS amount
        FROM customers c
        {CROSS} JOIN entries e ON e.owner_id = c.owner_id AND e.customer_id = c.id AND e.date = $2
        {CROSS} JOIN items i ON i.owner_id = e.owner_id AND i.id = e.item_id
        WHERE c.owner_id = $1 GROUP BY e.kind, i.kind";

    /// Those without entries dated after the day `$3`, and everybody with such entries.
    DEBTORS: Statement<(), Customer> = "
        SELECT {c.*} FROM (
            SELECT c.* FROM customers c
            WHERE c.owner_id = $1 AND c.archived IN (false, true) AND c.balance > 0
                AND (c.post_dated_until IS NULL OR c.post_dated_until <= $3)
            ORDER BY c.balance DESC, c.id DESC LIMIT $2 + 0
        ) AS c
        UNION ALL
        SELECT {c.*} FROM customers c
        WHERE c.owner_id = $1 AND c.archived IN (false, true) AND c.post_dated_until > $3";
}
