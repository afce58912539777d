//! Entries, items and allocations.

statements! { OF_LEDGERS:
    ENTRIES_BY_ID = concat!(
        "SELECT ",
        entry_columns!(),
        " FROM jsonb_each($1) AS k
          JOIN entries e ON e.owner_id = unhex(k.value ->> 0, '-') AND e.id = unhex(k.value ->> 1, '-')"
    );

    ENTRIES_AFTER = concat!(
        "SELECT ",
        entry_columns!(),
        " FROM entries e WHERE e.owner_id = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3 + 0"
    );

    LATER_ENTRIES = concat!(
        "SELECT ",
        entry_columns!(),
        " FROM entries e WHERE e.owner_id = $1 AND e.customer_id = $2 AND e.date > $3 ORDER BY e.seq"
    );

    INSERT_ENTRIES = "
        INSERT INTO entries (
            owner_id, seq, id, actor_id, kind, customer_id, item_id, date, recorded_at, amount, reason, body_hash, hash
        )
        SELECT
            unhex(value ->> 'owner_id', '-'), value ->> 'seq', unhex(value ->> 'id', '-'),
            unhex(value ->> 'actor_id', '-'), value ->> 'kind', unhex(value ->> 'customer_id', '-'),
            unhex(value ->> 'item_id', '-'), value ->> 'date', value ->> 'recorded_at', value ->> 'amount',
            value ->> 'reason', unhex(value ->> 'body_hash'), unhex(value ->> 'hash')
        FROM jsonb_each($1)";

    ITEMS_BY_ID = concat!(
        "SELECT ",
        item_columns!(),
        " FROM jsonb_each($1) AS k
          JOIN items i ON i.owner_id = unhex(k.value ->> 0, '-') AND i.id = unhex(k.value ->> 1, '-')"
    );

    /// Those before which less than the sum is open.
    OPEN_ITEMS = concat!(
        "SELECT ",
        item_columns!(),
        " FROM (
            SELECT ",
        item_columns!(),
        ", k.value ->> 3 AS up_to, sum(i.open) OVER (
                PARTITION BY i.owner_id, i.customer_id, i.side ORDER BY i.due, i.seq
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS open_before
            FROM jsonb_each($1) AS k
            JOIN items i ON i.owner_id = unhex(k.value ->> 0, '-') AND i.customer_id = unhex(k.value ->> 1, '-')
                AND i.side = k.value ->> 2
            WHERE i.open > 0
        ) AS i WHERE coalesce(i.open_before, 0) < i.up_to"
    );

    /// Those that are open, those that later allocations touch, and those that later entries open or void.
    ITEMS_STANDING = concat!(
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
            UNION
            SELECT e.item_id FROM entries e WHERE e.owner_id = $1 AND e.customer_id = $2 AND e.date > $3
          ) ORDER BY seq"
    );

    PUT_ITEMS = "
        INSERT INTO items (
            owner_id, id, customer_id, kind, side, amount, open, invoice_id, credited, date, due, free_from, seq, void,
            updated_at
        )
        SELECT
            unhex(value ->> 'owner_id', '-'), unhex(value ->> 'id', '-'), unhex(value ->> 'customer_id', '-'),
            value ->> 'kind', value ->> 'side', value ->> 'amount', value ->> 'open',
            unhex(value ->> 'invoice_id', '-'), value ->> 'credited', value ->> 'date', value ->> 'due',
            value ->> 'free_from', value ->> 'seq', value ->> 'void', value ->> 'updated_at'
        FROM jsonb_each($1) WHERE true
        ON CONFLICT (owner_id, id) DO UPDATE SET
            open = excluded.open, credited = excluded.credited, free_from = excluded.free_from, void = excluded.void,
            updated_at = excluded.updated_at";

    ALLOCATIONS_BY_ENTRY = concat!(
        "SELECT ",
        allocation_columns!(),
        " FROM jsonb_each($1) AS k
          JOIN allocations a ON a.owner_id = unhex(k.value ->> 0, '-') AND a.seq = k.value ->> 1
          ORDER BY a.owner_id, a.seq, a.ordinal"
    );

    ALLOCATIONS_BETWEEN = concat!(
        "SELECT ",
        allocation_columns!(),
        " FROM allocations a WHERE a.owner_id = $1 AND a.seq > $2 AND a.seq <= $3 ORDER BY a.seq, a.ordinal"
    );

    /// One between two of the items comes once.
    ALLOCATIONS_BY_ITEM = concat!(
        "SELECT ",
        allocation_columns!(),
        " FROM jsonb_each($1) AS k
          JOIN allocations a ON a.owner_id = unhex(k.value ->> 0, '-') AND a.debit = unhex(k.value ->> 1, '-')
          UNION
          SELECT ",
        allocation_columns!(),
        " FROM jsonb_each($1) AS k
          JOIN allocations a ON a.owner_id = unhex(k.value ->> 0, '-') AND a.credit = unhex(k.value ->> 1, '-')
          ORDER BY seq, ordinal"
    );

    LATER_ALLOCATIONS = concat!(
        "SELECT ",
        allocation_columns!(),
        " FROM allocations a WHERE a.owner_id = $1 AND a.customer_id = $2 AND a.effective > $3 ORDER BY a.seq, a.ordinal"
    );

    INSERT_ALLOCATIONS = "
        INSERT INTO allocations (
            owner_id, seq, ordinal, customer_id, debit, debit_kind, credit, credit_kind, amount, effective
        )
        SELECT
            unhex(value ->> 'owner_id', '-'), value ->> 'seq', value ->> 'ordinal', unhex(value ->> 'customer_id', '-'),
            unhex(value ->> 'debit', '-'), value ->> 'debit_kind', unhex(value ->> 'credit', '-'),
            value ->> 'credit_kind', value ->> 'amount', value ->> 'effective'
        FROM jsonb_each($1)";
}
