//! Documents, the counters of their numbers, and what was answered to whom.

statements! { OF_DOCUMENTS:
    DOCUMENTS_BY_ID = concat!(
        "SELECT ",
        document_columns!(),
        " FROM jsonb_each($1) AS k
          JOIN documents d ON d.owner_id = unhex(k.value ->> 0, '-') AND d.id = unhex(k.value ->> 1, '-')"
    );

    DOCUMENTS_BY_NUMBER = "
        SELECT d.owner_id, d.kind, d.year, d.number, d.id
        FROM jsonb_each($1) AS k
        JOIN documents d ON d.owner_id = unhex(k.value ->> 0, '-') AND d.kind = k.value ->> 1 AND d.year = k.value ->> 2
            AND d.number = k.value ->> 3";

    PAPER = concat!(
        "SELECT ",
        paper_columns!(),
        " FROM documents d JOIN items i ON i.owner_id = d.owner_id AND i.id = d.id
          WHERE d.owner_id = $1 AND d.kind = $2 AND d.id = $3"
    );

    PAPERS_OF_SHOP = concat!(
        "SELECT ",
        paper_columns!(),
        " FROM documents d JOIN items i ON i.owner_id = d.owner_id AND i.id = d.id
          WHERE d.owner_id = $1 AND d.kind = $2 AND d.seq < $3 AND d.date >= $4 AND d.date <= $5
          ORDER BY d.seq DESC LIMIT $6 + 0"
    );

    PAPERS_OF_SHOP_BY_STATUS = concat!(
        "SELECT ",
        paper_columns!(),
        " FROM items i JOIN documents d ON d.owner_id = i.owner_id AND d.id = i.id
          WHERE i.owner_id = $1 AND i.kind = $2 AND i.seq < $3 AND d.date >= $4 AND d.date <= $5 AND i.status = $7
          ORDER BY i.seq DESC LIMIT $6 + 0"
    );

    /// With any status if `$8` is null.
    PAPERS_OF_CUSTOMER = concat!(
        "SELECT ",
        paper_columns!(),
        " FROM documents d JOIN items i ON i.owner_id = d.owner_id AND i.id = d.id
          WHERE d.owner_id = $1 AND d.customer_id = $7 AND d.kind = $2 AND d.seq < $3 AND d.date >= $4 AND d.date <= $5
            AND i.status = coalesce($8, i.status)
          ORDER BY d.seq DESC LIMIT $6 + 0"
    );

    INSERT_DOCUMENTS = "
        INSERT INTO documents (owner_id, id, customer_id, kind, year, number, date, seq, recorded_at, body)
        SELECT
            unhex(value ->> 'owner_id', '-'), unhex(value ->> 'id', '-'), unhex(value ->> 'customer_id', '-'),
            value ->> 'kind', value ->> 'year', value ->> 'number', value ->> 'date', value ->> 'seq',
            value ->> 'recorded_at', value ->> 'body'
        FROM jsonb_each($1)";

    COUNTERS = "
        SELECT n.owner_id, n.kind, n.year, n.last
        FROM jsonb_each($1) AS k
        JOIN counters n ON n.owner_id = unhex(k.value ->> 0, '-') AND n.kind = k.value ->> 1 AND n.year = k.value ->> 2";

    PUT_COUNTERS = "
        INSERT INTO counters (owner_id, kind, year, last)
        SELECT unhex(value ->> 'owner_id', '-'), value ->> 'kind', value ->> 'year', value ->> 'last'
        FROM jsonb_each($1) WHERE true
        ON CONFLICT (owner_id, kind, year) DO UPDATE SET last = excluded.last";

    IDEMPOTENCY = "
        SELECT r.owner_id, r.key, r.fingerprint, r.subject, r.answer
        FROM jsonb_each($1) AS k
        JOIN idempotency r ON r.owner_id = unhex(k.value ->> 0, '-') AND r.key = k.value ->> 1";

    IDEMPOTENCY_AFTER = "
        SELECT r.owner_id, r.key, r.fingerprint, r.subject, r.answer
        FROM idempotency r WHERE r.owner_id = $1 AND r.key > $2 ORDER BY r.key LIMIT $3 + 0";

    INSERT_IDEMPOTENCY = "
        INSERT INTO idempotency (owner_id, key, fingerprint, subject, answer)
        SELECT
            unhex(value ->> 'owner_id', '-'), value ->> 'key', unhex(value ->> 'fingerprint'),
            unhex(value ->> 'subject', '-'), value ->> 'answer'
        FROM jsonb_each($1)";

    DELETE_IDEMPOTENCY = "
        DELETE FROM idempotency WHERE (owner_id, subject) IN (
            SELECT unhex(value ->> 0, '-'), unhex(value ->> 1, '-') FROM jsonb_each($1)
        )";
}
