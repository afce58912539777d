//! Owners and the heads of their ledgers, sessions, throttles.

statements! { OF_OWNERS:
    HEADS = concat!(
        "SELECT ",
        owner_columns!(),
        " FROM jsonb_each($1) AS k JOIN owners o ON o.id = unhex(k.value, '-')"
    );

    HEAD = concat!("SELECT ", owner_columns!(), " FROM owners o WHERE o.id = $1");

    HEADS_AFTER = concat!(
        "SELECT ",
        owner_columns!(),
        " FROM owners o WHERE o.id > $1 ORDER BY o.id LIMIT $2 + 0"
    );

    INSERT_OWNERS = "
        INSERT INTO owners (
            id, shop_name, proprietor_name, mobile, gst_number, state, currency, time_zone, upi_id, locked_until,
            created_at, updated_at, revision, password_hash, password_version, seq, hash, recorded_at
        )
        SELECT
            unhex(value ->> 'id', '-'), value ->> 'shop_name', value ->> 'proprietor_name', value ->> 'mobile',
            value ->> 'gst_number', value ->> 'state', value ->> 'currency', value ->> 'time_zone', value ->> 'upi_id',
            value ->> 'locked_until', value ->> 'created_at', value ->> 'updated_at', value ->> 'revision',
            value ->> 'password_hash', value ->> 'password_version', value ->> 'seq', unhex(value ->> 'hash'),
            value ->> 'recorded_at'
        FROM jsonb_each($1)";

    /// Currency and time zone never change.
    UPDATE_OWNERS = "
        UPDATE owners SET
            shop_name = r.value ->> 'shop_name', proprietor_name = r.value ->> 'proprietor_name',
            mobile = r.value ->> 'mobile', gst_number = r.value ->> 'gst_number', state = r.value ->> 'state',
            upi_id = r.value ->> 'upi_id', locked_until = r.value ->> 'locked_until',
            updated_at = r.value ->> 'updated_at', revision = r.value ->> 'revision'
        FROM jsonb_each($1) AS r WHERE owners.id = unhex(r.value ->> 'id', '-')";

    UPDATE_PASSWORDS = "
        UPDATE owners SET password_hash = r.value ->> 'hash', password_version = r.value ->> 'version'
        FROM jsonb_each($1) AS r WHERE owners.id = unhex(r.value ->> 'owner_id', '-')";

    UPDATE_HEADS = "
        UPDATE owners SET
            seq = r.value ->> 'seq', hash = unhex(r.value ->> 'hash'), recorded_at = r.value ->> 'recorded_at'
        FROM jsonb_each($1) AS r WHERE owners.id = unhex(r.value ->> 'id', '-')";

    CREDENTIALS = "SELECT id, password_hash, password_version FROM owners WHERE id = $1";

    CREDENTIALS_BY_MOBILE = "SELECT id, password_hash, password_version FROM owners WHERE mobile = $1";

    RENEW_PASSWORD_HASH = "UPDATE owners SET password_hash = $3 WHERE id = $1 AND password_version = $2";

    INSERT_SESSION = "
        INSERT INTO sessions (owner_id, id, opened_at, expires_at)
        SELECT id, $2, $3, $4 FROM owners WHERE id = $1 AND password_version = $5";

    DELETE_EXPIRED_SESSIONS = "DELETE FROM sessions WHERE owner_id = $1 AND expires_at <= $2";

    LIVE_SESSIONS = "
        SELECT s.owner_id, s.id, o.currency, o.time_zone
        FROM jsonb_each($1) AS k
        JOIN sessions s ON s.owner_id = unhex(k.value ->> 0, '-') AND s.id = unhex(k.value ->> 1, '-')
        JOIN owners o ON o.id = s.owner_id";

    DELETE_SESSION = "DELETE FROM sessions WHERE owner_id = $1 AND id = $2";

    DELETE_SESSIONS = "DELETE FROM sessions WHERE owner_id = $1";

    DELETE_OTHER_SESSIONS = "
        DELETE FROM sessions
        WHERE owner_id IN (SELECT unhex(value ->> 'owner_id', '-') FROM jsonb_each($1))
            AND (owner_id, id) NOT IN (
                SELECT unhex(value ->> 'owner_id', '-'), unhex(value ->> 'keep', '-') FROM jsonb_each($1)
                WHERE value ->> 'keep' IS NOT NULL
            )";

    THROTTLES = "
        SELECT t.key, t.tries, t.blocked_until, t.expires_at, t.revision
        FROM jsonb_each($1) AS k JOIN throttles t ON t.key = k.value";

    /// No row counts as revision 0.
    PUT_THROTTLE = "
        INSERT INTO throttles (key, tries, blocked_until, expires_at, revision)
        SELECT $1, $2, $3, $4, $5 WHERE $5 = 1 OR EXISTS (SELECT 1 FROM throttles WHERE key = $1)
        ON CONFLICT (key) DO UPDATE SET
            tries = excluded.tries, blocked_until = excluded.blocked_until, expires_at = excluded.expires_at,
            revision = excluded.revision
        WHERE throttles.revision = excluded.revision - 1";

    DELETE_EXPIRED_THROTTLES = "DELETE FROM throttles WHERE expires_at < $2 AND key <> $1";

    DELETE_THROTTLE = "DELETE FROM throttles WHERE key = $1";
}
