//! Entries, items and allocations.

use khata_core::id::{EntryId, ItemId, OwnerId};
use khata_core::ledger::{Allocation, Entry, Item};
use khata_core::store::OpenItemsKey;

use crate::rows::{DatedAllocation, EntryRow};
use crate::statement::Statement;

/// What a customer's allocations that take effect after the day `$3` have: those that later entries caused, most of which
/// take effect with them, and the deferred ones of the entries before. (PostgreSQL would rather go through all entries of a
/// shop in the order of their `seq` than join by it, while it takes the table for small.)
macro_rules! later_allocations {
    ($what:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM entries e {CROSS} JOIN allocations a ON a.owner_id = e.owner_id AND a.seq = e.seq + 0
            WHERE e.owner_id = $1 AND e.customer_id = $2 AND e.date > $3 AND a.effective_date > $3
            UNION ALL
            SELECT ",
            $what,
            " FROM allocations a
            WHERE a.owner_id = $1 AND a.customer_id = $2 AND a.effective_date > $3 AND a.effective_date > a.date
                AND a.date <= $3"
        )
    };
}

statements! { of_ledgers:
    /// By way of the item that it opened; of those that open none by itself.
    ENTRIES_BY_ID: Statement<(OwnerId, EntryId), Entry> = "
        SELECT {e.*}
        FROM {given JOIN} items i ON i.owner_id = given.owner_id AND i.id = given.id
        JOIN entries e ON e.owner_id = i.owner_id AND e.seq = i.seq
        UNION ALL
        SELECT {e.*}
        FROM {given JOIN} entries e ON e.owner_id = given.owner_id AND e.seq = (
            SELECT v.seq FROM entries v
            WHERE v.owner_id = given.owner_id AND v.id = given.id AND v.kind IN ('void', 'bounce', 'allocation') LIMIT 1
        )";

    ENTRIES_AFTER: Statement<(), Entry> = "
        SELECT {e.*} FROM entries e WHERE e.owner_id = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3 + 0";

    LATER_ENTRIES: Statement<(), Entry> = "
        SELECT {e.*} FROM entries e WHERE e.owner_id = $1 AND e.customer_id = $2 AND e.date > $3";

    INSERT_ENTRIES: Statement<EntryRow<'_>> = "
        INSERT INTO entries ({columns}) {rows}";

    ITEMS_BY_ID: Statement<(OwnerId, ItemId), Item> = "
        SELECT {i.*} FROM {given JOIN} items i {ON} i.owner_id = given.owner_id AND i.id = given.id";

    /// All of them, where whoever reads them stops when the sum is reached.
    OPEN_ITEMS_IN_ORDER: Statement<(OwnerId, OpenItemsKey), Item> = "
        SELECT {i.*}
        FROM {given JOIN} items i
            {ON} i.owner_id = given.owner_id AND i.customer_id = given.customer_id AND i.side = given.side AND i.open > 0
        ORDER BY i.due, i.seq";

    /// Those before which less than the sum is open. They are walked through one by one, each found by the one before
    /// it, so that a customer's many open items are not all added up for a receipt that pays the first.
    OPEN_ITEMS: Statement<(OwnerId, OpenItemsKey), Item> = "
        WITH RECURSIVE walk (owner_id, customer_id, side, up_to, id) AS (
            SELECT given.owner_id, given.customer_id, given.side, given.up_to, (
                SELECT i.id FROM items i
                WHERE i.owner_id = given.owner_id AND i.customer_id = given.customer_id AND i.side = given.side
                    AND i.open > 0
                ORDER BY i.due, i.seq LIMIT 1
            ) {FROM given WHERE} given.up_to > 0
            UNION ALL
            SELECT walk.owner_id, walk.customer_id, walk.side, walk.up_to - last.open, (
                SELECT i.id FROM items i
                WHERE i.owner_id = walk.owner_id AND i.customer_id = walk.customer_id AND i.side = walk.side
                    AND i.open > 0 AND (i.due, i.seq) > (last.due, last.seq)
                ORDER BY i.due, i.seq LIMIT 1
            ) FROM walk JOIN items last ON last.owner_id = walk.owner_id AND last.id = walk.id
            WHERE last.open < walk.up_to
        )
        SELECT {i.*} FROM walk JOIN items i ON i.owner_id = walk.owner_id AND i.id = walk.id ORDER BY i.due, i.seq";

    /// Those that are open, those that later allocations touch, and those that later entries open or void.
    ITEMS_STANDING: Statement<(), Item> = concat!("
        WITH changed AS MATERIALIZED (
            SELECT e.owner_id, e.item_id AS item
            FROM entries e WHERE e.owner_id = $1 AND e.customer_id = $2 AND e.date > $3
            UNION ALL
            ", later_allocations!("a.owner_id, a.debit_id"), "
            UNION ALL
            ", later_allocations!("a.owner_id, a.credit_id"), "
        )
        SELECT {i.*} FROM items i WHERE i.owner_id = $1 AND i.customer_id = $2 AND i.open > 0
        UNION
        SELECT {i.*} FROM changed {CROSS} JOIN items i ON i.owner_id = changed.owner_id AND i.id = changed.item
        ORDER BY seq");

    INSERT_ITEMS: Statement<Item> = "
        INSERT INTO items ({columns}) {rows}";

    UPDATE_ITEMS: Statement<Item> = "
        UPDATE items SET
            open = given.open, credited = given.credited, free_from = given.free_from, voided_on = given.voided_on,
            bounced = given.bounced, pending_until = given.pending_until, updated_at = given.updated_at
        {FROM given WHERE} items.owner_id = given.owner_id AND items.id = given.id";

    ALLOCATIONS_BY_ENTRY: Statement<Entry, DatedAllocation> = "
        SELECT {a.*} FROM {given JOIN} allocations a {ON} a.owner_id = given.owner_id AND a.seq = given.seq
        ORDER BY a.owner_id, a.seq, a.ordinal";

    ALLOCATIONS_BETWEEN: Statement<(), DatedAllocation> = "
        SELECT {a.*} FROM allocations a WHERE a.owner_id = $1 AND a.seq > $2 AND a.seq <= $3 ORDER BY a.seq, a.ordinal";

    /// Those that the entry of the item caused, and those of later entries. One between two of the items comes for each.
    ALLOCATIONS_BY_ITEM: Statement<(OwnerId, ItemId), Allocation> = "
        SELECT {a.*}
        FROM {given JOIN} items i ON i.owner_id = given.owner_id AND i.id = given.id
        JOIN allocations a ON a.owner_id = i.owner_id AND a.seq = i.seq AND (a.debit_id = i.id OR a.credit_id = i.id)
        UNION ALL
        SELECT {a.*}
        FROM {given JOIN} allocations a
            ON a.owner_id = given.owner_id AND a.debit_id = given.id AND a.own IS DISTINCT FROM 'debit'
        UNION ALL
        SELECT {a.*}
        FROM {given JOIN} allocations a
            ON a.owner_id = given.owner_id AND a.credit_id = given.id AND a.own IS DISTINCT FROM 'credit'";

    LATER_ALLOCATIONS: Statement<(), Allocation> = concat!(
        later_allocations!("{a.*}"), " ORDER BY seq, ordinal");

    INSERT_ALLOCATIONS: Statement<DatedAllocation> = "
        INSERT INTO allocations ({columns}) {rows}";
}
