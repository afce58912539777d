//! Documents, and what was answered to whom.

use khata_core::documents::Document;
use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::ledger::Item;
use khata_core::number::NumberKey;
use khata_core::numbering::NumberPattern;

use crate::rows::HighestNumber;
use crate::statement::Statement;

/// The newest items of a kind that have that status.
macro_rules! newest {
    ($status:literal) => {
        concat!(
            "SELECT i.owner_id, i.seq FROM items i
            WHERE i.owner_id = $1 AND i.kind = $2 AND i.status = ",
            $status,
            " AND i.seq < $3 AND i.date >= $4 AND i.date <= $5
            ORDER BY i.seq DESC LIMIT $6 + 0"
        )
    };
}

/// The documents of a page of items. Which they are is found out first, so that no more are read.
macro_rules! documents_of {
    ($page:expr) => {
        concat!(
            "SELECT {d.*}, {i.*} FROM (",
            $page,
            ") AS p
            JOIN entries d ON d.owner_id = p.owner_id AND d.seq = p.seq AND d.body IS NOT NULL
            JOIN items i ON i.owner_id = d.owner_id AND i.id = d.item_id
            ORDER BY p.seq DESC"
        )
    };
}

statements! { of_documents:
    DOCUMENTS_BY_ID: Statement<(OwnerId, ItemId), Document> = "
        SELECT {d.*}
        FROM {given JOIN} items i ON i.owner_id = given.owner_id AND i.id = given.id
        JOIN entries d ON d.owner_id = i.owner_id AND d.seq = i.seq AND d.body IS NOT NULL";

    DOCUMENTS_BY_NUMBER: Statement<(OwnerId, NumberKey), Document> = "
        SELECT {d.*}
        FROM {given JOIN} entries d {ON} d.owner_id = given.owner_id AND d.kind = given.kind AND d.year = given.year
            AND d.number = given.number";

    HIGHEST_NUMBERS: Statement<(OwnerId, NumberPattern), HighestNumber> = "
        SELECT given.owner_id AS owner_id, given.kind AS kind, given.year AS year, given.prefix AS prefix,
            given.width AS width, (
                SELECT d.number FROM entries d
                WHERE d.owner_id = given.owner_id AND d.kind = given.kind AND d.year = given.year
                    AND d.number IS NOT NULL AND substr(d.number, 1, length(given.prefix)) = given.prefix
                    AND ltrim(substr(d.number, length(given.prefix) + 1), '0123456789') = ''
                    AND (length(d.number) = length(given.prefix) + given.width
                        OR (length(d.number) > length(given.prefix) + given.width
                            AND substr(d.number, length(given.prefix) + 1, 1) <> '0'))
                ORDER BY length(d.number) DESC, d.number DESC LIMIT 1
            ) AS number
        {FROM given WHERE} true";

    DOCUMENT: Statement<(), (Document, Item)> = "
        SELECT {d.*}, {i.*}
        FROM (SELECT * FROM items WHERE owner_id = $1 AND id = $3 LIMIT 1) AS i
        JOIN entries d ON d.owner_id = i.owner_id AND d.seq = i.seq
        WHERE d.kind = $2 AND d.body IS NOT NULL";

    /// The first page of each status, of which the page is made: there is no index of all of a kind, which would be one more
    /// that each posting touches.
    DOCUMENTS_OF_SHOP: Statement<(), (Document, Item)> = documents_of!(concat!(
        "SELECT * FROM (
            SELECT * FROM (", newest!("'unpaid'"), ") AS unpaid
            UNION ALL
            SELECT * FROM (", newest!("'partial'"), ") AS partial
            UNION ALL
            SELECT * FROM (", newest!("'paid'"), ") AS paid
            UNION ALL
            SELECT * FROM (", newest!("'void'"), ") AS void
        ) AS n ORDER BY seq DESC LIMIT $6 + 0"
    ));

    /// Those of the status, and those that are pending, whose status may be another one today.
    DOCUMENTS_OF_SHOP_BY_STATUS: Statement<(), (Document, Item)> = documents_of!(concat!(
        "SELECT * FROM (
            SELECT * FROM (", newest!("$7"), ") AS of_status
            UNION ALL
            SELECT * FROM (
                SELECT i.owner_id, i.seq FROM items i
                WHERE i.owner_id = $1 AND i.kind = $2 AND i.pending_until > $8 AND i.status <> $7
                    AND i.seq < $3 AND i.date >= $4 AND i.date <= $5
                ORDER BY i.seq DESC LIMIT $6 + 0
            ) AS pending
        ) AS n ORDER BY seq DESC LIMIT $6 + 0"
    ));

    /// Those on the page are picked from the index of a customer's entries.
    DOCUMENTS_OF_CUSTOMER: Statement<(), (Document, Item)> = documents_of!("
        SELECT e.owner_id, e.seq FROM entries e
        WHERE e.owner_id = $1 AND e.customer_id = $7 AND e.kind = $2 AND e.seq < $3 AND e.date >= $4 AND e.date <= $5
        ORDER BY e.seq DESC LIMIT $6 + 0");

    DOCUMENTS_OF_CUSTOMER_BY_STATUS: Statement<(), (Document, Item)> = documents_of!("
        SELECT e.owner_id, e.seq FROM entries e
        WHERE e.owner_id = $1 AND e.customer_id = $7 AND e.kind = $2 AND e.seq < $3 AND e.date >= $4 AND e.date <= $5
            AND (
                SELECT i.status = $8 OR i.pending_until > $9 FROM items i
                WHERE i.owner_id = e.owner_id AND i.id = e.item_id
            )
        ORDER BY e.seq DESC LIMIT $6 + 0");

    IDEMPOTENCY: Statement<(OwnerId, IdempotencyKey), (OwnerId, IdempotencyKey, IdempotencyRecord)> = "
        SELECT {r.*} FROM {given JOIN} idempotency r {ON} r.owner_id = given.owner_id AND r.key = given.key";

    IDEMPOTENCY_AFTER: Statement<(), (OwnerId, IdempotencyKey, IdempotencyRecord)> = "
        SELECT {r.*} FROM idempotency r WHERE r.owner_id = $1 AND r.key > $2 ORDER BY r.key LIMIT $3 + 0";

    INSERT_IDEMPOTENCY: Statement<(OwnerId, IdempotencyKey, IdempotencyRecord)> = "
        INSERT INTO idempotency ({columns}) {rows}";

    DELETE_IDEMPOTENCY: Statement<(OwnerId, CustomerId)> = "
        DELETE FROM idempotency {USING given WHERE}
            idempotency.owner_id = given.owner_id AND idempotency.subject = given.id
            AND substr(answer, 2, 19) <> '\"version\":1,\"entry\"'";
}
