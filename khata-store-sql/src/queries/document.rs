//! Documents, and what was answered to whom.

use khata_core::documents::Document;
use khata_core::id::{CustomerId, ItemId, OwnerId};
use khata_core::idempotency::{IdempotencyKey, IdempotencyRecord};
use khata_core::ledger::Item;
use khata_core::number::NumberKey;

use crate::statement::Statement;

statements! { of_documents:
    DOCUMENTS_BY_ID: Statement<(OwnerId, ItemId), Document> = "
        SELECT {d.*}
        FROM {given}
        JOIN items i ON i.owner_id = given.owner_id AND i.id = given.id
        JOIN documents d ON d.owner_id = i.owner_id AND d.kind = i.kind AND d.seq = i.seq";

    DOCUMENTS_BY_NUMBER: Statement<(OwnerId, NumberKey), Document> = "
        SELECT {d.*}
        FROM {given}
        JOIN documents d ON d.owner_id = given.owner_id AND d.kind = given.kind AND d.year = given.year
            AND d.number = given.number";

    DOCUMENT: Statement<(), (Document, Item)> = "
        SELECT {d.*}, {i.*}
        FROM items i JOIN documents d ON d.owner_id = i.owner_id AND d.kind = i.kind AND d.seq = i.seq
        WHERE i.owner_id = $1 AND i.kind = $2 AND i.id = $3";

    DOCUMENTS_OF_SHOP: Statement<(), (Document, Item)> = "
        SELECT {d.*}, {i.*}
        FROM documents d JOIN items i ON i.owner_id = d.owner_id AND i.id = d.id
        WHERE d.owner_id = $1 AND d.kind = $2 AND d.seq < $3 AND d.date >= $4 AND d.date <= $5
        ORDER BY d.seq DESC LIMIT $6 + 0";

    DOCUMENTS_OF_SHOP_BY_STATUS: Statement<(), (Document, Item)> = "
        SELECT {d.*}, {i.*}
        FROM items i JOIN documents d ON d.owner_id = i.owner_id AND d.kind = i.kind AND d.seq = i.seq
        WHERE i.owner_id = $1 AND i.kind = $2 AND i.seq < $3 AND d.date >= $4 AND d.date <= $5 AND i.status = $7
        ORDER BY i.seq DESC LIMIT $6 + 0";

    /// Those on the page are picked from the index of a customer's entries, before any document is read.
    DOCUMENTS_OF_CUSTOMER: Statement<(), (Document, Item)> = "
        SELECT {d.*}, {i.*}
        FROM (
            SELECT e.owner_id, e.kind, e.seq FROM entries e
            WHERE e.owner_id = $1 AND e.customer_id = $7 AND e.kind = $2 AND e.seq < $3 AND e.date >= $4 AND e.date <= $5
            ORDER BY e.seq DESC LIMIT $6 + 0
        ) AS p
        JOIN documents d ON d.owner_id = p.owner_id AND d.kind = p.kind AND d.seq = p.seq
        JOIN items i ON i.owner_id = d.owner_id AND i.id = d.id
        ORDER BY p.seq DESC";

    DOCUMENTS_OF_CUSTOMER_BY_STATUS: Statement<(), (Document, Item)> = "
        SELECT {d.*}, {i.*}
        FROM (
            SELECT e.owner_id, e.kind, e.seq
            FROM entries e JOIN items i ON i.owner_id = e.owner_id AND i.id = e.item_id
            WHERE e.owner_id = $1 AND e.customer_id = $7 AND e.kind = $2 AND e.seq < $3 AND e.date >= $4 AND e.date <= $5
                AND i.status = $8
            ORDER BY e.seq DESC LIMIT $6 + 0
        ) AS p
        JOIN documents d ON d.owner_id = p.owner_id AND d.kind = p.kind AND d.seq = p.seq
        JOIN items i ON i.owner_id = d.owner_id AND i.id = d.id
        ORDER BY p.seq DESC";

    /// Only those that have their item, where no foreign key sees to that.
    INSERT_DOCUMENTS: Statement<Document> = "
        INSERT INTO documents ({columns})
        SELECT {given.*}
        FROM {given}
        {JOIN items i ON i.owner_id = given.owner_id AND i.id = given.id AND i.kind = given.kind AND i.seq = given.seq}";

    IDEMPOTENCY: Statement<(OwnerId, IdempotencyKey), (OwnerId, IdempotencyKey, IdempotencyRecord)> = "
        SELECT {r.*} FROM {given} JOIN idempotency r ON r.owner_id = given.owner_id AND r.key = given.key";

    IDEMPOTENCY_AFTER: Statement<(), (OwnerId, IdempotencyKey, IdempotencyRecord)> = "
        SELECT {r.*} FROM idempotency r WHERE r.owner_id = $1 AND r.key > $2 ORDER BY r.key LIMIT $3 + 0";

    INSERT_IDEMPOTENCY: Statement<(OwnerId, IdempotencyKey, IdempotencyRecord)> = "
        INSERT INTO idempotency ({columns}) SELECT {columns} FROM {given}";

    DELETE_IDEMPOTENCY: Statement<(OwnerId, CustomerId)> = "
        DELETE FROM idempotency WHERE (owner_id, subject) IN (SELECT given.owner_id, given.id FROM {given})";
}
