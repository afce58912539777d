//! What reports read. A shop's customers are gone through, and its open items; of its entries and allocations only
//! those that an index of each customer's leads to. The joins are `CROSS JOIN`s, which SQLite leaves in their order.

/// What adds up to what was open at the end of the day `$2`, by customer, side and due date.
///
/// Later allocations are added up by item before the items are looked up: each once, and in the order of their keys, so
/// that a day long ago, after which most of the book took effect, costs reading but little jumping.
macro_rules! open_parts {
    () => {
        "WITH later AS MATERIALIZED (
            SELECT a.debit, a.credit, a.amount
            FROM customers c
            CROSS JOIN allocations a ON a.owner_id = c.owner_id AND a.customer_id = c.id AND a.effective > $2
            WHERE c.owner_id = $1
        ), touched AS MATERIALIZED (
            SELECT item, sum(amount) AS amount
            FROM (SELECT debit AS item, amount FROM later UNION ALL SELECT credit, amount FROM later)
            GROUP BY item
        ), parts AS (
            SELECT i.customer_id, i.side, i.due, i.open AS amount
            FROM items i WHERE i.owner_id = $1 AND i.open > 0 AND i.date <= $2
            UNION ALL
            SELECT i.customer_id, i.side, i.due, touched.amount
            FROM touched CROSS JOIN items i ON i.owner_id = $1 AND i.id = touched.item WHERE i.date <= $2
            UNION ALL
            SELECT i.customer_id, i.side, i.due, i.amount
            FROM entries e CROSS JOIN items i ON i.owner_id = e.owner_id AND i.id = e.item_id
            WHERE e.owner_id = $1 AND e.kind = 'void' AND e.date > $2 AND i.date <= $2
        )"
    };
}

statements! { OF_REPORTS:
    ACCOUNT_SUMS = "
        SELECT
            coalesce(sum(e.amount) FILTER (WHERE e.date < $3), 0),
            coalesce(sum(e.amount) FILTER (WHERE e.date >= $3 AND (e.date, e.seq) <= ($5, $6)), 0),
            coalesce(sum(e.amount) FILTER (WHERE e.date >= $3), 0)
        FROM entries e WHERE e.owner_id = $1 AND e.customer_id = $2 AND e.date <= $4";

    ACCOUNT_LINES = concat!(
        "SELECT ",
        entry_columns!(),
        " FROM entries e
          WHERE e.owner_id = $1 AND e.customer_id = $2 AND (e.date, e.seq) > ($3, $4) AND e.date <= $5
          ORDER BY e.date, e.seq LIMIT $6 + 0"
    );

    DAY_LINES = concat!(
        "SELECT ",
        entry_columns!(),
        ", c.name AS customer_name
          FROM customers c
          CROSS JOIN entries e ON e.owner_id = c.owner_id AND e.customer_id = c.id AND e.date = $2 AND e.seq > $3
          WHERE c.owner_id = $1 ORDER BY e.seq LIMIT $4 + 0"
    );

    ACCOUNTS = "
        SELECT c.id, c.name, c.balance, (
            SELECT coalesce(sum(e.amount), 0) FROM entries e
            WHERE e.owner_id = c.owner_id AND e.customer_id = c.id AND e.date > $2
        )
        FROM customers c WHERE c.owner_id = $1 AND c.last_seq > 0 ORDER BY c.id";

    OPEN_SUMS = concat!(
        open_parts!(),
        " SELECT customer_id, side, due, sum(amount) FROM parts GROUP BY customer_id, side, due HAVING sum(amount) <> 0"
    );

    OVERDUE = concat!(
        open_parts!(),
        " SELECT coalesce(sum(amount), 0) FROM parts WHERE side = 'debit' AND due < $2"
    );

    BALANCES = "
        SELECT
            count(*) FILTER (WHERE NOT c.archived),
            coalesce(sum(c.balance) FILTER (WHERE c.balance > 0), 0),
            coalesce(sum(c.balance) FILTER (WHERE c.balance < 0), 0)
        FROM customers c WHERE c.owner_id = $1";

    DAY_SUMS = "
        SELECT e.kind, i.kind, count(*), sum(e.amount)
        FROM customers c
        CROSS JOIN entries e ON e.owner_id = c.owner_id AND e.customer_id = c.id AND e.date = $2
        CROSS JOIN items i ON i.owner_id = e.owner_id AND i.id = e.item_id
        WHERE c.owner_id = $1 GROUP BY e.kind, i.kind";

    DEBTORS = concat!(
        "SELECT ",
        customer_columns!(),
        " FROM customers c WHERE c.owner_id = $1 AND c.archived IN (0, 1) AND c.balance > 0
          ORDER BY c.balance DESC, c.id DESC LIMIT $2 + 0"
    );
}
